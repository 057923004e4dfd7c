"""Cut music at its bar lines, so that examples to learn from begin where bars begin.

A bar lasts as long as its metre says: 3/4 is three beats, 6/8 is six eighths, three beats too. A pickup
is what comes before the first full bar.

    n  windows     L  steps in a window
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

import numpy as np

from ..errors import MusicMLError

MAX_BARS = 100_000


@dataclass(frozen=True)
class Bar:
    """One bar of a score, in beats."""

    start: Fraction
    length: Fraction  # shorter than its metre says where the metre changes in the middle of a bar
    metre: tuple  # (3, 4)

    @property
    def end(self):
        return self.start + self.length

    @property
    def is_whole(self):
        return self.length == bar_length(self.metre)


def bar_length(metre):
    """Beats (quarter notes) in a bar: (6, 8) -> 3."""
    top, bottom = metre
    if top < 1 or bottom < 1:
        raise MusicMLError(f"a metre of {top}/{bottom}, expected numbers above 0, such as 3/4.")
    return Fraction(4 * top, bottom)


def bars(score):
    """The full bars of a score, as a list of Bar: from the pickup until the last note has ended.

    Every change of metre begins a new bar. A pickup that is longer than a bar counts as a shorter pickup
    and full bars.
    """
    changes, end = score.time_signatures, score.duration
    start, found = score.pickup % bar_length(score.time_signature), []
    for i, (_, metre) in enumerate(changes):
        length = bar_length(metre)
        limit = changes[i + 1][0] if i + 1 < len(changes) else end + length
        count = max(ceil((min(limit, end) - start) / length), 0)
        if len(found) + count > MAX_BARS:
            raise MusicMLError(
                f'"{score.title}" has {len(found) + count:,} bars or more; the limit is {MAX_BARS:,}. '
                "Take a part of it: score.slice(start, end)."
            )
        for _ in range(count):
            found.append(Bar(start, min(length, limit - start), metre))
            start = found[-1].end
    return found


def bar_windows(score, size=4, hop=None, upbeat=False):
    """Cut a score into pieces of ``size`` whole bars.

    Args:
        score: a Score.
        size: bars in a window.
        hop: bars from the start of a window to the next; ``size`` if not given, so that none overlap.
        upbeat: begin every window earlier by the length of the pickup. Tunes with a pickup are sung that
            way: each phrase has its own.

    Returns:
        A list of Scores that start at beat 0, without pickup (with ``upbeat``, with it). The rest, fewer
        than ``size`` bars, is left out, and so is a note that began before the window. The last bar counts
        as whole, however early its last note ends. Windows differ in beats where the metre changes.
    """
    lines = bars(score)
    early = score.pickup % bar_length(score.time_signature) if upbeat else Fraction(0)
    pieces = []
    for first in range(0, len(lines) - size + 1, _checked(size, hop)):
        start, end = lines[first].start - early, lines[first + size - 1].end - early
        pieces.append(replace(score.slice(start, end), pickup=early))
    return pieces


def bar_spans(starts, length, size=4, hop=None, upbeat=False):
    """Where windows of ``size`` whole bars begin and end on a grid of steps.

    Args:
        starts: (m,) the steps at which full bars begin, such as ``chorale.bars``.
        length: how many steps there are.
        size, hop: in bars, as in `bar_windows`.
        upbeat: begin every window earlier by the length of the pickup, ``starts[0]``.

    Returns:
        (n, 2) int64: first step, and the step after the last. The bar at the very end is whole if it is as
        long as the one before it; with ``upbeat`` the pickup completes it.
    """
    starts, hop = _rising(starts, length), _checked(size, hop)
    upbeat = starts[0] if upbeat and starts.size else 0
    if starts.size > 1:  # close the last bar
        closing = starts[-1] + (starts[-1] - starts[-2])
        starts = np.append(starts, closing) if closing - upbeat <= length else starts
    begins = np.arange(0, max(len(starts) - size, 0), hop)
    return np.stack([starts[begins], starts[begins + size]], axis=1) - upbeat


def cut_windows(array, spans, steps=None):
    """Cut an array at spans, and stack the windows of one length.

    Args:
        array: (T, ...), such as a grid or a roll.
        spans: (n, 2) as `bar_spans` returns them.
        steps: L, which windows to keep; the commonest length if not given. In a piece whose metre changes
            the others are left out.

    Returns:
        (windows kept, L, ...), a copy.
    """
    array, spans = np.asarray(array), np.asarray(spans, dtype=np.int64).reshape(-1, 2)
    if spans.size and not 0 <= spans.min() <= spans.max() <= len(array):
        raise MusicMLError(
            f"spans from {spans.min()} to {spans.max()} on an array of {len(array)} steps. "
            "Make them from the length of this array."
        )
    lengths = spans[:, 1] - spans[:, 0]
    if steps is None:
        steps = int(np.bincount(lengths).argmax()) if lengths.size else 0
    kept = spans[lengths == steps, 0]
    return array[kept[:, None] + np.arange(steps)]


def place_in_bar(starts, length):
    """(T,) which step of its bar each step is, 0 at a bar line.

    The pickup stands at the end of its bar: in 4/4 on sixteenths, four steps of pickup are 12, 13, 14, 15.

    Args:
        starts, length: as in `bar_spans`.
    """
    starts, steps = _rising(starts, length), np.arange(length)
    if not starts.size:
        return steps
    first = starts[1] - starts[0] if len(starts) > 1 else length
    lines = np.concatenate([[min(0, starts[0] - first)], starts])
    return steps - lines[np.searchsorted(lines, steps, side="right") - 1]


def _rising(starts, length):
    starts = np.asarray(starts, dtype=np.int64).reshape(-1)
    if (np.diff(starts) <= 0).any() or (starts.size and not 0 <= starts[0] <= starts[-1] < length):
        raise MusicMLError(
            f"bars that begin at {starts[:6].tolist()} on {length} steps, expected steps that rise, "
            f"from 0 to {length - 1}. Pass chorale.bars and len(chorale.grid)."
        )
    return starts


def _checked(size, hop):
    hop = size if hop is None else hop
    if size < 1 or hop < 1:
        raise MusicMLError(f"windows of {size} bars every {hop} bars, expected 1 or more.")
    return hop
