"""The exercises of keep_it_general."""

import numpy as np

from . import choice, describe, exercise, judge, need, numbers, same

choice("keep_it_general.predict_surprise", "C", {"A": "not_that_good", "B": "too_sure"})


@exercise("keep_it_general.dropout")
def dropout(x, rate, rng):
    kept = rng.random(x.shape) >= rate
    m = kept / (1 - rate)
    return x * m, m  # (7.2)


@judge("keep_it_general.dropout")
def _(theirs):
    x, rate = np.linspace(1, 2, 40_000).reshape(400, 100), 0.2
    got = theirs(x, rate, np.random.default_rng(1))
    yield need(isinstance(got, tuple) and len(got) == 2, "two", got=type(got).__name__)
    y, m = (np.asarray(array) for array in got)
    yield need(not (y.shape == m.shape and np.allclose(y * x, m)), "swapped_or_nothing")
    yield need(m.shape == x.shape, "mask_shape", got=m.shape, expected=x.shape)
    yield need(not np.array_equal(m, x) and not np.array_equal(y, x), "swapped_or_nothing")
    yield need((m != 0).any(axis=0).all() and (m == m[0]).mean() < 0.99, "one_mask", got=describe(m[0, :3]))
    yield need((m == m[:, :1]).mean() < 0.99, "one_for_all_units")
    share = (m != 0).mean()
    yield need(abs(share - rate) > 0.02, "kept_the_dropped", share=f"{share:.2f}")
    yield need(abs(share - (1 - rate)) < 0.02, "share", share=f"{share:.2f}")
    values = np.unique(m)
    plain = np.allclose(values, (0, 1))
    yield need(not (plain and np.allclose(y, x * m / (1 - rate))), "mask_not_scaled")
    yield need(not plain, "not_scaled", mean=f"{y.mean() / x.mean():.2f}")
    yield need(not np.allclose(values, (0, 1 - rate)), "times", mean=f"{y.mean() / x.mean():.2f}")
    yield need(not np.allclose(values, (0, 1 / rate)), "over_rate", mean=f"{y.mean() / x.mean():.2f}")
    yield numbers(y, x * m)
    yield numbers(values, np.array([0, 1 / (1 - rate)]))
    again, other = (theirs(x, rate, np.random.default_rng(seed))[1] for seed in (1, 2))
    yield need(np.array_equal(m, again) and not np.array_equal(m, other), "own_dice")


@exercise("keep_it_general.normalized_backward")
def normalized_backward(dxhat, xhat, rstd, mean):
    dx = dxhat - mean(dxhat)
    dx -= xhat * mean(dxhat * xhat)
    dx *= rstd
    return dx  # (7.8)


def over_batch(u):
    return u.mean(axis=0)


def over_units(u):
    return u.mean(axis=-1, keepdims=True)


def normalization_cases():
    """The same blame, of numbers that were normalised over the batch, and over the units."""
    x = np.array([[1.0, 2.0, -1.0], [4.0, 0.5, 3.0], [-2.0, 1.0, 0.0], [0.0, -3.0, 2.0]])
    dxhat = np.array([[0.5, -1.0, 2.0], [1.0, 3.0, -0.5], [0.0, 1.5, 1.0], [-2.0, 0.25, 1.0]])
    for mean in (over_batch, over_units):
        centred = x - mean(x)
        rstd = 1 / np.sqrt(mean(centred**2))
        yield dxhat, centred * rstd, rstd, mean


@judge("keep_it_general.normalized_backward")
def _(theirs):
    three = normalized_backward
    yield from same(
        theirs,
        three,
        list(normalization_cases()),
        typical={
            "straight_only": lambda dxhat, xhat, rstd, mean: rstd * dxhat,
            "no_mean": lambda dxhat, xhat, rstd, mean: rstd * (dxhat - xhat * mean(dxhat * xhat)),
            "no_variance": lambda dxhat, xhat, rstd, mean: rstd * (dxhat - mean(dxhat)),
            "no_xhat": lambda dxhat, xhat, rstd, mean: rstd * (dxhat - mean(dxhat) - mean(dxhat * xhat)),
            "plus": lambda dxhat, xhat, rstd, mean: rstd * (dxhat + mean(dxhat) + xhat * mean(dxhat * xhat)),
            "no_rstd": lambda dxhat, xhat, rstd, mean: three(dxhat, xhat, 1.0, mean),
            "over_rstd": lambda dxhat, xhat, rstd, mean: three(dxhat, xhat, 1 / rstd, mean),
            "first_only": lambda dxhat, xhat, rstd, mean: (
                rstd * dxhat - mean(dxhat) - xhat * mean(dxhat * xhat)
            ),
            "all_at_once": lambda dxhat, xhat, rstd, mean: three(dxhat, xhat, rstd, np.mean),
            "batch_only": lambda dxhat, xhat, rstd, mean: three(dxhat, xhat, rstd, over_batch),
        },
    )


@exercise("keep_it_general.infer")
def infer(x, gamma, beta, moving_mean, moving_variance, epsilon=1e-3):
    xhat = (x - moving_mean) / np.sqrt(moving_variance + epsilon)
    return gamma * xhat + beta


@judge("keep_it_general.infer")
def _(theirs):
    x = np.array([[1.0, 5.0], [3.0, 2.0], [-2.0, 0.5]])
    learned = np.array([2.0, 0.5]), np.array([0.25, -1.0]), np.array([0.5, 3.0]), np.array([4.0, 0.25])
    yield from same(
        theirs,
        infer,
        [(x, *learned), (x[:1], *learned), (x, *learned, 0.5)],
        typical={
            "still_batch": lambda x, g, b, m, v, e=1e-3: (
                g * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + e) + b
            ),
            "batch_variance": lambda x, g, b, m, v, e=1e-3: g * (x - m) / np.sqrt(x.var(axis=0) + e) + b,
            "batch_mean": lambda x, g, b, m, v, e=1e-3: g * (x - x.mean(axis=0)) / np.sqrt(v + e) + b,
            "no_root": lambda x, g, b, m, v, e=1e-3: g * (x - m) / (v + e) + b,
            "no_epsilon": lambda x, g, b, m, v, e=1e-3: g * (x - m) / np.sqrt(v) + b,
            "epsilon_outside": lambda x, g, b, m, v, e=1e-3: g * (x - m) / (np.sqrt(v) + e) + b,
            "no_gamma": lambda x, g, b, m, v, e=1e-3: (x - m) / np.sqrt(v + e),
            "no_beta": lambda x, g, b, m, v, e=1e-3: g * (x - m) / np.sqrt(v + e),
        },
        rtol=1e-8,
    )


@exercise("keep_it_general.stop")
def stop(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch - best >= patience:  # (7.1)
            break
    return best + 1, epoch + 1


@judge("keep_it_general.stop")
def _(theirs):
    trembling = [3.0, 2.0, 2.1, 1.8, 1.9, 2.0, 2.2, 1.7]
    for losses, patience in (
        (trembling, 1),
        (trembling, 2),
        (trembling, 3),
        ([3.0, 2.5, 2.0], 2),
        ([2.0, 1.0, 1.0, 0.5], 2),
        ([2.0, 1.0, 1.0, 1.5, 0.5], 2),
        ([1.0, 2.0, 3.0, 4.0], 2),
        ([3.0, 2.0, 2.6, 2.4, 2.5, 2.3], 2),
    ):
        got = theirs(losses, patience)
        yield need(isinstance(got, (tuple, list)) and len(got) == 2, "two", got=describe(got))
        got, expected = tuple(int(number) for number in got), stop(losses, patience)
        told = {"got": got, "expected": expected, "losses": losses, "patience": patience}
        yield need(got != (expected[0] - 1, expected[1] - 1), "from_zero", **told)
        yield need(got != expected[::-1] or got == expected, "turned", **told)
        late, early = stop(losses, patience + 1), stop(losses, patience - 1)
        best = int(np.argmin(losses[: expected[1]])) + 1
        yield need(got == expected or losses[2:4] != [2.6, 2.4], "with_the_last", **told)
        yield need(got == expected or got != (expected[0], len(losses)), "goes_on", **told)
        yield need(got == expected or got[0] == got[1] or got != late, "one_late", **told)
        yield need(got == expected or got != early, "one_early", **told)
        yield need(got[0] == best, "best", **told)
        yield need(got[1] == expected[1], "last", **told)


choice("keep_it_general.by_heart", "D", {"C": "own_way"})
