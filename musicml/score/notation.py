"""From a Score to written music: bars, ties, note values, names, beams.

A Score knows that a note starts at beat 7/2 and lasts 2 beats. On paper that
note may cross a bar line (then it is two notes, tied), it needs a value (a
crotchet, a dotted quaver), a name (F sharp or G flat) and, unless the key
says so already, an accidental.

Positions and lengths are exact fractions of a beat (quarter note); a part has
one voice: notes that start together are a chord, and a note that is still
sounding when the next starts is written up to there.
"""

import re
from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile

TYPES = {
    Fraction(4): "whole", Fraction(2): "half", Fraction(1): "quarter", Fraction(1, 2): "eighth",
    Fraction(1, 4): "16th", Fraction(1, 8): "32nd", Fraction(1, 16): "64th", Fraction(1, 32): "128th",
}  # fmt: skip
VALUES = {length: (name, 0) for length, name in TYPES.items()} | {
    length * 3 / 2: (name, 1) for length, name in TYPES.items() if length > Fraction(1, 32)
}
FINEST = {Fraction(1, 64): "256th", Fraction(1, 128): "512th", Fraction(1, 256): "1024th"}
SPELLING = {"C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F": -1}  # fifths above C
LETTERS = "FCGDAEB"
TRIPLET = (3, 2)
MODES = {  # by their first letters: (fifths from the major key of the same name, what it is called)
    "": (0, "major"), "maj": (0, "major"), "ion": (0, "major"), "lyd": (1, "lydian"),
    "mix": (-1, "mixolydian"),
    "dor": (-2, "dorian"), "m": (-3, "minor"), "min": (-3, "minor"), "aeo": (-3, "minor"),
    "phr": (-4, "phrygian"), "loc": (-5, "locrian"),
}  # fmt: skip


@dataclass
class Sign:
    """One written note, chord or rest."""

    start: Fraction  # beats from the start of the bar
    length: Fraction  # beats it lasts
    pitches: tuple  # MIDI numbers; none: a rest
    tuplet: tuple = ()  # (3, 2): three in the time of two
    tied_from: bool = False
    tied_to: bool = False
    beam: str = ""  # "begin", "continue", "end"
    bracket: str = ""  # of a tuplet: "start", "stop"
    velocities: tuple = ()  # one for each pitch

    @property
    def value(self):
        """(name, dots): what is printed."""
        length = self.length * Fraction(*self.tuplet) if self.tuplet else self.length
        return VALUES.get(length) or (FINEST[length], 0)

    @property
    def triplet(self):
        return self.tuplet == TRIPLET


# ---------------------------------------------------------------- bars and beats


def bar_lines(score, end):
    """[(start, stop, time signature)] of every bar up to ``end``, in beats; the pickup is the first."""
    bars, at = [], Fraction(0)
    if 0 < score.pickup < bar_length(score.time_signature):
        bars.append((at, score.pickup, score.time_signature))
        at = score.pickup
    changes = list(score.time_signatures)
    while at < end:
        signature = [value for onset, value in changes if onset <= at][-1]
        stop = at + bar_length(signature)
        stop = min([stop, *(onset for onset, _ in changes if at < onset)])
        bars.append((at, stop, signature))
        at = stop
    return bars


def bar_length(signature):
    return Fraction(4 * signature[0], signature[1])


def beat_of(signature):
    """Length of the felt beat: a dotted one in 6/8, 9/8 and 12/8."""
    beats, unit = signature
    compound = beats % 3 == 0 and beats > 3 and unit >= 8
    return Fraction(12 if compound else 4, unit)


# ---------------------------------------------------------------- rhythm


def write_voice(notes, bars):
    """Lists of Signs, one for each bar, for the notes of one part."""
    end = bars[-1][1]
    events = deque(_events(notes, end))
    written = []
    for start, stop, signature in bars:
        while events[0][1] <= start:
            events.popleft()
        heard = takewhile(lambda event: event[0] < stop, events)  # noqa: B023 (used at once)
        inside = [
            (max(a, start) - start, min(b, stop) - start, pitches, a < start, b > stop)
            for a, b, pitches in heard
        ]
        # a pickup ends on the bar line, so its beats are counted from there
        shift = bar_length(signature) - (stop - start) if start == 0 else Fraction(0)
        written.append(_write_bar(inside, stop - start, signature, shift))
    return written


def _events(notes, end):
    """(start, stop, pitches) without gaps or overlaps from 0 to ``end``; a gap has no pitches."""
    starts = {}
    for note in notes:
        starts.setdefault(_snap(note.onset), []).append(note)
    events, at = [], Fraction(0)
    order = sorted(start for start in starts if start < end)
    for start, following in zip(order, [*order[1:], end], strict=True):
        stop = min(max(_snap(note.end) for note in starts[start]), following)
        if start > at:
            events.append((at, start, ()))
        if stop > start:
            events.append((start, stop, tuple(sorted({note.pitch for note in starts[start]}))))
        at = max(stop, start)
    if at < end:
        events.append((at, end, ()))
    return events


def _snap(beat):
    """The nearest place that can be written; what is finer than 64ths and triplets moves a little."""
    if 16 % beat.denominator == 0 or 24 % beat.denominator == 0:
        return beat
    return min((Fraction(round(beat * k), k) for k in (16, 12)), key=lambda place: abs(place - beat))


def _write_bar(events, length, signature, shift):
    triplets = _triplet_spans(events, length, signature)
    signs = []
    for start, stop, pitches, came, goes in events:
        pieces = []
        edges = [edge for span in triplets for edge in span]
        if not pitches and beat_of(signature).numerator == 3:  # in 6/8 and 9/8 a rest shows the beats
            edges += [k * beat_of(signature) - shift for k in range(1, 20)]
        for a, b in _cut(start, stop, edges):
            inside = any(lo <= a and b <= hi for lo, hi in triplets)
            pieces += [(a, n, inside) for a, n in _values(a, b - a, beat_of(signature), inside, shift)]
        for i, (a, n, inside) in enumerate(pieces):
            signs.append(
                Sign(
                    a, n, pitches, TRIPLET if inside else (),
                    tied_from=bool(pitches) and (i > 0 or came),
                    tied_to=bool(pitches) and (i < len(pieces) - 1 or goes),
                )
            )  # fmt: skip
    for lo, hi in triplets:
        group = [sign for sign in signs if lo <= sign.start < hi]
        group[0].bracket, group[-1].bracket = "start", "stop"
    _beam(signs, signature, shift)
    return signs


def _triplet_spans(events, length, signature):
    """[(start, stop)] of the stretches to be written as triplets: the shortest that no note sticks out of."""
    edges = sorted({edge for a, b, *_ in events for edge in (a, b)})
    spans, free = [], Fraction(0)
    for edge in edges:
        if 16 % edge.denominator == 0 or edge <= free:
            continue
        for size in (Fraction(1, 8), Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(2), Fraction(4)):
            lo = edge // (size / 2) * (size / 2)
            choices = [(at, at + size) for at in (edge // size * size, lo, lo - size / 2) if at >= free]
            fits = [(a, b) for a, b in choices if a in edges and b in edges and a < edge < b <= length]
            if fits:
                spans.append(fits[0])
                break
        else:  # somebody plays across it: write the beat as a triplet and tie
            spans.append((max(edge // 1 * Fraction(1), free), min(edge // 1 + Fraction(1), length)))
        free = spans[-1][1]
    return spans


def _cut(start, stop, edges):
    places = [start, *sorted({edge for edge in edges if start < edge < stop}), stop]
    return list(zip(places, places[1:], strict=False))


def _values(start, length, beat, triplet, shift):
    """[(start, length)] of the values that add up to ``length``: one, or more split at a beat."""
    scale = Fraction(3, 2) if triplet else Fraction(1)
    if length * scale in VALUES:
        return [(start, length)]
    to_beat = -(start + shift) % beat
    if 0 < to_beat < length and to_beat * scale in VALUES:
        first = to_beat
    else:
        fitting = [value / scale for value in VALUES if value / scale <= length]
        first = max([value for value in fitting if value % beat == 0] or fitting)
    return [(start, first), *_values(start + first, length - first, beat, triplet, shift)]


def _beam(signs, signature, shift):
    """Join the flags of short notes within a beat; plain quavers within half a bar of 4/4."""
    beat = beat_of(signature)

    def group(sign, size):
        return (sign.start + shift) // size

    def short(sign):
        return sign.pitches and sign.value[0] in ("eighth", "16th", "32nd", "64th", "128th")

    half = 2 * beat
    wide = signature in ((4, 4), (2, 2))
    plain = {
        k: all(s.value == ("eighth", 0) and s.pitches and not s.triplet for s in signs if group(s, half) == k)
        for k in {group(s, half) for s in signs}
    }

    def key(sign):
        return (
            ("half", group(sign, half)) if wide and plain[group(sign, half)] else ("beat", group(sign, beat))
        )

    run = []
    for sign in [*signs, None]:
        if run and (sign is None or not short(sign) or key(sign) != key(run[-1])):
            if len(run) > 1:
                for s in run:
                    s.beam = "continue"
                run[0].beam, run[-1].beam = "begin", "end"
            run = []
        if sign is not None and short(sign):
            run.append(sign)


# ---------------------------------------------------------------- keys and names


def key_fifths(name):
    """Sharps (+) or flats (-) of a key name such as "D", "Em", "G mixolydian"; None if it is no such name."""
    parsed = _parse_key(name)
    return None if parsed is None else parsed[2]


def key_words(name):
    """'Em' -> 'E minor', 'Ador' -> 'A dorian'; '' if it is not a key name."""
    parsed = _parse_key(name)
    return "" if parsed is None else f"{parsed[0]} {MODES[parsed[1]][1]}"


def _parse_key(name):
    match = re.match(r"\s*([A-G])([#b♯♭]?)\s*([A-Za-z]*)", str(name or ""))
    if not match:
        return None
    letter, sign, mode = match.groups()
    mode = mode.lower()[:3]
    if mode not in MODES:
        return None
    fifths = SPELLING[letter] + {"#": 7, "♯": 7, "b": -7, "♭": -7, "": 0}[sign] + MODES[mode][0]
    tonic = letter + {"♯": "#", "♭": "b"}.get(sign, sign)
    return (tonic, mode, fifths) if -7 <= fifths <= 7 else None


def guess_fifths(notes):
    """The key signature that needs the fewest accidentals; of equal ones, the simplest."""
    lengths = [0] * 12
    for note in notes:
        lengths[note.pitch % 12] += note.duration
    outside = {
        fifths: sum(lengths[pc] for pc in range(12) if not fifths - 1 <= _fifth(pc, fifths) <= fifths + 5)
        for fifths in range(-6, 7)
    }
    return min(outside, key=lambda fifths: (outside[fifths], abs(fifths), fifths))


def _fifth(pitch, fifths):
    """Place of a pitch on the line of fifths (C = 0, G = 1, F = -1), the spelling nearest to the key.

    The key's own seven notes are at fifths-1 ... fifths+5. Of the other five, two
    are flatter and three sharper: C major has Eb and Bb, F#, C# and G#; so A minor
    has its leading note, G#.
    """
    lowest = fifths - 3
    return lowest + (7 * pitch - lowest) % 12


def spell(pitch, fifths):
    """(letter, alteration, octave) of a MIDI number in a key: 66 with one sharp -> ('F', 1, 4)."""
    place = _fifth(pitch, fifths)
    letter, alter = LETTERS[(place + 1) % 7], (place + 1) // 7
    return letter, alter, (pitch - alter) // 12 - 1


def spelled_name(pitch, fifths):
    """66 -> 'F#4' or 'Gb4', as the key has it."""
    letter, alter, octave = spell(pitch, fifths)
    return f"{letter}{'#' * alter}{'b' * -alter}{octave}"


def fifths_at(score):
    """[(onset, fifths)] of the key signatures; guessed from the notes where the score names none."""
    known = [(onset, key_fifths(name)) for onset, name in score.keys]
    guess = guess_fifths([n for part in score.parts if not part.is_drums for n in part.notes])
    return [(onset, guess if fifths is None else fifths) for onset, fifths in known]
