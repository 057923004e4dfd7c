"""Embedding: a table with one row of numbers for each thing that can occur.

Dimension key
    B batch   T time   V vocabulary   D width of a row
"""

import numpy as np

from ..errors import MusicMLError
from .layer import Layer, rows


class Embedding(Layer):
    """Look up one row of a table for each id.

    Equation:     y = E[ids]                     with E = embeddings
    Input shape:  (B, ...), integers from 0 to V - 1
    Output shape: (B, ..., D)
    Weights:      embeddings (V, D)
    Lesson:       guess_the_next_note
    """

    casts_input = False

    def __init__(self, input_dim, output_dim, embeddings_initializer="uniform", **kwargs):
        super().__init__(**kwargs)
        self.input_dim, self.output_dim = input_dim, output_dim
        self.embeddings_initializer = embeddings_initializer

    def build(self, input_shape):
        shape = (self.input_dim, self.output_dim)
        self.embeddings = self.add_weight("embeddings", shape, self.embeddings_initializer)

    def call(self, ids, training=False):
        E = self.embeddings
        if ids.dtype.kind not in "iu" or (ids.size and not 0 <= ids.min() <= ids.max() < len(E)):
            came = f"from {ids.min()} to {ids.max()}" if ids.size else "none"
            raise MusicMLError(
                f"{self!r} has {len(E)} rows and needs integer ids from 0 to {len(E) - 1}, "
                f"received {ids.dtype} {came}. Check the vocabulary, or make input_dim larger."
            )
        self.remember(training, ids)
        return E[ids]

    def backward(self, dy):
        (ids,) = self.recall()
        np.add.at(self.grads["embeddings"], ids.reshape(-1), rows(dy))  # a note heard twice is learned twice
        return None  # an id is a name, not a number: it has no gradient

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.output_dim)
