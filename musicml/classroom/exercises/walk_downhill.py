"""The exercises of walk_downhill."""

import numpy as np

from . import exercise, judge, need, numbers, opinion, same, value

X, Y = np.arange(1.0, 6), np.arange(2.0, 7)  # the article's five points
OTHER = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.0, -3.0])
TRAIN, TEST = np.array([60.0, 62, 64, 67, 72]), np.array([70.0, 74, 79])

value(
    "walk_downhill.predict_steps",
    -10.0,
    tolerance=0.5,
    typical={"without_sign": 10.0, "not_minus_one": -270.0, "one_step": -40.0},
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


def without_bias(w, b, x, y):
    return gradient(w, 0, x, y)


def per_note(w, b, x, y):
    e = w * x + b - y
    return 2 * e * x, 2 * e


@judge("walk_downhill.gradient")
def _(theirs):
    cases = [(0.0, 0.0, X, Y), (0.5, -2.0, X, Y), (-1.0, 3.0, *OTHER)]
    yield from same(
        theirs,
        gradient,
        cases,
        n=lambda w, b, x, y: len(x),
        typical={
            "db_summed": db_summed,
            "db_with_x": db_with_x,
            "without_bias": without_bias,
            "per_note": per_note,
            "swapped": lambda w, b, x, y: gradient(w, b, x, y)[::-1],
        },
    )


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
    yield from same(
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
        },
    )
    yield need(isinstance(theirs(X, Y, 0.02, 1), np.ndarray), "a_list")


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
    train, test = theirs(TRAIN, TEST)
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
    yield from same(
        theirs,
        momentum,
        [(X, Y, 0.02, 0.5, 4), (*OTHER, 0.1, 0.9, 3), (X, Y, 0.02, 0.0, 3)],
        typical={
            "no_speed": lambda x, y, eta, beta, steps: descend(x, y, eta, steps),
            "averaged": lambda x, y, eta, beta, steps: momentum(x, y, (1 - beta) * eta, beta, steps),
            "uphill": lambda x, y, eta, beta, steps: momentum(x, y, -eta, beta, steps),
            "looks_ahead": looks_ahead,
        },
    )
    yield need(isinstance(theirs(X, Y, 0.02, 0.5, 1), np.ndarray), "a_list")


def looks_ahead(x, y, learning_rate, beta, steps):
    """Nesterov's variant: the slope is felt where the speed will carry us."""
    place, m = np.zeros(2), np.zeros(2)
    path = [place]
    for _ in range(steps):
        m = beta * m - learning_rate * np.array(gradient(*(place + beta * m), x, y))
        place = place + m
        path.append(place)
    return np.array(path)
