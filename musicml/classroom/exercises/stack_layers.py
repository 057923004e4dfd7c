"""The exercises of stack_layers."""

import numpy as np

from . import choice, exercise, judge, need, numbers, same, value

NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
BLACK = np.isin(np.arange(12), (1, 3, 6, 8, 10))
X = np.array([[1.0, 2.0], [0.5, -1.0], [3.0, 0.0]])
SQUARE = np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([0.5, -1.0])
WIDE = np.array([[1.0, -1.0, 2.0, 0.5], [0.5, 1.0, -2.0, 1.5]]), np.array([0.5, -1.0, 0.0, 2.0])
LAST = np.array([[1.0, -0.5], [2.0, 1.0], [-1.0, 0.5], [0.5, 3.0]]), np.array([-4.0, 0.5])
SMALL = np.array([[2.0], [-1.0]]), np.array([-3.0])

value(
    "stack_layers.predict_weights",
    2561,
    typical={
        "no_biases": 6 * 64 + 64 * 32 + 32,
        "input_counted": 6 + 2561,
        "last_forgotten": 7 * 64 + 65 * 32,
        "first_forgotten": 65 * 32 + 33,
        "units": 64 + 32 + 1,
    },
)


def circle(notes, steps=1):
    """The places of notes on a circle: (..., 2)."""
    angle = 2 * np.pi * steps * np.asarray(notes) / 12
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1)


@exercise("stack_layers.dense")
def dense(x, W, b):
    return x @ W + b  # (4.2)


@judge("stack_layers.dense")
def _(theirs):
    yield from same(
        theirs,
        dense,
        [(X[:2], *SQUARE), (X, *SQUARE), (X, *WIDE), (X[:1], *WIDE)],
        typical={
            "weights_first": lambda x, W, b: W @ x + b if x.shape == W.shape else np.nan,
            "bias_along_examples": lambda x, W, b: x @ W + b[:, None] if len(x) == len(b) else np.nan,
            "weights_turned": lambda x, W, b: x @ W.T + b if W.shape == (2, 2) else np.nan,
            "no_bias": lambda x, W, b: x @ W,
            "minus_bias": lambda x, W, b: x @ W - b,
            "with_relu": lambda x, W, b: np.maximum(x @ W + b, 0),
            "article_columns": lambda x, W, b: (x @ W + b).T,
        },
    )


@exercise("stack_layers.two_layers")
def two_layers(x, W1, b1, W2, b2):
    h = np.maximum(dense(x, W1, b1), 0)  # (4.2)
    return dense(h, W2, b2)  # (4.3)


@judge("stack_layers.two_layers")
def _(theirs):
    yield from same(
        theirs,
        two_layers,
        [(X, *WIDE, *LAST), (X, *SQUARE, *SMALL)],
        typical={
            "no_activation": lambda x, W1, b1, W2, b2: dense(dense(x, W1, b1), W2, b2),
            "relu_last": lambda x, W1, b1, W2, b2: np.maximum(two_layers(x, W1, b1, W2, b2), 0),
            "only_last_bent": lambda x, W1, b1, W2, b2: np.maximum(dense(dense(x, W1, b1), W2, b2), 0),
            "bias_after": lambda x, W1, b1, W2, b2: dense(np.maximum(x @ W1, 0) + b1, W2, b2),
            "no_last_bias": lambda x, W1, b1, W2, b2: np.maximum(dense(x, W1, b1), 0) @ W2,
            "hidden_returned": lambda x, W1, b1, W2, b2: np.maximum(dense(x, W1, b1), 0),
        },
    )


@exercise("stack_layers.columns")
def columns(a, W, b):
    return W @ a + b[:, None]  # one bias for each row


@judge("stack_layers.columns")
def _(theirs):
    W, b = WIDE
    for a in (np.concatenate([X, -X[:1]]).T, X.T, X[:1].T):
        got = theirs(a, W.T, b)
        expected = columns(a, W.T, b)
        square = a.shape[1] == len(b)
        yield numbers(
            got,
            expected,
            typical={
                "still_along_notes": W.T @ a + b if square else np.nan,
                "rows_returned": expected.T,
                "no_bias": W.T @ a,
            },
        )


choice("stack_layers.which", "A", {"B": "too_plain"})


@exercise("stack_layers.by_hand")
def by_hand():
    W1 = 15 * circle([1, 3, 6, 8, 10]).T  # a line before each black note, as in the Idea
    return W1, np.full(5, -14.0), np.full((5, 1), 2.0), np.array([-1.0])


@judge("stack_layers.by_hand")
def _(theirs):
    got = theirs()
    yield need(isinstance(got, (tuple, list)) and len(got) == 4, "four", got=type(got).__name__)
    W1, b1, W2, b2 = (np.asarray(array, dtype=float) for array in got)
    U = W1.shape[-1] if W1.ndim == 2 else 0
    shapes = f"{W1.shape}, {b1.shape}, {W2.shape}, {b2.shape}"
    yield need(W1.shape == (2, U) and U > 0, "first_shape", got=W1.shape)
    yield need(b1.shape == (U,) and W2.shape == (U, 1) and b2.shape == (1,), "shapes", got=shapes, U=U)
    z = two_layers(circle(range(12)), W1, b1, W2, b2)[:, 0]
    yield need(np.isfinite(z).all(), "not_finite", got="a score that is no number")
    yield need(not ((z > 0) == ~BLACK).all(), "reversed")
    yield need((z > 0)[BLACK].any() or (z <= 0).sum() < 12, "nothing_black")
    yield need((z > 0)[BLACK].all(), "missed", got=listed(BLACK & (z <= 0)))
    yield need((z < 0)[~BLACK].all(), "caught", got=listed(~BLACK & (z >= 0)))


def listed(notes):
    """The names of the notes that are True, for a sentence."""
    return ", ".join(name for name, here in zip(NAMES, notes, strict=True) if here)
