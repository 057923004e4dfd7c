"""Music of many notes at once as whole numbers: bars, positions, pitches and durations.

The vocabulary is that of REMI (Huang and Yang 2020, "Pop Music Transformer", section 3): bar lines and the
place in the bar are said aloud, and each note says how long it is. The older way (Oore et al. 2018, "This
Time with Feeling", section 3) writes note-on, note-off and time-shift, as MIDI does: there a model must
remember to end each note, and bars are nowhere to be seen.
"""

from bisect import bisect_right
from fractions import Fraction

import numpy as np

from ..errors import MusicMLError
from .notes import Note, Part, Score, pitch_to_name
from .pianoroll import on_grid
from .tokens import check_tokens, transpose_tokens
from .windows import Bar, bar_length, bars


class EventTokens:
    """The vocabulary: START, END, and five kinds of events.

        BAR          a new bar begins; it has the metre that was last said (4/4 if none was)
        PICKUP       the same, for a first bar that is not complete; the position that follows says where
                     in that bar the piece begins
        metre 3/4    the bars from the next one on are in 3/4; one of METRES
        at 1 1/2     what follows starts 1 1/2 beats after the bar line: 0 to 6 beats by 1/24
        C4           a note starts here ... 128 MIDI pitches
        lasts 1/2    the note lasts half a beat: 1/24 to 4 beats; said twice, the two add up

        size V = 2 + 2 + 14 + 144 + 128 + 96 = 386

    A chord of C major on the first beat of 4/4: metre 4/4, BAR, at 0, C4, lasts 1, E4, lasts 1, G4, lasts 1.

    Encoding is lossless for one part with times on the grid of 1/24 beat, with metres out of METRES that
    change at bar lines: onsets, pitches, durations, metres and pickup come back; loudness, instrument, tempo
    and names do not. All parts of a score but drums are put into one. `fits` tells whether `encode` takes a
    score, `quantize(score, 24)` moves one to the grid.

    Every sequence decodes. A pitch without a duration lasts one beat, a duration before any pitch says
    nothing, a missing first BAR is added, PICKUP later on is a BAR, and what would start before the piece
    starts with it.
    """

    STEPS_PER_BEAT = 24
    METRES = (
        *((2, 2), (3, 2), (1, 4), (2, 4), (3, 4), (4, 4), (5, 4), (6, 4)),
        *((3, 8), (5, 8), (6, 8), (7, 8), (9, 8), (12, 8)),
    )
    LONGEST = 96  # steps that one duration token says
    START, END, BAR, PICKUP = range(4)
    MAX_TOKENS = 2_000_000

    def __init__(self):
        longest_bar = max(bar_length(metre) for metre in self.METRES)
        kinds = {
            "metre": len(self.METRES),
            "position": int(longest_bar * self.STEPS_PER_BEAT),
            "pitch": 128,
            "duration": self.LONGEST,
        }
        self.first, at = {}, 4  # kind -> its first token
        for kind, count in kinds.items():
            self.first[kind] = at
            at += count
        self.size = at
        self._kinds, self._firsts = list(self.first), list(self.first.values())

    def split(self, token):
        """Token -> (kind, value): ("pitch", 60), ("metre", (3, 4)), "position" and "duration" in steps."""
        if not 4 <= token < self.size:
            raise MusicMLError(
                f"token {token} has no value, expected 4 to {self.size - 1}; "
                "START, END, BAR and PICKUP are 0, 1, 2 and 3."
            )
        kind = bisect_right(self._firsts, token) - 1
        value = int(token) - self._firsts[kind]
        kind = self._kinds[kind]
        return kind, (self.METRES[value] if kind == "metre" else value + (kind == "duration"))

    def name(self, token):
        """Token -> text: "BAR", "metre 3/4", "at 1 1/2", "C4", "lasts 1/2"."""
        if 0 <= token < 4:
            return ("START", "END", "BAR", "PICKUP")[token]
        kind, value = self.split(token)
        if kind == "metre":
            return f"metre {value[0]}/{value[1]}"
        if kind == "pitch":
            return pitch_to_name(value)
        whole, rest = divmod(Fraction(value, self.STEPS_PER_BEAT), 1)
        beats = f"{whole} {rest}" if whole and rest else f"{rest or whole}"
        return f"{'at' if kind == 'position' else 'lasts'} {beats}"

    def encode(self, score, ends=False):
        """Score -> int64 array (n,), with START in front and END behind when ``ends`` is true."""
        steps = Fraction(self.STEPS_PER_BEAT)
        notes = []
        for note in (note for part in score.parts if not part.is_drums for note in part.notes):
            onset, length = on_grid(note, steps, score.title)
            notes.append((onset, note.pitch, length))
        notes.sort()
        said = sum(3 + length // self.LONGEST for _, _, length in notes)
        if said > self.MAX_TOKENS:
            raise MusicMLError(
                f'"{score.title}" would take about {said:,} tokens; the limit is {self.MAX_TOKENS:,}. '
                "Take a part of the piece: score.slice(start, end)."
            )
        lines = self._bars(score) if notes else []
        tokens, i, metre = [], 0, None
        for start, end, said_metre in lines:
            if said_metre != metre:
                metre = said_metre
                tokens.append(self.first["metre"] + self.METRES.index(metre))
            position = None
            if start >= 0:
                tokens.append(self.BAR)
            else:  # the piece begins in the middle of its first bar
                position = -start
                tokens += [self.PICKUP, self.first["position"] + position]
            while i < len(notes) and notes[i][0] < end:
                onset, pitch, length = notes[i]
                if onset - start != position:
                    position = onset - start
                    tokens.append(self.first["position"] + position)
                tokens.append(self.first["pitch"] + pitch)
                for at in range(0, length, self.LONGEST):
                    tokens.append(self.first["duration"] + min(length - at, self.LONGEST) - 1)
                i += 1
        return np.array([self.START, *tokens, self.END] if ends else tokens, dtype=np.int64)

    def fits(self, score):
        """Whether `encode` would take this score."""
        try:
            self.encode(score)
        except MusicMLError:
            return False
        return True

    def decode(self, tokens, tempo=120.0, title=""):
        """Any sequence of tokens -> Score with one part. START is skipped; the piece stops at END."""
        lines, notes = [], []  # (step, metre) of each bar line; [first step, steps, pitch] of each note
        metre, position, end = (4, 4), 0, 0  # end: the step after the bar
        origin, after_pickup = 0, False  # origin: the step at which the piece begins
        for token in check_tokens(tokens, self.size).tolist():
            if token == self.END:
                break
            if token == self.START:
                continue
            kind, value = ("bar", token == self.PICKUP) if token < 4 else self.split(token)
            if kind == "metre":
                metre = value
                continue
            if kind == "bar" or not lines:
                after_pickup = kind == "bar" and value and not lines
                lines.append((end, metre))
                position, end = 0, end + self._length(metre)
            if kind == "position":
                position = value
                if after_pickup:
                    origin = min(position, end)
            elif kind == "pitch":
                notes.append([lines[-1][0] + position, 0, value])
            elif kind == "duration" and notes:
                notes[-1][1] += value
            after_pickup &= kind == "bar"
        return self._score(notes, lines, origin, tempo, title)

    def transpose(self, tokens, semitones):
        """The same tokens with every pitch ``semitones`` higher; equal to encoding the transposed score."""
        low = self.first["pitch"]
        return transpose_tokens(self, tokens, semitones, low=low, high=low + 128)

    def _length(self, metre):
        """Steps in a bar."""
        return int(bar_length(metre) * self.STEPS_PER_BEAT)

    def _bars(self, score):
        """The bars of a score, with the one the pickup stands in: list of (first step, step after, metre)."""
        (_, metre), *changes = score.time_signatures
        pickup = score.pickup % bar_length(metre)
        before = [Bar(pickup - bar_length(metre), bar_length(metre), metre)] if pickup else []
        lines = []
        for bar in before + bars(score):
            if bar.metre not in self.METRES:
                known = ", ".join(f"{top}/{bottom}" for top, bottom in self.METRES)
                raise MusicMLError(
                    f'"{score.title}" is in {bar.metre[0]}/{bar.metre[1]} at beat {bar.start}, '
                    f"expected one of {known}. Leave the piece out."
                )
            if not bar.is_whole or any(0 < beat < pickup for beat, _ in changes):
                raise MusicMLError(
                    f'"{score.title}" changes its metre in the middle of the bar at beat {bar.start}, '
                    "expected a bar line there. Take the part before or after: score.slice(start, end)."
                )
            if (bar.start * self.STEPS_PER_BEAT).denominator != 1:
                raise MusicMLError(
                    f'"{score.title}" has a bar line at beat {bar.start}, expected multiples of '
                    f"1/{self.STEPS_PER_BEAT} beat. Round its pickup and the changes of its metre."
                )
            start = int(bar.start * self.STEPS_PER_BEAT)
            lines.append((start, start + self._length(bar.metre), bar.metre))
        return lines

    def _score(self, notes, lines, origin, tempo, title):
        step = Fraction(1, self.STEPS_PER_BEAT)
        metres = {}
        for start, metre in lines or [(0, (4, 4))]:
            metres[max(start - origin, 0) * step] = metre
        changes = list(metres.items())
        pickup = (self._length(lines[0][1]) - origin) * step if origin else Fraction(0)
        made = [
            Note(max(at - origin, 0) * step, pitch, (length or self.STEPS_PER_BEAT) * step)
            for at, length, pitch in notes
        ]
        return Score(
            [Part(made)],
            title=title,
            tempos=((Fraction(0), float(tempo)),),
            time_signatures=tuple(
                (beat, metre)
                for i, (beat, metre) in enumerate(changes)
                if i == 0 or metre != changes[i - 1][1]
            ),
            pickup=pickup,
        )
