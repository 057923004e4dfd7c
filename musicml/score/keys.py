"""Which key is it in? Read from how long each pitch class sounds.

A pitch class is a note name without its octave: C is 0, C# is 1, ... B is 11.

`find_key` correlates the pitch classes of a piece with a profile, the typical share of each pitch class in
a major or a minor key, moved to every tonic: 24 correlations, and the largest names the key. This is the
Krumhansl-Schmuckler method (Krumhansl 1990, "Cognitive Foundations of Musical Pitch", chapter 4).
"""

from dataclasses import dataclass, field

import numpy as np

from ..errors import MusicMLError, ShapeError, unknown
from .notes import STEPS
from .transposition import REST, as_grid

MODES = ("major", "minor")
MAJOR_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MINOR_NAMES = ("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm")

# From the tonic up in semitones: (major, minor).
PROFILES = {
    # Listeners rated how well each note fits a key. Krumhansl and Kessler 1982, "Tracing the dynamic changes
    # in perceived tonal organization in a spatial representation of musical keys", Psychological Review 89.
    "krumhansl-kessler": (
        (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
        (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
    ),
    # Set by hand, with the leading note as strong in minor. Temperley 1999, "What's key for key? The
    # Krumhansl-Schmuckler key-finding algorithm reconsidered", Music Perception 17; also in his book of 2001,
    # "The Cognition of Basic Musical Structures".
    "temperley": (
        (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0),
        (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0),
    ),
    # Counted: in what share of segments each note occurs, in the examples of the harmony book by Kostka and
    # Payne. Temperley 2007, "Music and Probability", chapter 6.
    "kostka-payne": (
        (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400),
        (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330),
    ),
}


@dataclass(frozen=True)
class Key:
    """A key that was found.

    tonic        pitch class of its first note, 0 to 11
    mode         "major" or "minor"
    correlation  of the piece with the profile of this key, -1 to 1
    correlations (2, 12) with all keys: row 0 major, row 1 minor, column = tonic
    """

    tonic: int
    mode: str
    correlation: float
    correlations: np.ndarray = field(repr=False, compare=False)

    @property
    def name(self):
        """As Score.keys has it: "D", "Bm"."""
        return key_name(self.tonic, self.mode)

    def ranking(self):
        """All 24 keys, the likeliest first: list of (name, correlation)."""
        order = np.argsort(-self.correlations, axis=None, kind="stable")
        return [(key_name(i % 12, MODES[i // 12]), float(self.correlations.flat[i])) for i in order]


def pitch_class_histogram(music, weight="duration"):
    """(12,) share of each pitch class, C first; the shares sum to 1.

    Args:
        music: a Score (drums do not count), a Chorale, a grid (T, voices) of MIDI pitches with -1 for rests,
            or a piano-roll (T, 128) of booleans.
        weight: "duration", how long it sounds, or (Score only) "count", how many notes.
    """
    if weight not in ("duration", "count"):
        raise unknown("weight", weight, ("duration", "count"))
    if hasattr(music, "parts"):
        notes = [note for part in music.parts if not part.is_drums for note in part.notes]
        pitches = np.array([note.pitch for note in notes], np.int64)
        amounts = None if weight == "count" else np.array([float(note.duration) for note in notes])
    elif weight == "count":
        raise MusicMLError('weight="count" needs a Score, with its notes. Pass piece.score(), or no weight.')
    else:
        array = np.asarray(getattr(music, "grid", music))
        if array.dtype == bool:
            if array.ndim != 2 or array.shape[1] != 128:
                raise ShapeError(f"a roll of shape {array.shape}, expected (T, 128): steps, MIDI pitches.")
            pitches, amounts = np.arange(128), array.sum(axis=0, dtype=float)
        else:
            pitches, amounts = as_grid(array)[array != REST], None
    histogram = np.bincount(pitches % 12, weights=amounts, minlength=12)
    if not histogram.any():
        title = getattr(music, "title", "") or "the piece"
        raise MusicMLError(f'"{title}" has no pitched notes, so no key and no statistics. Look at its notes.')
    return histogram / histogram.sum()


def key_correlations(histogram, profile="krumhansl-kessler"):
    """(2, 12) correlation of a pitch-class histogram (12,) with the profile of every key.

    Row 0 is major, row 1 minor; the column is the tonic. For tonic t it is the Pearson correlation
    of ``histogram`` with the profile moved up by t.
    """
    if profile not in PROFILES:
        raise unknown("key profile", profile, PROFILES)
    x = np.asarray(histogram, dtype=float)
    if x.shape != (12,) or not np.isfinite(x).all():
        raise ShapeError(
            f"key_correlations received a histogram of shape {x.shape}, expected 12 finite numbers, C first. "
            "pitch_class_histogram(score) makes one."
        )
    x = x - x.mean()
    if np.abs(x).max() < 1e-12:
        raise MusicMLError("all twelve pitch classes sound alike, so no key stands out. Take a longer piece.")
    keys = np.array([[np.roll(mode, tonic) for tonic in range(12)] for mode in PROFILES[profile]])
    keys = keys - keys.mean(axis=2, keepdims=True)
    return keys @ x / (np.linalg.norm(keys, axis=2) * np.linalg.norm(x))


def find_key(music, profile="krumhansl-kessler"):
    """The key of the whole piece, by the method of Krumhansl and Schmuckler.

    Args:
        music: whatever `pitch_class_histogram` takes, or a histogram (12,).
        profile: a name in PROFILES.

    Returns:
        Key, with all 24 correlations. A piece that changes key has one all the same, the nearest.
    """
    is_histogram = not hasattr(music, "parts") and np.ndim(getattr(music, "grid", music)) == 1
    correlations = key_correlations(music if is_histogram else pitch_class_histogram(music), profile)
    mode, tonic = divmod(int(correlations.argmax()), 12)
    return Key(tonic, MODES[mode], float(correlations[mode, tonic]), correlations)


def key_name(tonic, mode):
    """(2, "minor") -> "Dm": the name with the fewer sharps or flats."""
    if mode not in MODES:
        raise unknown("mode", mode, MODES)
    return (MAJOR_NAMES if mode == "major" else MINOR_NAMES)[tonic % 12]


def read_key(name):
    """The name of a key in a Score -> (tonic, mode).

    "Bbm" -> (10, "minor"), "G mixolydian" -> (7, "mixolydian").
    The old modes stay what they are; `third_of_mode` tells on which side of major and minor they stand.
    """
    text = str(name).strip()
    letter, rest = text[:1].upper(), text[1:]
    accidental = rest[: len(rest) - len(rest.lstrip("#b"))]
    mode = rest[len(accidental) :].strip().lower()
    mode = {"": "major", "m": "minor"}.get(mode, mode)
    if letter not in STEPS or len(accidental) > 1 or mode not in THIRDS:
        raise MusicMLError(f'"{name}" is not a key. Write one like "G", "Em", "Bb" or "D mixolydian".')
    return (STEPS[letter] + accidental.count("#") - accidental.count("b")) % 12, mode


THIRDS = {
    **dict.fromkeys(("major", "lydian", "mixolydian", "ionian"), "major"),
    **dict.fromkeys(("minor", "dorian", "phrygian", "aeolian", "locrian"), "minor"),
}


def third_of_mode(mode):
    """ "dorian" -> "minor": whether the third of a mode is major (4 semitones) or minor (3)."""
    if mode not in THIRDS:
        raise unknown("mode", mode, THIRDS)
    return THIRDS[mode]
