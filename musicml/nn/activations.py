"""Activations: a function of z and, under it, its derivative.

``backward(dy, z, y)`` receives the gradient of the output, what went in and
what came out, and returns the gradient of what went in: dz = dy * f'(z). Each
derivative is written with whichever of z and y makes it shortest.
"""

import math

import numpy as np

from ..errors import unknown


class Linear:
    """y = z"""

    def __call__(self, z):
        return z

    def backward(self, dy, z, y):
        return dy


class Sigmoid:
    """y = 1 / (1 + exp(-z)), in the form that never overflows."""

    def __call__(self, z):
        return 0.5 * (1 + np.tanh(0.5 * z))

    def backward(self, dy, z, y):
        return dy * y * (1 - y)


class Tanh:
    """y = tanh(z)"""

    def __call__(self, z):
        return np.tanh(z)

    def backward(self, dy, z, y):
        return dy * (1 - y * y)


class Relu:
    """y = max(z, 0)"""

    def __call__(self, z):
        return np.maximum(z, 0)

    def backward(self, dy, z, y):
        return dy * (z > 0)


class Gelu:
    """y = z Phi(z), with Phi the normal distribution function. Source: Hendrycks and Gimpel 2016."""

    def __call__(self, z):
        return z * normal_cdf(z)

    def backward(self, dy, z, y):
        density = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
        return dy * (normal_cdf(z) + z * density)


class Softmax:
    """y_i = exp(z_i) / sum_j exp(z_j) over the last axis.

    Taking the maximum away first changes nothing, and exp cannot overflow.
    """

    def __call__(self, z):
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    def backward(self, dy, z, y):
        # The Jacobian diag(y) - y y^T times dy, without building the matrix.
        return y * (dy - (dy * y).sum(axis=-1, keepdims=True))


# NumPy has no erf. Phi is tabled with math.erf on a fine grid, and from the
# nearest grid point a Taylor series of three terms reaches z: error below 1e-12.
_STEP = 1 / 256
_GRID = np.arange(-10, 10 + _STEP, _STEP)
_PHI = np.array([0.5 * math.erfc(-g / math.sqrt(2)) for g in _GRID])
_DENSITY = np.exp(-0.5 * _GRID**2) / math.sqrt(2 * math.pi)


def normal_cdf(z):
    """Phi(z), the probability that a standard normal draw is below z."""
    z = np.clip(z, -10, 10)
    nearest = np.rint((z + 10) / _STEP).astype(np.intp)
    g = _GRID[nearest]
    d = z - g
    series = d * (1 - d * (g / 2 - d * (g * g - 1) / 6))
    return (_PHI[nearest] + _DENSITY[nearest] * series).astype(z.dtype)


ACTIVATIONS = {
    "linear": Linear(),
    "sigmoid": Sigmoid(),
    "tanh": Tanh(),
    "relu": Relu(),
    "gelu": Gelu(),
    "softmax": Softmax(),
}


def get(activation):
    """Return the activation for a name; ``None`` is linear, an activation is returned as it is."""
    if activation is None:
        return ACTIVATIONS["linear"]
    if hasattr(activation, "backward"):
        return activation
    if activation not in ACTIVATIONS:
        raise unknown("activation", activation, ACTIVATIONS)
    return ACTIVATIONS[activation]
