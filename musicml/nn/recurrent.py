"""Recurrent layers: the same step at every moment, with a memory handed on.

The lesson writes a step and loops over it. Here one product projects the inputs
of all moments at once, and one more gives each gradient of the weights; only
what depends on the memory stays in the loop. A test proves the two equal.

Dimension key
    B batch   T time   D features in   U units   G gates, times U numbers side by side
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

    def input_bias(self, b):
        """The view of the bias (or of its gradient) that is added to the inputs."""
        return b

    def add_bias_gradient(self, da, dr):
        self.grads["bias"] += da.sum(axis=0)

    def compute_output_shape(self, input_shape):
        B, T, _ = input_shape
        y = (B, T, self.units) if self.return_sequences else (B, self.units)
        return (y, *[(B, self.units)] * self.states) if self.return_state else y

    def compute_mask(self, x, mask=None):
        return mask if self.return_sequences else None


class Recurrent(RecurrentWeights):
    """The loop over time. Subclasses write ``step`` and ``step_backward``, and say how many gates and states.

    Input shape:  (B, T, D)
    Output shape: (B, U), or (B, T, U) with return_sequences; with return_state also each state (B, U)
    Weights:      kernel (D, GU), recurrent_kernel (U, GU), bias (GU,)
    """

    def call(self, x, training=False, mask=None, initial_state=None):
        self.check_features(x, len(self.kernel))
        (B, T, _), W = x.shape, self.kernel
        x = np.ascontiguousarray(x.swapaxes(0, 1))  # time first: each moment lies in one piece
        a = rows(x) @ W
        a += self.input_bias(self.bias)
        a = a.reshape(T, B, -1)
        zeros = np.zeros((B, self.units), x.dtype)
        states = [(zeros,) * self.states if initial_state is None else as_states(initial_state, x.dtype)]
        checks.states(self, states[0], zeros.shape)
        caches = []
        for t in range(T):
            state, cache = self.step(a[t], states[-1])
            if mask is not None:  # at padding the memory stays as it was
                real = mask[:, t, None]
                state = tuple(np.where(real, new, old) for new, old in zip(state, states[-1], strict=True))
            states.append(state)
            if training:
                caches.append(cache)
        self.remember(training, x, states, caches, mask, initial_state is not None)
        y = np.stack([h for h, *_ in states[1:]], axis=1) if self.return_sequences else state[0]
        return (y, *state) if self.return_state else y

    def backward(self, dy):
        x, states, caches, mask, had_initial = self.recall()
        (T, B, _), U = x.shape, self.recurrent_kernel
        dy, *dstate = dy if self.return_state else (dy, *[0] * self.states)
        dstate = [np.zeros((B, self.units), x.dtype) + d for d in dstate]
        if not self.return_sequences:
            dstate[0] += dy
        da = np.empty((T, B, U.shape[1]), x.dtype)  # of what comes from the inputs ...
        dr = np.empty_like(da)  # ... and of what comes from the memory
        U_T = np.ascontiguousarray(U.T)  # turned once, not in each product: a fifth of the loop
        for t in reversed(range(T)):
            if self.return_sequences:
                dstate[0] = dstate[0] + dy[:, t]
            if mask is not None:
                real = mask[:, t, None]
                passed = [d * ~real for d in dstate]
                dstate = [d * real for d in dstate]
            da[t], dr[t], dstate = self.step_backward(dstate, states[t], caches[t])
            dstate[0] = dstate[0] + dr[t] @ U_T
            if mask is not None:
                dstate = [d + p for d, p in zip(dstate, passed, strict=True)]
        h_before = np.stack([h for h, *_ in states[:-1]])
        self.grads["kernel"] += rows(x).T @ rows(da)
        self.grads["recurrent_kernel"] += rows(h_before).T @ rows(dr)
        self.add_bias_gradient(rows(da), rows(dr))
        dx = (rows(da) @ self.kernel.T).reshape(x.shape).swapaxes(0, 1)
        return (dx, *dstate) if had_initial else dx


def as_states(states, dtype):
    states = states if isinstance(states, (list, tuple)) else [states]
    return tuple(np.asarray(state, dtype) for state in states)


class SimpleRNN(Recurrent):
    """h_t = tanh(x_t W + h_{t-1} U + b)

    Shapes and weights: see Recurrent, with G = 1
    Source: Elman 1990
    Lesson: remember_the_melody
    """

    def step(self, a, state):
        (h,) = state
        h = np.tanh(a + h @ self.recurrent_kernel)
        return (h,), h

    def step_backward(self, dstate, before, h):
        (dh,) = dstate
        da = dh * (1 - h * h)
        return da, da, [0]
