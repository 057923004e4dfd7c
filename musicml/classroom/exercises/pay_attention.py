"""The exercises of pay_attention."""

import numpy as np

from ... import nn
from . import choice, exercise, judge, need, numbers, opinion, probabilities, same, value

softmax = nn.ACTIVATIONS["softmax"]

A, DA = np.array([0.1, 0.2, 0.3, 0.4]), np.array([1.0, -2.0, 0.5, 3.0])
SCORES = np.array([[0.5, 2.0, -1.0], [1.0, 0.0, 3.0], [-0.5, 0.5, 1.5]])
CAUSAL = np.tri(3, dtype=bool)
PADDED = np.array([[True, True, False]] * 3)

value(
    "pay_attention.predict_spread",
    8.0,
    tolerance=0.05,
    typical={"variance": 64.0, "one_term": 1.0, "mean": 0.0, "after_division": 1 / 8},
)


@exercise("pay_attention.softmax_slope")
def softmax_slope(da, a):
    average = np.sum(a * da)
    return a * (da - average)  # (16.8)


@judge("pay_attention.softmax_slope")
def _(theirs):
    yield from same(
        theirs,
        softmax_slope,
        [(np.array([1.0, 3.0]), np.array([0.25, 0.75])), (DA, A)],
        typical={
            "own_score_only": lambda da, a: a * (1 - a) * da,
            "plain_mean": lambda da, a: a * (da - da.mean()),
            "no_weight": lambda da, a: da - np.sum(a * da),
            "no_average": lambda da, a: a * da,
            "sum_not_average": lambda da, a: a * (da - da.sum()),
            "swapped": lambda da, a: da * (a - np.sum(a * da)),
            "bracket": lambda da, a: a * da - np.sum(a * da),
            "mean_of_products": lambda da, a: a * (da - np.mean(a * da)),
            "added": lambda da, a: a * (da + np.sum(a * da)),
        },
    )


@exercise("pay_attention.attend_backward")
def attend_backward(dheads, q, k, v, a):
    dv = a.swapaxes(2, 3) @ dheads
    ds = softmax.backward(dheads @ v.swapaxes(2, 3), None, a) / q.dtype.type(np.sqrt(q.shape[-1]))
    return ds @ k, ds.swapaxes(2, 3) @ q, dv


@judge("pay_attention.attend_backward")
def _(theirs):
    for T, S, H in ((3, 3, 2), (4, 5, 3)):
        dheads, q, k, v = (
            np.sin(np.arange(2.0 * n * H) * step).reshape(1, 2, n, H)
            for n, step in ((T, 1.3), (T, 0.7), (S, 2.1), (S, 1.7))
        )
        root = np.sqrt(H)
        a = softmax(np.where(np.tri(T, S, S - T, dtype=bool), q @ k.swapaxes(2, 3) / root, -1e9))
        dq, dk, dv = attend_backward(dheads, q, k, v, a)
        got = theirs(dheads, q, k, v, a)
        yield need(isinstance(got, (tuple, list)) and len(got) == 3, "three")
        da = dheads @ v.swapaxes(2, 3)
        for mine, right, wrong in zip(got, (dq, dk, dv), (da @ k, da.swapaxes(2, 3) @ q, None), strict=True):
            yield need(np.shape(mine) != () and np.ndim(mine) == 4, "four_axes")
            yield need(wrong is None or not close(mine, right * root), "no_root")
            yield need(wrong is None or not close(mine, right / root), "root_twice")
            yield need(wrong is None or not close(mine, wrong / root), "no_softmax")
            exchanged = ds_of(da, a, root) @ q if S == T and right is dq else None
            yield need(not close(mine, exchanged), "other_one")
            yield need(not any(close(mine, other) for other in (dq, dk, dv) if other is not right), "order")
            turned = a @ dheads if S == T else None
            yield need(right is not dv or not close(mine, turned), "dv_not_turned")
            turned = ds_of(da, a, root) @ q if S == T else None
            yield need(right is not dk or not close(mine, turned), "dk_not_turned")
            yield numbers(mine, right)


def ds_of(da, a, root):
    return softmax.backward(da, None, a) / root


def close(got, wrong):
    """Whether an answer is this wrong one; never, where there is none of that shape."""
    return wrong is not None and np.shape(got) == wrong.shape and np.allclose(got, wrong)


@exercise("pay_attention.masked_weights")
def masked_weights(s, allowed):
    return softmax(np.where(allowed, s, -1e9))


@judge("pay_attention.masked_weights")
def _(theirs):
    for allowed in (CAUSAL, PADDED):
        got = theirs(SCORES, allowed)
        yield need(np.shape(got) == SCORES.shape, "square")
        late = softmax(SCORES) * allowed
        yield need(not close(got, late), "still_after")
        yield need(not close(got, softmax(SCORES * allowed)), "zero_score")
        yield need(not close(got, softmax(np.where(allowed, -1e9, SCORES))), "other_way")
        yield need(not np.any(np.asarray(got)[~allowed] > 1e-6), "looks")
        yield probabilities(got)
        yield numbers(got, masked_weights(SCORES, allowed))


choice("pay_attention.which", "B", {"A": "forgets"})

opinion(
    "pay_attention.parts",
    "Held-out nats per note: with everything 2.19; (a) without attention 2.59; (b) with the key f 2.35. "
    "Without attention it knows four notes. With f_j as key it finds the places that sound like now, and "
    "their value is the note that was just heard, not the one that followed. It can still learn to ask for "
    "the earlier notes in f_j, but two rounds are short for that: only a tenth falls on the copied note.",
)
