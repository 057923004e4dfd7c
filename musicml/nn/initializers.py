"""Where weights start. Each initializer is a function (rng, shape) -> array.

Dimension key
    fan_in    how many numbers are summed into one output of the layer
    fan_out   how many outputs one input number feeds
"""

import numpy as np

from ..errors import unknown


def fans(shape):
    """(fan_in, fan_out) of a weight of this shape, as Keras counts them.

    The last axis is the output, the one before it the input; axes in front
    (the width of a convolution) multiply both.
    """
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    window = int(np.prod(shape[:-2]))
    return shape[-2] * window, shape[-1] * window


def zeros(rng, shape):
    return np.zeros(shape)


def ones(rng, shape):
    return np.ones(shape)


def random_uniform(rng, shape):
    return rng.uniform(-0.05, 0.05, shape)


def random_normal(rng, shape):
    return rng.normal(0, 0.05, shape)


def truncated_normal(rng, shape, stddev):
    """A normal draw with the tails beyond two standard deviations drawn again.

    Cutting the tails makes the spread smaller; dividing by 0.8796 makes it ``stddev`` again.
    """
    draw = rng.standard_normal(shape)
    while (outside := np.abs(draw) > 2).any():
        draw[outside] = rng.standard_normal(outside.sum())
    return draw * stddev / 0.87962566103423978


def glorot_uniform(rng, shape):
    """Variance 2 / (fan_in + fan_out). Source: Glorot and Bengio 2010, eq. 16."""
    limit = np.sqrt(6 / sum(fans(shape)))
    return rng.uniform(-limit, limit, shape)


def glorot_normal(rng, shape):
    return truncated_normal(rng, shape, np.sqrt(2 / sum(fans(shape))))


def he_uniform(rng, shape):
    """Variance 2 / fan_in, for relu. Source: He et al. 2015, eq. 10."""
    limit = np.sqrt(6 / fans(shape)[0])
    return rng.uniform(-limit, limit, shape)


def he_normal(rng, shape):
    return truncated_normal(rng, shape, np.sqrt(2 / fans(shape)[0]))


def orthogonal(rng, shape):
    """Rows (or columns, the fewer) at right angles and of length 1. Source: Saxe et al. 2014."""
    rows, columns = int(np.prod(shape[:-1])), shape[-1]
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diag(r))  # without this the draw is not uniform
    return (q if rows >= columns else q.T).reshape(shape)


INITIALIZERS = {
    "zeros": zeros,
    "ones": ones,
    "uniform": random_uniform,  # the name Embedding uses in Keras
    "random_uniform": random_uniform,
    "random_normal": random_normal,
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    "orthogonal": orthogonal,
}


def get(initializer):
    """Return the function for a name; a function is returned as it is."""
    if callable(initializer):
        return initializer
    if initializer not in INITIALIZERS:
        raise unknown("initializer", initializer, INITIALIZERS)
    return INITIALIZERS[initializer]
