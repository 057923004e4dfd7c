"""From a Score to written music without loss: what a file needs that is read back.

`notation` writes what a player likes to read, and moves what is finer than 64ths and triplets a little.
Here nothing moves: notes that overlap go to voices of their own, every length is written as tied values,
and a third or a fifth of a beat as a tuplet.
"""

from bisect import bisect_left, bisect_right
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import lcm

from ..errors import MusicMLError
from .notation import FINEST, VALUES, Sign, _beam, _values, bar_length, bar_lines, beat_of

LENGTHS = sorted({**VALUES, **FINEST}, reverse=True)
FINE = Fraction(1, 32)
LARGEST_TUPLET = 99


def all_bars(score):
    """`notation.bar_lines` up to the end, with a bar after a pickup even where nothing else follows."""
    bars = bar_lines(score, score.duration)
    return bars if len(bars) > 1 else bar_lines(score, bars[0][1] + FINE)


def without_unisons(notes):
    """The notes of a part so that no pitch sounds twice at once: a note ends where its pitch comes again."""
    last = {}
    for note in sorted(notes):  # of equal onsets the longest comes last and stays
        before = last.setdefault(note.pitch, [])
        if before and before[-1].onset == note.onset:
            before.pop()
        elif before and before[-1].end > note.onset:
            before[-1] = replace(before[-1], duration=note.onset - before[-1].onset)
        before.append(note)
    return sorted(note for notes in last.values() for note in notes)


def split_voices(notes):
    """Lists of chords as (onset, end, notes); in a list none overlaps the next."""
    chords = {}
    for note in without_unisons(notes):
        chords.setdefault((note.onset, note.end), []).append(note)
    voices = []
    for (onset, end), together in sorted(chords.items()):
        voice = next((voice for voice in voices if voice[-1][1] <= onset), None)
        if voice is None:
            voices.append(voice := [])
        voice.append((onset, end, together))
    return voices


def write_exactly(chords, bars, cuts=()):
    """Lists of Signs, one for each bar, for one voice of `split_voices`.

    Args:
        chords: (onset, end, notes).
        bars: as `notation.bar_lines` gives them.
        cuts: beats where a sign must end, because something changes there.
    """
    end = bars[-1][1]
    edges = sorted({start for start, _, _ in bars} | {cut for cut in cuts if 0 < cut < end} | {end})
    written, k = [[] for _ in bars], 0
    at, events = Fraction(0), []
    for onset, stop, notes in [*chords, (end, end, [])]:
        events += [(at, onset, [])] if onset > at else []
        events += [(onset, stop, notes)] if stop > onset else []
        at = stop
    for onset, stop, notes in events:
        inside = edges[bisect_right(edges, onset) : bisect_left(edges, stop)]
        for a, b in pairwise([onset, *inside, stop]):
            while bars[k][1] <= a:
                k += 1
            start, bar_end, signature = bars[k]
            shift = bar_length(signature) - (bar_end - start) if k == 0 else Fraction(0)
            pieces = _pieces(a - start, b - a, beat_of(signature), shift)
            for i, (where, length, tuplet) in enumerate(pieces):
                written[k].append(
                    Sign(
                        where, length, tuple(n.pitch for n in notes), tuplet,
                        tied_from=bool(notes) and (i > 0 or a > onset),
                        tied_to=bool(notes) and (i < len(pieces) - 1 or b < stop),
                        velocities=tuple(n.velocity for n in notes),
                    )
                )  # fmt: skip
    for index, (signs, (start, stop, signature)) in enumerate(zip(written, bars, strict=True)):
        _bracket(signs)
        _beam(signs, signature, bar_length(signature) - (stop - start) if index == 0 else Fraction(0))
    return written


def _pieces(start, length, beat, shift):
    """[(start, length, tuplet)]: tied values that add up to ``length`` exactly."""
    odd = _odd(lcm(start.denominator, length.denominator))
    odd = odd if odd <= LARGEST_TUPLET else _odd(length.denominator)
    if odd == 1 and FINE.denominator % length.denominator == 0 and FINE.denominator % start.denominator == 0:
        return [(a, n, ()) for a, n in _values(start, length, beat, False, shift)]
    tuplet = (odd, 2 ** (odd.bit_length() - 1)) if odd > 1 else ()
    scale = Fraction(*tuplet) if tuplet else Fraction(1)
    pieces, left = [], length * scale
    while left:
        value = next((value for value in LENGTHS if value <= left), None)
        if value is None:
            raise MusicMLError(
                f"a note or rest of {length} beats cannot be written: it would need less than a 1024th note. "
                "Quantise the score first, or save it as .mid."
            )
        pieces.append((start, value / scale, tuplet))
        start += value / scale
        left -= value
    return pieces


def _odd(number):
    while number % 2 == 0:
        number //= 2
    return number


def _bracket(signs):
    """Mark where tuplets begin and end: together they fill a length without tuplet, if they can."""
    group = []
    for sign, after in zip(signs, [*signs[1:], None], strict=True):
        if not sign.tuplet:
            continue
        group.append(sign)
        length = sum(s.length for s in group)
        full = length.denominator & (length.denominator - 1) == 0
        if full or after is None or after.tuplet != sign.tuplet:
            if len(group) > 1:
                group[0].bracket, group[-1].bracket = "start", "stop"
            group = []


def tuplet_groups(signs):
    """The signs of a bar in runs: a tuplet is a run, all else runs of one."""
    groups, group = [], None
    for sign in signs:
        if group is not None:
            group.append(sign)
        elif sign.bracket == "start":
            groups.append(group := [sign])
        else:
            groups.append([sign])
        if sign.bracket == "stop":
            group = None
    return groups
