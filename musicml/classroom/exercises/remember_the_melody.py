"""The exercises of remember_the_melody."""

import numpy as np

from ... import nn
from . import choice, describe, exercise, fault, judge, need, numbers, opinion, same, value

value(
    "remember_the_melody.predict_steps",
    7,
    tolerance=0.4,
    typical={"slope_forgotten": 10, "weight_forgotten": 16, "one_early": 6, "one_late": 8, "wrong_slope": 5},
)


@exercise("remember_the_melody.memories")
def memories(x, W, U, b):
    found = [np.zeros((len(x), len(U)))]
    for t in range(x.shape[1]):
        found.append(np.tanh(x[:, t] @ W + found[-1] @ U + b))
    return np.stack(found[1:], axis=1)


def case(B, T, D, H, seed):
    """Tunes and weights: x (B, T, D), W (D, H), U (H, H), b (H,)."""
    rng = np.random.default_rng(seed)
    shapes = (B, T, D), (D, H), (H, H), (H,)
    return tuple(rng.uniform(-0.8, 0.8, shape) for shape in shapes)


CASES = [case(3, 5, 2, 4, 0), case(2, 4, 3, 3, 1), case(1, 1, 3, 2, 2)]


def unbent(x, W, U, b):
    h, all_h = np.zeros((len(x), len(U))), []
    for t in range(x.shape[1]):
        h = x[:, t] @ W + h @ U + b
        all_h.append(h)
    return np.stack(all_h, axis=1)


def tanh_of_both(x, W, U, b):
    h, all_h = np.zeros((len(x), len(U))), []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ W + b) + h @ U
        all_h.append(h)
    return np.stack(all_h, axis=1)


def with_the_first(x, W, U, b):
    h = memories(x, W, U, b)
    return np.concatenate([np.zeros_like(h[:, :1]), h], axis=1)


@judge("remember_the_melody.memories")
def _(theirs):
    yield from same(
        theirs,
        memories,
        CASES,
        typical={
            "forgets": lambda x, W, U, b: np.tanh(x @ W + b),
            "unbent": unbent,
            "tanh_of_both": tanh_of_both,
            "turned": lambda x, W, U, b: memories(x, W, U.T, b),
            "no_bias": lambda x, W, U, b: memories(x, W, U, 0 * b),
            "time_first": lambda x, W, U, b: memories(x, W, U, b).swapaxes(0, 1),
            "last_only": lambda x, W, U, b: memories(x, W, U, b)[:, -1],
            "with_the_first": with_the_first,
            "before": lambda x, W, U, b: with_the_first(x, W, U, b)[:, :-1],
        },
    )


@exercise("remember_the_melody.back_through_time")
def back_through_time(dy, x, h, W, U):
    dx, dW, dU, db = np.zeros_like(x), np.zeros_like(W), np.zeros_like(U), np.zeros(len(U))
    from_later = np.zeros_like(h[:, 0])
    for t in reversed(range(x.shape[1])):
        before = h[:, t - 1] if t else np.zeros_like(h[:, 0])
        da = (dy[:, t] + from_later) * (1 - h[:, t] ** 2)
        dW += x[:, t].T @ da
        dU += before.T @ da
        db += da.sum(axis=0)
        dx[:, t] = da @ W.T
        from_later = da @ U.T
    return dx, dW, dU, db


def slip(
    dy, x, h, W, U, carry=1.0, turn=False, flat=False, wraps=False, late=False, forward=False, dh_passed=False
):
    """The way back with one mistake."""
    dx, dW, dU, db = np.zeros_like(x), np.zeros_like(W), np.zeros_like(U), np.zeros(len(U))
    from_later = np.zeros_like(h[:, 0])
    times = range(x.shape[1]) if forward else reversed(range(x.shape[1]))
    for t in times:
        before = h[:, t - 1] if t or wraps else np.zeros_like(h[:, 0])
        before = h[:, t] if late else before
        dh = dy[:, t] + carry * from_later
        da = dh * (1 if flat else 1 - h[:, t] ** 2)
        dW += x[:, t].T @ da
        dU += before.T @ da
        db += da.sum(axis=0)
        dx[:, t] = da @ W.T
        from_later = (dh if dh_passed else da) @ (U if turn else U.T)
    return dx, dW, dU, db


def named(found, which):
    """A fault that also says which of the four arrays it is about."""
    return found and found._replace(details={**found.details, "which": which})


@judge("remember_the_melody.back_through_time")
def _(theirs):
    for x, W, U, b in CASES[:2]:
        h = memories(x, W, U, b)
        dy = np.cos(np.arange(h.size)).reshape(h.shape)
        got = theirs(dy, x, h, W, U)
        if not isinstance(got, (tuple, list)) or len(got) != 4:
            yield fault("four", got=describe(got))
            return
        right = back_through_time(dy, x, h, W, U)
        no_later, turned = slip(dy, x, h, W, U, carry=0.0), slip(dy, x, h, W, U, turn=True)
        flat, forward = slip(dy, x, h, W, U, flat=True), slip(dy, x, h, W, U, forward=True)
        dh_passed = slip(dy, x, h, W, U, dh_passed=True)
        dU = numbers(
            got[2],
            right[2],
            typical={
                "not_added": np.zeros_like(U),
                "dh_passed": dh_passed[2],
                "no_later": no_later[2],
                "turned": turned[2],
                "flat": flat[2],
                "forward": forward[2],
                "wraps": slip(dy, x, h, W, U, wraps=True)[2],
                "late": slip(dy, x, h, W, U, late=True)[2],
            },
        )
        yield named(dU, "dU")
        for n, which in ((0, "dx"), (1, "dW"), (3, "db")):
            found = numbers(
                got[n],
                right[n],
                typical={
                    "no_later": no_later[n],
                    "turned": turned[n],
                    "flat": flat[n],
                    "forward": forward[n],
                },
            )
            yield named(found, which)


@exercise("remember_the_melody.carry_on")
def carry_on(model):
    embedding, memory, scores = model.layers
    h, read = np.zeros((1, memory.units)), 0

    def next_logits(notes):
        nonlocal h, read
        for note in notes[read:]:
            h = memory(embedding(np.array([[note]])), initial_state=h)[:, -1]
        read = len(notes)
        return scores(h)[0]

    return next_logits


class Counting(nn.Embedding):
    """An embedding that counts the notes it reads."""

    read = 0

    def call(self, ids, training=False):
        self.read += np.size(ids)
        return super().call(ids, training)


def listener():
    """A small network with weights that are not small."""
    before = nn.config.floatx().name
    nn.set_floatx("float64")
    try:
        model = nn.Sequential([Counting(6, 3), nn.SimpleRNN(4, return_sequences=True), nn.Dense(6)])
        model.build((None, None))
    finally:
        nn.set_floatx(before)
    rng = np.random.default_rng(3)
    model.set_weights([rng.uniform(-1, 1, weight.shape) for weight in model.get_weights()])
    return model


NOTES = np.array([0, 3, 2, 5, 4, 4, 1])


def hears(model, pieces):
    """The scores after pieces of a tune, read one after the other with one memory."""
    embedding, memory, scores = model.layers
    h = np.zeros((1, memory.units))
    for piece in pieces:
        h = memory(embedding(piece[None]), initial_state=h)[:, -1]
    return scores(h)[0]


@judge("remember_the_melody.carry_on")
def _(theirs):
    for _ in range(2):  # a second tune must begin with an empty memory
        model = listener()
        next_logits = theirs(model)
        function = callable(next_logits) and next_logits is not model
        yield need(function, "no_function", got=describe(next_logits))
        lengths, got, read = range(3, 8), [], []  # the prompt is three notes long
        for n in lengths:
            model.layers[0].read = 0
            got.append(next_logits(NOTES[:n]))
            read.append(model.layers[0].read)
        yield numbers(
            np.array(got),
            np.array([model(NOTES[None, :n])[0, -1] for n in lengths]),
            typical={
                "last_only": np.array([hears(model, [NOTES[n - 1 : n]]) for n in lengths]),
                "prompt_lost": np.array([hears(model, [NOTES[2:n]]) for n in lengths]),
                "anew": np.array([hears(model, [NOTES[0 if n == 3 else n - 1 : n]]) for n in lengths]),
                "read_twice": np.array([hears(model, [NOTES[:m] for m in range(3, n + 1)]) for n in lengths]),
            },
        )
        yield need(read == [3, 1, 1, 1, 1], "reads_again", read=read)


choice("remember_the_melody.remembers", "B", {"A": "forgetful"})
opinion(
    "remember_the_melody.piece_length",
    "Held-out nats per note, one run each: pieces of 4 notes 2.52, of 32 notes 2.48, of 64 notes 2.50. "
    "Pieces of 4 begin with an empty memory, and lose little: the last notes count most. "
    "A longer way than 32 gains nothing: "
    "after so many notes the blame has vanished anyhow.",
)
