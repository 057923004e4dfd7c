"""The checks: what a learner is told, in every lesson and in general.

The first part runs over all lessons: each reference passes, and each wrong
answer in tests/exercises/<slug>.py gets its own hint. The second part tests
the machinery on exercises made here.
"""

import ast
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from musicml.classroom import check, exercises
from musicml.classroom.check import HINTS, Notice, examine, hint, table, tables, unfinished
from musicml.classroom.exercises import describe, numbers, probabilities
from musicml.classroom.work import prepare_work
from musicml.errors import ExerciseError, MusicMLError

TESTS = Path(__file__).parent
LESSONS = [slug for slug in exercises.available() if (exercises.FOLDER / f"{slug}.py").exists()]

# --- Every lesson ------------------------------------------------------------------------------------


def answers(slug, table):
    """What tests/exercises has for a lesson, {} if nothing.

    ``WRONG``: {exercise id: [(hint key, wrong answer), ...]}.
    ``RIGHT``: {exercise id: [answer that is right, though it differs from the reference, ...]}.
    """
    return runpy.run_path(str(TESTS / "exercises" / f"{slug}.py")).get(table, {})


@pytest.mark.parametrize("slug", LESSONS)
def test_reference_passes(slug):
    for id in exercises.load(slug):
        found = examine(exercises.find(id), exercises.find(id).reference)
        assert found.passed, f"{id}: {found}"


@pytest.mark.parametrize("slug", LESSONS)
def test_other_right_answers_pass(slug):
    for id, given in answers(slug, "RIGHT").items():
        for answer in given:
            found = examine(exercises.find(id), answer)
            assert found.passed, f"{id}: {answer}: {found}"


@pytest.mark.parametrize("slug", LESSONS)
def test_each_wrong_answer_gets_its_hint(slug):
    wrong = answers(slug, "WRONG")
    for id in exercises.load(slug):
        exercise = exercises.find(id)
        given = wrong.get(id, [])
        fewest = {"code": 3, "value": 1, "choice": 1, "opinion": 0}[exercise.kind]
        assert len(given) >= fewest, f"tests/exercises/{slug}.py has {len(given)} wrong answers for {id}"
        for number, (key, answer) in enumerate(given):
            found = examine(exercise, answer)
            assert (found.status, found.key) == ("not_yet", key), f"{id}, wrong answer {number}: {found}"
    assert set(wrong) <= set(exercises.load(slug))


@pytest.mark.parametrize("slug", LESSONS)
def test_an_empty_answer_is_not_attempted(slug):
    def stub(*args, **kwargs): ...

    for id in exercises.load(slug):
        exercise = exercises.find(id)
        empty = ... if exercise.kind != "code" or isinstance(exercise.reference, type) else stub
        assert examine(exercise, empty).status == "not_attempted", id


@pytest.mark.parametrize("slug", LESSONS)
def test_hints_and_judges_agree(slug):
    """Every key that a judge names has a text, and a wrong answer reaches every text of the lesson."""
    for id, key in keys_in(exercises.FOLDER / f"{slug}.py"):
        assert hint(id, key)
    reached = {(id, key) for id, given in answers(slug, "WRONG").items() for key, _ in given}
    own = {
        (f"{slug}.{name}", key)
        for name, texts in table(HINTS / "en" / f"{slug}.toml").items()
        for key in texts
    }
    assert own <= reached, f"hints that no wrong answer reaches: {sorted(own - reached)}"


def keys_in(path):
    """(exercise id, hint key) of all literals in the judges, values and choices of an exercise module."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        calls = [*getattr(node, "decorator_list", []), getattr(node, "value", None)]
        for call in calls:
            if isinstance(call, ast.Call) and called(call) in ("judge", "value", "choice"):
                id = call.args[0].value
                if called(call) == "choice":
                    yield from ((id, key.value) for key in call.args[2].values)
                for inner in ast.walk(node):
                    yield from ((id, key.value) for key in key_nodes(inner))


def key_nodes(node):
    if not isinstance(node, ast.Call):
        return
    position = {"fault": 0, "need": 1}.get(called(node))
    if position is not None:
        yield node.args[position]
    for keyword in node.keywords:
        if keyword.arg == "typical":
            yield from keyword.value.keys


def called(call):
    return getattr(call.func, "id", getattr(call.func, "attr", None))


def test_every_lesson_with_hints_has_exercises():
    for path in HINTS.glob("*/*.toml"):
        assert path.stem in {*LESSONS, "common"}, path


def test_a_translation_has_the_keys_of_the_english():
    for path in HINTS.glob("*/*.toml"):
        english = table(HINTS / "en" / path.name)
        for name, texts in table(path).items():
            assert set(texts) <= set(english[name]), path


# --- The machinery -----------------------------------------------------------------------------------

SCHOOL = """
import numpy as np
from musicml.classroom.exercises import (
    choice, exercise, judge, need, numbers, opinion, probabilities, same, value)

X, Y = np.arange(1.0, 6), np.arange(2.0, 7)

@exercise("sing.slope")
def slope(x, y):
    return np.sum(x * y) / np.sum(x * x)

@judge("sing.slope")
def _(theirs):
    yield from same(theirs, slope, [(X, Y)], n=lambda x, y: len(x),
                    typical={"missing_sum_x2": lambda x, y: np.mean(x * y)})

@exercise("sing.softmax")
def softmax(z):
    p = np.exp(z)
    return p / p.sum(axis=-1, keepdims=True)

@judge("sing.softmax")
def _(theirs):
    z = np.array([[0.0, 1.0, 2.0], [1.0, 1.0, 1.0]])
    p = theirs(z)
    yield probabilities(p)
    yield numbers(p, softmax(z))

@exercise("sing.step")
def step(w, dw):
    w -= 0.1 * dw

@judge("sing.step", in_place=True)
def _(theirs):
    w = np.ones(2)
    theirs(w, np.ones(2))
    yield numbers(w, [0.9, 0.9])

@exercise("sing.Double")
class Double:
    def call(self, x):
        return 2 * x

@judge("sing.Double")
def _(theirs):
    yield numbers(theirs().call(np.ones(3)), [2, 2, 2])

@exercise("sing.parts")
def parts(x):
    return {"mean": np.mean(x)}

@exercise("sing.wave")
def wave(x):
    return np.arange(12.0).reshape(3, 4) * x[0]

@judge("sing.wave")
def _(theirs):
    yield from same(theirs, wave, [(X,)])

@judge("sing.parts")
def _(theirs):
    return numbers(theirs(X)["mean"], 3)

value("sing.guess", 0.25, tolerance=0.01, typical={"turned": -0.25})
choice("sing.pick", "B", {"A": "low"})
opinion("sing.ear", "The second one wanders.")
"""
HINTS_OF_SCHOOL = """
[slope]
missing_sum_x2 = "The sum of x squared is missing."
[guess]
turned = "Downhill is the other way."
[pick]
low = "That one is too low."
"""


@pytest.fixture
def school(tmp_path, monkeypatch):
    """A folder of a school with the lesson "sing"."""
    (tmp_path / "sing.py").write_text(SCHOOL)
    (tmp_path / "sing.toml").write_text(HINTS_OF_SCHOOL)
    monkeypatch.setenv("MUSICML_EXERCISES", str(tmp_path))
    monkeypatch.delenv("MUSICML_STRICT", raising=False)
    monkeypatch.delenv("MUSICML_LANG", raising=False)
    yield tmp_path
    for id in [id for id in exercises.REGISTRY if id.startswith("sing.")]:
        del exercises.REGISTRY[id]


def right(x, y):
    return np.sum(x * y) / np.sum(x * x)


def stub(x, y): ...


def half_done(x, y):
    """The slope."""
    n = len(x)  # noqa: F841
    ...


def prints(x, y):
    print(right(x, y))


def returns_nothing(x, y):
    right(x, y)


def changes(x, y):
    answer = right(x, y)
    x += 1
    return answer


def stops(x, y):
    return x.no_such_thing


class Stops:
    def call(self, x):
        return x + undefined_name  # noqa: F821


class Empty:
    def call(self, x): ...


def flat(z):
    return np.exp(z) / np.exp(z).sum(axis=0)


# Every text of common.toml: (key, exercise, an answer that gets it)
GENERAL = [
    ("value", "slope", lambda x, y: 2.0),
    ("type", "slope", lambda x, y: "1.27"),
    ("shape", "slope", lambda x, y: x * y),
    ("not_finite", "slope", lambda x, y: np.log(0 * x[0])),
    ("sign", "slope", lambda x, y: -right(x, y)),
    ("missing_1_over_n", "slope", lambda x, y: 5 * right(x, y)),
    ("extra_1_over_n", "slope", lambda x, y: right(x, y) / 5),
    ("twice", "slope", lambda x, y: 2 * right(x, y)),
    ("half", "slope", lambda x, y: right(x, y) / 2),
    ("returned_none", "slope", returns_nothing),
    ("printed_not_returned", "slope", prints),
    ("mutated", "slope", changes),
    ("not_a_function", "slope", 1.27),
    ("raised", "slope", stops),
    ("raised", "slope", lambda x: x),
    ("raised", "Double", Stops),
    ("not_a_class", "Double", Stops()),
    ("unusable", "parts", lambda x: [3]),
    ("a_list", "wave", lambda x: [[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0], [8.0, 9.0, 10.0, 11.0]]),
    ("caret", "slope", lambda x, y: np.sum(x * y) / np.sum(x ^ 2)),
    ("transposed", "softmax", lambda z: (np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)).T),
    ("wrong_axis", "softmax", flat),
    ("not_sum_1", "softmax", np.exp),
    ("negative_probability", "softmax", lambda z: -z),
    ("prediction", "guess", 0.5),
    ("not_a_number", "guess", "a quarter"),
    ("not_an_option", "pick", "Z"),
    ("not_text", "ear", 3),
    ("too_short", "ear", "nice"),
]
OWN = [
    ("missing_sum_x2", "slope", lambda x, y: np.mean(x * y)),
    ("turned", "guess", -0.25),
    ("low", "pick", "a"),
]


@pytest.mark.parametrize(
    ("key", "name", "answer"), GENERAL + OWN, ids=lambda v: v if isinstance(v, str) else ""
)
def test_each_fault_has_its_words(school, key, name, answer):
    exercise = exercises.find(f"sing.{name}")
    if key == "transposed":  # its own judge looks at the sums first
        wrong = numbers(answer(np.eye(2, 3)), exercise.reference(np.eye(2, 3)))
        assert wrong.key == key and hint(exercise.id, key).format(**wrong.details)
        return
    found = examine(exercise, answer)
    assert (found.status, found.key) == ("not_yet", key)
    assert found.hint and "{" not in re.sub(r"\{'mean'.*?\}", "", found.hint)
    assert "0x" not in repr(Notice(exercise, found))


def test_no_general_hint_is_unused():
    assert set(table(HINTS / "en" / "common.toml")["hint"]) == {key for key, _, _ in GENERAL}


def test_a_right_answer_is_returned_itself(school, capsys):
    assert check("sing.slope", right) is right
    assert capsys.readouterr().out.startswith("Right: sing.slope\n")
    assert check("sing.pick", " b ") == " b "
    assert check("sing.guess", 0.2505) == 0.2505


def test_an_opinion_is_noted_and_ours_shown(school, capsys):
    text = "The first one: it comes home to its key note."
    assert check("sing.ear", text) == text
    assert "The second one wanders." in capsys.readouterr().out


@pytest.mark.parametrize("answer", [None, ..., stub, half_done])
def test_not_attempted_gives_the_reference(school, capsys, answer):
    assert check("sing.slope", answer) is exercises.find("sing.slope").reference
    assert capsys.readouterr().out.startswith("Not attempted yet: sing.slope\n")


def test_an_empty_text_and_a_class_of_stubs_are_not_attempted(school):
    assert examine(exercises.find("sing.ear"), "  \n").status == "not_attempted"
    assert examine(exercises.find("sing.Double"), Empty).status == "not_attempted"


def test_dots_that_mean_something_are_not_unfinished():
    def last(x):
        return x[..., -1]

    assert not unfinished(last)
    assert unfinished(lambda x: ...)


def test_what_was_lent_is_not_taken_for_the_learners_own(school, capsys):
    """Running the check again, or after an answer that stopped with an error, hands our solution in."""
    for id in ("sing.slope", "sing.guess", "sing.pick", "sing.ear", "sing.Double"):
        lent = check(id, ...)
        capsys.readouterr()
        again = check(id, lent)
        assert "Not yours yet" in capsys.readouterr().out
        assert again == lent


def test_a_wrong_answer_gives_the_reference_and_says_why(school, capsys):
    assert check("sing.slope", OWN[0][2])(np.ones(2), np.ones(2)) == 1
    out = capsys.readouterr().out
    assert out.startswith("Not yet: sing.slope\nThe sum of x squared is missing.\n")
    assert "x = [1., 2., 3., 4., 5.], y = [2., 3., 4., 5., 6.]" in out


def test_a_learners_exception_is_told_in_a_sentence(school, capsys):
    check("sing.slope", stops)
    out = capsys.readouterr().out
    assert (
        "`stops` stopped with AttributeError: 'numpy.ndarray' object has no attribute 'no_such_thing'" in out
    )
    assert "x = [1., 2., 3., 4., 5.]" in out
    assert "Traceback" not in out
    check("sing.Double", Stops)
    out = capsys.readouterr().out
    assert "`Stops.call` stopped with NameError" in out and "x = [1., 1., 1.]" in out


def test_the_number_to_predict_is_not_given_away(school, capsys):
    for answer in (0.5, -0.25, "x", [1, 2], ...):
        check("sing.guess", answer)
    assert "0.25" not in capsys.readouterr().out.replace("-0.25", "")


def test_in_place_answers_may_return_nothing(school):
    def step(w, dw):
        w -= 0.1 * dw

    def rebinds(w, dw):
        w = w - 0.1 * dw

    assert examine(exercises.find("sing.step"), step).passed
    assert examine(exercises.find("sing.step"), rebinds).key == "value"


def test_a_learners_answer_cannot_change_what_the_next_case_sees(school):
    examine(exercises.find("sing.slope"), changes)
    assert examine(exercises.find("sing.slope"), right).passed


@pytest.mark.parametrize("answer", [stub, prints, OWN[0][2], stops])
def test_strict_substitutes_nothing(school, monkeypatch, answer):
    monkeypatch.setenv("MUSICML_STRICT", "1")
    with pytest.raises(ExerciseError, match="exercise sing.slope: Not"):
        check("sing.slope", answer)
    assert check("sing.slope", right) is right


def test_a_notice_has_a_sign_a_word_and_html_that_is_escaped(school):
    exercise = exercises.find("sing.ear")
    signs = set()
    for answer in (..., "<b>", "I prefer <b>the first</b> one."):
        notice = Notice(exercise, examine(exercise, answer))
        page = notice._repr_html_()
        assert notice.title in page and notice.title in repr(notice)
        assert "<b>the first" not in page
        signs.add(re.search(r'aria-hidden="true">(.)', page)[1])
    assert len(signs) == 3


def test_names_that_do_not_exist(school):
    with pytest.raises(MusicMLError, match='unknown exercise "sing.slop"; did you mean "sing.slope"'):
        check("sing.slop", 1)
    with pytest.raises(MusicMLError, match='unknown lesson "sin"; did you mean "sing"'):
        check("sin.slope", 1)
    with pytest.raises(MusicMLError, match="Write lesson.exercise"):
        check("slope", 1)


def test_a_school_adds_cases_to_a_public_exercise(school, tmp_path, monkeypatch):
    """The school's judge runs after the public ones, and finds what they let pass."""
    public, own = tmp_path / "public", tmp_path / "own"
    public.mkdir(), own.mkdir()
    (school / "sing.py").rename(public / "sing.py")
    monkeypatch.setattr(exercises, "FOLDER", public)
    monkeypatch.setattr(exercises, "__path__", [str(public)])
    monkeypatch.setenv("MUSICML_EXERCISES", str(own))
    (own / "sing.py").write_text(
        "import numpy as np\nfrom musicml.classroom.exercises import judge, numbers\n"
        '@judge("sing.slope")\ndef _(theirs):\n    yield numbers(theirs(np.ones(3), np.zeros(3)), 0.0)\n'
    )

    def lucky(x, y):
        return 14 / 11

    try:
        found = examine(exercises.find("sing.slope"), lucky)
    finally:
        del sys.modules["musicml.classroom.exercises.sing"]
    assert found.key == "value" and "x = [1., 1., 1.]" in found.call
    assert len(exercises.REGISTRY["sing.slope"].judges) == 2


def test_another_language_falls_back_to_english(school, tmp_path, monkeypatch):
    shutil.copytree(HINTS, tmp_path / "hints")
    (tmp_path / "hints" / "de").mkdir()
    (tmp_path / "hints" / "de" / "common.toml").write_text('[hint]\nsign = "Das Vorzeichen ist falsch."\n')
    monkeypatch.setattr(sys.modules["musicml.classroom.check"], "HINTS", tmp_path / "hints")
    monkeypatch.setenv("MUSICML_LANG", "de")
    exercise = exercises.find("sing.slope")
    assert examine(exercise, lambda x, y: -right(x, y)).hint == "Das Vorzeichen ist falsch."
    assert examine(exercise, lambda x, y: 2 * right(x, y)).hint.startswith("The result is twice")
    assert len(tables("common")) == 3


def test_a_hint_without_a_text_says_where_to_write_it(school):
    with pytest.raises(MusicMLError, match=r'sing.slope has no hint "nonsense". Write it into sing.toml'):
        hint("sing.slope", "nonsense")


def test_descriptions_are_short_and_the_same_everywhere():
    assert describe(np.zeros((3, 4))) == "an array of shape (3, 4)"
    assert describe(object()) == "an object"
    assert describe(1 / 3) == describe(np.float32(1) / np.float32(3)) == "0.333333"
    assert describe([1, 2]) == "[1, 2]"
    assert describe(right) == "the function right"
    assert describe(dict) == "the class dict"


def test_a_list_is_a_fault_only_where_an_array_is_expected():
    assert numbers([1.0, 2.0], np.array([1, 2])).key == "a_list"
    assert numbers((1.0, 2.0), np.array([1, 2])).details["kind"] == "tuple"
    assert numbers([1.0, 3.0], np.array([1, 2])).key == "value"
    assert numbers([1.0, 2.0], [1, 2]) is None
    assert numbers((1.0, 2.0), (1, 2)) is None
    assert numbers(np.array([1, 2]), (1, 2)) is None


def test_of_a_long_array_the_first_place_that_differs_is_shown(school, capsys):
    expected = np.zeros((9, 128))
    expected[2:5, 64] = 1
    text = hint("sing.wave", "value").format(**numbers(np.zeros((9, 128)), expected).details)
    assert text == "The result is not right: it should be 1 at [2, 64], and yours is 0."
    holes = expected.copy()
    holes[3, 7] = np.nan
    text = hint("sing.wave", "not_finite").format(**numbers(holes, expected).details)
    assert "in it: nan at [3, 7]." in text
    check("sing.wave", lambda x: -np.arange(12.0).reshape(3, 4))
    assert "it should be 1 at [0, 1], and yours is -1." in capsys.readouterr().out
    assert numbers(np.zeros(3), np.ones(3)).details == {"got": "[0., 0., 0.]", "expected": "[1., 1., 1.]"}


def test_a_caret_is_no_fault_where_it_works(school):
    assert examine(exercises.find("sing.slope"), lambda x, y: right(x, y) * (3 ^ 2)).passed


def test_probabilities_along_another_axis():
    p = np.array([[0.5, 0.1], [0.5, 0.9]])
    assert probabilities(p, axis=0) is None
    assert probabilities(p, axis=1).key == "wrong_axis"


def test_checking_imports_no_notebook_machinery():
    code = "import sys, musicml.classroom; print(sorted({'IPython', 'nbclient', 'keras'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# --- The learner's copies ------------------------------------------------------------------------------


def test_work_copies_new_lessons_and_overwrites_nothing(tmp_path):
    lessons = tmp_path / "lessons"
    lessons.mkdir()
    (lessons / "01_a.ipynb").write_text("first")
    work = prepare_work(tmp_path)
    assert sorted(p.name for p in work.iterdir()) == ["01_a.ipynb", "START_HERE.txt"]
    (work / "01_a.ipynb").write_text("mine")
    (work / "START_HERE.txt").write_text("my notes")
    (lessons / "01_a.ipynb").write_text("a newer version")
    (lessons / "02_b.ipynb").write_text("second")
    assert prepare_work(tmp_path) == work
    read = {p.name: p.read_text() for p in work.iterdir()}
    assert read == {"01_a.ipynb": "mine", "02_b.ipynb": "second", "START_HERE.txt": "my notes"}


def test_work_has_the_newest_glossary_unless_the_learner_wrote_into_it(tmp_path):
    (tmp_path / "lessons").mkdir()
    ours, yours = tmp_path / "lessons" / "glossary.md", tmp_path / "work" / "glossary.md"
    for text in ("bar", "bar, beat", "bar, beat, chord"):
        ours.write_text(text)
        prepare_work(tmp_path)
        assert yours.read_text() == text
    yours.write_text("bar, my own words")
    ours.write_text("bar, beat, chord, key")
    for _ in range(2):
        prepare_work(tmp_path)
        assert yours.read_text() == "bar, my own words"
    yours.unlink()
    prepare_work(tmp_path)
    assert yours.read_text() == "bar, beat, chord, key"


def test_work_leaves_a_glossary_alone_that_it_did_not_write(tmp_path):
    for folder, text in (("lessons", "ours"), ("work", "mine")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "glossary.md").write_text(text)
    prepare_work(tmp_path)
    assert (tmp_path / "work" / "glossary.md").read_text() == "mine"
