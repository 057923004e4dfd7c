"""Notes and scores: music as numbers, before it is a file or a sound.

Time is counted in beats (quarter notes) as exact fractions, so that three
triplets are one beat and not 0.9999. Seconds appear only when a score is
played: ``score.seconds(beat)`` follows the tempo map.

    pitch     MIDI number, an integer from 0 to 127; 60 is middle C, 69 is the A of 440 Hz
    onset     where a note starts, in beats from the start of the piece
    duration  how long it lasts, in beats; more than 0
    velocity  how hard it is struck, 1 to 127
"""

from dataclasses import dataclass, field, replace
from fractions import Fraction

from ..errors import MusicMLError

NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True, order=True)
class Note:
    """One note. Notes sort by onset, then pitch."""

    onset: Fraction
    pitch: int
    duration: Fraction
    velocity: int = 80

    def __post_init__(self):
        object.__setattr__(self, "onset", Fraction(self.onset))
        object.__setattr__(self, "duration", Fraction(self.duration))
        if not 0 <= self.pitch <= 127:
            raise MusicMLError(
                f"a note has pitch {self.pitch}, expected a MIDI number from 0 to 127. "
                "Transpose it into that range."
            )
        if self.duration <= 0 or self.onset < 0:
            raise MusicMLError(
                f"a note starts at beat {self.onset} and lasts {self.duration} beats, "
                "expected onset >= 0 and duration > 0. A rest is a gap between notes, not a note."
            )

        if not 1 <= self.velocity <= 127:
            raise MusicMLError(
                f"a note has velocity {self.velocity}, expected 1 to 127. "
                "A note that is not heard is a rest: leave it out."
            )

    @property
    def end(self):
        return self.onset + self.duration


@dataclass(frozen=True)
class Part:
    """The notes of one voice or instrument, sorted."""

    notes: tuple[Note, ...] = ()
    name: str = ""
    program: int = 0  # General MIDI instrument, 0 is piano
    is_drums: bool = False

    def __post_init__(self):
        object.__setattr__(self, "notes", tuple(sorted(self.notes)))


@dataclass(frozen=True)
class Score:
    """A piece: parts, and what holds for all of them.

    The maps are tuples of (onset in beats, value), the first at onset 0:
    ``tempos`` in quarter notes a minute, ``time_signatures`` as (3, 4),
    ``keys`` as names such as "D", "Em", "G mixolydian" (``None``: not known).
    """

    parts: tuple[Part, ...] = ()
    title: str = ""
    tempos: tuple = ((Fraction(0), 120.0),)
    time_signatures: tuple = ((Fraction(0), (4, 4)),)
    keys: tuple = ((Fraction(0), None),)
    pickup: Fraction = Fraction(0)  # beats before the first full bar
    metadata: dict = field(default_factory=dict, compare=False)  # composer, rhythm, source, ...

    def __post_init__(self):
        object.__setattr__(self, "parts", tuple(self.parts))

    @property
    def notes(self):
        """All notes of all parts, sorted."""
        return tuple(sorted(note for part in self.parts for note in part.notes))

    @property
    def duration(self):
        """Length in beats: where the last note ends."""
        return max((note.end for part in self.parts for note in part.notes), default=Fraction(0))

    @property
    def key(self):
        return self.keys[0][1]

    @property
    def tempo(self):
        return self.tempos[0][1]

    @property
    def time_signature(self):
        return self.time_signatures[0][1]

    def seconds(self, beat):
        """Seconds from the start of the piece to ``beat``, along the tempo map."""
        seconds = 0.0
        for (start, bpm), (end, _) in zip(self.tempos, (*self.tempos[1:], (beat, None)), strict=True):
            if start >= beat:
                break
            seconds += float(min(end, beat) - start) * 60 / bpm
        return seconds

    def transpose(self, semitones):
        """The same piece, higher or lower; the key names are dropped unless nothing moves."""
        if semitones == 0:
            return self
        parts = [
            replace(part, notes=[replace(n, pitch=n.pitch + semitones) for n in part.notes])
            if not part.is_drums
            else part
            for part in self.parts
        ]
        return replace(self, parts=parts, keys=((Fraction(0), None),))

    def slice(self, start, end):
        """The notes with ``start <= onset < end`` (in beats), moved to begin at 0 and cut at ``end``."""
        start, end = Fraction(start), Fraction(end)
        parts = [
            replace(
                part,
                notes=[
                    replace(n, onset=n.onset - start, duration=min(n.end, end) - n.onset)
                    for n in part.notes
                    if start <= n.onset < end
                ],
            )
            for part in self.parts
        ]
        at_start = lambda changes: (  # noqa: E731
            (Fraction(0), [value for onset, value in changes if onset <= start][-1]),
            *((onset - start, value) for onset, value in changes if start < onset < end),
        )
        return replace(
            self,
            parts=parts,
            tempos=at_start(self.tempos),
            time_signatures=at_start(self.time_signatures),
            keys=at_start(self.keys),
            pickup=max(self.pickup - start, Fraction(0)),
        )


def melody(pitches, durations=1, *, tempo=120.0, title="", program=0, velocity=80):
    """Make a one-part Score from pitches played one after the other.

    Args:
        pitches: MIDI numbers; ``None`` or -1 is a rest.
        durations: beats, one for all or one for each pitch.
        tempo: quarter notes a minute.
    """
    pitches = list(pitches)
    if not hasattr(durations, "__len__"):
        durations = [durations] * len(pitches)
    if len(durations) != len(pitches):
        raise MusicMLError(
            f"melody received {len(pitches)} pitches and {len(durations)} durations. "
            "Give one duration for all, or one for each pitch."
        )
    notes, beat = [], Fraction(0)
    for pitch, duration in zip(pitches, durations, strict=True):
        if pitch is not None and pitch >= 0:
            notes.append(Note(beat, int(pitch), Fraction(duration), velocity))
        beat += Fraction(duration)
    return Score([Part(notes, program=program)], title=title, tempos=((Fraction(0), float(tempo)),))


def name_to_pitch(name):
    """'C4' -> 60, 'F#3' -> 54, 'Bb4' -> 70: note name to MIDI number."""
    text = str(name).strip()
    step, rest = text[:1].upper(), text[1:]
    accidental = rest[: len(rest) - len(rest.lstrip("#b"))]
    octave = rest[len(accidental) :]
    if step not in STEPS or not octave.lstrip("-").isdigit():
        raise MusicMLError(
            f'"{name}" is not a note name. Write a letter, # or b, and an octave: "C4", "F#3", "Bb4".'
        )
    return 12 * (int(octave) + 1) + STEPS[step] + accidental.count("#") - accidental.count("b")


def pitch_to_name(pitch):
    """60 -> 'C4': MIDI number to note name, with sharps."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"


def pitch_to_frequency(pitch, a4=440.0):
    """Frequency in Hz of a MIDI number (an array works too): a4 * 2 ** ((pitch - 69) / 12)."""
    return a4 * 2.0 ** ((pitch - 69) / 12)
