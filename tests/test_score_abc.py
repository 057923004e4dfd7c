"""ABC: rules by hand-written cases, real tunes against music21, any text read or refused in words."""

import collections
import csv
import runpy
import sys
from fractions import Fraction as F
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicml.errors import FileFormatError
from musicml.score import pitch_to_name, read_abc, read_abc_all
from musicml.score.abc_notation import read_tune


def tune(music, key="C", metre="4/4", length="1/4", **options):
    return read_abc(f"X:1\nT:Test\nM:{metre}\nL:{length}\nK:{key}\n{music}\n", **options)


def names(score):
    return " ".join(pitch_to_name(note.pitch) for note in score.notes)


def lengths(score):
    return " ".join(str(note.duration) for note in score.notes)


@pytest.mark.parametrize(
    ("music", "key", "expected"),
    [
        ("C, C c c' c''", "C", "C3 C4 C5 C6 C7"),
        ("F B f", "D", "F#4 B4 F#5"),
        ("F B e", "Bb", "F4 A#4 D#5"),
        ("^F F f | F", "C", "F#4 F#4 F#5 F4"),  # to the end of the bar, in every octave
        ("=F F | F", "G", "F4 F4 F#4"),
        ("__B _B ^^c", "C", "A4 A#4 D5"),
        ("^F- | F F", "C", "F#4 F4"),  # the tie carries the sharp, and only to its note
        ("C F", "Cmix", "C4 F4"),
        ("B c", "D mixolydian", "B4 C5"),
        ("F c", "Ador", "F#4 C5"),
        ("F", "Flyd", "F4"),
        ("B F c", "Bphr", "B4 F#4 C5"),
        ("B c", "D minor", "A#4 C5"),
        ("F G c", "F#m", "F#4 G#4 C#5"),
        ("F c", "D =c", "F#4 C5"),
        ("F c", "GM", "F#4 C5"),
        ("F c g", "HP", "F#4 C#5 G5"),
        ("B [K:F] B", "C", "B4 A#4"),
        ("F c", "Aion", "F#4 C#5"),
        ("B f", "Faeo", "A#4 F5"),
        ("B c", "E loc", "A#4 C5"),
        ("F c", "D exp ^c", "F4 C#5"),
        ("F B", "D exp _b ^f", "F#4 A#4"),
        ("F B", "none", "F4 B4"),
        ("F B", "", "F4 B4"),
        ("F B", "clef=bass", "F4 B4"),
        ("F B", "Bb bass", "F4 A#4"),
        ("F B", "D clef=bass", "F#4 B4"),
        ("F B", "G clef=treble middle=B", "F#4 B4"),
        ("B", "Bm m=d", "B4"),
        ("C c", "C clef=treble-8", "C3 C4"),
        ("C", "C octave=1 transpose=-2", "A#4"),
        ("[^FA] F | F", "C", "F#4 A4 F#4 F4"),
        ("^F & F | F", "C", "F4 F#4 F4"),
        ("z2 & ^F2- | F z & F2 | F", "C", "F#4 F4 F4"),
    ],
)
def test_pitches(music, key, expected):
    assert names(tune(music, key)) == expected


@pytest.mark.parametrize(
    ("music", "expected"),
    [
        ("A A2 A3/2 A/ A/2 A// A/4 A3/4", "1 2 3/2 1/2 1/2 1/4 1/4 3/4"),
        ("A>B A>>B A<B A<<B", "3/2 1/2 7/4 1/4 1/2 3/2 1/4 7/4"),
        ("A > {c}(B) A-<d", "3/2 1/2 1/2 3/2"),
        ("(3ABc (2AB (4ABcd", "2/3 2/3 2/3 3/2 3/2 3/4 3/4 3/4 3/4"),
        ("(3:2:2A2B (5ABcde", "4/3 2/3 2/5 2/5 2/5 2/5 2/5"),
        ("((3(AB)c) A", "2/3 2/3 2/3 1"),
        ("A-A A-|A2 A-B", "2 3 1 1"),
        ("[CEG]2 [C2E2] [C-E-] [CE]", "2 2 2 2 2 2 2"),  # the last two pairs are tied
        ("+CEG+2", "2 2 2"),
        ("[C-E] [CE]", "2 1 1"),  # only one of the chord is tied
        ("[CE]- [CE]", "2 2"),
        ("A>>>B A<<<B", "15/8 1/8 1/8 15/8"),
        ("(3::ABc (3:2:ABc (3::2AB", "2/3 2/3 2/3 2/3 2/3 2/3 2/3 2/3"),
        ("(5:4:5ABcde (6ABcdef", "4/5 4/5 4/5 4/5 4/5 1/3 1/3 1/3 1/3 1/3 1/3"),
        ("(2AB (7ABcdefg", "3/2 3/2" + " 2/7" * 7),
        ("(8ABcdefga (9ABcdefgab", " ".join(["3/8"] * 8 + ["2/9"] * 9)),
        ("(11:8:11" + "A" * 11, " ".join(["8/11"] * 11)),
        ("(3A>BA", "1 1/3 2/3"),
        ("A y B y2 c", "1 1 1"),
        ("{/g}A {^fg}B", "1 1"),
        ("A !crescendo(! B", "1 1"),
        ('{gab}A "Am"B !trill!c ~d He .f Tg uv(a) "^up"b', "1 1 1 1 1 1 1 1 1"),
        ("[L:1/8] A [L:1/2] A", "1/2 2"),
    ],
)
def test_durations(music, expected):
    assert lengths(tune(music)) == expected


def test_a_tuplet_of_five_in_compound_time_takes_three():
    assert lengths(tune("(5ABcde", metre="6/8")) == " ".join(["3/5"] * 5)


def test_rests_and_anchors():
    score = tune("A z B z2 c | Z2 | d x e Hx | f", metre="3/4")
    assert [str(n.onset) for n in score.notes] == ["0", "2", "5", "12", "14", "15"]


def test_voices_that_share_a_staff():
    """& goes back to the bar line."""
    score = tune("C D E F & G,4 | C4 & [G,B,]2 A,2 & E,4 | G8 |", metre="4/4")
    assert [(n.pitch, n.onset, n.duration) for n in score.notes if n.onset < 8] == [
        (55, 0, 4), (60, 0, 1), (62, 1, 1), (64, 2, 1), (65, 3, 1),
        (52, 4, 4), (55, 4, 2), (59, 4, 2), (60, 4, 4), (57, 6, 2),
    ]  # fmt: skip
    assert score.notes[-1].onset == 8
    unequal = tune("G,4 & C2 | D")  # the longer one counts
    assert [(n.pitch, n.onset) for n in unequal.notes] == [(55, 0), (60, 0), (62, 4)]


def test_what_is_no_music_is_passed_over():
    score = read_abc(
        "%%abc-version 2.1\nX:1\nT:A % comment\nT:100\\% pure\nU:T=!trill!\nm:~n3=n\nI:abc-creator x\n"
        "M:C|\nL:1/4\nr:remark\nK:C % key\n%%begintext\nA B c\n%%endtext\nTA ~B \\\nC|\nw:la la_ *\n"
        "+:more\ns:!p!\n%%vskip 1cm\nW:words\nP:B\n[r:remark]D[I:x]$E\r\n"
    )
    assert names(score) == "A4 B4 C4 D4 E4"
    assert score.time_signature == (2, 2)
    assert (score.title, score.metadata["other titles"]) == ("A", "100% pure")


def test_voices_have_names_programs_and_percussion():
    score = read_abc(
        'X:1\nV:1 name="Tin whistle" clef=treble\nV:2 nm=Bass octave=-1\nV:D\nK:C\n[V:2]C\n'
        "V:1\n%%MIDI program 79\nE\nV:D\n%%MIDI channel 10\nB,,\n[I:MIDI program 5]"
    )
    assert [(p.name, p.program, p.is_drums, p.notes[0].pitch) for p in score.parts] == [
        ("Tin whistle", 79, False, 64), ("Bass", 0, False, 48), ("D", 5, True, 47),
    ]  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end):
    assert len(read_abc_all("X:1\nK:C\nA\n\nX:2\nK:C\nB\n".replace("\n", end))) == 2


def test_length_follows_from_the_metre():
    assert lengths(read_abc("X:1\nM:2/4\nK:C\nA")) == "1/4"
    assert lengths(read_abc("X:1\nM:6/8\nK:C\nA")) == "1/2"
    assert lengths(read_abc("X:1\nK:C\nA")) == "1/2"


@pytest.mark.parametrize(
    ("music", "written", "played"),
    [
        ("|: C D :| E", "CDE", "CDCDE"),
        ("C D :| E F :|", "CDEF", "CDCDEFEF"),
        ("C || D :| E", "CDE", "CDDE"),
        ("|: C |1 D :|2 E || F", "CDEF", "CDCEF"),
        ("|: C [1 D :| [2 E |] F", "CDEF", "CDCEF"),
        ("|: C |1,3 D :|2 E :|4 F |]", "CDEF", "CDCECDCF"),
        ("|: C |1 D :|2 E :| F", "CDEF", "CDCEF"),
        ("C :: D :| E", "CDE", "CCDDE"),
        ("C |: D :: E :| F", "CDEF", "CDDEEF"),
    ],
)
def test_repeats(music, written, played):
    letters = lambda score: names(score).replace("4", "").replace(" ", "")  # noqa: E731
    assert letters(tune(music)) == written
    assert letters(tune(music, repeats=True)) == played


def test_the_header():
    score = read_abc(
        "% a comment\nX: 7\nT: The Lark\nT: An Fhuiseog\nR: jig\nC: Trad.\nN: one % note\nN: two\n"
        "M: 6/8\nL: 1/8\nQ: 3/8=100\nK: Edor\nB | [M:9/8] E3 |\nw: la la\nP:A\n%%directive\n[Q:1/4=90] F3 |\n"
        "\nNo music here!\n"
    )
    assert score.title == "The Lark"
    assert score.metadata == {
        "number": "7", "other titles": "An Fhuiseog", "rhythm": "jig", "composer": "Trad.",
        "notes": "one\ntwo",
    }  # fmt: skip
    assert score.pickup == F(1, 2) and score.key == "E dorian"
    assert score.time_signatures == ((0, (6, 8)), (F(1, 2), (9, 8)))
    assert score.tempos == ((0, 150.0), (2, 90.0))


def test_the_file_header_holds_for_all_tunes():
    tunes = read_abc_all("L:1/4\nR:reel\n\nX:1\nK:C\nA\n\nX:2\nR:jig\nL:1/2\nK:C\nA\n")
    assert [lengths(t) for t in tunes] == ["1", "2"]
    assert [t.metadata["rhythm"] for t in tunes] == ["reel", "reel\njig"]


def test_voices():
    score = tune("V:1\nC D|\nV:2\nE, F,|\nV:1\nE F|\n[V:2] G,2|", key="C\nV:9 clef=bass")
    one, two = score.parts
    assert [n.pitch for n in one.notes] == [60, 62, 64, 65]
    assert [(n.pitch, n.onset) for n in two.notes] == [(52, 0), (53, 1), (55, 2)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello", 'no line starts with "X:"'),
        ("X:1\nK:C\nA\nX:2\nK:C\nB", "holds 2 tunes.*read_abc_all"),
        ("X:3\nT:a\nM:4/4\n", "ABC tune 3, line 3: the header does not end"),
        ("X:1\nK:C\n\n", "no notes"),
        ("X:1\nK:C\nAB %c\nAB 9 c", r'line 4: cannot read "9 c" \(column 4\)'),
        ("X:1\nK:H\nA", 'expected a key such as G, Em or "D mixolydian", came "H"'),
        ("X:1\nK:Gfoo\nA", 'came "Gfoo"'),
        ("X:1\nK:G#\nA", "8 sharps"),
        ("X:1\nM:x\nK:C\nA", 'expected a metre such as 6/8 or C, came "x"'),
        ("X:1\nL:1/0\nK:C\nA", "expected a note length"),
        ("X:1\nQ:1/4=9999\nK:C\nA", "expected a tempo"),
        ("X:1\nK:C\nA12345", "expected a length"),
        ("X:1\nK:C\nA/0", "more than 0"),
        ("X:1\nK:C\n>A", "has no note before it"),
        ("X:1\nK:C\nA>>>>B", "has no note before it"),
        ("X:1\nK:C\nA,,,,,,,", "expected 0 to 127"),
        ("X:1\nK:C\n[AB?]", "notes of a chord"),
        ("X:1\nK:C\n(3:0ABc", "a tuplet of 3"),
        ('X:1\nK:C\nA "open', 'cannot read ""open"'),
        ("X:1\nK:C\n" + "A999" * 1000, "longer than 100,000 beats"),
        ("X:1\nK:C\n" + "A " * 60_000, "more than 100,000 characters"),
        ("X:1\n" + "A" * 5_000_000, "the limit is 5,000,000"),
    ],
    ids=lambda value: value[:20].encode("unicode_escape").decode(),
)
def test_errors_name_the_place(text, message):
    with pytest.raises(FileFormatError, match=message):
        read_abc(text)


pieces = st.sampled_from(
    "A b ^c =F z x2 Z [CE]2 [CEG] {ab} (3 (5 > < >> - | || :| |: :: |1 [2 |] ( ) . ~ /2 3/ ' , 2".split()
)


@settings(max_examples=300)
@given(
    st.lists(pieces, max_size=40).map(" ".join) | st.lists(pieces, max_size=40).map("".join), st.booleans()
)
def test_any_mix_of_symbols_is_read_or_refused(music, repeats):
    try:
        score = tune(music, repeats=repeats)
    except FileFormatError as error:
        assert "ABC tune 1, line 6" in str(error) or "no notes" in str(error)
    else:
        assert score.duration > 0


@settings(max_examples=300)
@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text):
    for source in (text, "X:1\nK:C\n" + text, "X:1\n" + text + "\nK:C\nA"):
        try:
            read_abc_all(source)
        except FileFormatError as error:
            assert str(error)


# ---- real tunes ------------------------------------------------------------------------------------


BENCHMARK = runpy.run_path(str(Path(__file__).parents[1] / "benchmarks" / "abc_music21.py"))
corpus, digest = BENCHMARK["corpus"], BENCHMARK["digest"]


def recorded(collection):
    """What music21 heard when benchmarks/abc_music21.py was last run: a row for each tune."""
    with (Path(__file__).parents[1] / "benchmarks" / "abc_music21.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["collection"] == collection]


# How many tunes there are, are the same in music21, are read wrong there (with the reason), are damaged.
@pytest.mark.parametrize(
    ("collection", "tunes", "equal", "wrong", "damaged"),
    [("irish", 2009, 1994, 15, 0), ("fiddle", 1059, 1028, 21, 10)],
)
def test_every_tune_is_what_music21_heard(collection, tunes, equal, wrong, damaged):
    counts = collections.Counter()
    for row, (file, number, _, arguments) in zip(recorded(collection), corpus(collection), strict=True):
        assert (row["file"], row["number"]) == (file, number)
        verdict = BENCHMARK["verdict"](file, number, arguments, row["music21"])
        assert verdict == row["verdict"], f"{file}, tune {number}"
        if verdict != "equal" and not verdict.startswith("we refuse"):
            assert verdict == "music21 " + BENCHMARK["WRONG_IN_MUSIC21"][file, number]
            verdict = "wrong"
        counts[verdict.split(":")[0]] += 1
    assert counts.total() == tunes
    assert [counts[v] for v in ("equal", "wrong", "we refuse it")] == [equal, wrong, damaged]


def test_every_irish_tune_can_be_played():
    tunes = [arguments for *_, arguments in corpus("irish")][::8]
    for arguments in tunes:
        assert read_tune(*arguments, False).duration <= read_tune(*arguments, True).duration


@pytest.mark.skipif(sys.platform == "win32", reason="the time limit needs SIGALRM")
def test_the_record_is_what_music21_says_today():
    """A sample: all of it would take some minutes."""
    for collection, every in (("irish", 60), ("fiddle", 40)):
        rows, tunes = recorded(collection)[::every], list(corpus(collection))[::every]
        answers = BENCHMARK["ask_music21"]((lines for _, _, lines, _ in tunes), 20)
        for row, notes in zip(rows, answers, strict=True):
            if notes != "slow":
                assert digest(notes) == row["music21"], row
