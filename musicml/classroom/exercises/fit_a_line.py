"""The exercises of fit_a_line."""

import numpy as np

from . import choice, describe, exercise, fault, judge, need, numbers, same, value

X, Y = np.arange(1.0, 6), np.arange(2.0, 7)  # the article's five points
STEEP = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.5, 4.0, 5.5, 9.0])
FALLING = np.array([-2.0, 0.5, 1.0, 4.0, 6.5]), np.array([9.0, 4.0, 5.0, -3.0, -8.0])
FLAT = np.array([60.0, 62.0, 64.0]), np.array([8.0, 8.5, 8.25])

value("fit_a_line.predict_loss", 2.5, typical={"no_half": 5.0, "divided_by_n": 0.5, "mean_square": 1.0})


@exercise("fit_a_line.slope")
def slope(x, y):
    return np.sum(x * y) / np.sum(x * x)  # (1.5)


@judge("fit_a_line.slope")
def _(theirs):
    yield from same(
        theirs,
        slope,
        [STEEP, (X, Y), FALLING],  # the article's points last but one: on them, much wrong code gives 1
        n=lambda x, y: len(x),
        typical={
            "missing_sum_x2": lambda x, y: np.mean(x * y),
            "only_sum_xy": lambda x, y: np.sum(x * y),
            "upside_down": lambda x, y: np.sum(x * x) / np.sum(x * y),
            "square_of_sum": lambda x, y: np.sum(x * y) / np.sum(x) ** 2,
            "square_lost": lambda x, y: np.sum(x * y) / np.sum(x),
            "product_of_sums": lambda x, y: np.sum(x) * np.sum(y) / np.sum(x * x),
            "mean_of_ratios": lambda x, y: np.mean(y / x),
            "sum_of_ratios": lambda x, y: np.sum(y / x),  # also sum(xy / x^2)
            "ratio_of_sums": lambda x, y: np.sum(y) / np.sum(x),
            "has_intercept": lambda x, y: line(x, y)[0],
        },
    )


@exercise("fit_a_line.line")
def line(x, y):
    dx, dy = x - np.mean(x), y - np.mean(y)
    w = np.mean(dx * dy) / np.mean(dx**2)  # (1.11)
    b = np.mean(y) - w * np.mean(x)  # (1.10)
    return w, b


@judge("fit_a_line.line")
def _(theirs):
    for x, y in (STEEP, (X, Y), FALLING, FLAT):
        w, b = line(x, y)
        got = theirs(x, y)
        pair = isinstance(got, (tuple, list, np.ndarray)) and len(got) == 2
        yield need(pair, "not_a_pair", got=describe(got))
        yield need(w == b or numbers(got, (b, w)) is not None, "exchanged")
        yield numbers(
            got[0],
            w,
            n=len(x),
            typical={
                "not_centred": slope(x, y),
                "mixed_n": np.cov(x, y)[0, 1] / np.var(x),
                "upside_down": np.var(x) / np.cov(x, y, bias=True)[0, 1],
            },
        )
        wrong = numbers(
            got[1],
            b,
            typical={
                "intercept_sign": w * np.mean(x) - np.mean(y),
                "intercept_plus": np.mean(y) + w * np.mean(x),
                "intercept_mean": np.mean(y),
                "intercept_sum": np.sum(y) - w * np.sum(x),
            },
        )
        listed = wrong is None or wrong.key.startswith("intercept_")
        yield wrong if listed else fault("intercept", **wrong.details)  # says that w is right


@exercise("fit_a_line.rms_cents")
def rms_cents(model, measured):
    cents = 1200 * np.log2(model / measured)  # (1.15)
    return np.sqrt(np.mean(cents**2))  # (1.16)


@judge("fit_a_line.rms_cents")
def _(theirs):
    measured = np.array([220.0, 440.0, 660.0])
    yield from same(
        theirs,
        rms_cents,
        [(measured * [1.01, 0.98, 1.03], measured), (measured * [0.9, 1.2, 1.0], measured)],
        typical={
            "missing_1_over_n": lambda a, b: np.sqrt(np.sum((1200 * np.log2(a / b)) ** 2)),
            "missing_root": lambda a, b: np.mean((1200 * np.log2(a / b)) ** 2),
            "natural_log": lambda a, b: np.sqrt(np.mean((1200 * np.log(a / b)) ** 2)),
            "log_10": lambda a, b: np.sqrt(np.mean((1200 * np.log10(a / b)) ** 2)),
            "octaves": lambda a, b: np.sqrt(np.mean(np.log2(a / b) ** 2)),
            "semitones": lambda a, b: np.sqrt(np.mean((12 * np.log2(a / b)) ** 2)),
            "hertz": lambda a, b: np.sqrt(np.mean((a - b) ** 2)),
            "root_before_n": lambda a, b: np.sqrt(np.sum((1200 * np.log2(a / b)) ** 2)) / len(a),
            "not_squared": lambda a, b: np.abs(np.mean(1200 * np.log2(a / b))),
            "absolute": lambda a, b: np.mean(np.abs(1200 * np.log2(a / b))),
            "one_each": lambda a, b: 1200 * np.log2(a / b),
        },
    )


choice("fit_a_line.listen", "B", {"A": "adds", "C": "low_ends", "D": "one_note"})


@exercise("fit_a_line.tuning")
def tuning(numbers, frequencies):
    b = np.mean(np.log2(frequencies) - numbers / 12)  # (1.9) = 0 with w = 1/12
    return 2 ** (69 / 12 + b)


@judge("fit_a_line.tuning")
def _(theirs):
    a4 = np.array([400.0, 415.0, 440.0, 450.0])  # badly tuned, so that different means differ
    keys = np.array([57, 62, 69, 71])
    yield from same(
        theirs,
        tuning,
        [(keys, a4 * 2 ** ((keys - 69) / 12)), (keys[:3], a4[1:] * 2 ** ((keys[:3] - 69) / 12))],
        typical={
            "log_returned": lambda p, f: 69 / 12 + np.mean(np.log2(f) - p / 12),
            "only_b": lambda p, f: np.mean(np.log2(f) - p / 12),
            "at_key_0": lambda p, f: 2 ** np.mean(np.log2(f) - p / 12),
            "free_slope": lambda p, f: 2 ** (69 * line(p, np.log2(f))[0] + line(p, np.log2(f))[1]),
            "mean_of_hertz": lambda p, f: np.mean(f * 2 ** ((69 - p) / 12)),
            "log_of_mean": lambda p, f: np.mean(f) * 2 ** ((69 - np.mean(p)) / 12),
            "one_note": lambda p, f: f[p == 69][0],
            "natural_log": lambda p, f: 2 ** (69 / 12 + np.mean(np.log(f) - p / 12)),
            "natural_slope": lambda p, f: np.exp(69 / 12 + np.mean(np.log(f) - p / 12)),
        },
    )
