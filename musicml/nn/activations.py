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
        # Right of zero Phi(z) = 1 - Phi(-z), so that z Phi(z) = z - z Phi(-z).
        y = normal_cdf_left(z)
        y *= np.abs(z)
        return np.maximum(z, 0) - y

    def backward(self, dy, z, y):
        # dz = dy (Phi(z) + z density(z)), in place; Phi(z) = y / z, but 1/2 at 0.
        dz = z * z
        dz *= -0.5
        np.exp(dz, out=dz)
        dz *= z / math.sqrt(2 * math.pi)
        dz += np.divide(y, z, out=np.full_like(z, 0.5), where=z != 0)
        dz *= dy
        return dz


class Softmax:
    """y_i = exp(z_i) / sum_j exp(z_j) over the last axis.

    Taking the maximum away first changes nothing, and exp cannot overflow.
    """

    def __call__(self, z):
        e = z - z.max(axis=-1, keepdims=True)
        np.exp(e, out=e)
        e /= e.sum(axis=-1, keepdims=True)
        return e

    def backward(self, dy, z, y):
        # The Jacobian diag(y) - y y^T times dy, without building the matrix.
        dz = dy - np.vecdot(dy, y)[..., None]
        dz *= y
        return dz


# NumPy has no erf. Left of zero Phi(-u) = exp(-u^2 / 2) q(t) with t = 4 / (4 + u), and q is so smooth
# that a polynomial through its values at a few points is q: found once, here, from math.erfc.
# Errors of Phi: 2e-7 in float32, of which half is rounding; 1e-13 in float64. Source: Schonfelder 1978.
def _q(t):
    u = 4 / t - 4
    return [0.5 * math.erfc(u / math.sqrt(2)) * math.exp(u * u / 2) for u in u]


_POLYNOMIALS = {
    dtype: np.polynomial.Chebyshev.interpolate(_q, degree, domain=[4 / 11, 1])
    .convert(kind=np.polynomial.Polynomial)
    .coef.astype(dtype)
    for dtype, degree in (("float32", 7), ("float64", 13))
}


def normal_cdf_left(z):
    """Phi(-|z|), the probability that a standard normal draw is below -|z|."""
    u = np.minimum(np.abs(z), 40)  # beyond, exp(-u^2 / 2) is 0
    t = 4 / (4 + u)
    highest, *rest = _POLYNOMIALS[z.dtype.name][::-1]
    q = highest * t
    for c in rest[:-1]:  # Horner's rule, in place
        q += c
        q *= t
    q += rest[-1]
    u *= u
    u *= -0.5
    q *= np.exp(u, out=u)
    return q


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
