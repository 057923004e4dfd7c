"""Recurrent layers: the same step at every moment, with a memory handed on.

The lesson writes a step and loops over it. Here one product projects the inputs
of all moments at once, and one more gives each gradient of the weights; only
what depends on the memory stays in the loop. A test proves the two equal.

In the weights the gates stand side by side, (D, G U), as in Keras. In the loop each gate lies
in one piece, (G, D, U): products and functions of it are faster, together a tenth of a training step.

Dimension key
    B batch   T time   D features in   U units   G gates (1 in SimpleRNN)
"""

import numpy as np

from . import checks
from .layer import Layer, rows


class RecurrentWeights(Layer):
    """What a recurrent layer learns, and the shapes of what comes out."""

    takes, input_axes = ("mask",), "BTD"
    gates, states = 1, 1

    def __init__(self, units, return_sequences=False, return_state=False, **kwargs):
        super().__init__(**kwargs)
        checks.positive(self, units=units)
        self.units, self.return_sequences, self.return_state = units, return_sequences, return_state

    def build(self, input_shape):
        D, U, G = input_shape[-1], self.units, self.gates
        self.kernel = self.add_weight("kernel", (D, G * U), "glorot_uniform")
        self.recurrent_kernel = self.add_weight("recurrent_kernel", (U, G * U), "orthogonal")
        self.bias = self.add_weight("bias", self.bias_shape(), "zeros")

    def bias_shape(self):
        return (self.gates * self.units,)

    def by_gate(self, w):
        """(..., G U) -> (G, ..., U)"""
        return np.ascontiguousarray(np.moveaxis(w.reshape(*w.shape[:-1], self.gates, self.units), -2, 0))

    def add_biases(self, a):
        """a with its bias, and the array m that each moment's product with U is added to: here a itself."""
        a += self.by_gate(self.bias)[:, None, None]
        return a, a

    def add_gradients(self, x, h, da, dm):
        """Add the weights' gradients and return dx; x (T, B, D), h before (T, B, U), da, dm (G, T, B, U)."""
        da, dm = (d.reshape(self.gates, -1, self.units) for d in (da, dm))
        self.grads["kernel"] += side_by_side(rows(x).T @ da)
        self.grads["recurrent_kernel"] += side_by_side(rows(h).T @ dm)
        self.add_bias_gradients(da.sum(axis=1).reshape(-1), dm.sum(axis=1).reshape(-1))
        dx = sum(d @ W.T for d, W in zip(da, self.by_gate(self.kernel), strict=True))
        return dx.reshape(x.shape)

    def add_bias_gradients(self, da, dm):
        self.grads["bias"] += da

    def compute_output_shape(self, input_shape):
        B, T, _ = input_shape
        y = (B, T, self.units) if self.return_sequences else (B, self.units)
        return (y, *[(B, self.units)] * self.states) if self.return_state else y

    def compute_mask(self, x, mask=None):
        return mask if self.return_sequences else None


class Recurrent(RecurrentWeights):
    """The loop over time.

    Subclasses say how many gates and states, and write the two halves of a moment. Both work in
    place, on a (G, B, U), what comes from the inputs, and m (G, B, U), what comes from the memory:
        step(before, a, m) -> after                             leaves the gates in a
        step_backward(dafter, before, after, a, m) -> dbefore   leaves the gradients of a and m in them;
                                                                the way through m is not in dbefore
    Where the two are only added, m is a: their sum.

    Input shape:  (B, T, D)
    Output shape: (B, U), or (B, T, U) with return_sequences; with return_state also each state (B, U)
    Weights:      kernel (D, GU), recurrent_kernel (U, GU), bias (GU,)
    """

    def call(self, x, training=False, mask=None, initial_state=None):
        self.check_features(x, len(self.kernel))
        B, T, _ = x.shape
        x = np.ascontiguousarray(x.swapaxes(0, 1))  # time first: each moment lies in one piece
        W, U = self.by_gate(self.kernel), self.by_gate(self.recurrent_kernel)
        a, m = self.add_biases((rows(x) @ W).reshape(self.gates, T, B, self.units))
        zeros = np.zeros((B, self.units), x.dtype)
        states = [(zeros,) * self.states if initial_state is None else as_states(initial_state, x.dtype)]
        checks.states(self, states[0], zeros.shape)
        for t in range(T):
            before, a_t, m_t = states[-1], a[:, t], m[:, t]
            m_t += before[0] @ U
            after = self.step(before, a_t, m_t)
            if mask is not None:  # at padding the memory stays as it was
                after = tuple(np.where(mask[:, t, None], *pair) for pair in zip(after, before, strict=True))
            states.append(after)
        self.remember(training, x, a, m, states, mask, initial_state is not None)
        y = np.stack([h for h, *_ in states[1:]], axis=1) if self.return_sequences else states[-1][0]
        return (y, *states[-1]) if self.return_state else y

    def backward(self, dy):
        x, a, m, states, mask, had_initial = self.recall()
        dy, *dstate = dy if self.return_state else (dy, *[0] * self.states)
        dstate = [np.zeros_like(state) + d for state, d in zip(states[0], dstate, strict=True)]
        if not self.return_sequences:
            dstate[0] += dy
        U_T = self.by_gate(self.recurrent_kernel).swapaxes(1, 2).copy()  # turned once, not in each product
        for t in reversed(range(len(x))):
            if self.return_sequences:
                dstate[0] = dstate[0] + dy[:, t]
            if mask is not None:
                real = mask[:, t, None]
                passed = [d * ~real for d in dstate]
                dstate = [d * real for d in dstate]
            dstate = list(self.step_backward(dstate, states[t], states[t + 1], a[:, t], m[:, t]))
            dstate[0] = dstate[0] + (m[:, t] @ U_T).sum(axis=0)
            if mask is not None:
                dstate = [d + p for d, p in zip(dstate, passed, strict=True)]
        h_before = np.stack([h for h, *_ in states[:-1]])
        dx = self.add_gradients(x, h_before, a, m).swapaxes(0, 1)
        return (dx, *dstate) if had_initial else dx


def side_by_side(w):
    """(G, ..., U) -> (..., G U)"""
    w = np.moveaxis(w, 0, -2)
    return w.reshape(*w.shape[:-2], -1)


def as_states(states, dtype):
    states = states if isinstance(states, (list, tuple)) else [states]
    return tuple(np.asarray(state, dtype) for state in states)


class SimpleRNN(Recurrent):
    """h_t = tanh(x_t W + h_{t-1} U + b)

    Shapes and weights: see Recurrent, with G = 1
    Source: Elman 1990
    Lesson: remember_the_melody
    """

    def step(self, before, a, m):
        return (np.tanh(a[0]),)

    def step_backward(self, dafter, before, after, a, m):
        (dh,), (h,) = dafter, after
        a[0] = dh * (1 - h * h)
        return (0,)
