"""Piano-rolls against an array written out by hand."""

from fractions import Fraction as F

import numpy as np
import pytest

from musicml.errors import MusicMLError
from musicml.score import Note, Part, Score, melody, onsets, pianoroll


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
