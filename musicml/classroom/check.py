"""check(id, answer): is it right, and if not, what is wrong?

An unsolved lesson runs from top to bottom: where an answer is missing or not
right yet, ``check`` says so and returns the reference, and the lesson goes on.
``MUSICML_STRICT=1`` (grading) substitutes nothing and raises ExerciseError.
"""

import ast
import contextlib
import copy
import dis
import functools
import html
import inspect
import io
import os
import re
import sys
import textwrap
import tomllib
import traceback
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import ExerciseError, MusicMLError
from . import exercises
from .exercises import Fault, describe, fault

HINTS = Path(__file__).parent / "hints"


class Verdict(NamedTuple):
    """What a check found. ``status`` is "right", "not_yet", "not_attempted", "noted" or "ours"."""

    status: str
    key: str = ""  # of the hint, if there is one
    hint: str = ""
    call: str = ""  # what the learner's function was last called with
    printed: str = ""

    @property
    def passed(self):
        return self.status in ("right", "noted")


def check(id, answer):
    """Return ``answer`` if it is right; otherwise show what is wrong and return the reference.

    Args:
        id: lesson and exercise, "fit_a_line.slope".
        answer: what the exercise asks for: a function, a class, a number, a letter or a text.

    Raises:
        ExerciseError: in strict mode, if the answer is not right.
    """
    exercise = exercises.find(id)
    # A cell that is run twice, or whose answer stopped with an error, would hand in what we lent.
    found = Verdict("ours") if is_ours(exercise, answer) else examine(exercise, answer)
    notice = Notice(exercise, found)
    if os.environ.get("MUSICML_STRICT") == "1" and not found.passed:
        raise ExerciseError(f"exercise {id}: {notice.strict()}")
    notice.show()
    return answer if found.passed else lent(exercise.reference)


def lent(reference):
    """The reference, marked so that it is known when it comes back: functions are known anyway."""
    if type(reference) in (int, float, str):
        return type(reference).__new__(type("Lent", (Lent, type(reference)), {}), reference)
    return reference


class Lent:
    """Marks a number or text as the solution's, not the learner's."""


def is_ours(exercise, answer):
    return isinstance(answer, Lent) or (callable(answer) and answer is exercise.reference)


# --- Judging ---------------------------------------------------------------------------------------


def examine(exercise, answer):
    """Run the judges of an exercise on an answer, the public ones first; return a Verdict."""
    if answer is None or answer is ... or (isinstance(answer, str) and not answer.strip()):
        return Verdict("not_attempted")
    call, printed = "", io.StringIO()
    # A learner's warning (log of zero) must not end the check: the judges see its result.
    with warnings.catch_warnings(), contextlib.redirect_stdout(printed):
        warnings.simplefilter("ignore")
        wrong, call = first_fault(exercise, answer, printed)
    if wrong is None:
        return Verdict("noted" if exercise.kind == "opinion" else "right")
    if unfinished(answer):
        return Verdict("not_attempted", wrong.key)
    details = {"name": exercise.id.partition(".")[2], "input": call, **wrong.details}
    return Verdict(
        "not_yet", wrong.key, hint(exercise.id, wrong.key).format(**details), call, printed.getvalue()
    )


def first_fault(exercise, answer, printed):
    """The first Fault that a judge yields or None, and the call that led to it in words."""
    code, wants_class = exercise.kind == "code", inspect.isclass(exercise.reference)
    if code and (not callable(answer) or inspect.isclass(answer) != wants_class):
        return fault("not_a_class" if wants_class else "not_a_function", got=describe(answer)), ""
    for judge in exercise.judges:
        theirs = answer
        if code and not wants_class:
            theirs = Watched(answer, printed, getattr(judge, "in_place", False))
        try:
            faults = judge(theirs)
            for wrong in [faults] if faults is None or isinstance(faults, Fault) else faults:
                if wrong is not None:
                    return wrong, getattr(theirs, "call", "")
        except Found as found:
            return found.fault, theirs.call
        except Exception as error:
            method, call = learner_frame(error, answer)
            key = "raised" if method else "unusable"
            return fault(key, where=method, **told(error)), call or getattr(theirs, "call", "")
    return None, ""


class Found(Exception):
    """A fault seen while the learner's function was called, before the judge could look at the result."""

    def __init__(self, key, **details):
        self.fault = Fault(key, details)


class Watched:
    """A learner's function, called on copies of its arguments; remembers the last call in words."""

    def __init__(self, function, printed, in_place):
        self.function, self.printed, self.in_place, self.call = function, printed, in_place, ""
        functools.update_wrapper(self, function)

    def __call__(self, *args, **kwargs):
        names = argument_names(self.function, args)
        self.call = in_words(dict(zip(names, args, strict=True)) | kwargs)
        # Arrays and lists are changed by accident; a model or a score goes in as it is.
        data = [isinstance(a, (np.ndarray, list)) and not self.in_place for a in args]
        given = [copy.deepcopy(a) if d else a for a, d in zip(args, data, strict=True)]
        try:
            result = self.function(*given, **kwargs)
        except Exception as error:
            raise Found("raised", where=describe_name(self.function), **told(error)) from error
        if self.in_place:
            return result
        if result is None or result is ...:
            raise Found("printed_not_returned" if self.printed.getvalue().strip() else "returned_none")
        for name, before, after in zip(names, args, given, strict=True):
            if not unchanged(before, after):
                raise Found("mutated", argument=name)
        return result


def unchanged(before, after):
    if isinstance(before, np.ndarray):
        return np.array_equal(before, after, equal_nan=before.dtype.kind in "fc")
    if isinstance(before, list):
        return len(before) == len(after) and all(map(unchanged, before, after))
    return before == after if isinstance(before, (int, float, str)) else True


def argument_names(function, args):
    """The names of positional arguments, or "argument 1", ... where they do not fit the function."""
    try:
        names = list(inspect.signature(function).bind(*args).arguments)
    except (TypeError, ValueError):
        names = []
    return names if len(names) == len(args) else [f"argument {i + 1}" for i in range(len(args))]


def in_words(arguments):
    return ", ".join(f"{name} = {describe(value)}" for name, value in arguments.items() if name != "self")


def describe_name(function):
    return getattr(function, "__name__", type(function).__name__)


def told(error):
    """Type and message of an exception, without the addresses that change from run to run."""
    message = re.sub(r" at 0x[0-9a-fA-F]+", "", str(error)).strip()
    return {"error": type(error).__name__, "message": message or "no message"}


def learner_frame(error, answer):
    """The learner's method in which an exception arose and its arguments in words, or ("", "")."""
    members = vars(answer) if inspect.isclass(answer) else {}
    methods = {f.__code__: name for name, f in members.items() if inspect.isfunction(f)}
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code in methods:
            names = inspect.getargs(frame.f_code).args
            call = in_words({name: frame.f_locals[name] for name in names if name in frame.f_locals})
            return f"{answer.__name__}.{methods[frame.f_code]}", call
    return "", ""


def unfinished(answer):
    """True if code does nothing yet, or has a ``...`` left where a statement or a value should stand."""
    if inspect.isclass(answer):
        return any(unfinished(f) for f in vars(answer).values() if inspect.isfunction(f))
    if not inspect.isfunction(answer):
        return False
    steps = [i for i in dis.get_instructions(answer) if i.opname not in ("RESUME", "NOP", "COPY_FREE_VARS")]
    constant = all(i.opname.startswith("RETURN_") or i.opname == "LOAD_CONST" for i in steps)
    if constant and steps[0].argval in (None, ...):
        return True
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(answer)))
    except (OSError, TypeError, SyntaxError):
        return False
    left = (n.value for n in ast.walk(tree) if isinstance(n, (ast.Expr, ast.Assign, ast.Return)))
    return any(isinstance(value, ast.Constant) and value.value is ... for value in left)


# --- Words -----------------------------------------------------------------------------------------


@functools.cache
def table(path):
    """A hint file as a dict; empty if the language or the lesson has none."""
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def tables(name):
    """The hint files called ``name``: in the chosen language first, then English, then the school's."""
    language = os.environ.get("MUSICML_LANG", "en")
    folders = [HINTS / language, HINTS / "en", *exercises.school_folders()]
    return [table(folder / f"{name}.toml") for folder in folders]


def hint(id, key):
    """The text for a hint key: the exercise's own, else the one that all exercises share."""
    slug, _, name = id.partition(".")
    own = [t.get(name, {}) for t in tables(slug)]
    for entries in own + [t.get("hint", {}) for t in tables("common")]:
        if key in entries:
            return entries[key]
    raise MusicMLError(
        f'exercise {id} has no hint "{key}". Write it into {slug}.toml, in the table [{name}].'
    )


def words(section, key):
    """A word or sentence of the notice itself."""
    return next(t[section][key] for t in tables("common") if key in t.get(section, {}))


class Notice:
    """The verdict as a learner sees it: a word and a sign, never a colour alone."""

    SIGN = {
        "right": "\N{CHECK MARK}",
        "not_yet": "\N{MULTIPLICATION X}",
        "not_attempted": "\N{HORIZONTAL ELLIPSIS}",
        "ours": "\N{HORIZONTAL ELLIPSIS}",
    }
    COLOUR = {
        "right": "#009E73",
        "not_yet": "#D55E00",
        "not_attempted": "#56B4E9",
        "ours": "#56B4E9",
    }  # Okabe and Ito

    def __init__(self, exercise, verdict):
        self.verdict = verdict
        self.title = words("status", verdict.status)
        name = exercise.id.partition(".")[2]
        notice = words("notice", verdict.status).format(name=name, sample=exercise.reference)
        said = [verdict.hint] if verdict.hint else []
        if verdict.call and "{input}" not in verdict.hint:
            said.append(words("notice", "input").format(input=verdict.call))
        if verdict.printed.strip():
            said.append(words("notice", "printed").format(text=textwrap.shorten(verdict.printed, 200)))
        self.head, self.said, self.notice = f"{self.title}: {exercise.id}", said, notice

    def strict(self):
        return " ".join([f"{self.title}.", *self.said])

    def __repr__(self):
        return "\n".join([self.head, *self.said, self.notice])

    def _repr_html_(self):
        colour = self.COLOUR.get(self.verdict.status, "#009E73")
        sign = self.SIGN.get(self.verdict.status, "\N{CHECK MARK}")
        head = f'<b><span aria-hidden="true">{sign} </span>{html.escape(self.head)}</b>'
        lines = [re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(s)) for s in [*self.said, self.notice]]
        style = f"border-left: 6px solid {colour}; padding: 0.2em 0.8em"
        return f'<div role="status" style="{style}">{head}<br>{"<br>".join(lines)}</div>'

    def show(self):
        """Display it in a notebook, print it elsewhere."""
        if "IPython" in sys.modules and sys.modules["IPython"].get_ipython():
            from IPython.display import display

            display(self)
        else:
            print(self)
