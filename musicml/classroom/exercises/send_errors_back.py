"""The exercises of send_errors_back."""

import numpy as np

from ...nn import Dense, Sequential, autograd
from . import choice, exercise, judge, need, numbers, same, value

X = np.array([[1.0, 2.0], [0.5, -1.0], [3.0, 0.0]])
W = np.array([[1.0, -1.0, 2.0, 0.5], [0.5, 1.0, -2.0, 1.5]])
DZ = np.array([[3.0, 0.0, 1.0, -1.0], [1.0, 2.0, 0.5, 4.0], [-2.0, 1.0, 0.0, 1.0]])
PAPER = np.array([[1.0, 2.0]]), np.array([[1.0, -1.0], [0.5, 1.0]]), np.array([[3.0, 0.0]])

value(
    "send_errors_back.predict_blame",
    6.0,
    tolerance=0.1,
    typical={
        "old_answer": 4.0,
        "a_two_missing": 3.0,
        "times_h": 1.5,
        "first_unit": 9.0,
        "silent": 0.0,
        "old_and_a_two_missing": 2.0,
    },
)


@exercise("send_errors_back.dense_backward")
def dense_backward(x, W, dz):
    dW = x.T @ dz  # (5.3)
    db = dz.sum(axis=0)  # (5.4)
    dx = dz @ W.T  # (5.5)
    return dW, db, dx


@judge("send_errors_back.dense_backward")
def _(theirs):
    for x, W_, dz in (PAPER, (X, W, DZ)):
        got = theirs(x, W_, dz)
        yield need(isinstance(got, tuple) and len(got) == 3, "three")
        dW, db, dx = dense_backward(x, W_, dz)
        n = len(x) if len(x) > 1 else None
        yield numbers(
            got[0], dW, n=n, typical={"dW_transposed": dz.T @ x, "dW_mean": dW / len(x), "swapped": dx}
        )
        yield numbers(
            got[1],
            db,
            n=n,
            typical={
                "db_per_example": dz,
                "db_mean": db / len(x),
                "db_per_unit": dz.sum(axis=1),
                "db_one_number": dz.sum(),
            },
        )
        not_turned = dz[:, : len(W_)] @ W_  # dz @ W, where W is square
        yield numbers(got[2], dx, typical={"dx_transposed": dx.T, "dx_not_turned": not_turned, "dx_of_x": x})


@exercise("send_errors_back.sigmoid")
def sigmoid(value):
    y = 1 / (1 + np.exp(-value.data))
    return autograd.Value(y, ((value, y * (1 - y)),))


@judge("send_errors_back.sigmoid")
def _(theirs):
    for a in (0.5, -2.0):
        start = autograd.Value(a)
        got = theirs(start)
        yield need(isinstance(got, autograd.Value), "not_a_value", got=type(got).__name__)
        y = 1 / (1 + np.exp(-a))
        yield numbers(got.data, y, typical={"plus": 1 / (1 + np.exp(a))})
        pairs = all(
            isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], autograd.Value)
            for pair in got.parents
        )
        yield need(isinstance(got.parents, tuple) and pairs, "not_pairs")
        start.grad = 0.0  # it comes from the parents, or not at all
        got.backward()
        yield need(start.grad != 0, "no_parent")
        yield numbers(
            start.grad,
            y * (1 - y),
            typical={"slope_of_a": a * (1 - a), "slope_half": 1 - y, "slope_is_y": y},
        )


@exercise("send_errors_back.bias_gradient")
def bias_gradient(dz):
    return dz.sum(axis=0)  # dz already holds the 1/n of the loss (5.7)


@judge("send_errors_back.bias_gradient")
def _(theirs):
    yield from same(
        theirs,
        bias_gradient,
        [(DZ,), (DZ[:1],)],
        typical={
            "still_mean": lambda dz: dz.mean(axis=0),
            "over_units": lambda dz: dz.sum(axis=1),
            "one_number": lambda dz: dz.sum(),
        },
    )


choice("send_errors_back.which", "A", {"B": "tidy_one"})


@exercise("send_errors_back.saliency")
def saliency(model, x):
    z = model(x[None], training=True)
    dz = np.zeros_like(z)
    dz[0, z.argmax()] = 1
    return model.backward(dz)[0]


@judge("send_errors_back.saliency")
def _(theirs):
    model = Sequential([Dense(5, activation="relu"), Dense(3)], seed=2)
    x = np.array([0.2, -0.4, 1.0, 0.7], np.float32)
    z = model(x[None], training=True)
    all_ones = model.backward(np.ones_like(z))[0]
    model(x[None], training=True)
    with_scores = model.backward(z)[0]
    expected = saliency(model, x)
    model.zero_grads()
    got = theirs(model, x)
    yield need(np.shape(got) != (1, 4), "batch_axis")
    yield numbers(
        got, expected, rtol=1e-4, atol=1e-6, typical={"all_answers": all_ones, "scores_as_blame": with_scores}
    )
