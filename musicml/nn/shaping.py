"""Layers that rearrange numbers, or leave some out, and have nothing to learn.

Dimension key
    B batch   T time   D features
"""

import math

import numpy as np

from ..errors import MusicMLError, ShapeError
from .layer import Layer


class Flatten(Layer):
    """All axes but the first become one.

    Input shape:  (B, ...)
    Output shape: (B, product of the rest)
    Lesson:       guess_the_next_note
    """

    casts_input = False

    def call(self, x, training=False):
        self.remember(training, x.shape)
        return x.reshape(len(x), -1)

    def backward(self, dy):
        (shape,) = self.recall()
        return dy.reshape(shape)

    def compute_output_shape(self, input_shape):
        rest = input_shape[1:]
        return (input_shape[0], None if None in rest else math.prod(rest))

    def compute_mask(self, x, mask=None):
        return None


class Reshape(Layer):
    """The same numbers in another shape; one entry may be -1 and is worked out.

    Input shape:  (B, ...)
    Output shape: (B, *target_shape)
    Lesson:       recognise_a_style
    """

    casts_input = False

    def __init__(self, target_shape, **kwargs):
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)

    def call(self, x, training=False):
        try:
            y = x.reshape(len(x), *self.target_shape)
        except ValueError:
            raise ShapeError(
                f"{self!r} makes shape {self.target_shape} of each example, received x of shape {x.shape}: "
                "the counts differ. Choose a target_shape with the same product."
            ) from None
        self.remember(training, x.shape)
        return y

    def backward(self, dy):
        (shape,) = self.recall()
        return dy.reshape(shape)

    def compute_output_shape(self, input_shape):
        target, rest = list(self.target_shape), input_shape[1:]
        if -1 in target:
            known = -math.prod(target)
            target[target.index(-1)] = None if None in rest else math.prod(rest) // known
        return (input_shape[0], *target)

    def compute_mask(self, x, mask=None):
        return None


class Dropout(Layer):
    """In training, set each number to zero with probability ``rate``, and scale up the rest.

    Equation:     y = x m / (1 - rate)          with m = 1 kept, 0 dropped; y = x when training=False
    Input shape:  any
    Output shape: as the input
    Source:       Srivastava et al. 2014, in the "inverted" form: nothing to do at inference
    Lesson:       keep_it_general
    """

    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= rate < 1:
            raise MusicMLError(f"{self!r} received rate={rate}, expected a share from 0 to below 1.")
        self.rate = rate

    def call(self, x, training=False):
        if not training:
            return x
        if not self.rate:
            self.remember(training, 1)
            return x
        if self.rng is None:
            self.rng = np.random.default_rng(0)
        kept = self.rng.random(x.shape, dtype=np.float32) >= self.rate
        m = kept.astype(x.dtype) / x.dtype.type(1 - self.rate)
        self.remember(training, m)
        return x * m

    def backward(self, dy):
        (m,) = self.recall()
        return dy * m


class Dot(Layer):
    """How alike are two vectors: the sum of their products along one axis.

    Equation:     y = sum_d a_d b_d; with normalize, of a / |a| and b / |b|, the cosine
    Input shape:  a list of two arrays (B, D)
    Output shape: (B, 1)
    Lesson:       recommend_a_song
    """

    def __init__(self, axes=-1, normalize=False, **kwargs):
        super().__init__(**kwargs)
        if axes not in (1, -1):
            raise MusicMLError(f"{self!r} received axes={axes}, expected 1 or -1: the last axis of (B, D).")
        self.axes, self.normalize = axes, normalize

    def __call__(self, inputs, training=False):
        return super().__call__(*inputs, training=training)

    def build(self, first, second):
        """There is nothing to learn."""

    def call(self, a, b, training=False):
        if a.ndim != 2 or a.shape != b.shape:
            raise ShapeError(
                f"{self!r} needs two arrays (B, D) of one shape, received {a.shape} and {b.shape}."
            )
        lengths = [unit_length(v) if self.normalize else 1.0 for v in (a, b)]
        a, b = a / lengths[0], b / lengths[1]
        self.remember(training, a, b, lengths)
        return (a * b).sum(axis=-1, keepdims=True)

    def backward(self, dy):
        a, b, lengths = self.recall()
        da, db = dy * b, dy * a
        if self.normalize:  # a unit vector moves only sideways
            da = (da - a * (a * da).sum(axis=-1, keepdims=True)) / lengths[0]
            db = (db - b * (b * db).sum(axis=-1, keepdims=True)) / lengths[1]
        return da, db

    def compute_output_shape(self, first, second=None):
        return (first[0] if second else first[0][0], 1)


def unit_length(v):
    """|v| along the last axis, at least 1e-6 (Keras's floor, so that zero stays zero)."""
    return np.sqrt(np.maximum((v * v).sum(axis=-1, keepdims=True), 1e-12))
