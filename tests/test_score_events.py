"""Event tokens: every sequence is music, and music on the grid comes back."""

from fractions import Fraction as F

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicml import corpora
from musicml.errors import MusicMLError
from musicml.score import (
    EventTokens,
    Note,
    Part,
    Score,
    bar_length,
    melody,
    quantize,
    read_midi,
    write_midi,
)

TOKENS = EventTokens()
any_tokens = st.lists(st.integers(0, TOKENS.size - 1), max_size=40)


def names(score, **words):
    return [TOKENS.name(t) for t in TOKENS.encode(score, **words)]


def test_the_vocabulary_is_what_the_docstring_says():
    assert TOKENS.size == 2 + 2 + 14 + 144 + 128 + 96 == 386
    assert f"= {TOKENS.size}" in EventTokens.__doc__
    assert len({TOKENS.name(t) for t in range(TOKENS.size)}) == TOKENS.size
    assert len({TOKENS.split(t) for t in range(4, TOKENS.size)}) == TOKENS.size - 4
    for token in (-1, 0, 3, TOKENS.size):
        with pytest.raises(MusicMLError, match=f"token {token} has no value"):
            TOKENS.split(token)


def test_a_chord_and_a_long_note_as_a_reader_would_write_them():
    score = Score([Part([Note(0, 67, 1), Note(0, 60, 1)]), Part([Note(F(3, 2), 48, 9)])])
    chord = ["metre 4/4", "BAR", "at 0", "C4", "lasts 1", "G4", "lasts 1"]
    bass = ["at 1 1/2", "C3", "lasts 4", "lasts 4", "lasts 1", "BAR", "BAR"]
    assert names(score) == chord + bass
    assert names(score, ends=True) == ["START", *chord, *bass, "END"]
    assert TOKENS.encode(Score()).shape == (0,)


def test_a_pickup_keeps_its_place_in_the_bar():
    waltz = Score(
        [Part([Note(F(1, 2), 60, F(1, 2)), Note(1, 62, 3)])],
        time_signatures=((F(0), (3, 4)), (F(4), (2, 4))),
        pickup=F(1),
    )
    assert names(waltz)[:6] == ["metre 3/4", "PICKUP", "at 2", "at 2 1/2", "C4", "lasts 1/2"]
    assert names(waltz)[6:] == ["BAR", "at 0", "D4", "lasts 3"]
    back = TOKENS.decode(TOKENS.encode(waltz))
    assert (back.notes, back.pickup, back.time_signatures[0]) == (waltz.notes, 1, (0, (3, 4)))


@st.composite
def scores(draw):
    """Bars of many metres, after a pickup or not, with any notes on the grid of 1/24 beat."""
    metres = draw(st.lists(st.sampled_from(TOKENS.METRES), min_size=1, max_size=4))
    pickup = F(draw(st.integers(0, int(24 * bar_length(metres[0])) - 1)), 24)
    beat, changes = pickup, []
    for metre in metres:
        if not changes or changes[-1][1] != metre:
            changes.append((beat if changes else F(0), metre))
        beat += bar_length(metre)
    time = st.integers(0, int(24 * beat) - 1)
    notes = draw(st.lists(st.tuples(time, st.integers(0, 127), st.integers(1, 300)), max_size=20))
    notes = [*notes, (int(24 * beat) - 1, 60, 1)]  # the last bar is not empty
    return Score(
        [Part([Note(F(at, 24), pitch, F(length, 24)) for at, pitch, length in notes])],
        time_signatures=tuple(changes),
        pickup=pickup,
    )


@given(scores())
def test_music_on_the_grid_comes_back(score):
    assert TOKENS.fits(score)
    back = TOKENS.decode(TOKENS.encode(score, ends=True), tempo=120)
    assert back == score


def test_real_tunes_and_chorales_come_back():
    pieces = [*corpora.load("irish").valid, *corpora.load("fiddle").valid]
    pieces += [chorale.score() for chorale in corpora.load("chorales").valid[::4]]
    fitting = [piece for piece in pieces if TOKENS.fits(piece)]
    assert len(fitting) >= 0.98 * len(pieces)
    for piece in fitting:
        back = TOKENS.decode(TOKENS.encode(piece))
        assert back.notes == tuple(sorted(Note(n.onset, n.pitch, n.duration) for n in piece.notes))
        assert (back.time_signatures, back.pickup) == (piece.time_signatures, piece.pickup)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("events") / "any.mid"


@given(sequence=any_tokens)
def test_every_sequence_can_be_played_and_saved(path, sequence):
    score = TOKENS.decode(sequence, tempo=90)
    said = sequence[: sequence.index(TOKENS.END)] if TOKENS.END in sequence else sequence
    kinds = [TOKENS.split(t) for t in said if t >= 4]
    assert sorted(n.pitch for n in score.notes) == sorted(v for kind, v in kinds if kind == "pitch")
    write_midi(score, path)
    again = read_midi(path)
    assert {(n.onset, n.pitch) for n in again.notes} == {(n.onset, n.pitch) for n in score.notes}
    assert (again.tempo, again.pickup) == (90, score.pickup)


def test_what_a_careless_model_says_has_a_meaning():
    first = TOKENS.first
    note = lambda pitch: first["pitch"] + pitch  # noqa: E731
    at = lambda steps: first["position"] + steps  # noqa: E731
    lasts = lambda steps: first["duration"] + steps - 1  # noqa: E731
    play = lambda *tokens: [(n.onset, n.pitch, n.duration) for n in TOKENS.decode(tokens).notes]  # noqa: E731
    assert play(lasts(5), note(60)) == [(0, 60, 1)]  # no bar, and no duration
    assert play(note(60), TOKENS.BAR, note(62)) == [(0, 60, 1), (4, 62, 1)]
    assert play(TOKENS.BAR, at(24), note(60), TOKENS.BAR, note(62)) == [(1, 60, 1), (4, 62, 1)]
    assert play(TOKENS.BAR, note(60), TOKENS.PICKUP, at(24), note(62)) == [(0, 60, 1), (5, 62, 1)]
    assert play(TOKENS.PICKUP, at(72), at(0), note(60)) == [(0, 60, 1)]  # before the piece begins
    assert play(note(60), TOKENS.END, note(62)) == [(0, 60, 1)]
    with pytest.raises(MusicMLError, match="outside the vocabulary"):
        TOKENS.decode([TOKENS.size])


@pytest.mark.parametrize(
    ("score", "message"),
    [
        (melody([60], [F(1, 5)], title="Five"), '"Five", note C4 at beat 0 lasts 1/5 beats'),
        (Score([Part([Note(0, 60, 1)])], time_signatures=((F(0), (4, 2)),)), "is in 4/2 at beat 0"),
        (Score([Part([Note(0, 60, 1)])], time_signatures=((F(0), (0, 4)),)), "a metre of 0/4"),
        (
            Score([Part([Note(0, 60, 9)])], time_signatures=((F(0), (4, 4)), (F(5), (3, 4)))),
            "in the middle of the bar at beat 4",
        ),
        (
            Score([Part([Note(0, 60, 9)])], time_signatures=((F(0), (4, 4)), (F(1), (3, 4))), pickup=F(2)),
            "in the middle of the bar",
        ),
        (Score([Part([Note(0, 60, 9)])], pickup=F(1, 7)), "bar line at beat"),
        (melody([60, None, 60], [1, 10**9, 1]), "250,000,001 bars or more; the limit is 100,000"),
        (melody([60], [10**9]), "would take about 250,000,003 tokens"),
        (Score([Part([Note(0, 60, 399_999)] * 100)]), "would take about 10,000,200 tokens; the limit"),
    ],
)
def test_what_does_not_fit_is_named(score, message):
    assert not TOKENS.fits(score)
    with pytest.raises(MusicMLError, match=message):
        TOKENS.encode(score)


def test_after_quantize_any_rhythm_fits():
    odd = melody([60, 62, 64], [F(1, 5), F(3, 7), 1])
    back = TOKENS.decode(TOKENS.encode(quantize(odd, 24)))
    assert [n.pitch for n in back.notes] == [60, 62, 64]
    assert all(abs(a.onset - b.onset) <= F(1, 48) for a, b in zip(odd.notes, back.notes, strict=True))


@given(scores(), st.integers(-30, 30))
def test_tokens_move_as_scores_do(score, semitones):
    if all(0 <= n.pitch + semitones <= 127 for n in score.notes):
        moved = TOKENS.transpose(TOKENS.encode(score), semitones)
        assert np.array_equal(moved, TOKENS.encode(score.transpose(semitones)))
    else:
        with pytest.raises(MusicMLError, match="leaves the vocabulary"):
            TOKENS.transpose(TOKENS.encode(score), semitones)
