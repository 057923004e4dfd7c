"""Pitch and harmony of one score. Drums are left out; ``nan`` when a score is too short."""

from collections import Counter
from itertools import pairwise

import numpy as np

from ..score import keys
from .rhythm import bar_lines, bar_of, pitched

SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}


def pitch_class_histogram(score):
    """(12,) share of the notes on C, C#, ..., B."""
    return keys.pitch_class_histogram(score, "count")


def entropy(p):
    """Entropy in bits of shares that sum to 1."""
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())


def pitch_class_entropy(score):
    """Entropy of the pitch-class histogram, in bits: 0 for one note only, log2(12) = 3.58 for all alike.

    Source: Wu and Yang 2020 (there over one bar or four, see ``pitch_class_entropy_of_bars``; here
    over the whole score, as in MusPy).
    """
    return entropy(pitch_class_histogram(score))


def pitch_class_entropy_of_bars(score, bars=1):
    """Mean entropy of the pitch classes in ``bars`` bars, over all runs of so many bars, in bits.

    Low when each bar keeps to few pitches; a piece that wanders has a low value here and a high
    ``pitch_class_entropy``. Runs without a note are left out. A score with fewer bars is one run.

    Source: Wu and Yang 2020, section 5.1: H_1 with bars=1 and H_4 with bars=4.
    """
    starts = [start for start, _ in bar_lines(score)]
    counts = np.zeros((len(starts), 12))
    for notes in pitched(score):
        for note in notes:
            counts[bar_of(starts, note.onset), note.pitch % 12] += 1
    sums = np.lib.stride_tricks.sliding_window_view(counts, min(bars, len(counts)), axis=0).sum(axis=-1)
    sums = sums[sums.sum(axis=1) > 0]
    return float(np.mean([entropy(row / row.sum()) for row in sums])) if len(sums) else float("nan")


def scale_consistency(score):
    """Largest share of the notes that lie in one major or natural minor scale, from 7/12 by chance to 1.

    Source: Mogren 2016; MusPy's definition. Mogren says "a standard scale" without a list. A minor scale
    has the notes of its relative major, so the minor ones change nothing.
    """
    p = pitch_class_histogram(score)
    return float(max(np.roll(p, -root)[list(scale)].sum() for root in range(12) for scale in SCALES.values()))


def melodic_intervals(score):
    """Semitones from each note to the next in each part, in order of onset: an int array."""
    steps = [np.diff([note.pitch for note in part.notes]) for part in score.parts if not part.is_drums]
    return np.concatenate([np.zeros(0, int), *steps]).astype(int)


def interval_histogram(score):
    """How often each melodic interval comes: a Counter from semitones, up or down, to a count."""
    return Counter(melodic_intervals(score).tolist())


def sounding(score):
    """Stretches of time in which the same number of pitches sounds: a list of (beats, pitches)."""
    changes = Counter()
    for notes in pitched(score):
        for note in notes:
            changes[note.onset, note.pitch] += 1
            changes[note.end, note.pitch] -= 1
    times = sorted({time for time, _ in changes})
    at = {time: [] for time in times}
    for (time, pitch), change in changes.items():
        at[time].append((pitch, change))
    playing, stretches = Counter(), []
    for time, end in pairwise(times):
        for pitch, change in at[time]:
            playing[pitch] += change
            if not playing[pitch]:
                del playing[pitch]
        stretches.append((float(end - time), len(playing)))
    return stretches


def polyphony(score):
    """Mean number of pitches that sound together, over the time in which there are any.

    Source: MusPy's ``polyphony``. There time is cut into steps; here it is exact.
    """
    stretches = [(beats, pitches) for beats, pitches in sounding(score) if pitches]
    beats = sum(beats for beats, _ in stretches)
    return sum(beats * pitches for beats, pitches in stretches) / beats if beats else float("nan")


def polyphony_rate(score):
    """Share of the time, from beat 0 to the last end, in which two pitches or more sound.

    Source: MuseGAN's "polyphonicity", with two pitches as the limit ("multiple pitches are on"). MusPy's
    ``polyphony_rate`` says the same, but its default, threshold=2, counts from three pitches on.
    Mogren's "polyphony" is another thing: ``simultaneous_notes``.
    """
    duration = float(score.duration)
    together = sum(beats for beats, pitches in sounding(score) if pitches > 1)
    return together / duration if duration else float("nan")


def simultaneous_notes(score):
    """Share of the notes that start at exactly the same time as another one.

    Source: Mogren 2016, where it is called polyphony. Strict: a chord played with a human hand, note after
    note, has none.
    """
    onsets = Counter(note.onset for notes in pitched(score) for note in notes)
    total = onsets.total()
    return sum(count for count in onsets.values() if count > 1) / total if total else float("nan")
