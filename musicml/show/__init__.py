"""What a notebook shows: sounds, scores, piano-rolls, plots and sliders.

Every function here shows something at once and returns nothing, so it may
stand anywhere in a cell. Every picture has a description in words (its *alt
text*), for readers who do not see it, and the same call gives the same output
each time, so that a notebook's outputs can be compared.
"""

from .engraving import engrave
from .picture import COLOURS, figure
from .player import listen, listen_to
from .plots import learning_curve
from .roll import pianoroll
from .spectrogram import spectrogram
from .widgets import slider


def versions():
    """Print the versions of the libraries that this course computes with."""
    from importlib.metadata import version

    import musicml

    libraries = [f"{name} {version(name)}" for name in ("numpy", "keras", "jax")]
    print(", ".join([*libraries, f"musicml {musicml.__version__}"]))


__all__ = [
    "COLOURS",
    "engrave",
    "figure",
    "learning_curve",
    "listen",
    "listen_to",
    "pianoroll",
    "slider",
    "spectrogram",
    "versions",
]
