"""Rules of part writing that can be counted: how many times four voices break them.

Bach keeps them almost always; see e.g. Aldwell and Schachter, "Harmony and Voice Leading".

    T   steps; S A T B are columns 0 to 3 of a grid (T, 4), -1 for a rest
"""

from itertools import combinations

import numpy as np

TRIADS = ({0, 4, 7}, {0, 3, 7}, {0, 3, 6})


def parallels(grid):
    """How many times two voices move from a fifth to a fifth, or from an octave to an octave (or unison)."""
    count = 0
    for upper, lower in combinations(range(grid.shape[1]), 2):
        a, b = grid[:, upper].astype(int), grid[:, lower].astype(int)
        both = (np.diff(a) != 0) & (np.diff(b) != 0) & (np.diff(a) * np.diff(b) > 0)
        both &= (np.minimum(a, b) >= 0)[1:] & (np.minimum(a, b) >= 0)[:-1]
        gap = (a - b) % 12
        count += int((both & (gap[1:] == gap[:-1]) & np.isin(gap[1:], (0, 7))).sum())
    return count


def crossings(grid):
    """How many steps have a voice that sings higher than the one above it."""
    sung = np.minimum(grid[:, 1:], grid[:, :-1]) >= 0
    return int(((grid[:, 1:] > grid[:, :-1]) & sung).any(axis=1).sum())


def is_triad(chord):
    """Whether pitches make a major, minor or diminished triad; one with a note missing counts too."""
    classes = {int(pitch) % 12 for pitch in chord if pitch >= 0}
    return any({(c - root) % 12 for c in classes} <= triad and len(classes) > 1
               for root in classes for triad in TRIADS)  # fmt: skip


def line_ends(fermata):
    """The step at which each fermata begins."""
    fermata = np.asarray(fermata)
    return np.flatnonzero(fermata & ~np.append(False, fermata[:-1]))


def faults(grid, onset, fermata):
    """All of it in one number: parallels, crossings in beats, and lines that do not end on a triad."""
    ends = sum(not is_triad(grid[step]) for step in line_ends(fermata))
    return parallels(grid) + crossings(grid) / 4 + ends
