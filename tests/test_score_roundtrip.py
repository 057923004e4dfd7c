"""What is written is read back: every Score of a format's domain, in MIDI, ABC, MusicXML and .mxl.

MUSICML_EXAMPLES=2000 tries so many scores for each format; the tests try a few.
"""

import os
from dataclasses import replace
from fractions import Fraction as F

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from musicml.errors import MusicMLError
from musicml.score import Note, Part, Score, load, melody, read_abc, save
from musicml.score.abc_writer import abc_text
from musicml.score.exact_notation import split_voices

EXAMPLES = int(os.environ.get("MUSICML_EXAMPLES", 40))
SUFFIXES = (".mid", ".abc", ".musicxml", ".mxl")
# Denominators that stand in one score: with thirds, fifths and sevenths together times are finer than ABC
# and MusicXML can say, which they then do (below).
FAMILIES = ([1, 2, 3, 4, 6, 8, 12], [1, 2, 4, 5, 8], [1, 2, 4, 7], [1, 2, 4, 8, 16, 32], [1, 3, 9])
KEYS = ["C", "Em", "F#", "Bbm", "Eb", "D", "Cb", "A#m"]
MODAL = [*KEYS, "G mixolydian", "D dorian", "E phrygian", "F lydian", "B locrian"]

# Words as they stand in titles; no format keeps spaces at the ends.
text = st.text(st.sampled_from("abcXYZ 012 <&>'%,.:|[]é語"), max_size=12).map(lambda t: " ".join(t.split()))


@st.composite
def parts(draw, suffix, beats):
    """Notes of one pitch follow each other; different pitches overlap freely."""
    notes, low = [], 12 if suffix in (".musicxml", ".mxl") else 0
    for pitch in draw(st.lists(st.integers(low, 127), unique=True, min_size=1, max_size=4)):
        now = F(0)
        for gap, length in draw(st.lists(st.tuples(beats, beats.filter(bool)), min_size=1, max_size=4)):
            velocity = 80 if suffix == ".abc" else draw(st.integers(1, 127))
            notes.append(Note(now + gap, pitch, length, velocity))
            now = notes[-1].end
    is_drums = draw(st.booleans())
    program = 0 if is_drums and suffix != ".mid" else draw(st.integers(0, 127))
    return Part(notes, name=draw(text), program=program, is_drums=is_drums)


def at_bars(draw, metre, pickup, values):
    """Changes at bar lines: ((0, value), (bar line, value), ...)."""
    rows, beat = [(F(0), draw(values))], F(pickup)
    for bars, value in draw(st.lists(st.tuples(st.integers(1, 4), values), max_size=2)):
        beat += bars * F(4 * metre[0], metre[1])
        if value != rows[-1][1]:
            rows.append((beat, value))
    return tuple(rows)


@st.composite
def scores(draw, suffix):
    metre = draw(st.sampled_from([(4, 4), (6, 8), (2, 2), (3, 4), (9, 8), (5, 4)]))
    pickup = draw(st.sampled_from([F(0), F(1, 2), F(1), F(3, 4)]))
    beats = st.builds(F, st.integers(0, 30), st.sampled_from(draw(st.sampled_from(FAMILIES))))
    score_parts = draw(st.lists(parts(suffix, beats), min_size=1, max_size=3))
    end = max(note.end for part in score_parts for note in part.notes)
    metres = at_bars(draw, metre, pickup, st.just(metre))
    later = draw(st.sampled_from([None, (4, 4), (3, 4), (6, 8)]))
    if later not in (None, metre):  # a second metre, at a bar line
        metres = ((F(0), metre), (pickup + 2 * F(4 * metre[0], metre[1]), later))
    tempo = st.integers(30, 300).map(float) | st.integers(300, 3000).map(lambda n: n / 10)
    tempos = [(F(0), draw(tempo))]
    for beat, value in sorted(draw(st.dictionaries(beats.filter(bool), tempo, max_size=3)).items()):
        if value != tempos[-1][1]:
            tempos.append((beat, value))
    keys = at_bars(draw, metre, pickup, st.sampled_from(KEYS if suffix == ".mid" else MODAL))
    if len(metres) > 1:
        keys = keys[:1]
    if suffix != ".mid":  # changes after the last note are written nowhere
        tempos, metres, keys = (tuple(row for row in rows if row[0] < end) for rows in (tempos, metres, keys))
    return Score(
        score_parts, title=draw(text), tempos=tuple(tempos), time_signatures=metres, keys=keys, pickup=pickup
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_is_read_back(tmp_path, suffix):
    path = tmp_path / f"score{suffix}"

    @settings(
        max_examples=EXAMPLES if suffix != ".mxl" else EXAMPLES // 4,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(scores(suffix))
    def try_one(score):
        save(score, path)
        assert load(path) == score

    try_one()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_real_tunes_come_back(tmp_path, suffix):
    """A jig with a pickup and three transposed voices of it, with ties, dots and triplets."""
    tune = read_abc(
        "X:7\nT:The Lark\nR:jig\nC:Trad.\nM:6/8\nL:1/8\nQ:3/8=100\nK:Ador\n"
        "E|A>Bc- c2e|(3gfe d2- d3|[M:9/8] ^c=c_c e/f/g//f//e/ A3|[M:6/8][K:D] f6-|f3 z2|]\n"
    )
    parts = [
        replace(tune.transpose(-12 * i).parts[0], name=name, program=40 + i)
        for i, name in enumerate(("Fiddle", "Viola", "Cello"))
    ]
    score = replace(tune, parts=parts)
    if suffix == ".mid":
        score = replace(score, pickup=F(0), keys=((F(0), "Em"), (F(11), "D")))
    save(score, tmp_path / f"a{suffix}")
    back = load(tmp_path / f"a{suffix}")
    assert back == score
    if suffix != ".mid":
        assert back.metadata["composer"] == "Trad."


def test_what_abc_writes_can_be_read_by_people():
    score = read_abc("X:1\nT:Scale\nM:4/4\nL:1/8\nK:G\nGABc (3ded (3cBA|^F=F_e=e [GB]2 z2|G8|]\n")
    assert abc_text(score).splitlines() == [
        "X:1", "T: Scale", "M:4/4", "L:1/8", "Q:1/4=120", "K:G",
        "GABc (3ded (3cBA | F=F^de [GB]2 z2 | G8 |]",
    ]  # fmt: skip


def test_a_sign_in_another_octave_is_written_again():
    """Some programs let a sharp hold in its own octave only, others in all."""
    score = replace(melody([61, 73, 60, 72, 61, 61]), keys=((F(0), "G"),))
    assert abc_text(score).splitlines()[-1] == "^C2 ^c2 =C2 =c2 | ^C2 C2 z4 |]"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_two_notes_on_one_pitch(tmp_path, suffix):
    """No format says which of them a tie or an end belongs to: the first ends where the second starts."""
    score = Score([Part([Note(0, 60, 4), Note(1, 60, 1), Note(1, 60, 2), Note(0, 64, 4)])])
    save(score, tmp_path / f"a{suffix}")
    assert load(tmp_path / f"a{suffix}").notes == (
        Note(0, 60, 1), Note(0, 64, 4), Note(1, 60, 2),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("suffix", "score", "message"),
    [
        (".abc", melody([60], F(1, 101)), "a tuplet of 101 notes"),
        (
            ".musicxml",
            melody([60, None, 62, None], [F(1, 89), F(88, 89), F(1, 97), F(96, 97)]),
            "cannot count.*Quantise",
        ),
        (".musicxml", melody([60], F(1, 2048)), "1024th.*Quantise"),
        (".musicxml", melody([5]), "pitch 5, MusicXML goes down to 12"),
        (".abc", melody([60], tempo=2000), "a tempo of 2000"),
        (".abc", replace(melody([60]), keys=((F(0), "H moll"),)), 'the key "H moll"'),
        (".mxl", replace(melody([60]), keys=((F(0), "H moll"),)), 'the key "H moll"'),
        (".abc", replace(melody([60]), metadata={"notes": "la " * 40_000}), "characters of ABC"),
        (".abc", Score(), "0 parts with notes"),
        (".musicxml", Score(), "no notes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_format_cannot_say_is_refused_and_nothing_is_lost(tmp_path, suffix, score, message):
    path = tmp_path / f"a{suffix}"
    save(melody([62]), path)
    before = path.read_bytes()
    with pytest.raises(MusicMLError, match=message):
        save(score, path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_full_disk_loses_nothing(tmp_path, monkeypatch):
    path = tmp_path / "a.mid"
    save(melody([62]), path)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(MusicMLError, match="a.mid: No space left on device. Choose another"):
        save(melody([60]), path)
    assert load(path) == melody([62])
    assert [file.name for file in tmp_path.iterdir()] == ["a.mid"]


def test_overlapping_notes_go_to_voices():
    long, low, high = Note(0, 60, 4), Note(1, 50, 1), Note(2, 70, 2)
    voices = split_voices([long, low, high, Note(0, 64, 4)])
    assert [[[n.pitch for n in notes] for _, _, notes in voice] for voice in voices] == [
        [[60, 64]],
        [[50], [70]],
    ]
