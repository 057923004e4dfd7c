"""Moving grids and rolls, and how far they can go."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from musicml.errors import MusicMLError
from musicml.score import (
    Note,
    Part,
    Score,
    allowed_transpositions,
    melody,
    pianoroll,
    transpose_grid,
    transpose_roll,
)

grids = arrays(np.int16, (3, 2), elements=st.integers(-1, 127))


@given(grids, st.integers(0, 70), st.integers(60, 127))
def test_allowed_is_exactly_what_stays_inside(grid, low, high):
    allowed = allowed_transpositions(grid, low, high)
    sounding = grid[grid != -1]
    inside = {n for n in range(-140, 141) if ((low <= sounding + n) & (sounding + n <= high)).all()}
    assert set(allowed) == (inside if sounding.size else set(range(-12, 13)))


@given(grids)
def test_moving_keeps_rests_and_comes_back(grid):
    for semitones in (allowed_transpositions(grid) or [0])[:: max(len(allowed_transpositions(grid)) // 4, 1)]:
        if (grid == -1).all():
            continue
        moved = transpose_grid(grid, semitones)
        assert moved.dtype == grid.dtype and ((moved == -1) == (grid == -1)).all()
        assert (moved - grid)[grid != -1].tolist() == [semitones] * int((grid != -1).sum())
        assert np.array_equal(transpose_grid(moved, -semitones), grid)


def test_each_voice_has_its_range():
    grid = np.array([[72, 60], [76, -1]])
    assert allowed_transpositions(grid, (70, 50), (80, 63)) == range(-2, 4)
    assert allowed_transpositions(grid, (70, 59), (80, 63)) == range(-1, 4)
    assert len(allowed_transpositions(grid, 70, 73)) == 0


def test_scores_without_their_drums():
    score = Score([Part([Note(0, 60, 1)]), Part([Note(0, 36, 1)], is_drums=True)])
    assert allowed_transpositions(score, 48, 72) == range(-12, 13)
    assert allowed_transpositions(Score()) == range(-12, 13)


def test_rolls_move_as_scores_do():
    score = melody([60, None, 67], 1)
    for semitones in (-60, -1, 0, 60):
        moved = transpose_roll(pianoroll(score), semitones)
        assert np.array_equal(moved, pianoroll(score.transpose(semitones)))
    assert np.array_equal(transpose_roll(np.zeros((2, 88), bool), 5), np.zeros((2, 88)))
    for semitones in (-61, 61):
        with pytest.raises(MusicMLError, match="columns 60 to 67 of 128 .* Expected -60 to 60"):
            transpose_roll(pianoroll(score), semitones)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: transpose_grid(np.array([[60], [127]]), 1), "step 1, voice 0: pitch 127 moved by 1 is 128"),
        (
            lambda: transpose_grid(np.array([60]), 1),
            r"shape \(1,\).*expected integers of shape \(T, voices\)",
        ),
        (lambda: transpose_grid(np.array([[128]]), 0), "step 0, voice 0 of the grid is 128"),
        (lambda: transpose_roll(np.zeros(3), 1), r"a roll of shape \(3,\)"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(MusicMLError, match=message):
        call()
