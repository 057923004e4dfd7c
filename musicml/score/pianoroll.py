"""Piano-rolls: a score as a picture, time across and pitch up.

T   steps of time, ``steps_per_beat`` to a beat
128 MIDI pitches
"""

from fractions import Fraction
from math import floor

import numpy as np

from ..errors import MusicMLError

MAX_STEPS = 1_000_000


def pianoroll(score, steps_per_beat=4):
    """Which pitches sound at each step: boolean array (T, 128). Drums are left out.

    Times are rounded to the nearest step, and every note sounds for at least one. A note that is
    repeated without a gap looks like one long note: `onsets` tells them apart.
    """
    spans, length = _spans(score, steps_per_beat)
    roll = np.zeros((length, 128), dtype=bool)
    for start, end, pitch in spans:
        roll[start:end, pitch] = True
    return roll


def onsets(score, steps_per_beat=4):
    """Which pitches start at each step: boolean array (T, 128), of the shape of `pianoroll`."""
    spans, length = _spans(score, steps_per_beat)
    roll = np.zeros((length, 128), dtype=bool)
    for start, _, pitch in spans:
        roll[start, pitch] = True
    return roll


def _spans(score, steps_per_beat):
    if steps_per_beat <= 0:
        raise MusicMLError(
            f"steps_per_beat is {steps_per_beat}, expected more than 0; 4 gives sixteenth notes."
        )
    steps = Fraction(steps_per_beat)
    length = floor(score.duration * steps) + 1
    if length > MAX_STEPS:
        raise MusicMLError(
            f"the piano-roll would have {length:,} steps; the limit is {MAX_STEPS:,}. "
            "Take a part of the piece, score.slice(start, end), or fewer steps_per_beat."
        )
    spans = []
    for part in score.parts:
        for note in () if part.is_drums else part.notes:
            start = floor(note.onset * steps + Fraction(1, 2))
            end = floor(note.end * steps + Fraction(1, 2))
            spans.append((start, max(end, start + 1), note.pitch))
    return spans, max((end for _, end, _ in spans), default=0)
