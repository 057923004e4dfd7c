"""Recurrent layers with gates: numbers between 0 and 1 that say how much is kept, written and shown.

The loop over time is in recurrent.py.

Dimension key
    B batch   T time   D features in   U units   G gates
"""

import numpy as np

from .activations import Sigmoid
from .recurrent import Recurrent

sigmoid = Sigmoid()


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

    def step(self, before, a, m):
        _, c = before
        a[:2], a[2], a[3] = sigmoid(a[:2]), np.tanh(a[2]), sigmoid(a[3])
        i, f, g, o = a
        c = f * c + i * g
        return o * np.tanh(c), c

    def step_backward(self, dafter, before, after, a, m):
        (dh, dc), (_, c), tanh_c, (i, f, g, o) = dafter, before, np.tanh(after[1]), a
        dc = dc + dh * o * (1 - tanh_c * tanh_c)  # h = o tanh c
        di, df, dg, dc_before = dc * g, dc * c, dc * i, dc * f  # c = f c_before + i g
        do = dh * tanh_c
        a[0], a[1], a[2], a[3] = di * i * (1 - i), df * f * (1 - f), dg * (1 - g * g), do * o * (1 - o)
        return 0, dc_before


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

    def add_biases(self, a):
        a += self.by_gate(self.bias[0])[:, None, None]
        m = np.zeros_like(a)
        m += self.by_gate(self.bias[1])[:, None, None]
        return a, m

    def add_bias_gradients(self, da, dm):
        self.grads["bias"] += [da, dm]

    def step(self, before, a, m):
        (h,) = before
        a[:2] = sigmoid(a[:2] + m[:2])
        a[2] = np.tanh(a[2] + a[1] * m[2])
        z, r, g = a
        return (z * h + (1 - z) * g,)

    def step_backward(self, dafter, before, after, a, m):
        (dh,), (h,), (z, r, g) = dafter, before, a
        dg = dh * (1 - z) * (1 - g * g)
        dz = dh * (h - g) * z * (1 - z)
        dr = dg * m[2] * r * (1 - r)
        dh_before = dh * z
        m[0], m[1], m[2] = dz, dr, dg * r
        a[0], a[1], a[2] = dz, dr, dg
        return (dh_before,)
