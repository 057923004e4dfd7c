"""The exercises of open_the_gates."""

import numpy as np

from ... import nn
from . import choice, describe, exercise, fault, judge, numbers, same, value

sigmoid = nn.activations.get("sigmoid")

value(
    "open_the_gates.predict_gate",
    0.96,
    tolerance=0.006,
    typical={"one_over": 0.5, "keeps_most": 0.99, "share_of_16": 1 - 1 / 16},
)


@exercise("open_the_gates.gru_step_back")
def gru_step_back(dh, h, z, r, g, m, U):
    da_z = dh * (h - g) * z * (1 - z)
    da_g = dh * (1 - z) * (1 - g**2)
    da_r = da_g * m * r * (1 - r)
    return da_z, da_r, da_g, dh * z + da_z @ U[0].T + da_r @ U[1].T + (da_g * r) @ U[2].T


def moment(B, H, seed):
    """What a step back gets: dh, h, z, r, g, m, each (B, H), and U (3, H, H)."""
    rng = np.random.default_rng(seed)
    dh, h, g, m = rng.uniform(-0.9, 0.9, (4, B, H))
    z, r = rng.uniform(0.1, 0.9, (2, B, H))
    return dh, h, z, r, g, m, rng.uniform(-0.8, 0.8, (3, H, H))


MOMENTS = [moment(3, 4, 0), moment(2, 2, 1), moment(1, 3, 2)]


def named(found, which):
    """A fault that also says which of the results it is about."""
    return found and found._replace(details={**found.details, "which": which})


def slip(dh, h, z, r, g, m, U, turned=False, road=True, looked=True, swapped=False, flat=False, no_m=False):
    """The step back with one mistake."""
    da_z = dh * (h - g) * (1 if flat else z * (1 - z))
    da_g = dh * (z if swapped else 1 - z) * (1 if flat else 1 - g**2)
    da_r = da_g * (1 if no_m else m) * (1 if flat else r * (1 - r))
    back = [da_z, da_r, da_g * r if looked else da_g]
    dh_before = sum(d @ (u if turned else u.T) for d, u in zip(back, U, strict=True))
    return da_z, da_r, da_g, dh_before + (dh * z if road else 0)


@judge("open_the_gates.gru_step_back")
def _(theirs):
    for given in MOMENTS:
        got = theirs(*given)
        if not isinstance(got, (tuple, list)) or len(got) != 4:
            yield fault("four", got=describe(got))
            return
        flat, swapped = slip(*given, flat=True), slip(*given, swapped=True)
        right, no_m = gru_step_back(*given), slip(*given, no_m=True)
        dh, _, _, _, g, _, U = given
        da_z = numbers(got[0], right[0], typical={"flat": flat[0]})
        yield named(da_z, "da_z")
        da_g = numbers(
            got[2],
            right[2],
            typical={
                "flat": flat[2],
                "swapped": swapped[2],
                "unweighted": dh * (1 - g**2),
                "order": right[1],
            },
        )
        yield named(da_g, "da_g")
        da_r = numbers(got[1], right[1], typical={"flat": flat[1], "no_m": no_m[1]})
        yield named(da_r, "da_r")
        dh_before = numbers(
            got[3],
            right[3],
            typical={
                "no_road": slip(*given, road=False)[3],
                "turned": slip(*given, turned=True)[3],
                "not_looked": slip(*given, looked=False)[3],
                "other_gate": right[3] + (right[0] - right[1]) @ (U[1] - U[0]).T,
            },
        )
        yield named(dh_before, "dh_before")


@exercise("open_the_gates.lstm_step_back")
def lstm_step_back(dh, dc, c_before, c, i, f, g, o):
    dc, da_o = dc + dh * o * (1 - np.tanh(c) ** 2), dh * np.tanh(c) * o * (1 - o)
    da = [dc * g * i * (1 - i), dc * c_before * f * (1 - f), dc * i * (1 - g**2), da_o]
    return np.stack(da), dc * f


def cell(B, H, seed):
    """What a step back of the LSTM gets, each (B, H): dh, dc, c_before, c, i, f, g, o."""
    rng = np.random.default_rng(seed)
    dh, dc, c_before, g = rng.uniform(-0.9, 0.9, (4, B, H))
    i, f, o = rng.uniform(0.1, 0.9, (3, B, H))
    return dh, dc, c_before, f * c_before + i * g, i, f, g, o


CELLS = [cell(3, 4, 0), cell(2, 2, 1), cell(1, 3, 2)]


def part(given, n, dc=None, kept=True):
    """One of the two results, with another dc from later, or with the blame handed on before the gate f."""
    dh, later, c_before, c, i, f, g, o = given
    da, before = lstm_step_back(dh, later if dc is None else dc, c_before, c, i, f, g, o)
    return (da, before if kept else before / f)[n]


@judge("open_the_gates.lstm_step_back")
def _(theirs):
    for given in CELLS:
        got = theirs(*given)
        if not isinstance(got, (tuple, list)) or len(got) != 2:
            yield fault("two", got=describe(got))
            return
        later = given[1]
        right = lstm_step_back(*given)
        dc_before = numbers(
            got[1],
            right[1],
            typical={
                "forgotten": part(given, 1, dc=0 * later),
                "past_the_gate": later + part(given, 1, dc=0 * later),
                "no_gate": part(given, 1, kept=False),
            },
        )
        yield named(dc_before, "dc_before")
        da = numbers(got[0], right[0], typical={"only_handed_on": part(given, 0, dc=0 * later)})
        yield named(da, "da")


@exercise("open_the_gates.draw_frame")
def draw_frame(s, A, u):
    y = np.zeros(len(s))
    for n in reversed(range(len(s))):
        y[n] = u[n] < sigmoid(s[n] + y @ A[:, n])
    return y


def throws(N, seed):
    """Scores s (N,), a strong triangle A (N, N), numbers u (N,)."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, 1, N), np.tri(N, k=-1) * rng.normal(0, 4, (N, N)), rng.random(N)


THROWS = [
    throws(12, 3),
    throws(12, 4),
    (np.array([0.0, 0.0]), np.array([[0, 0], [-20.0, 0]]), np.array([0.4, 0.4])),
]


def at_once(s, A, u):
    return (u < sigmoid(s)).astype(float)


def no_throw(s, A, u):
    return draw_frame(s, A, np.full(len(s), 0.5))


def inverted(s, A, u):
    y = np.zeros(len(s))
    for n in reversed(range(len(s))):
        y[n] = u[n] > sigmoid(s[n] + y @ A[:, n])
    return y


def chances(s, A, u):
    y = np.zeros(len(s))
    for n in reversed(range(len(s))):
        y[n] = sigmoid(s[n] + y @ A[:, n])
    return y


@judge("open_the_gates.draw_frame")
def _(theirs):
    yield from same(
        theirs,
        draw_frame,
        THROWS,
        typical={
            "at_once": at_once,
            "no_throw": no_throw,
            "inverted": inverted,
            "chances": chances,
        },
    )


choice("open_the_gates.thrown_separately", "B", {"A": "joint"})
