"""Wrong answers to the exercises of pay_attention, and the hint each must get."""

import numpy as np

from musicml import nn

softmax = nn.ACTIVATIONS["softmax"]


def turn(array):
    return array.swapaxes(2, 3)


def backward(ds=None, dq=None, dk=None, dv=None, arrange=lambda dq, dk, dv: (dq, dk, dv)):
    """attend_backward with some of its lines replaced."""

    def attend_backward(dheads, q, k, v, a):
        root, da = np.sqrt(q.shape[-1]), dheads @ turn(v)
        slope = ds(da, a, root) if ds else softmax.backward(da, None, a) / root
        return arrange(
            dq(slope, k) if dq else slope @ k,
            dk(slope, q) if dk else turn(slope) @ q,
            dv(a, dheads) if dv else turn(a) @ dheads,
        )

    return attend_backward


def exchanged(dheads, q, k, v, a):
    """dq from the queries, dk from the keys."""
    ds = softmax.backward(dheads @ turn(v), None, a) / np.sqrt(q.shape[-1])
    return ds @ q, turn(ds) @ k, turn(a) @ dheads


WRONG = {
    "pay_attention.predict_spread": [
        ("variance", 64),
        ("one_term", 1.0),
        ("mean", 0),
        ("after_division", 0.125),
        ("prediction", 32.0),
    ],
    "pay_attention.softmax_slope": [
        ("own_score_only", lambda da, a: a * (1 - a) * da),
        ("plain_mean", lambda da, a: a * (da - da.mean())),
        ("no_weight", lambda da, a: da - np.sum(a * da)),
        ("no_average", lambda da, a: a * da),
        ("sum_not_average", lambda da, a: a * (da - da.sum())),
        ("swapped", lambda da, a: da * (a - np.sum(a * da))),
        ("bracket", lambda da, a: a * da - np.sum(a * da)),
        ("mean_of_products", lambda da, a: a * (da - np.mean(a * da))),
        ("added", lambda da, a: a * (da + np.sum(a * da))),
        ("sign", lambda da, a: a * (np.sum(a * da) - da)),
        ("shape", lambda da, a: np.sum(a * da)),
    ],
    "pay_attention.attend_backward": [
        ("three", lambda dheads, q, k, v, a: turn(a) @ dheads),
        ("four_axes", backward(dv=lambda a, dheads: (turn(a) @ dheads).sum())),
        ("no_root", backward(ds=lambda da, a, root: softmax.backward(da, None, a))),
        ("root_twice", backward(ds=lambda da, a, root: softmax.backward(da, None, a) / root**2)),
        ("other_one", exchanged),
        ("no_softmax", backward(ds=lambda da, a, root: da / root)),
        ("order", backward(arrange=lambda dq, dk, dv: (dv, dk, dq))),
        ("order", backward(arrange=lambda dq, dk, dv: (dq, dv, dk))),
        ("order", backward(arrange=lambda dq, dk, dv: (dk, dq, dv))),
        ("dv_not_turned", backward(dv=lambda a, dheads: a @ dheads)),
        ("dk_not_turned", backward(dk=lambda ds, q: ds @ q)),
        ("shape", backward(dv=lambda a, dheads: (turn(a) @ dheads)[:, :1])),
    ],
    "pay_attention.masked_weights": [
        ("square", lambda s, allowed: softmax(np.where(allowed, s, -1e9)).sum(axis=1)),
        ("still_after", lambda s, allowed: softmax(s) * allowed),
        ("zero_score", lambda s, allowed: softmax(s * allowed)),
        ("other_way", lambda s, allowed: softmax(np.where(allowed, -1e9, s))),
        ("looks", lambda s, allowed: softmax(np.where(allowed, s, -1.0))),
        ("looks", lambda s, allowed: softmax(s)),
        ("not_sum_1", lambda s, allowed: np.exp(s) * allowed),
        ("value", lambda s, allowed: allowed / allowed.sum(axis=-1, keepdims=True)),
    ],
    "pay_attention.which": [("forgets", "A")],
    "pay_attention.parts": [("too_short", "worse")],
}


def by_sums(dheads, q, k, v, a):
    dv = np.einsum("bntj,bnth->bnjh", a, dheads)
    da = np.einsum("bnth,bnjh->bntj", dheads, v)
    ds = a * (da - np.sum(a * da, axis=-1, keepdims=True)) / np.sqrt(q.shape[-1])
    return [ds @ k, turn(ds) @ q, dv]


def shut(s, allowed):
    s = np.where(allowed, s, -np.inf)
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


RIGHT = {
    "pay_attention.softmax_slope": [lambda da, a: (np.diag(a) - np.outer(a, a)) @ da],
    "pay_attention.attend_backward": [by_sums],
    "pay_attention.masked_weights": [shut],
}
