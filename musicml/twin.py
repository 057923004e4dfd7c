"""The professional twin: Keras, under the names of ``musicml.nn``.

A recipe written over a namespace L builds the NumPy network from ``L = nn`` and
the Keras network from ``L = twin``. The classes are Keras's own; this module
only gathers them, and copies weights between the two worlds.

Keras runs on JAX unless KERAS_BACKEND says otherwise before the first import.
"""

import warnings

import keras
from keras import Sequential
from keras.callbacks import BackupAndRestore, EarlyStopping, LearningRateScheduler, ModelCheckpoint
from keras.layers import (
    GRU,
    LSTM,
    Activation,
    BatchNormalization,
    Conv1D,
    Conv2D,
    Dense,
    Dot,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    LayerNormalization,
    MaxPooling1D,
    MaxPooling2D,
    MultiHeadAttention,
    Reshape,
    SimpleRNN,
)
from keras.losses import BinaryCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy
from keras.optimizers import SGD, Adam, AdamW, RMSprop
from keras.optimizers.schedules import CosineDecay

from .errors import ShapeError

# Keras 3.15 reads its variables in a way that NumPy 2 calls deprecated. The numbers are right.
warnings.filterwarnings(
    "ignore", "__array__ implementation doesn't accept a copy", DeprecationWarning, "keras"
)

__all__ = [
    "GRU",
    "LSTM",
    "SGD",
    "Activation",
    "Adam",
    "AdamW",
    "BackupAndRestore",
    "BatchNormalization",
    "BinaryCrossentropy",
    "Branches",
    "Conv1D",
    "Conv2D",
    "CosineDecay",
    "Dense",
    "Dot",
    "Dropout",
    "EarlyStopping",
    "Embedding",
    "Flatten",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "LayerNormalization",
    "LearningRateScheduler",
    "MaxPooling1D",
    "MaxPooling2D",
    "MeanSquaredError",
    "ModelCheckpoint",
    "MultiHeadAttention",
    "PositionEmbedding",
    "RMSprop",
    "Reshape",
    "Residual",
    "Sequential",
    "SimpleRNN",
    "SparseCategoricalCrossentropy",
    "TransformerBlock",
    "backend",
    "copy_weights",
    "device",
]


# What Keras lacks, with the words of musicml.nn; see there for the equations.


class PositionEmbedding(keras.layers.Layer):
    def __init__(self, sequence_length, embeddings_initializer="uniform", **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.sequence_length, self.embeddings_initializer = sequence_length, embeddings_initializer

    def build(self, input_shape):
        shape = (self.sequence_length, input_shape[-1])
        self.embeddings = self.add_weight(
            name="embeddings", shape=shape, initializer=self.embeddings_initializer
        )

    def call(self, x):
        return x + self.embeddings[: x.shape[1]]


class Residual(keras.layers.Layer):
    def __init__(self, layers, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.layers = list(layers) if isinstance(layers, (list, tuple)) else [layers]

    def build(self, input_shape):
        for layer in self.layers:
            layer.build(input_shape)
            input_shape = layer.compute_output_shape(input_shape)

    def call(self, x, training=False):
        y = x
        for layer in self.layers:
            y = layer(y, training=training) if layer._call_has_training_arg else layer(y)
        return x + y


class Branches(keras.layers.Layer):
    def __init__(self, trunk, branches, widths, **kwargs):
        super().__init__(**kwargs)
        self.trunk, self.branches, self.widths = trunk, list(branches), list(widths)

    def build(self, input_shape):
        *outer, _ = input_shape
        self.trunk.build((*outer, self.widths[0]))
        units = self.trunk.compute_output_shape((*outer, self.widths[0]))[-1]
        for branch, width in zip(self.branches, self.widths[1:], strict=True):
            branch.build((*outer, units + width))

    def call(self, x, training=False):
        cuts = [sum(self.widths[: n + 1]) for n in range(len(self.branches))]
        first, *rest = keras.ops.split(x, cuts, axis=-1)
        h = self.trunk(first, training=training)
        heard = [keras.ops.concatenate([h, own], axis=-1) for own in rest]
        pairs = zip(self.branches, heard, strict=True)
        return keras.ops.stack([branch(own, training=training) for branch, own in pairs], axis=-2)


class TransformerBlock(keras.layers.Layer):
    def __init__(self, num_heads, ff_dim, dropout=0.0, use_causal_mask=True, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.num_heads, self.ff_dim = num_heads, ff_dim
        self.dropout, self.use_causal_mask = dropout, use_causal_mask

    def build(self, input_shape):
        D = input_shape[-1]
        self.norm_1 = LayerNormalization()
        self.attention = MultiHeadAttention(self.num_heads, D // self.num_heads)
        self.drop_1 = Dropout(self.dropout)
        self.norm_2 = LayerNormalization()
        self.dense_1, self.dense_2 = Dense(self.ff_dim, activation="gelu"), Dense(D)
        self.drop_2 = Dropout(self.dropout)
        self.norm_1.build(input_shape)
        self.attention.build(input_shape, input_shape)
        self.norm_2.build(input_shape)
        self.dense_1.build(input_shape)
        self.dense_2.build((*input_shape[:-1], self.ff_dim))

    def call(self, x, training=False, mask=None):
        n = self.norm_1(x)
        heard = self.attention(
            n, n, query_mask=mask, value_mask=mask, use_causal_mask=self.use_causal_mask, training=training
        )
        u = x + self.drop_1(heard, training=training)
        return u + self.drop_2(self.dense_2(self.dense_1(self.norm_2(u))), training=training)


def backend():
    """The name of the engine under Keras: "jax", "tensorflow" or "torch"."""
    return keras.backend.backend()


def device():
    """The device Keras computes on: "gpu:0" where it sees one, otherwise "cpu:0"."""
    if backend() != "torch":
        return keras.distribution.list_devices()[0]
    where = keras.ops.zeros(1).device  # on PyTorch, Keras keeps no list; a tensor knows where it is
    return f"{'gpu' if where.type == 'cuda' else where.type}:{where.index or 0}"


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
