"""Wrong answers to the exercises of guess_the_next_note, and the hint each must get."""

import numpy as np


def padded(tokens, context, pad):
    return np.concatenate([np.full(context - 1, pad), tokens])


def view(tokens, context):
    return np.array([tokens[n : n + context] for n in range(len(tokens) - context + 1)])


def target_inside(tokens, context, pad=0):
    return view(padded(tokens, context, pad), context)[1:], tokens[1:]


def y_is_seen(tokens, context, pad=0):
    return view(padded(tokens, context, pad), context)[:-1], tokens[:-1]


def y_with_start(tokens, context, pad=0):
    return view(padded(tokens, context, pad), context), tokens


def one_too_many(tokens, context, pad=0):
    return view(padded(tokens, context, pad), context), tokens[1:]


def no_padding(tokens, context, pad=0):
    return view(tokens, context)[:-1], tokens[context:]


def newest_first(tokens, context, pad=0):
    return view(padded(tokens, context, pad), context)[:-1, ::-1], tokens[1:]


def pad_right(tokens, context, pad=0):
    rows = [list(tokens[max(0, n - context) : n]) for n in range(1, len(tokens))]
    return np.array([row + [pad] * (context - len(row)) for row in rows]), tokens[1:]


def pad_ignored(tokens, context, pad=0):
    return view(padded(tokens, context, 0), context)[:-1], tokens[1:]


def floats(tokens, context, pad=0):
    x = np.zeros((len(tokens) - 1, context)) + pad
    for n in range(len(tokens) - 1):
        last = tokens[max(0, n + 1 - context) : n + 1]
        x[n, context - len(last) :] = last
    return x, tokens[1:]


def float_notes(tokens, context, pad=0):
    x, y = floats(tokens, context, pad)
    return x.astype(int), y.astype(float)


def windows_alone(tokens, context, pad=0):
    return view(padded(tokens, context, pad), context)[:-1]


def one_window_less(tokens, context, pad=0):
    return view(padded(tokens, context, pad), context)[:-2], tokens[1:]


def published(ids, dy, V):
    dE = np.zeros((V, dy.shape[-1]))
    dE[ids] += dy
    return dE


def assigned(ids, dy, V):
    dE = np.zeros((V, dy.shape[-1]))
    dE[ids] = dy
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


def summed(ids, dy, V):
    dE = np.zeros((V, dy.shape[-1]))
    for token, slope in zip(ids.ravel(), dy.reshape(-1, dy.shape[-1]), strict=True):
        dE[token] += slope
    return dE


def averaged(ids, dy, V):
    return summed(ids, dy, V) / np.maximum(np.bincount(ids.ravel(), minlength=V), 1)[:, None]


def nucleus(p, top_p, rest=0.0, few=False, divide=True, sign=-1, move=False):
    order = np.argsort(sign * p, kind="stable")
    kept, total = np.full_like(p, rest), 0.0
    for token in order:
        if total >= top_p or (few and total + p[token] > top_p):
            break
        kept[token] = p[token]
        total += p[token]
    kept = kept / kept.sum() if divide else kept
    return kept[np.argsort(-kept)] if move else kept


def threshold(p, top_p):
    kept = np.where(p >= top_p, p, 0)
    return kept / kept.sum()


def too_many_at_a_tie(p, top_p):
    order = np.argsort(-p)
    kept = np.zeros_like(p)
    chosen = order[np.cumsum(p[order]) - p[order] <= top_p]
    kept[chosen] = p[chosen]
    return kept / kept.sum()


WRONG = {
    "guess_the_next_note.predict_first_loss": [
        ("bits", np.log2(702)),
        ("base_ten", 2.85),
        ("probability", 1 / 702),
        ("probability", 0),
        ("sign", -6.55),
        ("prediction", 5.0),
        ("not_a_number", "ln V"),
    ],
    "guess_the_next_note.windows": [
        ("target_inside", target_inside),
        ("y_is_seen", y_is_seen),
        ("y_with_start", y_with_start),
        ("one_too_many", one_too_many),
        ("no_padding", no_padding),
        ("newest_first", newest_first),
        ("pad_right", pad_right),
        ("pad_ignored", pad_ignored),
        ("two_arrays", windows_alone),
        ("shape", one_window_less),
        ("not_whole", floats),
        ("not_whole", float_notes),
    ],
    "guess_the_next_note.embedding_gradient": [
        ("last_wins", published),
        ("last_wins", assigned),
        ("window_by_window", window_by_window),
        ("place_by_place", place_by_place),
        ("averaged", averaged),
        ("transposed", lambda ids, dy, V: summed(ids, dy, V).T),
        ("sign", lambda ids, dy, V: -summed(ids, dy, V)),
        ("shape", lambda ids, dy, V: summed(ids, dy, ids.max() + 1)),
    ],
    "guess_the_next_note.keep_nucleus": [
        ("not_divided", lambda p, top_p: nucleus(p, top_p, divide=False)),
        ("one_too_few", lambda p, top_p: nucleus(p, top_p, few=True)),
        ("least_likely", lambda p, top_p: nucleus(p, top_p, sign=1)),
        ("moved", lambda p, top_p: nucleus(p, top_p, move=True)),
        ("nothing_cut", lambda p, top_p: p),
        ("threshold", threshold),
        ("threshold", lambda p, top_p: np.where(p >= top_p, p, 0)),
        ("one_too_many", too_many_at_a_tie),
        ("value", lambda p, top_p: nucleus(p, top_p, rest=1e-3)),
    ],
    "guess_the_next_note.boldest": [("middle", "A"), ("timid", "c"), ("not_an_option", "D")],
    "guess_the_next_note.longer_memory": [("too_short", "16 is better")],
}
