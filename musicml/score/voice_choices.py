"""What a voice can do next, as 27 classes seen from the pitch where it is.

0 to 24   the voice goes to a pitch 12 semitones lower, ..., stays (12), ..., 12 semitones higher
25        it is silent
26        it goes elsewhere: to any other of the 128 MIDI pitches, each as likely as the others

grid   (T, 4) MIDI pitches at each step, soprano to bass, -1 for a rest
home   the pitch that a voice sang last
"""

import numpy as np

from ..errors import ShapeError
from .transposition import REST, as_grid

WINDOW = 12  # how far a voice may leap and still have a class of its own, in semitones
STAY, SILENT, ELSEWHERE = WINDOW, 2 * WINDOW + 1, 2 * WINDOW + 2
CLASSES = 2 * WINDOW + 3
OTHERS = 128 - (2 * WINDOW + 1)  # how many pitches are elsewhere
FIRST = (70, 65, 60, 53)  # where the voices are before their first note


def as_voices(grid):
    """A grid as an integer array (T, 4) of at least one step; anything else is refused."""
    grid = as_grid(grid)
    if grid.shape[1] != 4 or not len(grid):
        raise ShapeError(
            f"a grid of shape {grid.shape}, expected (T, 4) with at least one step: soprano, alto, tenor, "
            "bass. Pass one piece of corpora.load('jsb16')."
        )
    return grid


def before(grid):
    """(T, 4) in row t stands step t - 1; before the first step all voices are silent."""
    return np.vstack([np.full_like(grid[:1], REST), grid[:-1]])


def homes(grid):
    """(T, 4) the pitch that each voice sang last before step t; rests are passed over."""
    last = before(grid)
    steps = np.where(last != REST, np.arange(len(grid))[:, None], -1)
    sang = np.maximum.accumulate(steps, axis=0)
    return np.where(sang >= 0, np.take_along_axis(last, sang.clip(0), axis=0), FIRST).astype(np.int64)


def classes(pitch, home):
    """The class of each pitch (or rest), seen from ``home``: int64, of the same shape."""
    leap = pitch.astype(np.int64) - home + WINDOW
    inside = (leap >= 0) & (leap <= 2 * WINDOW)
    return np.where(pitch == REST, SILENT, np.where(inside, leap, ELSEWHERE))


def answers(grid):
    """(T, 4) the class that each voice takes at step t.

    >>> answers(np.array([[72, 65, 60, 53], [72, 67, -1, 41]]))
    array([[14, 12, 12, 12],
           [12, 14, 25,  0]])
    """
    grid = as_voices(grid)
    return classes(grid, homes(grid))


def sung_log_probs(class_log_probs, grid):
    """(T, 4) log p of what each voice sang, from the log p of its classes (T, 4, 27)."""
    took = answers(grid)
    p = np.take_along_axis(class_log_probs, took[..., None], axis=-1)[..., 0]
    return p - np.log(OTHERS) * (took == ELSEWHERE)


def pitch_log_probs(class_log_probs, home):
    """(..., 129) log p of each MIDI pitch, 0 to 127, and last of the rest.

    Args:
        class_log_probs: (..., 27), which sum to 1 as probabilities.
        home: (...) the pitch that the voice sang last, from 12 to 115.
    """
    leap = np.arange(128) - np.asarray(home)[..., None] + WINDOW
    inside = (leap >= 0) & (leap <= 2 * WINDOW)
    p = np.take_along_axis(class_log_probs, np.where(inside, leap, ELSEWHERE), axis=-1)
    return np.concatenate([p - np.log(OTHERS) * ~inside, class_log_probs[..., [SILENT]]], axis=-1)
