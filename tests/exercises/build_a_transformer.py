"""Wrong answers to the exercises of build_a_transformer, and the hint each must get."""

import numpy as np


def think(self, dy):
    return self.norm_2.backward(self.dense_1.backward(self.dense_2.backward(self.drop_2.backward(dy))))


def listen(self, du):
    return self.norm_1.backward(self.attention.backward(self.drop_1.backward(du)))


def no_dy(self, dy):
    du = think(self, dy)
    return du + listen(self, du)


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


def drops_straight(self, dy):
    dy = self.drop_2.backward(dy)
    du = self.drop_1.backward(dy + self.norm_2.backward(self.dense_1.backward(self.dense_2.backward(dy))))
    return du + self.norm_1.backward(self.attention.backward(du))


def minus(self, dy):
    du = dy + think(self, dy)
    return -(du + listen(self, du))


def row(t, D, F):
    return 4 * D * D + 2 * D * F + 2 * t * D


def per_note(cost):
    """Add up ``cost(t, T, D, F)`` over the notes; without the cache t times as much."""
    return lambda T, D, F, cached: sum(cost(t, T, D, F) * (1 if cached else t) for t in range(1, T + 1))


WRONG = {
    "build_a_transformer.shuffled_answer": [("a_little", "B"), ("completely", "C")],
    "build_a_transformer.backward": [
        ("no_straight_path", lambda self, dy: listen(self, think(self, dy))),
        ("no_dy", no_dy),
        ("no_du", lambda self, dy: listen(self, dy + think(self, dy))),
        ("dy_twice", lambda self, dy: dy + listen(self, dy + think(self, dy))),
        ("dy_into_both", lambda self, dy: dy + think(self, dy) + listen(self, dy)),
        ("no_norms", no_norms),
        ("norms_swapped", norms_swapped),
        ("no_drops", no_drops),
        ("drops_straight", drops_straight),
        ("stops_at_u", lambda self, dy: dy + think(self, dy)),
        ("sign", minus),
    ],
    "build_a_transformer.add_positions": [
        ("first_rows", lambda x, P, before: x + P[: x.shape[1]]),
        ("last_rows", lambda x, P, before: x + P[len(P) - x.shape[1] :]),
        ("one_row", lambda x, P, before: x + P[before][None, None]),
        ("one_late", lambda x, P, before: x + np.vstack([P, P[:1]])[before + 1 : before + 1 + x.shape[1]]),
        ("one_early", lambda x, P, before: x + np.vstack([P[-1:], P])[before : before + x.shape[1]]),
        ("times", lambda x, P, before: x * P[before : before + x.shape[1]]),
        ("all_before", lambda x, P, before: x + P[: before + x.shape[1]].sum(axis=0)),
    ],
    "build_a_transformer.multiplications": [
        ("turned", lambda T, D, F, cached: sum(row(t, D, F) * (t if cached else 1) for t in range(1, T + 1))),
        ("last_note", lambda T, D, F, cached: row(T, D, F) * (1 if cached else T)),
        ("all_cached", lambda T, D, F, cached: sum(row(t, D, F) for t in range(1, T + 1))),
        (
            "t_is_T",
            lambda T, D, F, cached: sum(row(t, D, F) for t in range(1, T + 1)) * (1 if cached else T),
        ),
        (
            "mask_saves",
            lambda T, D, F, cached: sum(
                row(i, D, F) for t in range(1, T + 1) for i in ([t] if cached else range(1, t + 1))
            ),
        ),
        ("no_listening", per_note(lambda t, T, D, F: row(0, D, F))),
        ("all_listen_to_all", per_note(lambda t, T, D, F: row(T, D, F))),
        ("from_zero", lambda T, D, F, cached: sum(row(t, D, F) * (1 if cached else t) for t in range(T))),
        (
            "listening_once",
            lambda T, D, F, cached: sum(
                row(0, D, F) * (1 if cached else t) + 2 * t * D for t in range(1, T + 1)
            ),
        ),
        ("half", lambda T, D, F, cached: per_note(lambda t, T, D, F: row(t, D, F))(T, D, F, cached) / 2),
    ],
    "build_a_transformer.whose": [("close", "A"), ("wanders", "C")],
}
