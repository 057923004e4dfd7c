"""Recurrent layers with gates: numbers between 0 and 1 that say how much is kept, written and shown.

The loop over time is in recurrent.py. All gates of a step lie side by side, so that
one product and one function of it make them all.

Dimension key
    B batch   T time   D features in   U units   G gates, times U numbers side by side
"""

import numpy as np

from .activations import Sigmoid
from .recurrent import Recurrent

sigmoid = Sigmoid()


def side_by_side(a, units):
    """The gates in the last axis of a, as views."""
    return [a[..., n : n + units] for n in range(0, a.shape[-1], units)]


class LSTM(Recurrent):
    """A memory c that gates write to, keep and read from.

    Equation: i, f, g, o = x_t W + h_{t-1} U + b     four gates, side by side in this order
              c_t = sigmoid(f) c_{t-1} + sigmoid(i) tanh(g)
              h_t = sigmoid(o) tanh(c_t)
    Shapes and weights: see Recurrent, with G = 4; states h and c; the bias of f starts at 1
    Source: Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000
    Lesson: open_the_gates
    """

    gates, states = 4, 2

    def build(self, input_shape):
        super().build(input_shape)
        self.bias[self.units : 2 * self.units] = 1  # the memory is kept until something is learned

        # sigmoid(z) = tanh(z / 2) / 2 + 1 / 2, so with s = 1/2 (and s = 1 for g) all four gates are
        # y = s tanh(s z) + 1 - s, and the slope of each is (1 - y) (y + 2 s - 1).
        self.s = np.repeat(np.array([0.5, 0.5, 1, 0.5], self.dtype), self.units)
        self.rest = 1 - self.s

    def step(self, a, state):
        (h, c), s = state, self.s
        gates = h @ self.recurrent_kernel
        gates += a
        gates *= s
        np.tanh(gates, out=gates)  # in place: what lies in the cache is not fetched again
        gates *= s
        gates += self.rest
        i, f, g, o = side_by_side(gates, self.units)
        c = f * c + i * g
        tanh_c = np.tanh(c)
        return (o * tanh_c, c), (gates, tanh_c)

    def step_backward(self, dstate, before, cache):
        (dh, dc), (_, c), (gates, tanh_c) = dstate, before, cache
        i, f, g, o = side_by_side(gates, self.units)
        dc = dc + dh * o * (1 - tanh_c * tanh_c)  # h = o tanh c
        da = np.concatenate([dc * g, dc * c, dc * i, dh * tanh_c], axis=-1)  # c' = f c + i g
        da *= (1 - gates) * (gates + (self.s - self.rest))
        return da, da, [0, dc * f]


class GRU(Recurrent):
    """One memory, and two gates: how much to keep, and how much of it to look at.

    Equation: z, r = sigmoid of their parts of  x_t W + b_0 + h_{t-1} U + b_1
              g = tanh(x_t W_g + b_0g + r (h_{t-1} U_g + b_1g))       the gate after the product: reset_after
              h_t = z h_{t-1} + (1 - z) g
    Shapes and weights: see Recurrent, with G = 3 in the order z, r, g; bias (2, 3U)
    Source: Cho et al. 2014, in the form of cuDNN that Keras uses
    Lesson: open_the_gates
    """

    gates = 3

    def bias_shape(self):
        return (2, 3 * self.units)

    def input_bias(self, b):
        return b[0]

    def step(self, a, state):
        (h,), U = state, self.units
        m = h @ self.recurrent_kernel + self.bias[1]
        z, r = side_by_side(sigmoid(a[:, : 2 * U] + m[:, : 2 * U]), U)
        m_g = m[:, 2 * U :]
        g = np.tanh(a[:, 2 * U :] + r * m_g)
        return (z * h + (1 - z) * g,), (z, r, g, m_g)

    def step_backward(self, dstate, before, cache):
        (dh,), (h,), (z, r, g, m_g) = dstate, before, cache
        dg = dh * (1 - z) * (1 - g * g)
        dz = dh * (h - g) * z * (1 - z)
        dr = dg * m_g * r * (1 - r)
        return np.concatenate([dz, dr, dg], axis=-1), np.concatenate([dz, dr, dg * r], axis=-1), [dh * z]

    def add_bias_gradient(self, da, dr):
        self.grads["bias"][0] += da.sum(axis=0)
        self.grads["bias"][1] += dr.sum(axis=0)
