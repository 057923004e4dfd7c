"""Pooling: say less. Keep the largest number of each window, or the mean of all.

Dimension key
    B batch   T time   R rows, C columns of a picture   D channels   P window
"""

import numpy as np

from ..errors import MusicMLError
from . import checks
from .convolution import each_axis
from .layer import Layer


class MaxPooling(Layer):
    """What MaxPooling1D and 2D share. The windows lie side by side; a rest at the end is left out."""

    axes, input_axes = 1, "BTD"

    def __init__(self, pool_size=2, strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size = each_axis(pool_size, self.axes)
        checks.positive(self, pool_size=self.pool_size)
        if padding != "valid" or strides not in (None, pool_size):
            raise MusicMLError(
                f'{self!r} pools windows side by side: strides as pool_size, padding="valid"; '
                f'received strides={strides}, padding="{padding}". Leave both out.'
            )

    def call(self, x, training=False):
        first, *others = np.ndindex(*self.pool_size)
        y = self.seen_through(x, first).copy()
        for p in others:
            np.maximum(y, self.seen_through(x, p), out=y)
        self.remember(training, x, y)
        return y

    def backward(self, dy):
        x, y = self.recall()
        dx, unpaid = np.zeros_like(x), np.ones(y.shape, bool)
        # The gradient goes to the largest number; where several are largest, to the first, as in Keras.
        for p in np.ndindex(*self.pool_size):
            here = unpaid & (self.seen_through(x, p) == y)
            self.seen_through(dx, p)[...] = dy * here
            unpaid &= ~here
        return dx

    def seen_through(self, x, p):
        """Of every window the number at place p: a view of x, of the shape of the output."""
        parts = [slice(i, n // s * s, s) for i, n, s in zip(p, x.shape[1:-1], self.pool_size, strict=True)]
        return x[(slice(None), *parts)]

    def compute_output_shape(self, input_shape):
        B, *sizes, D = input_shape
        return (B, *[n and n // p for n, p in zip(sizes, self.pool_size, strict=True)], D)

    def compute_mask(self, x, mask=None):
        return None


class MaxPooling1D(MaxPooling):
    """y[t] = max of x[P t], ..., x[P t + P - 1]

    Input shape:  (B, T, D)
    Output shape: (B, T // P, D)
    Lesson:       recognise_a_style
    """


class MaxPooling2D(MaxPooling):
    """The largest number of each P by P window.

    Input shape:  (B, R, C, D)
    Output shape: (B, R // P, C // P, D)
    Lesson:       recognise_a_style
    """

    axes, input_axes = 2, "BRCD"


class GlobalAveragePooling(Layer):
    """What GlobalAveragePooling1D and 2D share: the mean over all axes between batch and channels."""

    axes, input_axes = 1, "BTD"
    takes = ("mask",)

    def call(self, x, training=False, mask=None):
        real = np.ones(x.shape[:-1], x.dtype) if mask is None else mask.astype(x.dtype)
        middle = tuple(range(1, self.axes + 1))
        share = (real / real.sum(axis=middle, keepdims=True))[..., None]  # padding does not count
        self.remember(training, share)
        return (x * share).sum(axis=middle)

    def backward(self, dy):
        (share,) = self.recall()
        return dy.reshape(len(dy), *[1] * self.axes, -1) * share

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])

    def compute_mask(self, x, mask=None):
        return None


class GlobalAveragePooling1D(GlobalAveragePooling):
    """y = mean of x[t] over the real moments

    Input shape:  (B, T, D)
    Output shape: (B, D)
    Lesson:       recognise_a_style
    """


class GlobalAveragePooling2D(GlobalAveragePooling):
    """y = mean over the picture

    Input shape:  (B, R, C, D)
    Output shape: (B, D)
    Lesson:       recognise_a_style
    """

    axes, input_axes = 2, "BRCD"
    takes = ()
