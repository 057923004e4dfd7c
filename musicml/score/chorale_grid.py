"""Music in four voices as whole numbers: soprano, alto, tenor, bass, sixteenth after sixteenth.

    T   steps (sixteenth notes) in the piece
    4   voices, in the order S A T B
    4T  tokens: the four voices of step 0, the four of step 1, ...

The order is that of DeepBach (Hadjeres, Pachet and Nielsen 2017) and BachBot (Liang, Gotham, Johnson and
Shotton 2017), which also write a held note differently from a repeated one.
"""

from fractions import Fraction

import numpy as np

from ..errors import MusicMLError, ShapeError
from .notes import Note, Part, Score, pitch_to_name
from .tokens import check_tokens, transpose_tokens
from .transposition import REST, as_grid
from .windows import place_in_bar

VOICES = ("Soprano", "Alto", "Tenor", "Bass")


class ChoraleTokens:
    """The vocabulary: START, END, REST, HOLD, and 58 pitches.

        0 START   1 END   2 REST: the voice is silent   3 HOLD: the note before goes on
        4 + p - 30: a note starts on MIDI pitch p, from 30 (F#1) to 87 (D#6)
        size V = 4 + 58 = 62

    The chorales of the corpus lie from 36 to 81, so each can be moved by six semitones either way, to all
    twelve keys. Encoding is lossless for the grid and its onsets. `decode` makes a Score, `grid` the arrays.

    Every sequence decodes: HOLD after a rest, or at the start, is a rest, and where the last step misses
    voices, their notes are held.

    With ``holds=False`` the ids are the same but HOLD is not used: every step says its pitch, and a pitch
    that stays is one note held. That is how the ``jsb16`` data is, which has no onsets.

    >>> tokens = ChoraleTokens()
    >>> grid = np.array([[72, 67, 64, 48], [72, 65, 64, -1]])
    >>> [tokens.name(t) for t in tokens.encode(grid)]
    ['C5', 'G4', 'E4', 'C3', 'HOLD', 'F4', 'HOLD', 'REST']
    """

    LOWEST, HIGHEST = 30, 87
    START, END, REST, HOLD = range(4)

    def __init__(self, holds=True):
        self.holds = holds
        self.size = 4 + self.HIGHEST - self.LOWEST + 1

    def token(self, pitch):
        """The token of a note that starts: MIDI pitch -> 4 + pitch - LOWEST."""
        if not self.LOWEST <= pitch <= self.HIGHEST:
            raise MusicMLError(
                f"pitch {pitch} has no token, expected {self.LOWEST} to {self.HIGHEST}. Transpose the piece; "
                "allowed_transpositions(grid, low, high) tells how far it can go."
            )
        return 4 + int(pitch) - self.LOWEST

    def pitch(self, token):
        """Token -> MIDI pitch; None for START, END, REST and HOLD."""
        if not 0 <= token < self.size:
            raise MusicMLError(f"token {token} is outside the vocabulary, 0 to {self.size - 1}.")
        return None if token < 4 else int(token) - 4 + self.LOWEST

    def name(self, token):
        """Token -> text: "C5", "HOLD", "REST", "START", "END"."""
        pitch = self.pitch(token)
        return ("START", "END", "REST", "HOLD")[token] if pitch is None else pitch_to_name(pitch)

    def encode(self, grid, onset=None, ends=False):
        """Grid -> int64 array (4T,), with START in front and END behind when ``ends`` is true.

        Args:
            grid: a Chorale, or (T, 4) MIDI pitches with -1 for rests.
            onset: (T, 4) booleans, where notes start; a Chorale brings its own. Without it a note starts
                where the pitch changes.
        """
        if hasattr(grid, "grid"):
            grid, onset = grid.grid, grid.onset if onset is None else onset
        grid = as_grid(grid)
        if grid.shape[1] != len(VOICES):
            raise ShapeError(f"ChoraleTokens.encode received a grid of shape {grid.shape}, expected (T, 4).")
        sounding = grid != REST
        outside = sounding & ((grid < self.LOWEST) | (grid > self.HIGHEST))
        if outside.any():
            step, voice = np.argwhere(outside)[0]
            try:
                self.token(grid[step, voice])
            except MusicMLError as error:
                raise MusicMLError(f"step {step}, {VOICES[voice]}: {error}") from None
        begins = _changes(grid)
        if onset is not None and self.holds:
            begins = _checked_onset(grid, np.asarray(onset), begins)
        tokens = np.where(sounding, grid.astype(np.int64) - self.LOWEST + 4, self.REST)
        if self.holds:
            tokens[sounding & ~begins] = self.HOLD
        tokens = tokens.reshape(-1)
        return np.concatenate([[self.START], tokens, [self.END]]) if ends else tokens

    def grid(self, tokens):
        """Any sequence of tokens -> (grid (T, 4) int16, onset (T, 4) bool).

        START is skipped; the piece stops at END.
        """
        tokens = check_tokens(tokens, self.size)
        stop = np.flatnonzero(tokens == self.END)
        tokens = tokens[: stop[0]] if stop.size else tokens
        tokens = tokens[tokens != self.START]
        missing = -len(tokens) % len(VOICES)
        tokens = np.append(tokens, np.full(missing, self.HOLD)).reshape(-1, len(VOICES))
        # Each step takes the last token of its voice that is not HOLD; before any there is a rest.
        steps = np.arange(len(tokens))[:, None]
        said = np.maximum.accumulate(np.where(tokens != self.HOLD, steps, -1), axis=0)
        spoken = np.where(said >= 0, np.take_along_axis(tokens, said.clip(0), axis=0), self.REST)
        grid = np.where(spoken == self.REST, REST, spoken - 4 + self.LOWEST).astype(np.int16)
        return grid, (tokens >= 4) if self.holds else _changes(grid)

    def decode(self, tokens, tempo=72.0, title=""):
        """Any sequence of tokens -> Score of four parts, in 4/4 from its first step."""
        return grid_score(*self.grid(tokens), tempo=tempo, title=title)

    def transpose(self, tokens, semitones):
        """The same tokens with every pitch ``semitones`` higher; equal to encoding the transposed grid."""
        return transpose_tokens(self, tokens, semitones, low=4, high=self.size)


def chorale_facts(chorale):
    """What a model may be told about each token of ``ChoraleTokens.encode(chorale)``: dict of (4T,) arrays.

    voice    int64, 0 soprano to 3 bass
    place    int64, which sixteenth of its bar, 0 at the bar line; the pickup ends its bar
    fermata  bool, a note of this step has a fermata: a line of the hymn ends here
    """
    length = len(chorale.grid)
    return {
        "voice": np.tile(np.arange(len(VOICES)), length),
        "place": np.repeat(place_in_bar(chorale.bars, length), len(VOICES)),
        "fermata": np.repeat(np.asarray(chorale.fermata).any(axis=1), len(VOICES)),
    }


def grid_score(grid, onset=None, steps_per_beat=4, tempo=72.0, title=""):
    """A Score from a grid (T, voices): a part for each voice, a note for each onset.

    Args:
        grid: MIDI pitches, -1 for a rest.
        onset: (T, voices) booleans, where notes start. Without it, and wherever the pitch changes, a note
            starts.
    """
    grid = as_grid(grid)
    begins = _changes(grid)
    if onset is not None:
        onset = np.asarray(onset, dtype=bool)
        if onset.shape != grid.shape:
            raise ShapeError(
                f"grid_score received a grid of shape {grid.shape} and onset of shape {onset.shape}, "
                "expected the same."
            )
        begins = begins | (onset & (grid != REST))
    parts = []
    for voice in range(grid.shape[1]):
        pitch = grid[:, voice]
        edges = np.append(np.flatnonzero(begins[:, voice] | (pitch == REST)), len(grid))
        parts.append(
            Part(
                [
                    Note(
                        Fraction(start, steps_per_beat),
                        int(pitch[start]),
                        Fraction(end - start, steps_per_beat),
                    )
                    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
                    if pitch[start] != REST
                ],
                name=VOICES[voice] if grid.shape[1] == len(VOICES) else f"Voice {voice + 1}",
                program=52,  # General MIDI "Choir Aahs"
            )
        )
    return Score(parts, title=title, tempos=((Fraction(0), float(tempo)),))


def _changes(grid):
    """(T, 4) where a note must start: a pitch after another, or after silence."""
    before = np.vstack([np.full_like(grid[:1], REST), grid[:-1]])
    return (grid != REST) & (grid != before)


def _checked_onset(grid, onset, must):
    """The onsets, refused where they contradict the grid."""
    if onset.shape != grid.shape:
        raise ShapeError(
            f"ChoraleTokens.encode received a grid of shape {grid.shape} and onset of shape {onset.shape}, "
            "expected the same."
        )
    onset = onset.astype(bool)
    for wrong, what in (
        (must & ~onset, "a new pitch without an onset"),
        (onset & (grid == REST), "an onset at a rest"),
    ):
        if wrong.any():
            step, voice = np.argwhere(wrong)[0]
            raise MusicMLError(
                f"step {step}, {VOICES[voice]}: {what}. Pass both arrays from one piece, or no onset."
            )
    return onset
