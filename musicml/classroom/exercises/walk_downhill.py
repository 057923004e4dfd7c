"""The exercises of walk_downhill."""

import numpy as np

from . import describe, exercise, fault, judge, need, numbers, opinion, same, value

X, Y = np.arange(1.0, 6), np.arange(2.0, 7)  # the article's five points
OTHER = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.0, -3.0])
TRAIN, TEST = np.array([60.0, 62, 64, 67, 72]), np.array([70.0, 74, 79])

value(
    "walk_downhill.predict_steps",
    -10.0,
    tolerance=0.5,
    typical={
        "without_sign": 10.0,
        "not_minus_one": -270.0,
        "one_step": -40.0,
        "one_step_without_sign": 40.0,
        "one_step_not_minus_one": -120.0,
        "two_steps": 20.0,
        "in_octaves": -10 / 1200,
    },
)


@exercise("walk_downhill.gradient")
def gradient(w, b, x, y):
    e = w * x + b - y
    dw = 2 * np.mean(e * x)  # (2.3)
    db = 2 * np.mean(e)  # (2.4)
    return dw, db


def db_summed(w, b, x, y):
    dw, db = gradient(w, b, x, y)
    return dw, db * len(x)


def db_with_x(w, b, x, y):
    return (gradient(w, b, x, y)[0],) * 2


def dw_without_x(w, b, x, y):
    return (gradient(w, b, x, y)[1],) * 2


def without_bias(w, b, x, y):
    return gradient(w, 0, x, y)


@judge("walk_downhill.gradient")
def _(theirs):
    got = theirs(0.5, -2.0, X, Y)
    yield need(not isinstance(got, tuple) or len(X) not in map(np.size, got), "per_note")
    cases = [(0.0, 0.0, X, Y), (0.5, -2.0, X, Y), (-1.0, 3.0, *OTHER)]
    yield from same(
        theirs,
        gradient,
        cases,
        n=lambda w, b, x, y: len(x),
        typical={
            "db_summed": db_summed,
            "db_with_x": db_with_x,
            "dw_without_x": dw_without_x,
            "without_bias": without_bias,
            "swapped": lambda w, b, x, y: gradient(w, b, x, y)[::-1],
            "outside": lambda w, b, x, y: gradient(w, b, X, Y),  # the names of the cell above
        },
    )


def paths(theirs, reference, cases, *, typical):
    """As ``same``, for functions that return a path: the first row that differs is told."""
    for args, wrong in zip(cases, same(theirs, reference, cases, typical=typical), strict=True):
        if wrong and wrong.key in ("value", "sign", "twice", "half"):  # they would show the shape alone
            got, expected = np.asarray(theirs(*args)), reference(*args)
            row = np.flatnonzero(~np.isclose(got, expected, rtol=1e-6, atol=1e-9).all(axis=1))[0]
            wrong = fault("row", row=row, got=describe(got[row]), expected=describe(expected[row]))
        yield wrong


@exercise("walk_downhill.descend")
def descend(x, y, learning_rate, steps):
    w, b = 0.0, 0.0
    path = [(w, b)]
    for _ in range(steps):
        dw, db = gradient(w, b, x, y)
        w, b = w - learning_rate * dw, b - learning_rate * db  # (2.5)
        path.append((w, b))
    return np.array(path)


def one_after_the_other(x, y, learning_rate, steps):
    """As descend, but the slope along b is felt after w has moved."""
    w, b = 0.0, 0.0
    path = [(w, b)]
    for _ in range(steps):
        w -= learning_rate * gradient(w, b, x, y)[0]
        b -= learning_rate * gradient(w, b, x, y)[1]
        path.append((w, b))
    return np.array(path)


@judge("walk_downhill.descend")
def _(theirs):
    yield need(not np.array_equal(theirs(X, Y, 0.02, 4), theirs(X, Y, 0.05, 4)), "rate_unused")
    yield from paths(
        theirs,
        descend,
        [(X, Y, 0.02, 4), (*OTHER, 0.1, 3), (X, Y, 0.05, 1)],
        typical={
            "uphill": lambda x, y, eta, steps: descend(x, y, -eta, steps),
            "one_after_the_other": one_after_the_other,
            "last_only": lambda *args: descend(*args)[-1],
            "no_start": lambda *args: descend(*args)[1:],
            "no_end": lambda *args: descend(*args)[:-1],
            "same_place": lambda *args: np.tile(descend(*args)[-1], (args[-1] + 1, 1)),
            "outside": lambda x, y, *rest: descend(X, Y, *rest),
        },
    )


opinion(
    "walk_downhill.ear",
    "The narrow one: I hear a melody by its intervals. The loss counts only cents.",
)


@exercise("walk_downhill.scale")
def scale(train, test):
    mean, deviation = train.mean(), train.std()
    return (train - mean) / deviation, (test - mean) / deviation


@judge("walk_downhill.scale")
def _(theirs):
    both = np.concatenate([TRAIN, TEST])
    pair = theirs(TRAIN, TEST)
    yield need(isinstance(pair, (tuple, list)) and len(pair) == 2, "not_two")
    train, test = pair
    right_train, right_test = scale(TRAIN, TEST)
    yield numbers(
        train,
        right_train,
        typical={
            "peeks": (TRAIN - both.mean()) / both.std(),
            "variance": (TRAIN - TRAIN.mean()) / TRAIN.var(),
            "not_divided": TRAIN - TRAIN.mean(),
            "from_test": (TRAIN - TEST.mean()) / TEST.std(),
        },
    )
    yield numbers(
        test,
        right_test,
        typical={
            "own_mean": (TEST - TEST.mean()) / TEST.std(),
            "own_mean_only": (TEST - TEST.mean()) / TRAIN.std(),
            "own_deviation": (TEST - TRAIN.mean()) / TEST.std(),
            "test_unscaled": TEST,
        },
    )


@exercise("walk_downhill.momentum")
def momentum(x, y, learning_rate, beta, steps):
    w, b, m_w, m_b = 0.0, 0.0, 0.0, 0.0
    path = [(w, b)]
    for _ in range(steps):
        dw, db = gradient(w, b, x, y)
        m_w, m_b = beta * m_w - learning_rate * dw, beta * m_b - learning_rate * db
        w, b = w + m_w, b + m_b  # (2.12)
        path.append((w, b))
    return np.array(path)


@judge("walk_downhill.momentum")
def _(theirs):
    got = np.asarray(theirs(X, Y, 0.02, 0.5, 4))
    yield need(not np.array_equal(got, theirs(X, Y, 0.05, 0.5, 4)), "rate_unused")
    yield need(got.shape != (5, 2) or got[:2].any(), "moved_first")
    yield from paths(
        theirs,
        momentum,
        [(X, Y, 0.02, 0.5, 4), (*OTHER, 0.1, 0.9, 3), (X, Y, 0.02, 0.0, 3)],
        typical={
            "no_speed": lambda x, y, eta, beta, steps: descend(x, y, eta, steps),
            "averaged": lambda x, y, eta, beta, steps: momentum(x, y, (1 - beta) * eta, beta, steps),
            "uphill": lambda x, y, eta, beta, steps: momentum(x, y, -eta, beta, steps),
            "looks_ahead": looks_ahead,
            "beta_forgotten": lambda x, y, eta, beta, steps: momentum(x, y, eta, 1.0, steps),
            "speeds_mixed": speeds_mixed,
        },
    )


def looks_ahead(x, y, learning_rate, beta, steps):
    """Nesterov's variant: the slope is felt where the speed will carry us."""
    place, m = np.zeros(2), np.zeros(2)
    path = [place]
    for _ in range(steps):
        m = beta * m - learning_rate * np.array(gradient(*(place + beta * m), x, y))
        place = place + m
        path.append(place)
    return np.array(path)


def speeds_mixed(x, y, learning_rate, beta, steps):
    """As momentum, but the speed of b goes on from the new speed of w."""
    w, b, m_w, m_b = 0.0, 0.0, 0.0, 0.0
    path = [(w, b)]
    for _ in range(steps):
        dw, db = gradient(w, b, x, y)
        m_w = beta * m_w - learning_rate * dw
        m_b = beta * m_w - learning_rate * db
        w, b = w + m_w, b + m_b
        path.append((w, b))
    return np.array(path)
