"""Embedding: a table with one row of numbers for each thing that can occur.

Dimension key
    B batch   T time   V vocabulary   D width of a row
"""

import numpy as np

from ..errors import MusicMLError
from .layer import Layer, rows


def check_ids(layer, ids, V):
    """Raise unless all ids are whole numbers from 0 to V - 1. NumPy would take -1 for the last row."""
    if ids.dtype.kind not in "iu" or (ids.size and not 0 <= ids.min() <= ids.max() < V):
        came = f"from {ids.min()} to {ids.max()}" if ids.size else "none"
        raise MusicMLError(
            f"{layer!r} has {V} rows and needs integer ids from 0 to {V - 1}, "
            f"received {ids.dtype} {came}. Check the vocabulary, or make input_dim larger."
        )


class Embedding(Layer):
    """Look up one row of a table for each id.

    Equation:     y = E[ids]                     with E = embeddings
    Input shape:  (B, ...), integers from 0 to V - 1
    Output shape: (B, ..., D)
    Weights:      embeddings (V, D)
    Lesson:       guess_the_next_note
    """

    casts_input = False

    def __init__(self, input_dim, output_dim, embeddings_initializer="uniform", mask_zero=False, **kwargs):
        super().__init__(**kwargs)
        self.input_dim, self.output_dim = input_dim, output_dim
        self.embeddings_initializer, self.mask_zero = embeddings_initializer, mask_zero

    def build(self, input_shape):
        shape = (self.input_dim, self.output_dim)
        self.embeddings = self.add_weight("embeddings", shape, self.embeddings_initializer)

    def call(self, ids, training=False):
        E = self.embeddings
        check_ids(self, ids, len(E))
        self.remember(training, ids)
        return E[ids]

    def backward(self, dy):
        (ids,) = self.recall()
        np.add.at(self.grads["embeddings"], ids.reshape(-1), rows(dy))  # a note heard twice is learned twice
        return None  # an id is a name, not a number: it has no gradient

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.output_dim)

    def compute_mask(self, ids, mask=None):
        return np.not_equal(ids, 0) if self.mask_zero else mask  # with mask_zero, id 0 is padding
