"""The professional twin: Keras, under the names of ``musicml.nn``.

A recipe written over a namespace L builds the NumPy network from ``L = nn`` and
the Keras network from ``L = twin``. The classes are Keras's own; this module
only gathers them, and copies weights between the two worlds.

Keras runs on JAX unless KERAS_BACKEND says otherwise before the first import.
"""

import warnings

import keras
from keras import Sequential
from keras.layers import Activation, Dense, Embedding, Flatten
from keras.losses import BinaryCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy
from keras.optimizers import SGD, Adam

from .errors import ShapeError

# Keras 3.15 reads its variables in a way that NumPy 2 calls deprecated. The numbers are right.
warnings.filterwarnings(
    "ignore", "__array__ implementation doesn't accept a copy", DeprecationWarning, "keras"
)

__all__ = [
    "SGD",
    "Activation",
    "Adam",
    "BinaryCrossentropy",
    "Dense",
    "Embedding",
    "Flatten",
    "MeanSquaredError",
    "Sequential",
    "SparseCategoricalCrossentropy",
    "backend",
    "copy_weights",
    "device",
]


def backend():
    """The name of the engine under Keras: "jax", "tensorflow" or "torch"."""
    return keras.backend.backend()


def device():
    """The device Keras computes on: "gpu:0" where it sees one, otherwise "cpu:0"."""
    return keras.distribution.list_devices()[0]


def copy_weights(source, target):
    """Copy all weights from one network to the other, from NumPy to Keras or back.

    Both must be built: called on data once, or ``build(input_shape)``. Layouts are
    the same on both sides, so nothing is turned or reordered on the way.
    """
    theirs, mine = source.get_weights(), target.get_weights()
    shapes = [[w.shape for w in weights] for weights in (theirs, mine)]
    if shapes[0] != shapes[1]:
        raise ShapeError(
            f"copy_weights: the source has weights of shapes {shapes[0]}, the target {shapes[1]}. "
            "Build both from one recipe, and call both on data or build(input_shape) first."
        )
    target.set_weights(theirs)
