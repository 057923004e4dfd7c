"""Wrong answers to the exercises of keep_it_general, and the hint each must get."""

import numpy as np


def mask(keep, scale, shape=lambda x: x.shape):
    """Dropout with another rule of keeping, another scale, or another shape of the mask."""

    def dropout(x, rate, rng):
        m = np.broadcast_to(keep(rng.random(shape(x)), rate) * scale(rate), x.shape)
        return x * m, m

    return dropout


def kept(u, rate):
    return u >= rate


def up(rate):
    return 1 / (1 - rate)


def own_dice(x, rate, rng):
    m = (np.random.default_rng(0).random(x.shape) >= rate) / (1 - rate)
    return x * m, m


def swapped(x, rate, rng):
    return mask(kept, up)(x, rate, rng)[::-1]


def scaled_late(x, rate, rng):
    m = rng.random(x.shape) >= rate
    return x * m / (1 - rate), m


def global_dice(x, rate, rng):
    return mask(kept, up)(x, rate, np.random.default_rng())


def nothing(x, rate, rng):
    return x, (rng.random(x.shape) >= rate) / (1 - rate)


def added(x, rate, rng):
    m = (rng.random(x.shape) >= rate) / (1 - rate)
    return x + m, m


def blame_back(average):
    """(7.8) with an average of its own."""
    return lambda dxhat, xhat, rstd, mean: rstd * (dxhat - average(dxhat) - xhat * average(dxhat * xhat))


def batch(x):
    return x.mean(axis=0), x.var(axis=0)


def stopping(patience_of=lambda p: p, first=1, last=1, turn=False, end=False, lowest=False):
    """Early stopping with a slip."""

    def stop(losses, patience):
        best = 0
        for epoch, loss in enumerate(losses):
            if loss < losses[best]:
                best = epoch
            elif epoch - best >= patience_of(patience):
                break
        epoch = len(losses) - 1 if end else epoch
        best = epoch if lowest else best
        return (epoch + last, best + first) if turn else (best + first, epoch + last)

    return stop


def with_the_last(losses, patience):
    """Waits for epochs that are no better than the one before, not than the best."""
    waited = 0
    for epoch in range(1, len(losses)):
        waited = waited + 1 if losses[epoch] >= losses[epoch - 1] else 0
        if waited >= patience:
            break
    return int(np.argmin(losses[: epoch + 1])) + 1, epoch + 1


WRONG = {
    "keep_it_general.predict_surprise": [("not_that_good", "A"), ("too_sure", "B")],
    "keep_it_general.dropout": [
        ("two", lambda x, rate, rng: x * (rng.random(x.shape) >= rate) / (1 - rate)),
        ("mask_shape", lambda x, rate, rng: (x, (rng.random(x.shape[1]) >= rate) / (1 - rate))),
        ("swapped_or_nothing", nothing),
        ("swapped_or_nothing", swapped),
        ("one_for_all_units", mask(kept, up, lambda x: (len(x), 1))),
        ("mask_not_scaled", scaled_late),
        ("own_dice", global_dice),
        ("one_mask", mask(kept, up, lambda x: (1, x.shape[1]))),
        ("kept_the_dropped", mask(lambda u, rate: u < rate, up)),
        ("share", mask(lambda u, rate: u >= 0.5, up)),
        ("not_scaled", mask(kept, lambda rate: 1)),
        ("times", mask(kept, lambda rate: 1 - rate)),
        ("over_rate", mask(kept, lambda rate: 1 / rate)),
        ("value", added),
        ("own_dice", own_dice),
    ],
    "keep_it_general.normalized_backward": [
        ("straight_only", lambda dxhat, xhat, rstd, mean: rstd * dxhat),
        ("no_mean", lambda dxhat, xhat, rstd, mean: rstd * (dxhat - xhat * mean(dxhat * xhat))),
        ("no_variance", lambda dxhat, xhat, rstd, mean: rstd * (dxhat - mean(dxhat))),
        ("no_xhat", lambda dxhat, xhat, rstd, mean: rstd * (dxhat - mean(dxhat) - mean(dxhat * xhat))),
        ("plus", lambda dxhat, xhat, rstd, mean: rstd * (dxhat + mean(dxhat) + xhat * mean(dxhat * xhat))),
        ("no_rstd", lambda dxhat, xhat, rstd, mean: dxhat - mean(dxhat) - xhat * mean(dxhat * xhat)),
        (
            "over_rstd",
            lambda dxhat, xhat, rstd, mean: (dxhat - mean(dxhat) - xhat * mean(dxhat * xhat)) / rstd,
        ),
        (
            "first_only",
            lambda dxhat, xhat, rstd, mean: rstd * dxhat - mean(dxhat) - xhat * mean(dxhat * xhat),
        ),
        (
            "no_variance",
            lambda dxhat, xhat, rstd, mean: rstd * (dxhat - mean(dxhat) - mean(dxhat) * mean(xhat)),
        ),
        ("all_at_once", blame_back(np.mean)),
        ("batch_only", blame_back(lambda u: u.mean(axis=0))),
        ("sign", lambda dxhat, xhat, rstd, mean: -rstd * (dxhat - mean(dxhat) - xhat * mean(dxhat * xhat))),
    ],
    "keep_it_general.infer": [
        ("still_batch", lambda x, g, b, m, v, e=1e-3: g * (x - batch(x)[0]) / np.sqrt(batch(x)[1] + e) + b),
        ("batch_variance", lambda x, g, b, m, v, e=1e-3: g * (x - m) / np.sqrt(batch(x)[1] + e) + b),
        ("batch_mean", lambda x, g, b, m, v, e=1e-3: g * (x - batch(x)[0]) / np.sqrt(v + e) + b),
        ("no_root", lambda x, g, b, m, v, e=1e-3: g * (x - m) / (v + e) + b),
        ("no_epsilon", lambda x, g, b, m, v, e=1e-3: g * (x - m) / np.sqrt(v) + b),
        ("epsilon_outside", lambda x, g, b, m, v, e=1e-3: g * (x - m) / (np.sqrt(v) + e) + b),
        ("no_beta", lambda x, g, b, m, v, e=1e-3: g * (x - m) / np.sqrt(v + e)),
        ("no_gamma", lambda x, g, b, m, v, e=1e-3: (x - m) / np.sqrt(v + e)),
    ],
    "keep_it_general.stop": [
        ("two", lambda losses, patience: int(np.argmin(losses)) + 1),
        ("from_zero", stopping(first=0, last=0)),
        ("turned", stopping(turn=True)),
        ("with_the_last", with_the_last),
        ("goes_on", stopping(end=True)),
        ("one_late", stopping(lambda p: p + 1)),
        ("one_early", stopping(lambda p: p - 1)),
        ("best", stopping(lowest=True)),
        ("last", stopping(last=0)),
    ],
    "keep_it_general.by_heart": [("own_way", "C")],
}
