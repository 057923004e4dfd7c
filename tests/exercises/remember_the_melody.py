"""Wrong answers to the exercises of remember_the_melody, and the hint each must get."""

import numpy as np


def run(x, W, U, b, axis=1):
    h, found = np.zeros((len(x), len(U))), []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ W + h @ U + b)
        found.append(h)
    return np.stack(found, axis=axis)


def forgets(x, W, U, b):
    h, found = np.zeros((len(x), len(U))), []
    for t in range(x.shape[1]):
        found.append(np.tanh(x[:, t] @ W + h @ U + b))
    return np.stack(found, axis=1)


def unbent(x, W, U, b):
    h, found = np.zeros((len(x), len(U))), []
    for t in range(x.shape[1]):
        h = x[:, t] @ W + h @ U + b
        found.append(h)
    return np.stack(found, axis=1)


def tanh_of_both(x, W, U, b):
    h, found = np.zeros((len(x), len(U))), []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ W + b) + h @ U
        found.append(h)
    return np.stack(found, axis=1)


def before_its_note(x, W, U, b):
    h, found = np.zeros((len(x), len(U))), []
    for t in range(x.shape[1]):
        found.append(h)
        h = np.tanh(x[:, t] @ W + h @ U + b)
    return np.stack(found, axis=1)


def with_the_first(x, W, U, b):
    h = np.zeros((len(x), len(U)))
    found = [h]
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ W + h @ U + b)
        found.append(h)
    return np.stack(found, axis=1)


def all_inputs_at_once(x, W, U, b):
    a = x @ W + b
    h = np.empty(a.shape)
    for t in range(x.shape[1]):
        h[:, t] = np.tanh(a[:, t] + h[:, t - 1] @ U) if t else np.tanh(a[:, t])
    return h


def sums_at_the_end(dy, x, h, W, U):
    da, later = np.empty(h.shape), np.zeros(len(U))
    for t in range(x.shape[1] - 1, -1, -1):
        da[:, t] = (dy[:, t] + later @ U.T) * (1 - h[:, t] ** 2)
        later = da[:, t]
    dU = np.einsum("bth,btk->hk", h[:, :-1], da[:, 1:])
    return da @ W.T, np.einsum("btd,bth->dh", x, da), dU, da.sum(axis=(0, 1))


def not_added(dy, x, h, W, U):
    dx, da = np.zeros(x.shape), np.zeros(h[:, 0].shape)
    for t in range(x.shape[1] - 1, -1, -1):
        da = (dy[:, t] + da @ U.T) * (1 - h[:, t] ** 2)
        dW, db = x[:, t].T @ da, da.sum(axis=0)
        dU = (h[:, t - 1] if t else np.zeros(h[:, 0].shape)).T @ da
        dx[:, t] = da @ W.T
    return dx, dW, dU, db


def mean_over_tunes(dy, x, h, W, U):
    dx, dW, dU, db = back(dy, x, h, W, U)
    return dx, dW, dU / len(x), db


def other_order(dy, x, h, W, U):
    dx, dW, dU, db = back(dy, x, h, W, U)
    return dW, dU, db, dx


def back(
    dy, x, h, W, U, later=True, turned=False, flat=False, wraps=False, late=False, forward=False, passed=False
):
    dx, dW, dU, db = np.zeros(x.shape), np.zeros(W.shape), np.zeros(U.shape), np.zeros(len(U))
    more, T = 0, x.shape[1]
    for t in range(T) if forward else range(T - 1, -1, -1):
        dh = dy[:, t] + (more if later else 0)
        da = dh if flat else dh * (1 - h[:, t] * h[:, t])
        before = h[:, t - 1] if t > 0 or wraps else 0 * h[:, 0]
        dW = dW + x[:, t].T @ da
        dU = dU + (h[:, t] if late else before).T @ da
        db = db + da.sum(0)
        dx[:, t] = da @ W.T
        more = (dh if passed else da) @ (U if turned else U.T)
    return dx, dW, dU, db


def wrong_way(**mistake):
    return lambda dy, x, h, W, U: back(dy, x, h, W, U, **mistake)


def last_only(model):
    embedding, memory, scores = model.layers

    def next_logits(notes):
        h = np.zeros((1, memory.units))
        for note in notes[-1:]:
            h = memory(embedding(np.array([[note]])), initial_state=h)[:, -1]
        return scores(h)[0]

    return next_logits


def anew(model):
    embedding, memory, scores = model.layers
    read = 0

    def next_logits(notes):
        nonlocal read
        h = memory(embedding(notes[None, read:]))[:, -1]
        read = len(notes)
        return scores(h)[0]

    return next_logits


def all_new_notes_at_once(model):
    embedding, memory, scores = model.layers
    kept = {"h": None, "read": 0}

    def next_logits(notes):
        kept["h"] = memory(embedding(notes[None, kept["read"] :]), initial_state=kept["h"])[:, -1]
        kept["read"] = len(notes)
        return scores(kept["h"])[0]

    return next_logits


def prompt_lost(model):
    embedding, memory, scores = model.layers
    h = np.zeros((1, memory.units))

    def next_logits(notes):
        nonlocal h
        h = memory(embedding(np.array([[notes[-1]]])), initial_state=h)[:, -1]
        return scores(h)[0]

    return next_logits


def read_twice(model):
    embedding, memory, scores = model.layers
    h = np.zeros((1, memory.units))

    def next_logits(notes):
        nonlocal h
        for note in notes:
            h = memory(embedding(np.array([[note]])), initial_state=h)[:, -1]
        return scores(h)[0]

    return next_logits


def reads_again(model):
    return lambda notes: model(np.array(notes)[None])[0, -1]


RIGHT = {
    "remember_the_melody.memories": [all_inputs_at_once],
    "remember_the_melody.back_through_time": [sums_at_the_end],
    "remember_the_melody.carry_on": [all_new_notes_at_once],
}

WRONG = {
    "remember_the_melody.predict_steps": [
        ("slope_forgotten", 10),
        ("weight_forgotten", 16),
        ("one_early", 6),
        ("one_late", 8),
        ("wrong_slope", 5),
        ("prediction", 3),
    ],
    "remember_the_melody.memories": [
        ("forgets", forgets),
        ("unbent", unbent),
        ("tanh_of_both", tanh_of_both),
        ("turned", lambda x, W, U, b: run(x, W, U.T, b)),
        ("no_bias", lambda x, W, U, b: run(x, W, U, 0)),
        ("time_first", lambda x, W, U, b: run(x, W, U, b, axis=0)),
        ("last_only", lambda x, W, U, b: run(x, W, U, b)[:, -1]),
        ("with_the_first", with_the_first),
        ("before", before_its_note),
    ],
    "remember_the_melody.back_through_time": [
        ("four", lambda dy, x, h, W, U: back(dy, x, h, W, U)[0]),
        ("no_later", wrong_way(later=False)),
        ("turned", wrong_way(turned=True)),
        ("flat", wrong_way(flat=True)),
        ("forward", wrong_way(forward=True)),
        ("wraps", wrong_way(wraps=True)),
        ("late", wrong_way(late=True)),
        ("dh_passed", wrong_way(passed=True)),
        ("not_added", not_added),
        ("value", mean_over_tunes),
        ("shape", other_order),
    ],
    "remember_the_melody.carry_on": [
        ("no_function", lambda model: model),
        ("last_only", last_only),
        ("prompt_lost", prompt_lost),
        ("anew", anew),
        ("read_twice", read_twice),
        ("reads_again", reads_again),
    ],
    "remember_the_melody.remembers": [("forgetful", "A")],
    "remember_the_melody.piece_length": [("too_short", "better")],
}
