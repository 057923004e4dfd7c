"""The glossary of the course: lessons/glossary.md says what the lessons say, and where.

A line is ``- **term** (*other form*): what it means ([`slug`](lesson.ipynb))``, or
``- **term**: see *another term*.``
"""

import re
from pathlib import Path

import nbformat
import pytest

from musicml.classroom.curriculum import SLUGS, file_name

ROOT = Path(__file__).parent.parent
GLOSSARY = ROOT / "lessons" / "glossary.md"
LESSONS = sorted(ROOT.glob("lessons/*.ipynb"))
ENTRY = re.compile(r"- \*\*(?P<term>[^*]+)\*\*(?: \((?P<forms>\*[^:]*\*)\))?: (?P<text>.+)")
LINK = re.compile(r"\[`(\w+)`\]\(([^)]+)\)")
MARK = re.compile(r"(?<![\w*])(\*{1,2})(?=\S)([^*]+?)(?<=\S)\1(?![\w*])")


def words(text):
    return set(text.split(", "))


# Words that a lesson explains in passing: not in bold, italics, code, a heading or a symbol table.
UNMARKED = words(
    "copy previous, flat, framework, gelu, hertz, JSB, Keras, leak, least squares, librosa, logarithm, "
    "mean squared error, Nesterov, prompt, quarter note, quarter tone, R squared, "
    "reel, rest, RMS, schedule, sixteenth note, tanh, triplet, XOR"
)
# What is bold or italic in the lessons, in small letters, and is no term: mostly emphasis.
NO_TERMS = words(
    "add, add up, adds, after, against, all, alone, and, as many, before, before 2, between, can, change, "
    "compute, counted, distance, down, equal, first, found, harder, harm, held, here, inputs, is, known, "
    "multiplies, multiply, music, new, no, not, now, number, one, outputs, same, second, simulated, "
    "singer, struck 1, sure, table, these, three paths, to look back, together, without, yes, you"
)


# --- Reading ---------------------------------------------------------------------------------------


def read_glossary(text):
    """The entries of a glossary, in order: [(term, itself and its other forms, text)]."""
    entries = []
    for line in text.splitlines():
        if line.startswith("- "):
            found = ENTRY.fullmatch(line)
            assert found, f"not of the form of an entry: {line[:70]}"
            forms = re.findall(r"\*`?([^*`]+)`?\*", found["forms"] or "")
            entries.append((found["term"], [found["term"], *forms], found["text"]))
    return entries


def prose(path):
    """The Markdown of a notebook, without blocks of code and without its sources."""
    cells = nbformat.read(path, as_version=4).cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.sub(r"```.*?```|^(?:\*\*)?Sources.*", "", text, flags=re.S | re.M)


def marked(text):
    """What a text marks: bold and italic phrases, code, headings, and rows of tables."""
    return emphasised(text) + re.findall(r"`([^`]+)`", text) + re.findall(r"^(?:#+ |\|)(.+)$", text, re.M)


def emphasised(text):
    """The bold and the italic phrases of a text; formulas and code may hold stars of their own."""
    return [" ".join(phrase.split()) for _, phrase in MARK.findall(re.sub(r"\$[^$]*\$|`[^`]*`", "x", text))]


def stands_in(form, text):
    """Whether a text has the form as whole words, in the singular or the plural."""
    return re.search(rf"(?<!\w){re.escape(form)}(?:s|es)?(?!\w)", text, re.I) is not None


def wrong_links(entries, lessons):
    """Links to lessons that do not exist or do not have the term, and terms that no linked lesson marks."""
    wrong = []
    for term, forms, text in entries:
        texts = []
        for slug, name in LINK.findall(text):
            texts.append(lessons.get(name, ""))
            if slug not in SLUGS or file_name(slug) != name or name not in lessons:
                wrong.append(f"{term}: no lesson {slug} at {name}")
            elif not any(stands_in(form, texts[-1]) for form in forms):
                wrong.append(f"{term}: not in {slug}")
        phrases = [phrase for text in texts for phrase in marked(text)]
        is_marked = any(stands_in(form, phrase) for form in forms for phrase in phrases)
        if texts and not is_marked and term not in UNMARKED:
            wrong.append(f"{term}: marked in no lesson")
    return wrong


def missing_terms(entries, lessons):
    """What a lesson sets in bold or italics, in small letters, and neither the glossary nor NO_TERMS has."""
    known = NO_TERMS | {form.casefold() for _, forms, _ in entries for form in forms}
    known |= {word.casefold() for *_, text in entries for word in re.findall(r"\*([^*]+)\*", text)}
    return sorted(
        f"{name}: {phrase}"
        for name, text in lessons.items()
        for phrase in set(emphasised(text))
        if phrase[0].islower()
        and len(phrase.split()) <= 3
        and not {phrase.casefold(), phrase.removesuffix("s"), phrase.removesuffix("es")} & known
    )


@pytest.fixture(scope="module")
def entries():
    return read_glossary(GLOSSARY.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def lessons():
    return {path.name: prose(path) for path in LESSONS}


# --- The real glossary -------------------------------------------------------------------------------


def test_terms_are_sorted_and_none_comes_twice(entries):
    terms = [term.casefold() for term, *_ in entries]
    assert terms == sorted(set(terms))


def test_letters_stand_above_their_terms(entries):
    text = GLOSSARY.read_text(encoding="utf-8")
    for section in text.split("\n## ")[1:]:
        letter, terms = section[0], re.findall(r"^- \*\*(.)", section, re.M)
        assert terms and {term.upper() for term in terms} == {letter}


def test_every_entry_leads_to_a_lesson_or_to_another_entry(entries):
    terms = {form for _, forms, _ in entries for form in forms}
    for term, _, text in entries:
        seen = re.search(r"\b[Ss]ee (\*[^*]+\*(?:(?:, | and )\*[^*]+\*)*)", text)
        assert LINK.search(text) or seen, f"{term}: no lesson and no other term"
        lost = set(re.findall(r"\*([^*]+)\*", seen[1] if seen else "")) - terms
        assert not lost, f"{term}: see {lost}, which has no line"


def test_links_lead_to_lessons_that_explain_the_term(entries, lessons):
    assert wrong_links(entries, lessons) == []


def test_every_marked_term_of_the_lessons_is_in_the_glossary(entries, lessons):
    assert missing_terms(entries, lessons) == []


# --- A small glossary: each rule can fail --------------------------------------------------------------

HUM = {"01_fit_a_line.ipynb": "A *humming bird* has **wings**, *many*\nof them, and a tail. $x*y*z$ `a*b*c`"}
AT_LINE = "([`fit_a_line`](01_fit_a_line.ipynb))"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (f"- **wing**: it flies. {AT_LINE}", None),
        (f"- **pinion** (*wing*): it flies. {AT_LINE}", None),
        (f"- **tail**: it steers. {AT_LINE}", "tail: marked in no lesson"),
        (f"- **win**: it flies. {AT_LINE}", "win: not in fit_a_line"),
        ("- **wing**: it flies. ([`fit_a_curve`](01_fit_a_line.ipynb))", "wing: no lesson fit_a_curve"),
        ("- **wing**: it flies. ([`fit_a_line`](02_fit_a_line.ipynb))", "wing: no lesson fit_a_line at 02"),
        ("- **wing**: it flies. ([`see_a_sound`](09_see_a_sound.ipynb))", "wing: no lesson see_a_sound"),
    ],
)
def test_a_wrong_link_is_seen(line, problem):
    found = wrong_links(read_glossary(line), HUM)
    assert found[0].startswith(problem) if problem else found == []


def test_a_missing_term_is_seen():
    entries = read_glossary(f"- **wing**: one of *many*. {AT_LINE}")
    assert missing_terms(entries, HUM) == ["01_fit_a_line.ipynb: humming bird"]


@pytest.mark.parametrize("line", ["- wing: flies", "- **wing** flies", "- **wing** (feather): flies"])
def test_a_line_of_another_form_is_seen(line):
    with pytest.raises(AssertionError, match="not of the form"):
        read_glossary(line)
