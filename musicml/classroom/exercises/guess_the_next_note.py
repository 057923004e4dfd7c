"""The exercises of guess_the_next_note."""

import numpy as np

from ... import generate
from . import choice, describe, exercise, fault, judge, need, numbers, opinion, probabilities, same, value

value(
    "guess_the_next_note.predict_first_loss",
    np.log(702),
    tolerance=0.05,
    typical={"bits": np.log2(702), "base_ten": np.log10(702), "probability": 1 / 702, "sign": -np.log(702)},
)

windows = exercise("guess_the_next_note.windows")(generate.windows)  # the library's own

TUNES = [
    (np.array([0, 5, 7, 7, 9, 4, 1]), 3, 0),
    (np.array([0, 8, 3, 1]), 6, 0),  # shorter than the window
    (np.arange(20, 31), 4, 2),
]


@judge("guess_the_next_note.windows")
def _(theirs):
    for tokens, context, pad in TUNES:
        got = theirs(tokens, context, pad)
        if not isinstance(got, (tuple, list)) or len(got) != 2:
            yield fault("two_arrays", got=describe(got))
            return
        x, y = windows(tokens, context, pad)
        after = np.column_stack([x[:, 1:], y])  # windows that end with the note to guess
        yield numbers(
            got[1],
            y,
            typical={"y_is_seen": tokens[:-1], "no_padding": tokens[context:], "y_with_start": tokens},
        )
        yield numbers(
            got[0],
            x,
            typical={
                "target_inside": after,
                "newest_first": x[:, ::-1],
                "pad_right": np.array([np.roll(row, min(n + 1, context)) for n, row in enumerate(x)]),
                "pad_ignored": windows(tokens, context, 0)[0],
                "one_too_many": np.concatenate([x, after[-1:]]),
                "no_padding": x[context - 1 :],
            },
        )
        for name, array in zip("xy", got, strict=True):  # a row of E is found by a whole number only
            kind = np.asarray(array).dtype
            yield need(kind.kind in "iu", "not_whole", array=name, dtype=kind)


@exercise("guess_the_next_note.embedding_gradient")
def embedding_gradient(ids, dy, V):
    dE = np.zeros((V, dy.shape[-1]))
    np.add.at(dE, ids, dy)
    return dE


def last_wins(ids, dy, V):
    dE = np.zeros((V, dy.shape[-1]))
    dE[ids] += dy
    return dE


def window_by_window(ids, dy, V):
    dE = np.zeros((V, dy.shape[-1]))
    for window, slopes in zip(ids, dy, strict=True):
        dE[window] += slopes
    return dE


def place_by_place(ids, dy, V):
    dE = np.zeros((V, dy.shape[-1]))
    for t in range(ids.shape[1]):
        dE[ids[:, t]] += dy[:, t]
    return dE


def averaged(ids, dy, V):
    count = np.bincount(ids.ravel(), minlength=V)[:, None]
    return embedding_gradient(ids, dy, V) / np.maximum(count, 1)


@judge("guess_the_next_note.embedding_gradient")
def _(theirs):
    ids = np.array([[3, 3, 1], [3, 0, 1], [0, 4, 4]])  # repeats along a window and down a column
    dy = np.arange(18.0).reshape(3, 3, 2) - 4.5
    yield from same(
        theirs,
        embedding_gradient,
        [(ids, dy, 6), (ids.T, dy**2, 5)],
        typical={
            "last_wins": last_wins,
            "window_by_window": window_by_window,
            "place_by_place": place_by_place,
            "averaged": averaged,
        },
    )


keep_nucleus = exercise("guess_the_next_note.keep_nucleus")(generate.keep_nucleus)  # the library's own


def cut(p, top_p, inclusive=True):
    """The kept probabilities, not divided; without ``inclusive`` the note that crosses top_p is lost."""
    order = np.argsort(-p, kind="stable")
    total = np.cumsum(p[order])
    kept = np.zeros_like(p)
    chosen = order[total - p[order] < top_p] if inclusive else order[total <= top_p]
    kept[chosen] = p[chosen]
    return kept


def least_likely(p, top_p):
    order = np.argsort(p, kind="stable")
    kept = np.zeros_like(p)
    chosen = order[np.cumsum(p[order]) - p[order] < top_p]
    kept[chosen] = p[chosen]
    return kept / kept.sum()


@judge("guess_the_next_note.keep_nucleus")
def _(theirs):
    p = np.array([0.1, 0.5, 0.15, 0.25])
    q = np.array([0.05, 0.3, 0.02, 0.35, 0.08, 0.2])
    # No single note has 0.6, so who compares each note with top_p keeps none: zeros, or 0 / 0.
    yield need(np.nan_to_num(theirs(q, 0.6)).any(), "threshold", most=q.max())
    for arguments in ((q, 0.6), (p, 0.7), (q, 0.9)):
        yield numbers(
            theirs(*arguments),
            keep_nucleus(*arguments),
            typical={
                "not_divided": cut(*arguments),
                "one_too_few": cut(*arguments, inclusive=False) / cut(*arguments, inclusive=False).sum(),
                "least_likely": least_likely(*arguments),
                "moved": -np.sort(-keep_nucleus(*arguments)),
                "nothing_cut": arguments[0],
            },
        )
    exact = np.array([0.125, 0.5, 0.125, 0.25])  # sums of halves: two notes have 0.75 to the last bit
    third = np.array([0.125, 0.5, 0, 0.25]) / 0.875
    yield numbers(theirs(exact, 0.75), keep_nucleus(exact, 0.75), typical={"one_too_many": third})
    yield probabilities(theirs(q, 0.5))
    yield from same(theirs, keep_nucleus, [(q, 1.0), (p, 0.3)])


choice("guess_the_next_note.boldest", "B", {"A": "middle", "C": "timid"})
opinion(
    "guess_the_next_note.longer_memory",
    "Held-out nats per note, mean of three runs: 4 notes 2.54, 8 notes 2.48, 16 notes 2.46, 24 notes 2.47. "
    "The training loss keeps falling (2.43, 2.35, 2.30, 2.27): each place has weights of its own, so what "
    "is learned about the last note is not known about the note before, and more weights learn by heart.",
)
