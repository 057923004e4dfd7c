"""Exercises: the reference solution of each, and how an answer is judged.

One module a lesson, named by its slug, imported when its first check runs:

    from . import exercise, judge, same

    @exercise("fit_a_line.slope")
    def slope(x, y):                       # the same code as in the solution notebook
        return np.sum(x * y) / np.sum(x * x)

    @judge("fit_a_line.slope")
    def _(theirs):                         # the learner's function
        yield from same(theirs, slope, [(X, Y)], typical={"missing_sum_x2": lambda x, y: np.mean(x * y)})

A judge yields a Fault, or None for a property that holds; the first Fault is
what the learner is told. Keys are looked up in ``hints/<language>/<slug>.toml``,
then in ``hints/<language>/common.toml``, so keys are written as literals.

A school adds cases of its own: ``MUSICML_EXERCISES`` names a folder with
``<slug>.py`` files that register more judges (and ``<slug>.toml`` with their hints).
"""

import dis
import importlib
import importlib.util
import inspect
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...errors import MusicMLError, unknown

REGISTRY = {}  # id -> Exercise
FOLDER = Path(__file__).parent
SHOWN = 8  # numbers of an array; a longer one is told by its shape


class Fault(NamedTuple):
    """What is wrong with an answer: the key of a hint, and the values its text shows."""

    key: str
    details: dict


@dataclass
class Exercise:
    """One exercise. ``kind`` is "code", "value", "choice" or "opinion"."""

    id: str
    kind: str
    reference: object
    judges: list = field(default_factory=list)


# --- Declaring -------------------------------------------------------------------------------------


def exercise(id):
    """Declare a code exercise; decorates its reference function or class and leaves it as it is."""

    def register(reference):
        REGISTRY[id] = Exercise(id, "code", reference)
        return reference

    return register


def judge(id, in_place=False):
    """Add a judge to a declared exercise.

    The judge is called with the learner's answer. A function is called on copies, and returning
    None or changing an argument is a fault of its own, unless ``in_place``: then it works on the
    judge's own arguments, may change them and may return nothing.
    """

    def register(function):
        if id not in REGISTRY:
            raise unknown("exercise", id, REGISTRY)
        function.in_place = in_place
        REGISTRY[id].judges.append(function)
        return function

    return register


def value(id, reference, *, tolerance=1e-6, typical=None):
    """Declare a number to predict. ``typical``: {hint key: the wrong number it explains}."""
    REGISTRY[id] = entry = Exercise(id, "value", reference)

    def number(answer):
        wrong = numbers(answer, reference, atol=tolerance, rtol=0, typical=typical)
        if wrong is None or wrong.key in (typical or ()):
            return wrong
        # The other texts name the number that is expected, and would give it away.
        key = "not_a_number" if wrong.key in ("type", "shape") else "prediction"
        return fault(key, got=describe(answer))

    entry.judges.append(number)


def choice(id, reference, others):
    """Declare a choice such as "B". ``others``: {the other options: hint key for each}."""
    REGISTRY[id] = entry = Exercise(id, "choice", reference)
    options = {reference: None, **others}

    def chosen(answer):
        letter = answer.strip().upper() if isinstance(answer, str) else answer
        if not isinstance(letter, str) or letter not in options:
            return fault("not_an_option", got=describe(answer), options=", ".join(sorted(options)))
        return options[letter] and fault(options[letter], got=letter)

    entry.judges.append(chosen)


def opinion(id, reference):
    """Declare a question that has no wrong answer. ``reference``: a sample answer to compare with."""
    REGISTRY[id] = entry = Exercise(id, "opinion", reference)

    def considered(answer):
        if not isinstance(answer, str):
            return fault("not_text", got=describe(answer))
        return need(len("".join(answer.split())) >= 15, "too_short")  # letters: not all languages space words

    entry.judges.append(considered)


# --- Judging ---------------------------------------------------------------------------------------


def fault(key, **details):
    """A Fault: hint ``key``, whose text may show ``{details}``."""
    return Fault(key, details)


def need(holds, key, **details):
    """None if the property holds, else the fault."""
    return None if holds else Fault(key, details)


def same(theirs, reference, cases, *, n=None, typical=None, rtol=1e-6, atol=1e-9):
    """Compare a learner's function with the reference on each tuple of arguments.

    Args:
        n: function of the arguments: the number of examples, to tell a mean from a sum.
        typical: {hint key: a function with the same arguments, wrong in the way the hint explains}.
    """
    for args in cases:
        wrong = {key: function(*args) for key, function in (typical or {}).items()}
        try:
            got = theirs(*args)
        except Exception:
            if not has_caret(theirs):
                raise
            yield fault("caret")
        else:
            yield numbers(got, reference(*args), n=n and n(*args), typical=wrong, rtol=rtol, atol=atol)


def has_caret(function):
    """True if a function uses ``^``, which many take for a power; on floats Python stops there."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and any(i.argrepr in ("^", "^=") for i in dis.get_instructions(code))


def numbers(got, expected, *, n=None, typical=None, rtol=1e-6, atol=1e-9):
    """Compare a number or array with what is expected; None if they agree.

    Typical faults of this exercise are tried first, then those of all exercises: type, shape,
    transposed, not finite, sign, 1/n, a factor of two. Where an array is expected, a list of the
    right numbers is a fault too: the lesson goes on with arithmetic that a list does not have.
    """
    kind = isinstance(expected, np.ndarray) and isinstance(got, (list, tuple)) and type(got).__name__
    expected = np.asarray(expected, dtype=float)
    shown = {"got": describe(got), "expected": describe(expected)}
    try:
        got = np.asarray(got)
    except ValueError:  # lists of different lengths
        return fault("type", **shown)
    if got.dtype.kind not in "biuf":
        return fault("type", **shown)

    def equals(other):
        other = np.asarray(other, dtype=float)
        return got.shape == other.shape and np.allclose(got, other, rtol=rtol, atol=atol, equal_nan=True)

    if equals(expected):
        return fault("a_list", kind=kind, **shown) if kind else None
    if got.shape == expected.shape and got.size > SHOWN:  # the shapes alone would tell nothing
        place = first(~np.isclose(got, expected, rtol, atol, equal_nan=True))
        shown = {"got": describe(got[place]), "expected": f"{describe(expected[place])} at {list(place)}"}
    for key, wrong in (typical or {}).items():
        if equals(wrong):
            return fault(key, **shown)
    if got.ndim == 2 and equals(expected.T):
        return fault("transposed", **shown)
    if got.shape != expected.shape:
        return fault("shape", got_shape=shape_words(got), expected_shape=shape_words(expected), **shown)
    if not np.isfinite(got).all():
        if got.size > SHOWN:
            place = first(~np.isfinite(got))
            shown["got"] = f"{describe(got[place])} at {list(place)}"
        return fault("not_finite", **shown)
    if equals(-expected):
        return fault("sign", **shown)
    if n and equals(expected * n):
        return fault("missing_1_over_n", n=n, **shown)
    if n and equals(expected / n):
        return fault("extra_1_over_n", n=n, **shown)
    if equals(2 * expected):
        return fault("twice", **shown)
    if equals(expected / 2):
        return fault("half", **shown)
    return fault("value", **shown)


def first(where):
    """The index of the first True in an array of bools, as a tuple."""
    return tuple(int(i) for i in np.argwhere(where)[0])


def probabilities(got, axis=-1, atol=1e-6):
    """Faults of an array that should hold probabilities which sum to 1 along ``axis``."""
    p = np.asarray(got, dtype=float)
    if (p < -atol).any():
        return fault("negative_probability", got=describe(got))
    sums = p.sum(axis=axis)
    if np.allclose(sums, 1, atol=atol):
        return None
    if p.ndim == 2 and np.allclose(p.sum(axis=1 - axis % 2), 1, atol=atol):
        return fault("wrong_axis", got=describe(got), axis=axis)
    return fault("not_sum_1", got=describe(got), sum=describe(sums))


def describe(thing):
    """A short text for a value, the same on every machine."""
    if isinstance(thing, (np.ndarray, np.generic, float)) and np.asarray(thing).dtype.kind in "biuf":
        array = np.asarray(thing)
        if array.size > SHOWN:
            return f"an array of shape {array.shape}"
        text = np.array2string(array, precision=6, separator=", ", floatmode="maxprec").replace("\n", "")
        return text.rstrip(".")  # NumPy writes 14. for 14.0, and a sentence ends after it
    if callable(thing):
        name = getattr(thing, "__name__", None)  # a layer can be called too, and is no function
        kind = "class" if isinstance(thing, type) else "function"
        return f"the {kind} {name}" if name else with_article(type(thing).__name__)
    text = repr(thing)
    if len(text) > 80 or " at 0x" in text:
        return with_article(type(thing).__name__)
    return text


def with_article(noun):
    return f"{'an' if noun[0] in 'aeiouAEIOU' else 'a'} {noun}"


def shape_words(array):
    return f"an array of shape {array.shape}" if array.ndim else "a single number"


# --- Finding ---------------------------------------------------------------------------------------


def available():
    """The slugs of all lessons that have exercises."""
    folders = [FOLDER, *school_folders()]
    return sorted(
        {path.stem for folder in folders for path in folder.glob("*.py") if path.stem != "__init__"}
    )


def school_folders():
    folder = os.environ.get("MUSICML_EXERCISES")
    return [Path(folder)] if folder else []


_loaded = set()  # the school files that have run


def load(slug):
    """Import the exercises of a lesson, then what a school has added; the ids of that lesson."""
    if slug not in available():
        raise unknown("lesson", slug, available())
    if (FOLDER / f"{slug}.py").exists():
        importlib.import_module(f"{__name__}.{slug}")
    for folder in school_folders():
        path = folder.resolve() / f"{slug}.py"
        if path.exists() and path not in _loaded:
            spec = importlib.util.spec_from_file_location(f"musicml_school_{slug}", path)
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
            _loaded.add(path)
    return [id for id in REGISTRY if id.startswith(f"{slug}.")]


def find(id):
    """The Exercise called ``"slug.name"``."""
    slug, dot, name = str(id).partition(".")
    if not dot or not name:
        raise MusicMLError(
            f'"{id}" is not the name of an exercise. Write lesson.exercise: "fit_a_line.slope".'
        )
    ids = load(slug)
    if id not in REGISTRY:
        raise unknown("exercise", id, ids)
    return REGISTRY[id]
