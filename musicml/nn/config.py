"""The number type of new weights: float32 to train, float64 to check gradients."""

import numpy as np

from ..errors import MusicMLError

_FLOATX = np.dtype("float32")


def floatx():
    """Return the dtype of weights created from now on."""
    return _FLOATX


def set_floatx(dtype):
    """Set the dtype of weights created from now on: "float32" (default) or "float64".

    As keras.config.set_floatx. Layers that exist keep the dtype they were made with.
    """
    global _FLOATX
    if str(dtype) not in ("float32", "float64"):
        raise MusicMLError(f'set_floatx received "{dtype}", expected "float32" or "float64".')
    _FLOATX = np.dtype(dtype)
