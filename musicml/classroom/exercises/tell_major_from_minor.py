"""The exercises of tell_major_from_minor."""

import numpy as np

from ... import score
from . import exercise, judge, need, numbers, opinion, probabilities, same, value

X = np.array([[4.0, 0.0], [3.0, 1.0], [0.0, 2.0]])  # the three tiny pieces
LABELS = np.array([1, 1, 0])
OTHER = np.array([[0.5, -1.0, 2.0], [1.5, 0.2, -0.7], [-0.3, 0.8, 0.1], [2.0, 1.0, 0.4]])
KEYS = np.array([2, 0, 2, 1])
W = np.array([[0.2, -0.4, 1.0], [0.5, 0.3, -0.6], [-0.1, 0.9, 0.4]])
B = np.array([0.1, -0.2, 0.3])

value(
    "tell_major_from_minor.predict_p",
    0.941,
    tolerance=0.002,
    typical={
        "odds_given": 16.0,
        "p_times_four": 3.2,
        "z_given": 2 * np.log(4),
        "p_plus": 0.8 + np.log(4),
        "not_moved": 0.8,
        "added_odds": 8 / 9,
    },
)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))  # (3.3)


@exercise("tell_major_from_minor.logistic")
def logistic(x, y, w, b):
    p = sigmoid(x @ w + b)
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))  # (3.5)
    return loss, x.T @ (p - y) / len(x), np.mean(p - y)  # (3.9)


@judge("tell_major_from_minor.logistic")
def _(theirs):
    for x, y, w, b in (
        (X, LABELS, np.zeros(2), 0.0),
        (OTHER, np.array([0, 1, 1, 0]), np.array([0.4, -1.1, 0.3]), 0.2),
    ):
        got = theirs(x, y, w, b)
        yield need(isinstance(got, tuple) and len(got) == 3, "three")
        loss, dw, db = logistic(x, y, w, b)
        p, n = sigmoid(x @ w + b), len(x)
        yield numbers(
            got[0],
            loss,
            n=n,
            typical={
                "loss_only_major": -np.mean(y * np.log(p)),
                "loss_base_2": loss / np.log(2),
                "loss_squared": np.mean((p - y) ** 2),
                "loss_sum": loss * n,
                "loss_per_piece": -(y * np.log(p) + (1 - y) * np.log(1 - p)),
            },
        )
        yield numbers(
            got[1],
            dw,
            n=n,
            typical={
                "slope_left_in": x.T @ ((p - y) * p * (1 - p)) / n,
                "score_for_p": x.T @ (x @ w + b - y) / n,
                "dw_sum": dw * n,
                "dw_per_piece": (p - y)[:, None] * x,
            },
        )
        yield numbers(got[2], db, n=n, typical={"db_sum": db * n, "db_per_piece": p - y})


@exercise("tell_major_from_minor.softmax")
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)  # (3.10)


@judge("tell_major_from_minor.softmax")
def _(theirs):
    cases = (
        np.array([[1.0, 0.0, -1.0], [0.5, 2.0, 0.0]]),
        np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 4.0], [1.0, 1.0, 1.0]]),
    )
    for z in cases:
        got = theirs(z)
        e = np.exp(z)
        shifted = np.exp(z - z.max(axis=1, keepdims=True))
        one_row = z - z.max(axis=0)
        yield numbers(
            got,
            softmax(z),
            typical={
                "over_everything": e / e.sum(),
                "down_the_columns": e / e.sum(axis=0),
                "not_divided": e,
                "not_divided_shifted": shifted,
                "without_exp": z / z.sum(axis=1, keepdims=True),
                "column_maximum": np.exp(one_row) / np.exp(one_row).sum(axis=1, keepdims=True),
            },
        )
        yield probabilities(got)
    with np.errstate(all="ignore"):
        large, far = theirs(np.array([[1000.0, 999.0]])), theirs(np.array([[1000.0, 999.0], [1.0, 0.0]]))
    yield need(np.isfinite(large).all(), "overflows")
    yield need(np.isfinite(far).all(), "one_maximum_for_all")
    yield numbers(far, softmax(np.array([[1.0, 0.0], [1.0, 0.0]])))


@exercise("tell_major_from_minor.keys_gradient")
def keys_gradient(x, y, W, b):
    p = softmax(x @ W + b)
    p[np.arange(len(x)), y] -= 1  # in each row, at the true key of that row
    return x.T @ p / len(x), p.mean(axis=0)  # (3.14)


def colleague(x, y, W, b):
    p = softmax(x @ W + b)
    p[:, y] -= 1
    return x.T @ p / len(x), p.mean(axis=0)


@judge("tell_major_from_minor.keys_gradient")
def _(theirs):
    for n in (1, 4):
        x, y = OTHER[:n], KEYS[:n]
        got = theirs(x, y, W, B)
        yield need(isinstance(got, tuple) and len(got) == 2, "two")
        p, expected, still = softmax(x @ W + B), keys_gradient(x, y, W, B), colleague(x, y, W, B)
        plus = p + np.eye(3)[y]
        many = n if n > 1 else None
        yield numbers(
            got[0],
            expected[0],
            n=many,
            typical={
                "still_all_rows": still[0],
                "labels_forgotten": x.T @ p / n,
                "not_one_hot": x.T @ (p - y[:, None]) / n,
                "added": x.T @ plus / n,
                "the_other_transpose": (p - np.eye(3)[y]).T @ x / n,
            },
        )
        yield numbers(got[1], expected[1], n=many, typical={"db_per_row": p - np.eye(3)[y]})


opinion(
    "tell_major_from_minor.home",
    "The E chord sounds open to me, like a question. A minor answers it, so A is my home.",
)


def shares(grid, tonic=0):
    return np.roll(12 * score.pitch_class_histogram(grid) - 1, -tonic)


@exercise("tell_major_from_minor.keys_along")
def keys_along(grid, W, b, width):
    beats = range(0, len(grid), 4)
    heard = [shares(grid[max(t - width // 2, 0) : t + width // 2]) for t in beats]
    return softmax(np.array(heard) @ W + b)


@judge("tell_major_from_minor.keys_along")
def _(theirs):
    soprano = np.repeat([72, 71, 67, 69, 64, 66, 62, 61, 73], [3, 2, 4, 1, 5, 2, 3, 2, 4])
    grid = np.stack([soprano, np.repeat([60, 55, 50, -1], [8, 6, 6, 6])], axis=1)
    weights = np.cos(np.arange(12)[:, None] * np.arange(1, 25) / 3), np.sin(np.arange(24.0))

    def windows(grid, cut, step=4):
        return np.array([shares(grid[cut(t)]) for t in range(0, len(grid), step)])

    yield from same(
        theirs,
        keys_along,
        [(grid, *weights, 8), (grid, *weights, 12)],
        typical={
            "looks_ahead": lambda g, W, b, n: softmax(windows(g, lambda t: slice(t, t + n)) @ W + b),
            "one_step_more": lambda g, W, b, n: softmax(
                windows(g, lambda t: slice(max(t - n // 2, 0), t + n // 2 + 1)) @ W + b
            ),
            "too_wide": lambda g, W, b, n: softmax(windows(g, lambda t: slice(max(t - n, 0), t + n)) @ W + b),
            "every_step": lambda g, W, b, n: softmax(
                windows(g, lambda t: slice(max(t - n // 2, 0), t + n // 2), 1) @ W + b
            ),
            "scores": lambda g, W, b, n: windows(g, lambda t: slice(max(t - n // 2, 0), t + n // 2)) @ W + b,
        },
    )
