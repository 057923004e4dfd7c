"""Rhythm and form of one score: bars, groove, repetition. ``nan`` when a score is too short."""

from bisect import bisect_right
from collections import Counter
from fractions import Fraction
from math import floor

import numpy as np

from ..errors import MusicMLError


def pitched(score):
    """The notes of each part that is not drums: a list of tuples of Note."""
    return [part.notes for part in score.parts if not part.is_drums]


def bar_lines(score):
    """(start, length) of each bar in beats, a pickup first if there is one; at least one bar."""
    end, lines = score.duration, []
    if score.pickup > 0:
        lines.append((Fraction(0), score.pickup))
    start, signatures = Fraction(score.pickup), list(score.time_signatures)
    limit = 100_000
    while start < end or not lines:
        while len(signatures) > 1 and signatures[1][0] <= start:
            signatures.pop(0)
        numerator, denominator = signatures[0][1]
        lines.append((start, Fraction(4 * numerator, denominator)))
        start += lines[-1][1]
        if len(lines) > limit:
            raise MusicMLError(
                f'"{score.title or "score"}" has more than {limit:,} bars, expected fewer. '
                "Check its time signature, or take a part of it: score.slice(start, end)."
            )
    return lines


def bar_of(starts, onset):
    """Which bar an onset lies in, given where the bars start."""
    return max(bisect_right(starts, onset) - 1, 0)


def groove_consistency(score, steps_per_beat=4, pairs="neighbours"):
    """How alike the bars are in where notes start: 1 when all bars have the same rhythm.

    Equation: 1 - mean over pairs of bars of (places with an onset in only one of them) / (places in a bar)

    Only bars of the same length are compared, so a pickup is left out. Onsets are rounded to the nearest
    step. nan with fewer than two such bars. Empty places agree too: a finer grid gives higher values, so
    compare only values of the same grid (Wu and Yang have 64 places in a bar, here 16 in 4/4).

    Args:
        pairs: "neighbours" compares each bar with the next one, as MusPy does; "all" every bar with every
            other, as Wu and Yang 2020 do (section 5.2; they draw 1,000 pairs, here all count). MusPy also
            counts an empty bar after a piece that ends on a bar line.
    """
    if pairs not in ("neighbours", "all") or steps_per_beat <= 0:
        raise MusicMLError(
            f'groove_consistency received pairs="{pairs}", steps_per_beat={steps_per_beat}, '
            'expected "neighbours" or "all", and more than 0.'
        )
    lines = bar_lines(score)
    starts = [start for start, _ in lines]
    places = [max(round(length * steps_per_beat), 1) for _, length in lines]
    rhythm = [set() for _ in lines]
    half_step = Fraction(1, 2) / Fraction(steps_per_beat)
    for part in score.parts:
        for note in part.notes:
            bar = bar_of(starts, note.onset + half_step)
            step = floor((note.onset - starts[bar]) * Fraction(steps_per_beat) + Fraction(1, 2))
            rhythm[bar].add(min(step, places[bar] - 1))
    if pairs == "neighbours":
        differ = [
            len(rhythm[bar] ^ rhythm[bar + 1]) / places[bar]
            for bar in range(len(lines) - 1)
            if lines[bar][1] == lines[bar + 1][1]
        ]
        return 1 - float(np.mean(differ)) if differ else float("nan")
    total = differing = 0
    for length in {length for _, length in lines}:
        group = [bar for bar, line in enumerate(lines) if line[1] == length]
        onsets = Counter(step for bar in group for step in rhythm[bar])
        # A step with an onset in c of n bars differs in c (n - c) of the n (n - 1) / 2 pairs.
        differing += sum(c * (len(group) - c) for c in onsets.values()) / places[group[0]]
        total += len(group) * (len(group) - 1) / 2
    return 1 - differing / total if total else float("nan")


def repetition(score, notes=4):
    """Share of the runs of ``notes`` successive notes, by pitch, that came before in the same part.

    0 when nothing returns; a phrase played twice gives about one half. Grows with the length of a piece, so
    compare pieces of like length.

    Source: after Mogren 2016, who counts repetitions of short subsequences of tones, without their timing,
    and gives neither their length nor a scale; four notes and the share are ours.
    """
    runs = [
        (part, tuple(note.pitch for note in played[n : n + notes]))
        for part, played in enumerate(pitched(score))
        for n in range(len(played) - notes + 1)
    ]
    return 1 - len(set(runs)) / len(runs) if runs else float("nan")


def duration_histogram(score):
    """How often each duration comes: a Counter from beats (a Fraction) to a count."""
    return Counter(note.duration for notes in pitched(score) for note in notes)
