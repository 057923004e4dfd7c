"""The parts that make a Transformer of attention: positions, residuals, and the block.

Dimension key
    B batch   T time   D features   F features inside the feed-forward part
"""

import numpy as np

from ..errors import ShapeError
from . import checks
from .attention import MultiHeadAttention
from .dense import Dense
from .layer import Layer
from .normalization import LayerNormalization
from .shaping import Dropout


class PositionEmbedding(Layer):
    """Add to each moment a learned row that says where it stands.

    Equation:     y_t = x_t + P_t                with P = embeddings
    Input shape:  (B, T, D), T at most sequence_length
    Output shape: as the input
    Weights:      embeddings (sequence_length, D)
    Lesson:       build_a_transformer
    """

    takes, input_axes = ("cache",), "BTD"

    def __init__(self, sequence_length, embeddings_initializer="uniform", **kwargs):
        super().__init__(**kwargs)
        checks.positive(self, sequence_length=sequence_length)
        self.sequence_length, self.embeddings_initializer = sequence_length, embeddings_initializer

    def build(self, input_shape):
        shape = (self.sequence_length, input_shape[-1])
        self.embeddings = self.add_weight("embeddings", shape, self.embeddings_initializer)

    def call(self, x, training=False, cache=None):
        start = cache.advance(self, x.shape[1]) if cache else 0
        end = start + x.shape[1]
        if end > self.sequence_length:
            raise ShapeError(
                f"{self!r} knows {self.sequence_length} positions, received {end}. "
                "Cut the sequence, or build it with a larger sequence_length."
            )
        self.remember(training, end)
        return x + self.embeddings[start:end]

    def backward(self, dy):
        (end,) = self.recall()
        self.grads["embeddings"][:end] += dy.sum(axis=0)
        return dy


class Residual(Layer):
    """What goes in, plus what a chain of layers makes of it: the layers learn only the change.

    Equation:     y = x + f(x)
    Input shape:  any that f keeps
    Output shape: as the input
    Weights:      those of the layers
    Source:       He et al. 2016
    Lesson:       build_a_transformer
    """

    takes = ("mask", "cache")

    def __init__(self, layers, **kwargs):
        super().__init__(**kwargs)
        self.layers = list(layers) if isinstance(layers, (list, tuple)) else [layers]

    def build(self, input_shape):
        for layer in self.layers:
            layer.rng = layer.rng or self.rng
            layer.ensure_built(input_shape)
            input_shape = layer.compute_output_shape(input_shape)

    def call(self, x, training=False, mask=None, cache=None):
        y = x
        for layer in self.layers:
            y = layer(y, training=training, **layer.wanted({"mask": mask, "cache": cache}))
        if y.shape != x.shape:
            raise ShapeError(
                f"{self!r} adds f(x) to x, but f made {y.shape} of {x.shape}. Make f keep the shape."
            )
        return x + y

    def backward(self, dy):
        dx = dy
        for layer in reversed(self.layers):
            dx = layer.backward(dx)
        return dy + dx


class TransformerBlock(Layer):
    """Listen to the others, then think alone; both as a change to what is there.

    Equation:     u = x + Dropout(Attention(LayerNorm(x)))
                  y = u + Dropout(Dense(Dense(LayerNorm(u), gelu)))      the "pre-norm" order
    Input shape:  (B, T, D)
    Output shape: as the input
    Weights:      those of norm, attention, norm, dense (D, F), dense (F, D), in this order
    Source:       Vaswani et al. 2017; pre-norm: Xiong et al. 2020
    Lesson:       build_a_transformer

    Args: num_heads, N, of D / N features each; ff_dim, F; use_causal_mask, so that no moment looks ahead.
    """

    takes, input_axes = ("mask", "cache"), "BTD"

    def __init__(self, num_heads, ff_dim, dropout=0.0, use_causal_mask=True, **kwargs):
        super().__init__(**kwargs)
        self.num_heads, self.ff_dim = num_heads, ff_dim
        self.dropout, self.use_causal_mask = dropout, use_causal_mask

    def build(self, input_shape):
        D, N = input_shape[-1], self.num_heads
        if N < 1 or D % N:
            raise ShapeError(f"{self!r} cannot cut {D} features into {N} heads. Choose a divisor of {D}.")
        self.norm_1, self.attention = LayerNormalization(), MultiHeadAttention(N, D // N)
        self.norm_2, self.dense_1, self.dense_2 = LayerNormalization(), Dense(self.ff_dim, "gelu"), Dense(D)
        self.drop_1, self.drop_2 = Dropout(self.dropout), Dropout(self.dropout)
        self.layers = [
            self.norm_1,
            self.attention,
            self.drop_1,
            self.norm_2,
            self.dense_1,
            self.dense_2,
            self.drop_2,
        ]
        for layer in self.layers:
            layer.rng = self.rng = self.rng or np.random.default_rng(0)
            layer.ensure_built((*input_shape[:-1], self.ff_dim) if layer is self.dense_2 else input_shape)

    def call(self, x, training=False, mask=None, cache=None):
        heard = self.attention(
            self.norm_1(x, training=training),
            training=training,
            use_causal_mask=self.use_causal_mask,
            mask=mask,
            cache=cache,
        )
        u = x + self.drop_1(heard, training=training)
        thought = self.dense_2(
            self.dense_1(self.norm_2(u, training=training), training=training), training=training
        )
        return u + self.drop_2(thought, training=training)

    def backward(self, dy):
        dthought = self.drop_2.backward(dy)
        du = dy + self.norm_2.backward(self.dense_1.backward(self.dense_2.backward(dthought)))
        dheard = self.drop_1.backward(du)
        return du + self.norm_1.backward(self.attention.backward(dheard))
