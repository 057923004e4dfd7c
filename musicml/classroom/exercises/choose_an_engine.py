"""The exercises of choose_an_engine."""

import numpy as np

from . import choice, exercise, judge, need, numbers, opinion, same, value

SPECTRA = np.array([[1.0, 0.0, 3.0], [2.0, 0.5, 3.0], [4.0, -1.0, 3.0], [7.0, 2.0, 3.0], [5.0, 1.0, 3.0]])
PITCH = np.array([60.0, 62.25, 67.0, 71.5, 55.0])
LATER = np.array([[3.0, 1.0, 2.0], [0.0, 4.0, 3.0]])

value(
    "choose_an_engine.predict_level",
    2500.0,
    tolerance=1,
    typical={
        "only_numpy": 0.5 / 0.0003,
        "only_compiled": 5000.0,
        "milliseconds": 2.5,
        "sum_of_steps": 1250.0,
    },
)


@exercise("choose_an_engine.flops")
def flops(sizes, batch):
    return sum(6 * batch * d * u for d, u in zip(sizes[:-1], sizes[1:], strict=True))  # (8.3)


@judge("choose_an_engine.flops")
def _(theirs):
    pairs = lambda sizes: list(zip(sizes[:-1], sizes[1:], strict=True))  # noqa: E731
    yield from same(
        theirs,
        flops,
        [((112, 64, 32, 1), 32), ((5, 3), 7), ((10, 20, 30, 40, 2), 1)],
        typical={
            "forward_only": lambda sizes, batch: sum(2 * batch * d * u for d, u in pairs(sizes)),
            "two_products": lambda sizes, batch: sum(4 * batch * d * u for d, u in pairs(sizes)),
            "products_only": lambda sizes, batch: sum(3 * batch * d * u for d, u in pairs(sizes)),
            "one_note": lambda sizes, batch: sum(6 * d * u for d, u in pairs(sizes)),
            "all_multiplied": lambda sizes, batch: 6 * batch * np.prod(sizes),
            "last_layer": lambda sizes, batch: 6 * batch * sizes[-2] * sizes[-1],
        },
    )


@exercise("choose_an_engine.split")
def split(spectra, pitch, n):
    return spectra[:n], pitch[:n], spectra[n:], pitch[n:]


@judge("choose_an_engine.split")
def _(theirs):
    for n in (3, 2):
        got = theirs(SPECTRA, PITCH, n)
        several = isinstance(got, (tuple, list))
        yield need(several and len(got) == 4, "four", got=len(got) if several else type(got).__name__)
        x, y, x_held_out, y_held_out = split(SPECTRA, PITCH, n)
        yield numbers(got[0], x, typical={"all_rows": SPECTRA, "held_out_first": x_held_out})
        inputs_first = np.array_equal(got[1], x_held_out) and np.array_equal(got[2], y)
        yield need(not inputs_first, "order")
        yield numbers(
            got[1],
            y,
            typical={"article": SPECTRA[n:], "other_pitches": y_held_out, "inputs_as_targets": x},
        )
        yield numbers(got[2], x_held_out, typical={"y_second": y, "nothing_held_out": x})
        yield numbers(got[3], y_held_out, typical={"old_pitches": y, "article_again": x_held_out})


@exercise("choose_an_engine.standardise")
def standardise(x, train):
    return (x - train.mean(axis=0)) / (train.std(axis=0) + 1e-3)


@judge("choose_an_engine.standardise")
def _(theirs):
    yield from same(
        theirs,
        standardise,
        [(LATER, SPECTRA), (SPECTRA, SPECTRA), (LATER[:1], SPECTRA)],
        typical={
            "own_statistics": lambda x, train: (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-3),
            "own_mean": lambda x, train: (x - x.mean(axis=0)) / (train.std(axis=0) + 1e-3),
            "one_spread": lambda x, train: (x - train.mean(axis=0)) / (train.std() + 1e-3),
            "one_mean": lambda x, train: (x - train.mean()) / (train.std() + 1e-3),
            "not_divided": lambda x, train: x - train.mean(axis=0),
            "variance": lambda x, train: (x - train.mean(axis=0)) / (train.var(axis=0) + 1e-3),
            "no_small_number": lambda x, train: _quiet(x, train),
        },
    )


def _quiet(x, train):
    with np.errstate(divide="ignore", invalid="ignore"):
        return (x - train.mean(axis=0)) / train.std(axis=0)


choice("choose_an_engine.which", "B", {"A": "jumps"})
opinion(
    "choose_an_engine.another",
    "On NumPy the error stayed within its interval; it ended sooner, as nothing was compiled.",
)
