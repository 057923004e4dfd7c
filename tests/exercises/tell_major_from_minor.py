"""Wrong answers to the exercises of tell_major_from_minor, and the hint each must get."""

import numpy as np

from musicml.classroom.exercises.tell_major_from_minor import (
    colleague,
    keys_along,
    logistic,
    shares,
    sigmoid,
    softmax,
)


def with_loss(loss):
    """logistic with another loss, a function of p and y."""
    return lambda x, y, w, b: (loss(sigmoid(x @ w + b), y), *logistic(x, y, w, b)[1:])


def with_dw(dw):
    """logistic with another dw, a function of x, y, z and p."""

    def wrong(x, y, w, b):
        loss, _, db = logistic(x, y, w, b)
        z = x @ w + b
        return loss, dw(x, y, z, sigmoid(z)), db

    return wrong


def gradient(change, transpose=False):
    """keys_gradient with another p - y, a function of p and y."""

    def wrong(x, y, W, b):
        d = change(softmax(x @ W + b), y)
        dW = x.T @ d / len(x)
        return (dW.T if transpose else dW), d.mean(axis=0)

    return wrong


def per_row(x, y, W, b):
    d = softmax(x @ W + b) - np.eye(3)[y]
    return x.T @ d / len(x), d


def along(cut, step=4, end=softmax):
    def wrong(grid, W, b, width):
        heard = [shares(grid[cut(t, width)]) for t in range(0, len(grid), step)]
        return end(np.array(heard) @ W + b)

    return wrong


def around(t, n):
    return slice(max(t - n // 2, 0), t + n // 2)


def small_only(z):
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def one_maximum(z):
    return small_only(z - z.max())


WRONG = {
    "tell_major_from_minor.predict_p": [
        ("odds_given", 16),
        ("p_times_four", 3.2),
        ("z_given", 2.7726),
        ("p_plus", 2.1863),
        ("not_moved", 0.8),
        ("added_odds", 0.889),
        ("prediction", 0.5),
    ],
    "tell_major_from_minor.logistic": [
        ("three", lambda x, y, w, b: logistic(x, y, w, b)[1]),
        ("loss_only_major", with_loss(lambda p, y: -np.mean(y * np.log(p)))),
        ("loss_base_2", with_loss(lambda p, y: -np.mean(y * np.log2(p) + (1 - y) * np.log2(1 - p)))),
        ("loss_squared", with_loss(lambda p, y: np.mean((p - y) ** 2))),
        ("loss_per_piece", with_loss(lambda p, y: -(y * np.log(p) + (1 - y) * np.log(1 - p)))),
        ("loss_sum", with_loss(lambda p, y: -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)))),
        ("sign", with_loss(lambda p, y: np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))),
        ("slope_left_in", with_dw(lambda x, y, z, p: x.T @ ((p - y) * p * (1 - p)) / len(x))),
        ("score_for_p", with_dw(lambda x, y, z, p: x.T @ (z - y) / len(x))),
        ("dw_per_piece", with_dw(lambda x, y, z, p: (p - y)[:, None] * x)),
        ("dw_sum", with_dw(lambda x, y, z, p: x.T @ (p - y))),
        ("sign", with_dw(lambda x, y, z, p: x.T @ (y - p) / len(x))),
        ("db_sum", lambda x, y, w, b: (*logistic(x, y, w, b)[:2], np.sum(sigmoid(x @ w + b) - y))),
        ("db_per_piece", lambda x, y, w, b: (*logistic(x, y, w, b)[:2], sigmoid(x @ w + b) - y)),
    ],
    "tell_major_from_minor.softmax": [
        ("over_everything", lambda z: np.exp(z) / np.exp(z).sum()),
        ("down_the_columns", lambda z: np.exp(z) / np.exp(z).sum(axis=0)),
        ("not_divided", lambda z: np.exp(z)),
        ("not_divided_shifted", lambda z: np.exp(z - z.max(axis=1, keepdims=True))),
        ("without_exp", lambda z: z / z.sum(axis=1, keepdims=True)),
        ("column_maximum", lambda z: small_only(z - z.max(axis=0))),
        ("overflows", small_only),
        ("one_maximum_for_all", one_maximum),
    ],
    "tell_major_from_minor.keys_gradient": [
        ("two", lambda x, y, W, b: x.T @ softmax(x @ W + b)),
        ("still_all_rows", colleague),
        ("labels_forgotten", gradient(lambda p, y: p)),
        ("not_one_hot", gradient(lambda p, y: p - y[:, None])),
        ("added", gradient(lambda p, y: p + np.eye(3)[y])),
        ("sign", gradient(lambda p, y: np.eye(3)[y] - p)),
        ("the_other_transpose", gradient(lambda p, y: p - np.eye(3)[y], transpose=True)),
        ("db_per_row", per_row),
    ],
    "tell_major_from_minor.keys_along": [
        ("looks_ahead", along(lambda t, n: slice(t, t + n))),
        ("one_step_more", along(lambda t, n: slice(max(t - n // 2, 0), t + n // 2 + 1))),
        ("too_wide", along(lambda t, n: slice(max(t - n, 0), t + n))),
        ("every_step", along(around, step=1)),
        ("scores", along(around, end=lambda z: z)),
        ("transposed", lambda grid, W, b, width: keys_along(grid, W, b, width).T),
    ],
}
