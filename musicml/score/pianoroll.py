"""Piano-rolls: a score as a picture, time across and pitch up.

T   steps of time, ``steps_per_beat`` to a beat
128 MIDI pitches
"""

from dataclasses import replace
from fractions import Fraction
from math import floor

import numpy as np

from ..errors import MusicMLError, ShapeError
from .notes import Note, Part, Score, pitch_to_name

MAX_STEPS = 1_000_000
MAX_NOTES = 1_000_000


def pianoroll(score, steps_per_beat=4, exact=False):
    """Which pitches sound at each step: boolean array (T, 128). Drums are left out.

    Times are rounded to the nearest step, and every note sounds for at least one. A note that is
    repeated without a gap looks like one long note: `onsets` tells them apart.

    With ``exact=True`` nothing is rounded or merged: a note that does not start and end on the grid, or
    that sounds while its own pitch still sounds, is refused. Then `from_pianoroll` of the two arrays gives
    back every note; only parts, loudness and what is not notes are lost.
    """
    spans, length = _spans(score, steps_per_beat, exact)
    roll = np.zeros((length, 128), dtype=bool)
    for start, end, pitch in spans:
        roll[start:end, pitch] = True
    return roll


def onsets(score, steps_per_beat=4, exact=False):
    """Which pitches start at each step: boolean array (T, 128), of the shape of `pianoroll`."""
    spans, length = _spans(score, steps_per_beat, exact)
    roll = np.zeros((length, 128), dtype=bool)
    for start, _, pitch in spans:
        roll[start, pitch] = True
    return roll


def from_pianoroll(sustain, onset=None, steps_per_beat=4, lowest=0, tempo=120.0, title=""):
    """A Score of one part from a piano-roll; any two arrays of one shape are music.

    Args:
        sustain: (T, P) booleans, or numbers 0 and 1: which pitches sound at each step.
        onset: (T, P), where notes start: a held note differs from a repeated one. Without it, and
            wherever a sound follows silence, a note starts.
        steps_per_beat: 4 says that a step is a sixteenth note.
        lowest: the MIDI pitch of column 0; 21 for the 88 keys of a piano.
        tempo: quarter notes a minute.
    """
    starts = _as_roll(onset, "onset") if onset is not None else None
    sounds = _as_roll(sustain, "sustain")
    if starts is not None and starts.shape != sounds.shape:
        raise ShapeError(
            f"from_pianoroll received sustain of shape {sounds.shape} and onset of shape {starts.shape}, "
            "expected the same. Make both from one score, with the same steps_per_beat."
        )
    if not 0 <= lowest <= 128 - sounds.shape[1]:
        raise MusicMLError(
            f"from_pianoroll received {sounds.shape[1]} pitches from MIDI {lowest} up, expected all within "
            "0 to 127. lowest=21 is the lowest key of a piano."
        )
    steps = _steps(steps_per_beat)
    sounds = sounds if starts is None else sounds | starts
    begins = sounds & ~np.vstack([np.zeros_like(sounds[:1]), sounds[:-1]])
    begins = begins if starts is None else begins | starts
    if (count := int(begins.sum())) > MAX_NOTES:
        raise MusicMLError(
            f"the piano-roll holds {count:,} notes; the limit is {MAX_NOTES:,}. Take fewer steps."
        )
    # Pitch by pitch, with a silent step after each: a note ends where a note starts or silence follows.
    silent = np.zeros((1, sounds.shape[1]), dtype=bool)
    edges = np.flatnonzero(np.vstack([begins | ~sounds, ~silent]).T)
    first = np.flatnonzero(np.vstack([begins, silent]).T)
    ends = edges[np.searchsorted(edges, first, side="right")] if first.size else first
    pitch, start = np.divmod(first, len(sounds) + 1)
    rows = zip(start.tolist(), pitch.tolist(), (ends - first).tolist(), strict=True)
    notes = [Note(t / steps, p + int(lowest), length / steps) for t, p, length in rows]
    return Score([Part(notes)], title=title, tempos=((Fraction(0), float(tempo)),))


def quantize(score, steps_per_beat=4):
    """The same score with every note moved to the grid, as `pianoroll` rounds.

    Notes of one part that then share a pitch are cut where the next one starts; of those that start
    together the longest stays. Drums are moved too.
    """
    steps, parts = _steps(steps_per_beat), []
    for part in score.parts:
        by_pitch = {}
        for note in part.notes:
            start, end = _rounded(note, steps)
            kept = by_pitch.setdefault(note.pitch, {})
            if start not in kept or end > kept[start][0]:
                kept[start] = (end, note)
        notes = []
        for kept in by_pitch.values():
            following = [*sorted(kept)[1:], None]
            for start, limit in zip(sorted(kept), following, strict=True):
                end, note = kept[start]
                end = end if limit is None else min(end, limit)
                notes.append(replace(note, onset=start / steps, duration=(end - start) / steps))
        parts.append(replace(part, notes=notes))
    return replace(score, parts=parts)


def _spans(score, steps_per_beat, exact):
    """(list of (first step, step after the last, pitch), T)."""
    steps = _steps(steps_per_beat)
    length = floor(score.duration * steps) + 1
    if length > MAX_STEPS:
        raise MusicMLError(
            f"the piano-roll would have {length:,} steps; the limit is {MAX_STEPS:,}. "
            "Take a part of the piece, score.slice(start, end), or fewer steps_per_beat."
        )
    spans = []
    for part in score.parts:
        for note in () if part.is_drums else part.notes:
            if exact:
                on_grid(note, steps, score.title)
            spans.append((*_rounded(note, steps), note.pitch))
    if exact:
        _refuse_overlaps(spans, steps, score.title)
    return spans, max((end for _, end, _ in spans), default=0)


def _rounded(note, steps):
    """(first step, step after the last) of a note on the grid; at least one step."""
    start = floor(note.onset * steps + Fraction(1, 2))
    return start, max(floor(note.end * steps + Fraction(1, 2)), start + 1)


def on_grid(note, steps, title=""):
    """(first step, number of steps) of a note; one that is not on the grid is refused by name."""
    times, (top, bottom) = [], steps.as_integer_ratio()
    for time in (note.onset, note.duration):  # time * steps, in whole numbers, which are faster
        numerator, denominator = time.as_integer_ratio()
        times.append(divmod(numerator * top, denominator * bottom))
    (start, off), (length, short) = times
    if off or short:
        raise MusicMLError(
            f"{_place(title)}note {pitch_to_name(note.pitch)} at beat {note.onset} lasts {note.duration} "
            f"beats, expected multiples of {1 / steps} beat. quantize(score, {steps}) moves all notes there."
        )
    return start, length


def _refuse_overlaps(spans, steps, title):
    sounding = {}  # pitch -> the step after its last
    for start, end, pitch in sorted(spans):
        if start < sounding.get(pitch, 0):
            raise MusicMLError(
                f"{_place(title)}note {pitch_to_name(pitch)} at beat {start / steps} starts while the same "
                "pitch still sounds, and a piano-roll has one place for both. Take the parts one by one, "
                "or exact=False."
            )
        sounding[pitch] = end


def _place(title):
    return f'"{title}", ' if title else ""


def _steps(steps_per_beat):
    if steps_per_beat <= 0:
        raise MusicMLError(
            f"steps_per_beat is {steps_per_beat}, expected more than 0; 4 gives sixteenth notes."
        )
    return Fraction(steps_per_beat)


def _as_roll(roll, name):
    """A piano-roll as a boolean array (T, P)."""
    roll = np.asarray(roll)
    if roll.ndim != 2:
        raise ShapeError(
            f"from_pianoroll received {name} of shape {roll.shape}, expected (T, P): steps, pitches."
        )
    if roll.dtype != bool:
        if not np.issubdtype(roll.dtype, np.number) or not ((roll == 0) | (roll == 1)).all():
            raise MusicMLError(
                f"from_pianoroll received {name} with values that are not 0 or 1, expected booleans. "
                "Compare probabilities with a threshold first: roll > 0.5."
            )
        roll = roll.astype(bool)
    if len(roll) > MAX_STEPS:
        raise MusicMLError(
            f"{name} has {len(roll):,} steps; the limit is {MAX_STEPS:,}. Take a part of it: {name}[:1000]."
        )
    return roll
