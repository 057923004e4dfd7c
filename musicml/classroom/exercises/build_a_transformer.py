"""The exercises of build_a_transformer."""

import numpy as np

from ... import nn
from . import choice, exercise, judge, numbers, opinion, same

choice("build_a_transformer.shuffled_answer", "A", {"B": "a_little", "C": "completely"})


@exercise("build_a_transformer.backward")
def backward(self, dy):
    dthought = self.drop_2.backward(dy)
    du = dy + self.norm_2.backward(self.dense_1.backward(self.dense_2.backward(dthought)))  # (17.8)
    dheard = self.drop_1.backward(du)
    return du + self.norm_1.backward(self.attention.backward(dheard))  # (17.9)


def blames(method, dropout):
    """The blame of x, and those of all weights in one row, of a block that goes back by ``method``."""
    block = nn.TransformerBlock(2, 6, dropout, seed=3)
    x = np.sin(np.arange(24.0)).reshape(2, 3, 4)
    block(x, training=True)
    for norm, stretch in ((block.norm_1, 2.0), (block.norm_2, 0.5)):  # so that they cannot be confused
        norm.gamma *= stretch
    block.zero_grads()
    y = block(x, training=True)
    dx = method(block, np.cos(np.arange(y.size)).reshape(y.shape).astype(y.dtype))
    return dx, np.concatenate([gradient.ravel() for _, _, gradient in block.named_weights()])


def think(self, dy):
    return self.norm_2.backward(self.dense_1.backward(self.dense_2.backward(self.drop_2.backward(dy))))


def listen(self, du):
    return self.norm_1.backward(self.attention.backward(self.drop_1.backward(du)))


def no_straight_path(self, dy):
    return listen(self, think(self, dy))


def no_dy(self, dy):
    du = think(self, dy)
    return du + listen(self, du)


def no_du(self, dy):
    return listen(self, dy + think(self, dy))


def dy_twice(self, dy):
    return dy + listen(self, dy + think(self, dy))


def dy_into_both(self, dy):
    return dy + think(self, dy) + listen(self, dy)


def no_norms(self, dy):
    du = dy + self.dense_1.backward(self.dense_2.backward(self.drop_2.backward(dy)))
    return du + self.attention.backward(self.drop_1.backward(du))


def no_drops(self, dy):
    du = dy + self.norm_2.backward(self.dense_1.backward(self.dense_2.backward(dy)))
    return du + self.norm_1.backward(self.attention.backward(du))


def norms_swapped(self, dy):
    dthought = self.drop_2.backward(dy)
    du = dy + self.norm_1.backward(self.dense_1.backward(self.dense_2.backward(dthought)))
    return du + self.norm_2.backward(self.attention.backward(self.drop_1.backward(du)))


def stops_at_u(self, dy):
    return dy + think(self, dy)


def drops_straight(self, dy):
    dy = self.drop_2.backward(dy)
    du = dy + self.norm_2.backward(self.dense_1.backward(self.dense_2.backward(dy)))
    dheard = self.drop_1.backward(du)
    return dheard + self.norm_1.backward(self.attention.backward(dheard))


@judge("build_a_transformer.backward")
def _(theirs):
    for dropout in (0.0, 0.5):
        dx, gradients = blames(theirs, dropout)
        expected, expected_gradients = blames(backward, dropout)
        yield numbers(
            dx,
            expected,
            typical={
                "no_straight_path": blames(no_straight_path, dropout)[0],
                "no_dy": blames(no_dy, dropout)[0],
                "no_du": blames(no_du, dropout)[0],
                "dy_twice": blames(dy_twice, dropout)[0],
                "dy_into_both": blames(dy_into_both, dropout)[0],
                "no_norms": blames(no_norms, dropout)[0],
                "norms_swapped": blames(norms_swapped, dropout)[0],
                "stops_at_u": blames(stops_at_u, dropout)[0],
                "no_drops": blames(no_drops, dropout)[0],
                "drops_straight": blames(drops_straight, dropout)[0],
            },
        )
        yield numbers(gradients, expected_gradients)


@exercise("build_a_transformer.add_positions")
def add_positions(x, P, before):
    return x + P[before : before + x.shape[1]]  # (17.5)


@judge("build_a_transformer.add_positions")
def _(theirs):
    P = np.arange(24.0).reshape(8, 3) ** 2 / 10
    x = np.sin(np.arange(12.0)).reshape(2, 2, 3)
    yield from same(
        theirs,
        add_positions,
        [(x[:, :1], P, 2), (x, P, 3), (x, P, 0), (x[:, :1], P, 0), (x, P, 6)],
        typical={
            "first_rows": lambda x, P, before: x + P[: x.shape[1]],
            "last_rows": lambda x, P, before: x + P[-x.shape[1] :],
            "one_row": lambda x, P, before: x + P[before],
            "one_late": lambda x, P, before: x + np.roll(P, -1, axis=0)[before : before + x.shape[1]],
            "one_early": lambda x, P, before: x + np.roll(P, 1, axis=0)[before : before + x.shape[1]],
            "times": lambda x, P, before: x * P[before : before + x.shape[1]],
            "all_before": lambda x, P, before: x + P[: before + x.shape[1]].sum(axis=0),
        },
    )


@exercise("build_a_transformer.multiplications")
def multiplications(T, D, F, cached):
    rows = [4 * D * D + 2 * D * F + 2 * t * D for t in range(1, T + 1)]  # (17.11)
    return sum(rows) if cached else sum(t * row for t, row in enumerate(rows, start=1))


@judge("build_a_transformer.multiplications")
def _(theirs):
    yield from same(
        theirs,
        multiplications,
        [(2, 4, 8, True), (2, 4, 8, False), (5, 3, 7, True), (5, 3, 7, False), (1, 2, 3, False)],
        typical={
            "all_cached": lambda T, D, F, cached: multiplications(T, D, F, True),
            "turned": lambda T, D, F, cached: multiplications(T, D, F, not cached),
            "last_note": lambda T, D, F, cached: (4 * D * D + 2 * D * F + 2 * T * D) * (1 if cached else T),
            "t_is_T": lambda T, D, F, cached: multiplications(T, D, F, True) * (1 if cached else T),
            "mask_saves": lambda T, D, F, cached: sum(
                multiplications(t, D, F, True) if not cached else 4 * D * D + 2 * D * F + 2 * t * D
                for t in range(1, T + 1)
            ),
            "no_listening": lambda T, D, F, cached: sum(
                (4 * D * D + 2 * D * F) * (1 if cached else t) for t in range(1, T + 1)
            ),
            "all_listen_to_all": lambda T, D, F, cached: sum(
                (4 * D * D + 2 * D * F + 2 * T * D) * (1 if cached else t) for t in range(1, T + 1)
            ),
            "from_zero": lambda T, D, F, cached: sum(
                (4 * D * D + 2 * D * F + 2 * t * D) * (1 if cached else t) for t in range(T)
            ),
            "listening_once": lambda T, D, F, cached: sum(
                (4 * D * D + 2 * D * F) * (1 if cached else t) + 2 * t * D for t in range(1, T + 1)
            ),
        },
    )


choice("build_a_transformer.whose", "B", {"A": "close", "C": "wanders"})
opinion(
    "build_a_transformer.more_memory",
    "Nats per token with a memory of 8, 32, 128 and 256 tokens: 0.532, 0.513, 0.504, 0.502. Most comes from "
    "the last few sixteenths, little from bars ago: the network hardly knows that a line comes back.",
)
