"""Melodies as whole numbers, which is what a language model reads and writes.

One token is one note: its pitch (or "rest") together with its duration. Every
sequence of tokens is a melody, so whatever a model samples can be played.
"""

from fractions import Fraction

import numpy as np

from ..errors import MusicMLError
from .notes import melody, name_to_pitch, pitch_to_name


class MelodyTokens:
    """The vocabulary: START, END, and every pair of a pitch and a duration.

        token = 2 + 14 * row + column        row 0 is the rest, row 1 is C3 (MIDI 48), ... row 49 is C7 (96)
                                             column is the place in DURATIONS
        size V = 2 + 50 * 14 = 702

    The durations, in beats, are the fourteen that the most Irish tunes are made of: 98.3 % of the tunes
    in the corpus ``irish`` are encoded without loss.

    Encoding is lossless for a melody of one note at a time with these pitches and durations, apart from
    loudness and a rest after the last note. `fits` tells whether a score is one after its chords are
    reduced to the top note, and notes that overlap the next one are cut.

    >>> tokens = MelodyTokens()
    >>> [tokens.name(t) for t in tokens.encode(melody([62, None, 67], [1, 0.5, 0.5]))]
    ['D4 1', 'rest 1/2', 'G4 1/2']
    """

    LOWEST, HIGHEST = 48, 96
    DURATIONS = tuple(Fraction(d) for d in "1/8 1/6 1/4 1/3 3/8 1/2 3/4 1 3/2 2 5/2 3 4 5".split())
    START, END = 0, 1

    def __init__(self):
        self.size = 2 + (1 + self.HIGHEST - self.LOWEST + 1) * len(self.DURATIONS)
        self._columns = {duration: column for column, duration in enumerate(self.DURATIONS)}

    def token(self, pitch, duration):
        """The token of a note; ``pitch`` is a MIDI number, a name such as "D5", or None for a rest."""
        if isinstance(pitch, str):
            pitch = name_to_pitch(pitch)
        if pitch is not None and not self.LOWEST <= pitch <= self.HIGHEST:
            raise MusicMLError(
                f"the pitch {pitch_to_name(pitch)} (MIDI {pitch}) has no token, expected "
                f"{pitch_to_name(self.LOWEST)} to {pitch_to_name(self.HIGHEST)}. "
                "Transpose: score.transpose(12) is an octave up."
            )
        column = self._columns.get(Fraction(duration))
        if column is None:
            raise MusicMLError(
                f"a duration of {duration} beats has no token, "
                f"expected one of {', '.join(map(str, self.DURATIONS))}. "
                "Leave the tune out (fits(score) tells), or round its durations."
            )
        row = 0 if pitch is None else 1 + int(pitch) - self.LOWEST
        return 2 + row * len(self.DURATIONS) + column

    def split(self, token):
        """Token -> (pitch or None for a rest, duration in beats)."""
        if not 2 <= token < self.size:
            raise MusicMLError(
                f"token {token} is not a note, expected 2 to {self.size - 1}; "
                f"{self.START} is START, {self.END} is END."
            )
        row, column = divmod(int(token) - 2, len(self.DURATIONS))
        return (None if row == 0 else self.LOWEST + row - 1), self.DURATIONS[column]

    def name(self, token):
        """Token -> text: "D5 1/2", "rest 1", "START", "END"."""
        if token in (self.START, self.END):
            return "START" if token == self.START else "END"
        pitch, duration = self.split(token)
        return f"{'rest' if pitch is None else pitch_to_name(pitch)} {duration}"

    def encode(self, score, ends=False):
        """Score -> integer array (n,), or (n + 2,) with START and END when ``ends`` is true.

        The melody is read from the first part that has notes and is not drums.
        """
        tokens = []
        for beat, pitch, duration in melody_line(score):
            try:
                tokens.append(self.token(pitch, duration))
            except MusicMLError as error:
                place = f'"{score.title}", ' if score.title else ""
                what = "rest" if pitch is None else f"note {pitch_to_name(pitch)}"
                raise MusicMLError(f"{place}{what} at beat {beat}: {error}") from None
        return np.array([self.START, *tokens, self.END] if ends else tokens, dtype=np.int64)

    def fits(self, score):
        """Whether `encode` would take this score."""
        return all(
            (pitch is None or self.LOWEST <= pitch <= self.HIGHEST) and duration in self._columns
            for _, pitch, duration in melody_line(score)
        )

    def decode(self, tokens, tempo=120.0, title=""):
        """Any sequence of tokens -> Score with one part. START is skipped; the tune stops at END."""
        tokens = np.asarray(tokens)
        if tokens.size == 0:
            tokens = tokens.astype(np.int64)
        if tokens.ndim != 1 or not np.issubdtype(tokens.dtype, np.integer):
            raise MusicMLError(
                f"decode received an array of shape {tokens.shape} and type {tokens.dtype}, "
                "expected integers of shape (n,)."
            )
        outside = (tokens < 0) | (tokens >= self.size)
        if outside.any():
            at = int(outside.argmax())
            raise MusicMLError(
                f"token {tokens[at]} at place {at} is outside the vocabulary, 0 to {self.size - 1}."
            )
        notes = []
        for token in tokens:
            if token == self.END:
                break
            if token != self.START:
                notes.append(self.split(token))
        return melody(
            [pitch for pitch, _ in notes], [duration for _, duration in notes], tempo=tempo, title=title
        )


def melody_line(score):
    """The melody of a score: a list of (beat, pitch or None for a rest, duration), without gaps.

    From the first part that has notes and is not drums; of notes that start together the highest
    stays, and a note that is still sounding when the next one starts is cut there.
    """
    part = next((part for part in score.parts if part.notes and not part.is_drums), None)
    top = {note.onset: note for note in part.notes} if part else {}  # sorted by pitch: the last one stays
    notes, line, beat = list(top.values()), [], Fraction(0)
    for i, note in enumerate(notes):
        if note.onset > beat:
            line.append((beat, None, note.onset - beat))
        beat = min(note.end, notes[i + 1].onset) if i + 1 < len(notes) else note.end
        line.append((note.onset, note.pitch, beat - note.onset))
    return line
