"""Wrong answers to the exercises of fit_a_line, and the hint each must get."""

import numpy as np


def article(x, y):
    return np.sum(x * y) / len(x)


def centred(x, y):
    return x - np.mean(x), y - np.mean(y)


def line(x, y, of_w=1.0, b=lambda w, x, y: np.mean(y) - w * np.mean(x)):
    """The right line, its slope multiplied by of_w; b: how the intercept is made."""
    dx, dy = centred(x, y)
    w = of_w * np.sum(dx * dy) / np.sum(dx**2)
    return w, b(w, x, y)


def sum_over_mean(x, y):
    dx, dy = centred(x, y)
    w = np.sum(dx * dy) / np.mean(dx**2)
    return w, np.mean(y) - w * np.mean(x)


def mean_over_sum(x, y):
    dx, dy = centred(x, y)
    w = np.mean(dx * dy) / np.sum(dx**2)
    return w, np.mean(y) - w * np.mean(x)


def cov_over_var(x, y):
    w = np.cov(x, y)[0, 1] / np.var(x)
    return w, np.mean(y) - w * np.mean(x)


def upside_down(x, y):
    dx, dy = centred(x, y)
    w = np.mean(dx**2) / np.mean(dx * dy)
    return w, np.mean(y) - w * np.mean(x)


def cents(model, measured):
    return 1200 * np.log2(model / measured)


WRONG = {
    "fit_a_line.predict_loss": [
        ("no_half", 5.0),
        ("divided_by_n", 0.5),
        ("mean_square", 1),
        ("prediction", 4455.0),
    ],
    "fit_a_line.slope": [
        ("missing_sum_x2", article),
        ("missing_sum_x2", lambda x, y: np.mean(x * y)),
        ("sign", lambda x, y: -np.sum(x * y) / np.sum(x * x)),
        ("missing_1_over_n", lambda x, y: np.sum(x * y) / np.mean(x * x)),
        ("extra_1_over_n", lambda x, y: np.mean(x * y) / np.sum(x * x)),
        ("half", lambda x, y: 0.5 * np.sum(x * y) / np.sum(x * x)),
        ("only_sum_xy", lambda x, y: x @ y),
        ("upside_down", lambda x, y: np.sum(x * x) / np.sum(x * y)),
        ("square_of_sum", lambda x, y: np.sum(x * y) / np.sum(x) ** 2),
        ("square_lost", lambda x, y: np.sum(x * y) / np.sum(x)),
        ("product_of_sums", lambda x, y: np.sum(x) * np.sum(y) / np.sum(x**2)),
        ("mean_of_ratios", lambda x, y: np.mean(y / x)),
        ("sum_of_ratios", lambda x, y: np.sum(x * y / x**2)),
        ("value", lambda x, y: np.mean(y - x)),  # 1 on the article's points, and no slope at all
        ("ratio_of_sums", lambda x, y: np.sum(y) / np.sum(x)),
        ("has_intercept", lambda x, y: np.polyfit(x, y, 1)[0]),
        ("shape", lambda x, y: x * y / np.sum(x * x)),
    ],
    "fit_a_line.line": [
        ("not_a_pair", lambda x, y: line(x, y)[0]),
        ("exchanged", lambda x, y: line(x, y)[::-1]),
        ("not_centred", lambda x, y: (np.sum(x * y) / np.sum(x * x), 0.0)),
        ("missing_1_over_n", sum_over_mean),
        ("mixed_n", cov_over_var),
        ("upside_down", upside_down),
        ("sign", lambda x, y: line(x, y, of_w=-1.0)),
        ("intercept_sign", lambda x, y: line(x, y, b=lambda w, x, y: w * np.mean(x) - np.mean(y))),
        ("intercept_plus", lambda x, y: line(x, y, b=lambda w, x, y: np.mean(y) + w * np.mean(x))),
        ("intercept_mean", lambda x, y: line(x, y, b=lambda w, x, y: np.mean(y))),
        ("intercept_sum", lambda x, y: line(x, y, b=lambda w, x, y: np.sum(y - w * x))),
        ("intercept", lambda x, y: line(x, y, b=lambda w, x, y: y[0])),
        ("intercept", lambda x, y: line(x, y, b=lambda w, x, y: np.mean(y) - np.mean(x))),
        ("intercept", lambda x, y: line(x, y, b=lambda w, x, y: y - w * x)),
        ("intercept", lambda x, y: line(x, y, b=lambda w, x, y: 2 * (np.mean(y) - w * np.mean(x)))),
        ("value", lambda x, y: ((y[-1] - y[0]) / (x[-1] - x[0]), 0.0)),
        ("extra_1_over_n", mean_over_sum),
        ("half", lambda x, y: line(x, y, of_w=0.5)),
        ("twice", lambda x, y: line(x, y, of_w=2.0)),
    ],
    "fit_a_line.rms_cents": [
        ("missing_1_over_n", lambda a, b: np.sqrt(np.sum(cents(a, b) ** 2))),
        ("missing_root", lambda a, b: np.mean(cents(a, b) ** 2)),
        ("natural_log", lambda a, b: np.sqrt(np.mean((1200 * np.log(a / b)) ** 2))),
        ("log_10", lambda a, b: np.sqrt(np.mean((1200 * np.log10(a / b)) ** 2))),
        ("octaves", lambda a, b: np.sqrt(np.mean(np.log2(a / b) ** 2))),
        ("hertz", lambda a, b: np.sqrt(np.mean((a - b) ** 2))),
        ("root_before_n", lambda a, b: np.sqrt(np.sum(cents(a, b) ** 2)) / len(a)),
        ("semitones", lambda a, b: np.sqrt(np.mean((12 * np.log2(a / b)) ** 2))),
        ("not_squared", lambda a, b: np.sqrt(np.mean(cents(a, b)) ** 2)),
        ("absolute", lambda a, b: np.mean(np.abs(cents(a, b)))),
        ("one_each", cents),
    ],
    "fit_a_line.listen": [("adds", "A"), ("low_ends", "C"), ("one_note", "d"), ("not_an_option", "E")],
    "fit_a_line.tuning": [
        ("log_returned", lambda p, f: 69 / 12 + np.mean(np.log2(f) - p / 12)),
        ("only_b", lambda p, f: np.mean(np.log2(f) - p / 12)),
        ("at_key_0", lambda p, f: 2 ** np.mean(np.log2(f) - p / 12)),
        ("free_slope", lambda p, f: 2 ** np.polyval(np.polyfit(p, np.log2(f), 1), 69)),
        ("mean_of_hertz", lambda p, f: np.mean(f * 2 ** ((69 - p) / 12))),
        ("log_of_mean", lambda p, f: 2 ** (69 / 12 + np.log2(np.mean(f)) - np.mean(p) / 12)),
        ("one_note", lambda p, f: f[list(p).index(69)]),
        ("natural_log", lambda p, f: 2 ** (69 / 12 + np.mean(np.log(f) - p / 12))),
        ("natural_slope", lambda p, f: np.exp(69 / 12 + np.mean(np.log(f) - p / 12))),
    ],
}
