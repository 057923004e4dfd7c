"""Convolution: one small dense layer, slid along time or over a picture.

Every place where the window lands becomes a row of a matrix (im2col); then a
convolution is one matrix product, and its gradients are those of Dense.

Dimension key
    B batch   T time   R rows, C columns of a picture   D channels in   F filters   K window
    The letters of the output are the same, with a prime.
"""

import math

import numpy as np

from ..errors import MusicMLError
from . import activations, checks
from .layer import Layer, rows


class Sliding(Layer):
    """Where a window lands: its places on each axis between the batch and the channels."""

    axes, input_axes = 1, "BTD"

    def __init__(self, kernel_size, strides, padding, dilation_rate, **kwargs):
        super().__init__(**kwargs)
        self.kernel_size, self.strides, self.dilation_rate = (
            each_axis(value, self.axes) for value in (kernel_size, strides, dilation_rate)
        )
        checks.positive(
            self, kernel_size=self.kernel_size, strides=self.strides, dilation_rate=self.dilation_rate
        )
        self.geometry, self.padding = (self.kernel_size, self.strides, self.dilation_rate), padding
        allowed = ("valid", "same", "causal") if self.axes == 1 else ("valid", "same")
        if padding not in allowed:
            raise MusicMLError(
                f'{self!r} received padding="{padding}", expected one of {", ".join(allowed)}.'
            )

    def windows(self, padded):
        """All windows of (B, ..., D), as a view (B, *places, *K, D) that copies nothing."""
        B, *sizes, D = padded.shape
        places = [count(n, *rest) for n, *rest in zip(sizes, *self.geometry, strict=True)]
        checks.places(self, sizes, places)
        step_b, *steps, step_d = padded.strides
        slides = [step * s for step, s in zip(steps, self.strides, strict=True)]
        inner = [step * d for step, d in zip(steps, self.dilation_rate, strict=True)]
        return np.lib.stride_tricks.as_strided(
            padded,
            (B, *places, *self.kernel_size, D),
            (step_b, *slides, *inner, step_d),
            writeable=False,
        )

    def seen_through(self, padded, k, shape):
        """The part of ``padded`` that place k of the window sees, in the order of the output."""
        parts = [
            slice(i * d, i * d + s * (n - 1) + 1, s)
            for i, d, s, n in zip(k, self.dilation_rate, self.strides, shape[1:-1], strict=True)
        ]
        return padded[(slice(None), *parts)]

    def pads(self, shape):
        """Zeros before and after each axis."""
        pads = []
        for n, k, s, d in zip(shape[1:-1], *self.geometry, strict=True):
            total = 0 if self.padding == "valid" else max(0, (math.ceil(n / s) - 1) * s + d * (k - 1) + 1 - n)
            if self.padding == "causal":  # a moment sees only itself and what came before
                pads.append((d * (k - 1), 0))
            else:
                pads.append((total // 2, total - total // 2))
        return pads

    def compute_output_shape(self, input_shape):
        B, *sizes, _ = input_shape
        if None in sizes:
            return (B, *[None] * len(sizes), self.filters)
        padded = [n + sum(pad) for n, pad in zip(sizes, self.pads(input_shape), strict=True)]
        return (B, *[count(n, *g) for n, *g in zip(padded, *self.geometry, strict=True)], self.filters)


class Convolution(Sliding):
    """What Conv1D and Conv2D share: any number of axes between the batch and the channels.

    Weights: kernel (*K, D, F), bias (F,)
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        dilation_rate=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(kernel_size, strides, padding, dilation_rate, **kwargs)
        checks.positive(self, filters=filters)
        self.filters, self.use_bias = filters, use_bias
        self.activation = activations.get(activation)
        self.kernel_initializer, self.bias_initializer = kernel_initializer, bias_initializer

    def build(self, input_shape):
        shape = (*self.kernel_size, input_shape[-1], self.filters)
        self.kernel = self.add_weight("kernel", shape, self.kernel_initializer)
        self.bias = self.add_weight("bias", (self.filters,), self.bias_initializer) if self.use_bias else 0

    def call(self, x, training=False):
        W, b = self.kernel.reshape(-1, self.filters), self.bias
        self.check_features(x, self.kernel.shape[-2])
        pads = self.pads(x.shape)
        padded = np.pad(x, ((0, 0), *pads, (0, 0))) if np.any(pads) else x
        windows = self.windows(padded)  # a view (B, *places, *K, D)
        columns = windows.reshape(-1, len(W))  # one row a place: here the copy is made
        z = columns @ W
        z += b
        z = z.reshape(*windows.shape[: self.axes + 1], -1)
        y = self.activation(z)
        self.remember(training, x.shape, padded.shape, columns, z, y)
        return y

    def backward(self, dy):
        shape, padded_shape, columns, z, y = self.recall()
        dz = self.activation.backward(dy, z, y)
        self.grads["kernel"] += (columns.T @ rows(dz)).reshape(self.kernel.shape)
        if self.use_bias:
            # The sum over all places; as a product it is ten times faster where the filters are few.
            self.grads["bias"] += np.ones(len(columns), dz.dtype) @ rows(dz)
        dpadded = np.zeros(padded_shape, dz.dtype)
        # A number that was seen through several places of the window gets the sum of their gradients.
        for k in np.ndindex(*self.kernel_size):
            seen = self.seen_through(dpadded, k, dz.shape)
            seen += (rows(dz) @ self.kernel[k].T).reshape(seen.shape)
        inside = tuple(slice(a, n + a) for (a, _), n in zip(self.pads(shape), shape[1:-1], strict=True))
        return dpadded[(slice(None), *inside)]


class Conv1D(Convolution):
    """Convolution along time.

    Equation:     y[t] = activation(sum_k x[s t + d k - pad] kernel[k] + bias)    s strides, d dilation_rate
    Input shape:  (B, T, D)
    Output shape: (B, T', F); T' = T with padding "same" or "causal" and strides 1
    Weights:      kernel (K, D, F), bias (F,)
    Lesson:       recognise_a_style
    """


class Conv2D(Convolution):
    """Convolution over a picture, such as a spectrogram.

    Equation:     as Conv1D, with t and k pairs of numbers
    Input shape:  (B, R, C, D)
    Output shape: (B, R', C', F)
    Weights:      kernel (K, K, D, F), bias (F,)
    Lesson:       recognise_a_style
    """

    axes, input_axes = 2, "BRCD"


def count(n, k, s, d):
    """How many places a window of k numbers, d apart, has on n, moving by s."""
    return max(0, (n - d * (k - 1) - 1) // s + 1)


def each_axis(value, axes):
    return (value,) * axes if isinstance(value, int) else tuple(value)
