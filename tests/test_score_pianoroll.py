"""Piano-rolls against an array written out by hand, and there and back again."""

from fractions import Fraction as F

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from musicml.errors import MusicMLError
from musicml.score import Note, Part, Score, from_pianoroll, melody, onsets, pianoroll, quantize


def test_a_repeated_note_shows_in_the_onsets_only():
    score = melody([60, 60, 64], [1, F(1, 2), F(1, 4)])
    roll, starts = pianoroll(score), onsets(score)
    assert roll.shape == starts.shape == (7, 128) and roll.dtype == starts.dtype == bool
    assert roll[:, 60].tolist() == [True] * 6 + [False]
    assert np.argwhere(starts).tolist() == [[0, 60], [4, 60], [6, 64]]
    assert roll.sum() == 7


def test_chords_triplets_and_drums():
    triplet = melody([60, 62, 64], F(1, 3))
    assert pianoroll(triplet, 3).sum(axis=1).tolist() == [1, 1, 1]
    assert pianoroll(triplet, 1).any(axis=0).sum() == 3  # too coarse, and still no note is lost
    chord = Score([Part([Note(0, 60, 1)]), Part([Note(0, 67, 2)]), Part([Note(0, 36, 4)], is_drums=True)])
    assert pianoroll(chord, 1)[:, [60, 67, 36]].tolist() == [[True, True, False], [False, True, False]]
    assert pianoroll(Score()).shape == onsets(Score()).shape == (0, 128)


def test_refuses_before_it_allocates():
    with pytest.raises(MusicMLError, match="4,000,000,005 steps"):
        pianoroll(melody([60, 60], [10**9, 1]))
    with pytest.raises(MusicMLError, match="steps_per_beat"):
        pianoroll(melody([60]), 0)


# --- back from the arrays ---


@st.composite
def on_the_grid(draw):
    """(a score on a grid, the steps in a beat): notes of one pitch follow each other, with gaps or not."""
    steps, notes = draw(st.sampled_from([1, 3, 4, 24])), []
    for pitch in draw(st.lists(st.integers(0, 127), max_size=5, unique=True)):
        at = 0
        for gap, length in draw(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9)), max_size=5)):
            notes.append(Note(F(at + gap, steps), pitch, F(length, steps)))
            at += gap + length
    cut = draw(st.integers(0, len(notes)))
    return Score([Part(notes[:cut]), Part(notes[cut:])]), steps


@given(on_the_grid())
def test_no_note_on_the_grid_is_lost(case):
    score, steps = case
    arrays = pianoroll(score, steps, exact=True), onsets(score, steps, exact=True)
    back = from_pianoroll(*arrays, steps)
    assert back.notes == score.notes
    assert np.array_equal(pianoroll(back, steps), arrays[0])
    assert np.array_equal(onsets(back, steps), arrays[1])


@given(arrays(bool, (9, 3)), arrays(bool, (9, 3)))
def test_any_two_arrays_are_music(sustain, onset):
    score = from_pianoroll(sustain, onset, lowest=60)
    roll, starts = pianoroll(score, exact=True)[:, 60:63], onsets(score, exact=True)[:, 60:63]
    sounds = sustain | onset
    assert np.array_equal(roll, sounds[: len(roll)]) and not sounds[len(roll) :].any()
    assert (starts & ~onset[: len(roll)]).sum() == sum(
        sounds[t, p] and not onset[t, p] and (t == 0 or not sounds[t - 1, p])
        for t in range(len(roll))
        for p in range(3)
    )
    assert not (onset[: len(roll)] & ~starts).any()


def test_without_onsets_repeated_notes_become_one():
    score = melody([60, 60, None, 60], [1, 1, 1, 2])
    back = from_pianoroll(pianoroll(score, 1), steps_per_beat=1, tempo=90, title="Drone")
    assert [(n.onset, n.duration) for n in back.notes] == [(0, 2), (3, 2)]
    assert (back.tempo, back.title) == (90, "Drone")
    piano = np.zeros((4, 88), np.uint8)
    piano[:, 39] = 1
    assert from_pianoroll(piano, lowest=21).notes == (Note(0, 60, 1),)
    assert from_pianoroll(np.zeros((0, 128), bool)).notes == ()


@pytest.mark.parametrize(
    ("notes", "message"),
    [
        ([Note(0, 60, 1), Note(1, 61, F(1, 3))], '"x", note C#4 at beat 1 lasts 1/3 beats, .* of 1/4 beat'),
        ([Note(F(1, 8), 60, 1)], "note C4 at beat 1/8 lasts 1 beats"),
        ([Note(0, 60, 2), Note(1, 60, 2)], '"x", note C4 at beat 1 starts while the same pitch still sounds'),
        ([Note(0, 60, 1), Note(0, 60, 2)], "note C4 at beat 0 starts while"),
    ],
)
def test_what_does_not_fit_is_named(notes, message):
    score = Score([Part(notes)], title="x")
    pianoroll(score), onsets(score)
    for array in (pianoroll, onsets):
        with pytest.raises(MusicMLError, match=message):
            array(score, exact=True)
    pianoroll(quantize(score), exact=True)


@settings(max_examples=50)
@given(
    st.lists(
        st.builds(
            Note,
            st.fractions(0, 3, max_denominator=9),
            st.integers(60, 62),
            st.fractions(F(1, 9), 3, max_denominator=9),
        ),
        max_size=8,
    )
)
def test_quantized_notes_fit_and_start_where_the_roll_has_them(notes):
    score = Score([Part(notes)])
    moved = quantize(score, 4)
    starts, rounded = onsets(moved, exact=True), onsets(score)
    assert np.array_equal(starts, rounded[: len(starts)]) and not rounded[len(starts) :].any()
    assert not (pianoroll(moved, exact=True) & ~pianoroll(score)[: len(starts)]).any()
    assert quantize(moved, 4) == moved


def test_a_note_is_cut_where_its_pitch_starts_again():
    score = Score([Part([Note(0, 60, F(21, 10)), Note(F(1, 16), 60, 1), Note(1, 60, 3)], program=40)])
    assert quantize(score) == Score([Part([Note(0, 60, 1), Note(1, 60, 3)], program=40)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.full((2, 128), 0.5),), "values that are not 0 or 1"),
        ((np.full((2, 128), np.nan),), "values that are not 0 or 1"),
        ((np.zeros(5),), "shape \\(5,\\), expected \\(T, P\\)"),
        ((np.zeros((2, 128)), np.zeros((3, 128))), "sustain of shape .2, 128. and onset of shape .3, 128."),
        ((np.zeros((2, 88)), None, 4, 41), "88 pitches from MIDI 41 up"),
        ((np.zeros((2, 88)), None, -1), "steps_per_beat is -1"),
        ((np.zeros((1_000_001, 1), bool),), "1,000,001 steps; the limit"),
        ((np.ones((10_000, 128), bool), np.ones((10_000, 128), bool)), "1,280,000 notes; the limit"),
    ],
)
def test_arrays_that_are_not_rolls(arguments, message):
    with pytest.raises(MusicMLError, match=message):
        from_pianoroll(*arguments)
