"""Moving music up and down. Music keeps its shape when every pitch moves by as much, and so may its arrays.

    grid   (T, voices) MIDI pitches at each step, -1 for a rest
    roll   (T, P) booleans: which pitches sound

A Score has its own method, ``score.transpose(semitones)``; the token vocabularies too.
"""

import numpy as np

from ..errors import MusicMLError, ShapeError

REST = -1


def transpose_grid(grid, semitones):
    """The grid with all its notes ``semitones`` higher; rests stay. Same shape and dtype.

    >>> transpose_grid(np.array([[60, -1]]), 2).tolist()
    [[62, -1]]
    """
    grid = as_grid(grid)
    moved = np.where(grid == REST, REST, grid.astype(np.int64) + semitones)
    outside = (grid != REST) & ((moved < 0) | (moved > 127))
    if outside.any():
        t, voice = np.argwhere(outside)[0]
        raise MusicMLError(
            f"step {t}, voice {voice}: pitch {grid[t, voice]} moved by {semitones} is {moved[t, voice]}, "
            "expected a MIDI number from 0 to 127. allowed_transpositions(grid) tells how far it can go."
        )
    return moved.astype(grid.dtype)


def transpose_roll(roll, semitones):
    """The roll with all its notes ``semitones`` columns higher. Same shape; a note may not fall off."""
    roll = np.asarray(roll)
    if roll.ndim != 2:
        raise ShapeError(f"a roll of shape {roll.shape}, expected (T, P): steps, pitches.")
    columns = np.flatnonzero(roll.any(axis=0))
    if columns.size and not 0 <= columns[0] + semitones <= columns[-1] + semitones < roll.shape[1]:
        raise MusicMLError(
            f"a roll with notes in columns {columns[0]} to {columns[-1]} of {roll.shape[1]} cannot move by "
            f"{semitones}: they would leave it. Expected {-columns[0]} to {roll.shape[1] - 1 - columns[-1]}."
        )
    moved = np.zeros_like(roll)
    if columns.size:
        moved[:, columns + semitones] = roll[:, columns]
    return moved


def allowed_transpositions(music, low=0, high=127):
    """By how many semitones the music can move so that every pitch stays from ``low`` to ``high``.

    Args:
        music: a Score (drums do not count), a Chorale, or a grid (T, voices) of pitches with -1 for rests.
        low, high: MIDI pitches; for a grid also one for each voice, such as (57, 53, 48, 36).

    Returns:
        A range, such as range(-3, 6) for three down to five up. It is empty where the music does not fit at
        all, and may leave 0 out where it fits only elsewhere. Music without a note moves by -12 to 12.

    >>> list(allowed_transpositions(np.array([[60, 52], [62, -1]]), low=50, high=64))
    [-2, -1, 0, 1, 2]
    """
    if hasattr(music, "parts"):
        pitches = [n.pitch for part in music.parts if not part.is_drums for n in part.notes]
        grid = np.array(pitches, np.int64).reshape(-1, 1)
    else:
        grid = as_grid(getattr(music, "grid", music)).astype(np.int64)
    low, high = (np.broadcast_to(np.asarray(bound, np.int64), grid.shape[1:]) for bound in (low, high))
    sounding = grid != REST
    if not sounding.any():
        return range(-12, 13)
    down = int(np.where(sounding, low - grid, -128).max())
    up = int(np.where(sounding, high - grid, 128).min())
    return range(down, max(up, down - 1) + 1)


def as_grid(grid):
    """A grid as an integer array (T, voices) with values -1 to 127; anything else is refused."""
    grid = np.asarray(grid)
    if grid.ndim != 2 or not np.issubdtype(grid.dtype, np.integer):
        raise ShapeError(
            f"a grid of shape {grid.shape} and type {grid.dtype}, expected integers of shape (T, voices): "
            "MIDI pitches, -1 for a rest."
        )
    outside = (grid < REST) | (grid > 127)
    if outside.any():
        t, voice = np.argwhere(outside)[0]
        raise MusicMLError(
            f"step {t}, voice {voice} of the grid is {grid[t, voice]}, expected a MIDI pitch 0 to 127, or -1 "
            "for a rest."
        )
    return grid
