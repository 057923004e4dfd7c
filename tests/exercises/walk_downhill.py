"""Wrong answers to the exercises of walk_downhill, and the hint each must get."""

import numpy as np


def error(w, b, x, y):
    return w * x + b - y


def slopes(w, b, x, y):
    e = error(w, b, x, y)
    return 2 * np.mean(e * x), 2 * np.mean(e)


def summed(w, b, x, y):
    e = error(w, b, x, y)
    return 2 * np.sum(e * x), 2 * np.sum(e)


def db_summed(w, b, x, y):
    e = error(w, b, x, y)
    return 2 * np.mean(e * x), 2 * np.sum(e)


def db_with_x(w, b, x, y):
    e = error(w, b, x, y)
    return 2 * np.mean(e * x), 2 * np.mean(e * x)


def no_factor(w, b, x, y):
    e = error(w, b, x, y)
    return np.mean(e * x), np.mean(e)


def turned_round(w, b, x, y):
    e = y - w * x - b
    return 2 * np.mean(e * x), 2 * np.mean(e)


def no_bias(w, b, x, y):
    e = w * x - y
    return 2 * np.mean(e * x), 2 * np.mean(e)


def dw_without_x(w, b, x, y):
    e = error(w, b, x, y)
    return 2 * np.mean(e), 2 * np.mean(e)


def per_note(w, b, x, y):
    e = error(w, b, x, y)
    return 2 * e * x, 2 * e


def per_note_over_n(w, b, x, y):
    e = error(w, b, x, y)
    return 2 / len(x) * e * x, 2 / len(x) * e


def dw_per_note(w, b, x, y):
    e = error(w, b, x, y)
    return 2 * e * x, 2 * np.mean(e)


X, Y = np.arange(1.0, 6), np.arange(2.0, 7)  # names of the lesson, which a learner may write for x and y


def outside(w, b, x, y):
    return slopes(w, b, X, Y)


def swapped(w, b, x, y):
    e = error(w, b, x, y)
    return 2 * np.mean(e), 2 * np.mean(e * x)


def only_dw(w, b, x, y):
    return 2 * np.mean(error(w, b, x, y) * x)


def uphill(x, y, learning_rate, steps):
    w, b, path = 0.0, 0.0, [(0.0, 0.0)]
    for _ in range(steps):
        dw, db = slopes(w, b, x, y)
        w, b = w + learning_rate * dw, b + learning_rate * db
        path.append((w, b))
    return np.array(path)


def one_after_the_other(x, y, learning_rate, steps):
    w, b, path = 0.0, 0.0, [(0.0, 0.0)]
    for _ in range(steps):
        w = w - learning_rate * slopes(w, b, x, y)[0]
        b = b - learning_rate * slopes(w, b, x, y)[1]
        path.append((w, b))
    return np.array(path)


def last_only(x, y, learning_rate, steps):
    w, b = 0.0, 0.0
    for _ in range(steps):
        dw, db = slopes(w, b, x, y)
        w, b = w - learning_rate * dw, b - learning_rate * db
    return w, b


def no_start(x, y, learning_rate, steps):
    w, b, path = 0.0, 0.0, []
    for _ in range(steps):
        dw, db = slopes(w, b, x, y)
        w, b = w - learning_rate * dw, b - learning_rate * db
        path.append((w, b))
    return np.array(path)


def no_end(x, y, learning_rate, steps):
    w, b, path = 0.0, 0.0, []
    for _ in range(steps):
        path.append((w, b))
        dw, db = slopes(w, b, x, y)
        w, b = w - learning_rate * dw, b - learning_rate * db
    return np.array(path)


def same_place(x, y, learning_rate, steps):
    place = np.zeros(2)
    path = [place]
    for _ in range(steps):
        place -= learning_rate * np.array(slopes(*place, x, y))
        path.append(place)
    return np.array(path)


def walk(x, y, learning_rate, steps, rate=None):
    """The right walk, or one with a step size of its own."""
    return ball(x, y, rate or learning_rate, 0.0, steps)


def starts_elsewhere(x, y, learning_rate, steps):
    w, b, path = 1.0, 0.0, [(1.0, 0.0)]
    for _ in range(steps):
        dw, db = slopes(w, b, x, y)
        w, b = w - learning_rate * dw, b - learning_rate * db
        path.append((w, b))
    return np.array(path)


def only_w_walks(x, y, learning_rate, steps):
    w, path = 0.0, [(0.0, 0.0)]
    for _ in range(steps):
        w -= learning_rate * slopes(w, 0.0, x, y)[0]
        path.append((w, 0.0))
    return np.array(path)


def ball(x, y, learning_rate, beta, steps, *, ahead=0.0, share=1.0):
    place, m = np.zeros(2), np.zeros(2)
    path = [place]
    for _ in range(steps):
        m = beta * m - share * learning_rate * np.array(slopes(*(place + ahead * beta * m), x, y))
        place = place + m
        path.append(place)
    return np.array(path)


def averaged(x, y, learning_rate, beta, steps):
    return ball(x, y, learning_rate, beta, steps, share=1 - beta)


def rolls_uphill(x, y, learning_rate, beta, steps):
    return ball(x, y, learning_rate, beta, steps, share=-1.0)


def looks_ahead(x, y, learning_rate, beta, steps):
    return ball(x, y, learning_rate, beta, steps, ahead=1.0)


def no_speed(x, y, learning_rate, beta, steps):
    return ball(x, y, learning_rate, 0.0, steps)


def no_rate(x, y, learning_rate, beta, steps):
    return ball(x, y, 1.0, beta, steps)


def no_beta(x, y, learning_rate, beta, steps):
    return ball(x, y, learning_rate, 1.0, steps)


def moves_first(x, y, learning_rate, beta, steps):
    w, b, m_w, m_b, path = 0.0, 0.0, 0.0, 0.0, [(0.0, 0.0)]
    for _ in range(steps):
        dw, db = slopes(w, b, x, y)
        w, b = w + m_w, b + m_b
        m_w, m_b = beta * m_w - learning_rate * dw, beta * m_b - learning_rate * db
        path.append((w, b))
    return np.array(path)


def moves_then_feels(x, y, learning_rate, beta, steps):
    return np.concatenate([np.zeros((1, 2)), ball(x, y, learning_rate, beta, steps)[:-1]])


def mixed(x, y, learning_rate, beta, steps, *, at_once=False):
    """The speed of w stands in the speed of b: the new one, or (at_once) the old one."""
    w, b, m_w, m_b, path = 0.0, 0.0, 0.0, 0.0, [(0.0, 0.0)]
    for _ in range(steps):
        dw, db = slopes(w, b, x, y)
        old, m_w = m_w, beta * m_w - learning_rate * dw
        m_b = beta * (old if at_once else m_w) - learning_rate * db
        w, b = w + m_w, b + m_b
        path.append((w, b))
    return np.array(path)


def overwrites_train(train, test):
    train = (train - train.mean()) / train.std()
    return train, (test - train.mean()) / train.std()


def colleague(train, test):
    return (train - train.mean()) / train.std(), (test - test.mean()) / test.std()


def peeks(train, test):
    both = np.concatenate([train, test])
    return (train - both.mean()) / both.std(), (test - both.mean()) / both.std()


def by_variance(train, test):
    return (train - train.mean()) / train.var(), (test - train.mean()) / train.var()


WRONG = {
    "walk_downhill.predict_steps": [
        ("without_sign", 10.0),
        ("not_minus_one", -270.0),
        ("one_step", -40.0),
        ("one_step_without_sign", 40.0),
        ("one_step_not_minus_one", -120.0),
        ("two_steps", 20.0),
        ("in_octaves", -10 / 1200),
        ("prediction", 30.0),
    ],
    "walk_downhill.gradient": [
        ("sign", turned_round),
        ("missing_1_over_n", summed),
        ("half", no_factor),
        ("db_summed", db_summed),
        ("db_with_x", db_with_x),
        ("dw_without_x", dw_without_x),
        ("without_bias", no_bias),
        ("per_note", per_note),
        ("per_note", per_note_over_n),
        ("per_note", dw_per_note),
        ("outside", outside),
        ("swapped", swapped),
        ("shape", only_dw),
    ],
    "walk_downhill.descend": [
        ("uphill", uphill),
        ("one_after_the_other", one_after_the_other),
        ("last_only", last_only),
        ("no_start", no_start),
        ("no_end", no_end),
        ("same_place", same_place),
        ("rate_unused", lambda *args: walk(*args, rate=1.0)),
        ("rate_unused", lambda *args: walk(*args, rate=0.1)),
        ("outside", lambda x, y, *rest: walk(X, Y, *rest)),
        ("row", starts_elsewhere),
        ("row", only_w_walks),
        ("shape", lambda *args: walk(*args)[-1, 0]),
        ("a_list", lambda *args: [list(place) for place in ball(*args[:3], 0.0, args[3])]),
    ],
    "walk_downhill.ear": [("too_short", "the second")],
    "walk_downhill.scale": [
        ("own_mean", colleague),
        ("own_mean_only", lambda a, b: ((a - a.mean()) / a.std(), (b - b.mean()) / a.std())),
        ("own_deviation", lambda a, b: ((a - a.mean()) / a.std(), (b - a.mean()) / b.std())),
        ("peeks", peeks),
        ("from_test", lambda a, b: ((a - b.mean()) / b.std(), (b - b.mean()) / b.std())),
        ("variance", by_variance),
        ("not_divided", lambda a, b: (a - a.mean(), b - a.mean())),
        ("test_unscaled", overwrites_train),
        ("test_unscaled", lambda a, b: ((a - a.mean()) / a.std(), b)),
        ("not_two", lambda a, b: (a - a.mean()) / a.std()),
        ("not_two", lambda a, b: (np.concatenate([a, b]) - a.mean()) / a.std()),
    ],
    "walk_downhill.momentum": [
        ("no_speed", no_speed),
        ("averaged", averaged),
        ("uphill", rolls_uphill),
        ("looks_ahead", looks_ahead),
        ("rate_unused", no_rate),
        ("beta_forgotten", no_beta),
        ("moved_first", moves_first),
        ("moved_first", moves_then_feels),
        ("speeds_mixed", mixed),
        ("row", lambda *args: mixed(*args, at_once=True)),
        ("a_list", lambda *args: list(ball(*args))),
    ],
}
