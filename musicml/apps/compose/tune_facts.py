"""What a tune composer knows before it writes the next note.

A token says pitch and duration, and no more. The rest follows from the tokens so far and from the plan of
the tune: where in the bar the next note starts, in which bar of how many, and what was heard the last time.
Each moment becomes one row of ones and zeros, "multi-hot": one place for each thing that is true. A
``Dense`` layer makes of it the sum of one learned row for each.

All tunes are moved to one tonic first (`from_tonic`), as music keeps its shape when it is transposed.

Dimension key
    n   notes so far     F   facts
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ...score import MelodyTokens, bar_length, bars, earlier_match, read_key

TICKS = 24  # to a beat: every duration of MelodyTokens is a whole number of them
METRES = ((6, 8), (2, 2), (4, 4), (2, 4), (3, 4), (9, 8))
MODES = ("major", "minor", "mixolydian", "dorian")
BACK = (1, 2, 4, 8)  # bars; what stood at the same place so long ago
TONIC = 7  # pitch class that all tunes are moved to: G, the commonest key of the corpora

VOCABULARY = MelodyTokens()
COLUMNS = len(VOCABULARY.DURATIONS)
ROWS = (VOCABULARY.size - 2) // COLUMNS  # the rest, and the pitches
DURATION_TICKS = np.array([int(duration * TICKS) for duration in VOCABULARY.DURATIONS])


@dataclass(frozen=True)
class Plan:
    """What is settled before the first note: metre, mode, upbeat in beats, and how many bars."""

    metre: tuple
    mode: str
    pickup: Fraction
    bars: int

    @property
    def bar(self):
        """Ticks in a bar."""
        return int(bar_length(self.metre) * TICKS)


def plan_of(score):
    """The plan that a tune of the corpus keeps to. Metre and key are those of its first bar."""
    metre, mode = score.time_signature, read_key(score.key)[1] if score.key else "major"
    return Plan(metre, mode, score.pickup % bar_length(metre), len(bars(score)))


def from_tonic(score):
    """By how many semitones to move a tune so that its tonic is TONIC: -6 to 5."""
    tonic = read_key(score.key)[0] if score.key else TONIC
    return (TONIC - tonic + 6) % 12 - 6


def learnable(score):
    """Tune -> (tokens with END but without START, (n,); plan), or None where it has no tokens in this key."""
    if not VOCABULARY.fits(score):
        return None
    moved = score.transpose(from_tonic(score))
    if not VOCABULARY.fits(moved):
        return None
    return np.append(VOCABULARY.encode(moved), VOCABULARY.END), plan_of(score)


def onsets(tokens, plan):
    """(n + 1,) when each note starts and the last one ends, in ticks from the first full bar."""
    lasts = DURATION_TICKS[(np.asarray(tokens, np.int64) - 2) % COLUMNS]
    return np.concatenate([[0], np.cumsum(lasts)]) - int(plan.pickup * TICKS)


NOTE = ROWS + COLUMNS + 1  # a pitch or rest, a duration; the last place: no note
# Each group of facts and how many it has.
GROUPS = {
    "last": NOTE,
    "place": 24,
    "off the grid": 6,
    "metre": len(METRES) + 1,
    "mode": len(MODES) + 1,
    "bar of 8": 9,
    "eight": 4,
    "to go": 10,
    "to the end": 17,
    "copy": NOTE,
    "copy length": 7,
    **{f"{k} back": NOTE for k in BACK},
    **{f"{k} back, agreed": 5 for k in BACK},
}
STARTS = dict(zip(GROUPS, np.cumsum([0, *GROUPS.values()]).tolist(), strict=False))
FACTS = sum(GROUPS.values())


def facts(tokens, plan):
    """What is known before each note of a tune, and after the last: uint8 (n + 1, FACTS).

    Row t is made from the plan and from tokens[:t] alone.

    Args:
        tokens: (n,) notes, without START and END, moved to TONIC.
        plan: a Plan.
    """
    tokens = np.asarray(tokens, np.int64)
    n, when, bar = len(tokens), onsets(tokens, plan), plan.bar
    number, place = np.divmod(when, bar)
    x, every = np.zeros((n + 1, FACTS), np.uint8), np.arange(n + 1)

    def put(group, value, limit):
        x[every, STARTS[group] + np.clip(value, 0, limit)] = 1

    def put_note(group, index):
        """The note tokens[index], its pitch and its duration; index -1 is none."""
        start, there = STARTS[group], index >= 0
        row, column = np.divmod(tokens[index[there]] - 2, COLUMNS)
        x[every[there], start + row] = 1
        x[every[there], start + ROWS + column] = 1
        x[every[~there], start + ROWS + COLUMNS] = 1

    put_note("last", every - 1)
    quarter = TICKS // 4
    put("place", place // quarter, 23)
    put("off the grid", place % quarter, 5)
    metre = METRES.index(plan.metre) if plan.metre in METRES else len(METRES)
    put("metre", np.full(n + 1, metre), len(METRES))
    mode = MODES.index(plan.mode) if plan.mode in MODES else len(MODES)
    put("mode", np.full(n + 1, mode), len(MODES))
    put("bar of 8", np.where(number < 0, 8, number % 8), 8)  # 8: the upbeat
    put("eight", number // 8, 3)
    put("to go", plan.bars - number, 9)
    # How far to where the upbeat would come again, in quarters of a beat.
    end = plan.bars * bar - int(plan.pickup * TICKS)
    put("to the end", -(-(end - when) // quarter), 16)

    source, length = earlier_match(np.append(tokens, -1))
    put_note("copy", source)
    put("copy length", np.digitize(length, (1, 2, 3, 4, 6, 10)), 6)
    for k in BACK:
        then = np.searchsorted(when, when - k * bar)
        there = when[then] == when - k * bar
        put_note(f"{k} back", np.where(there, then, -1))
        agreed, run = np.zeros(n + 1, int), 0
        for t in range(n):
            run = run + 1 if there[t] and tokens[then[t]] == tokens[t] else 0
            agreed[t + 1] = run
        put(f"{k} back, agreed", np.digitize(agreed, (1, 2, 3, 6)), 4)
    return x
