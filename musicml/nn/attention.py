"""Attention: a weighted average of values, with weights that say who listens to whom.

Dimension key
    B batch   T queries, S keys and values (times)   D features   N heads   H head size
"""

import numpy as np

from . import checks
from .activations import Softmax
from .layer import Layer, rows

softmax = Softmax()


def attend(q, k, v, allowed):
    """q (B, N, T, H), k and v (B, N, S, H) -> the average of the values for each query, and its weights a."""
    s = q @ k.swapaxes(2, 3) / q.dtype.type(np.sqrt(q.shape[-1]))
    if allowed is not None:
        s += np.where(allowed, 0, s.dtype.type(-1e9))
    a = softmax(s)
    if allowed is not None and not allowed.any(axis=-1).all():
        a *= allowed  # a query that may look nowhere gets zeros
    return a @ v, a


def attend_backward(dheads, q, k, v, a):
    """The gradients of q, k and v, given that of the averages."""
    dv = a.swapaxes(2, 3) @ dheads
    ds = softmax.backward(dheads @ v.swapaxes(2, 3), None, a) / q.dtype.type(np.sqrt(q.shape[-1]))
    return ds @ k, ds.swapaxes(2, 3) @ q, dv


def allowed_pairs(T, S, use_causal_mask=False, attention_mask=None, mask=None, value_mask=None):
    """All masks in one, True where a query may look, to broadcast over (B, N, T, S); None if everywhere."""
    attention_mask = None if attention_mask is None else np.asarray(attention_mask, bool)
    parts = [
        attention_mask[:, None]
        if attention_mask is not None and attention_mask.ndim == 3
        else attention_mask,
        None if mask is None else np.asarray(mask, bool)[:, None, :, None],
        None if value_mask is None else np.asarray(value_mask, bool)[:, None, None, :],
        np.tri(T, S, S - T, dtype=bool) if use_causal_mask else None,  # the last query sees all S
    ]
    allowed = None
    for part in parts:
        if part is not None:
            allowed = part if allowed is None else allowed & part
    return allowed


class ToHeads(Layer):
    """The input as N heads see it: x W + b, cut into heads.

    Input shape:  (B, T, D)
    Output shape: (B, N, T, H)
    Weights:      kernel (D, N, H), bias (N, H)
    """

    def __init__(self, num_heads, size, **kwargs):
        super().__init__(**kwargs)
        self.num_heads, self.size = num_heads, size

    def build(self, input_shape):
        self.kernel = self.add_weight(
            "kernel", (input_shape[-1], self.num_heads, self.size), "glorot_uniform"
        )
        self.bias = self.add_weight("bias", (self.num_heads, self.size), "zeros")

    def call(self, x, training=False):
        self.check_features(x, len(self.kernel))
        self.remember(training, x)
        heads = x @ self.kernel.reshape(len(self.kernel), -1)  # one product for all heads
        heads += self.bias.reshape(-1)
        return heads.reshape(*x.shape[:2], *self.bias.shape).swapaxes(1, 2)

    def backward(self, dheads):
        (x,) = self.recall()
        dheads = dheads.swapaxes(1, 2).reshape(*x.shape[:2], -1)
        self.grads["kernel"] += (rows(x).T @ rows(dheads)).reshape(self.kernel.shape)
        self.grads["bias"] += rows(dheads).sum(axis=0).reshape(self.bias.shape)
        return dheads @ self.kernel.reshape(len(self.kernel), -1).T


class FromHeads(Layer):
    """All heads side by side, times W, plus b.

    Input shape:  (B, N, T, H)
    Output shape: (B, T, D)
    Weights:      kernel (N, H, D), bias (D,)
    """

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        _, N, _, H = input_shape
        self.kernel = self.add_weight("kernel", (N, H, self.units), "glorot_uniform")
        self.bias = self.add_weight("bias", (self.units,), "zeros")

    def call(self, heads, training=False):
        B, N, T, H = heads.shape
        side_by_side = heads.swapaxes(1, 2).reshape(B, T, N * H)
        self.remember(training, side_by_side)
        return side_by_side @ self.kernel.reshape(N * H, -1) + self.bias

    def backward(self, dy):
        (side_by_side,) = self.recall()
        N, H, D = self.kernel.shape
        self.grads["kernel"] += (rows(side_by_side).T @ rows(dy)).reshape(N, H, D)
        self.grads["bias"] += rows(dy).sum(axis=0)
        return (dy @ self.kernel.reshape(N * H, D).T).reshape(*dy.shape[:2], N, H).swapaxes(1, 2)


class MultiHeadAttention(Layer):
    """Several attentions side by side, each on its own view of the input.

    Equation:     a = softmax(q k^T / sqrt(H)),  y = (a v) W_o + b_o,  q, k, v: the input as heads see it
    Input shape:  query (B, T, D); value and key (B, S, D), both the query itself if only one is given
    Output shape: (B, T, D); with return_attention_scores also a (B, N, T, S)
    Weights:      query, key and value have kernel (D, N, H), bias (N, H);
                  attention_output has kernel (N, H, D), bias (D,)
    Masks:        use_causal_mask, attention_mask (B, T, S), mask (B, T) of the query, value_mask (B, S)
    Source:       Vaswani et al. 2017, section 3.2
    Lesson:       pay_attention
    """

    takes, input_axes = ("mask", "cache"), "BTD"

    def __init__(self, num_heads, key_dim, value_dim=None, **kwargs):
        super().__init__(**kwargs)
        checks.positive(self, num_heads=num_heads, key_dim=key_dim)
        self.num_heads, self.key_dim, self.value_dim = num_heads, key_dim, value_dim or key_dim

    def build(self, query, value=None, key=None):
        N, value, key = self.num_heads, value or query, key or value or query
        self.query, self.key = ToHeads(N, self.key_dim, name="query"), ToHeads(N, self.key_dim, name="key")
        self.value = ToHeads(N, self.value_dim, name="value")
        self.output = FromHeads(query[-1], name="attention_output")
        self.layers = [self.query, self.key, self.value, self.output]
        for layer, shape in zip(
            self.layers, (query, key, value, (None, N, None, self.value_dim)), strict=True
        ):
            layer.rng = self.rng = self.rng or np.random.default_rng(0)
            layer.ensure_built(shape)

    def call(
        self, query, value=None, key=None, training=False, cache=None, return_attention_scores=False, **masks
    ):
        inputs = 1 if value is None else 2 if key is None else 3
        value = query if value is None else value
        key = value if key is None else key
        if inputs == 1 and "mask" in masks:
            masks["value_mask"] = masks["mask"]
        checks.attention(self, query, value, key, masks)
        roles = ((self.query, query), (self.key, key), (self.value, value))
        q, k, v = (role(x, training=training) for role, x in roles)
        if cache is not None:
            k, v = cache.extend(self, k, v)
        heads, a = attend(q, k, v, allowed_pairs(q.shape[2], k.shape[2], **masks))
        self.remember(training, inputs, q, k, v, a)
        y = self.output(heads, training=training)
        return (y, a) if return_attention_scores else y

    def backward(self, dy):
        inputs, q, k, v, a = self.recall()
        dq, dk, dv = attend_backward(self.output.backward(dy), q, k, v, a)
        dquery, dkey, dvalue = self.query.backward(dq), self.key.backward(dk), self.value.backward(dv)
        if inputs == 1:
            return dquery + dkey + dvalue  # used in three roles, so the sum
        return (dquery, dvalue + dkey) if inputs == 2 else (dquery, dvalue, dkey)

    def compute_output_shape(self, query, *others):
        return tuple(query)
