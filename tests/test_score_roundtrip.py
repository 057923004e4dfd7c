"""What is written is read back: every Score of a format's domain, in MIDI, ABC, MusicXML and .mxl.

MUSICML_EXAMPLES=2000 tries so many scores for each format; the tests try a few.
"""

import os
from fractions import Fraction as F

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from musicml.errors import MusicMLError
from musicml.score import Note, Part, Score, load, melody, save
from musicml.score.exact_notation import split_voices, without_unisons

EXAMPLES = int(os.environ.get("MUSICML_EXAMPLES", 40))
SUFFIXES = (".mid", ".abc", ".musicxml", ".mxl")
# Denominators that stand in one score: with thirds, fifths and sevenths together times are finer than ABC
# and MusicXML can say, which they then do (test_times_that_are_too_fine).
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
        metres = ((F(0), metre), (pickup + F(4 * metre[0], metre[1]), later))
    tempo = st.integers(30, 300).map(float) | st.integers(300, 3000).map(lambda n: n / 10)
    tempos = [(F(0), draw(tempo))]
    for beat, value in sorted(draw(st.dictionaries(beats.filter(bool), tempo, max_size=3)).items()):
        if value != tempos[-1][1]:
            tempos.append((beat, value))
    keys = at_bars(draw, metre, pickup, st.sampled_from(KEYS if suffix == ".mid" else MODAL))
    if len(metres) > 1:
        keys = keys[:1]
    if suffix != ".mid":  # changes after the last note are written nowhere
        tempos, metres, keys = (
            tuple(row for row in rows if row[0] < end) for rows in (tempos, metres, keys)
        )
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
