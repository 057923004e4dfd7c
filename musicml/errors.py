"""The errors of musicml: one family, every message with a next step.

A message names the object and the place, what was expected, what came, and
what to do now:

    Dense 'dense_1' was built for 12 features, received x of shape (8, 16, 88).
    Transpose it, or build a new layer.
"""

from difflib import get_close_matches


class MusicMLError(ValueError):
    """Anything that goes wrong in musicml for a reason the caller can act on."""


class ShapeError(MusicMLError):
    """An array does not have the shape that a layer, loss or function needs."""


class GradientError(MusicMLError):
    """backward() and finite differences disagree."""


class NotFiniteError(MusicMLError):
    """A number is nan (not a number) or inf (too large), so nothing can be learned from it."""


class FileFormatError(MusicMLError):
    """A file is not what it claims to be, is damaged, or is too large."""


class DataError(MusicMLError):
    """A corpus is missing, half built or not the one that was expected."""


class ExerciseError(MusicMLError):
    """In strict mode (grading): an exercise is not solved."""


def unknown(kind, name, available):
    """Return the error for a name that does not exist, with the nearest one that does.

    Args:
        kind: what was asked for, as a noun: "corpus", "activation".
        name: what came.
        available: the names that exist.
    """
    available = sorted(available)
    close = get_close_matches(str(name), available, n=1, cutoff=0.5)
    hint = f' did you mean "{close[0]}"?' if close else ""
    return MusicMLError(f'unknown {kind} "{name}";{hint} Available: {", ".join(available)}.')
