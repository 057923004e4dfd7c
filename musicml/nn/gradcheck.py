"""check_gradients: the referee of the course.

backward() says how the loss changes when a number moves. Moving the number and
looking is slower, but cannot be wrong in the same way.
"""

import numpy as np

from ..errors import GradientError, MusicMLError


class GradientReport(dict):
    """path -> (backward, finite difference); printed as a table."""

    def __repr__(self):
        lines = [f"{'gradient of':<34}{'backward':>14}{'finite diff.':>14}"]
        for path, (exact, numeric) in self.items():
            lines.append(f"{path:<34}{exact:>14.6f}{numeric:>14.6f}  agree")
        return "\n".join(lines)


def check_gradients(layer, x, epsilon=1e-6, tolerance=1e-6, seed=0):
    """Compare backward() with central differences; return a report, or raise a GradientError.

    The loss is L = <dy, layer(x)> with a random dy. For x and for each weight, all
    of its numbers move together along one random direction v:

        <dL/dw, v>  =  (L(w + e v) - L(w - e v)) / 2e       up to an error of order e^2

    One direction costs two calls however large the array is, and a slip anywhere in
    the gradient shows in it.

    Args:
        layer: any layer or model, made after ``set_floatx("float64")``.
        x: an input for it. Integer inputs (ids) have no gradient and are left out.
        tolerance: largest relative difference allowed.
    """
    rng = np.random.default_rng(seed)
    x = np.array(x, layer.dtype if np.asarray(x).dtype.kind == "f" else None)
    layer.zero_grads()
    y = layer(x, training=True)
    if y.dtype != np.float64:
        raise MusicMLError(
            f"{layer!r} computes in {y.dtype}: rounding would drown the finite differences. "
            'Call nn.set_floatx("float64") before you make the layer.'
        )
    dy = rng.standard_normal(y.shape)
    dx = layer.backward(dy)
    arrays = [(path, w, g.copy()) for path, w, g in layer.named_weights()]
    if dx is not None and x.dtype.kind == "f":
        arrays.insert(0, ("x", x, dx))
    layer.zero_grads()

    def loss():
        y = layer(x, training=True)  # in training some layers compute something else
        layer.zero_grads()
        return float((dy * y).sum())

    report = GradientReport()
    for path, array, gradient in arrays:
        if np.shape(gradient) != array.shape:
            raise GradientError(
                f"{layer!r}: the gradient of {path} has shape {np.shape(gradient)}, "
                f"the array itself {array.shape}. They must be equal."
            )
        v = rng.standard_normal(array.shape)
        start = array.copy()
        array[...] = start + epsilon * v
        up = loss()
        array[...] = start - epsilon * v
        down = loss()
        array[...] = start
        numeric, exact = (up - down) / (2 * epsilon), float((gradient * v).sum())
        if not abs(numeric - exact) <= tolerance * max(1, abs(numeric), abs(exact)):
            raise GradientError(
                f"{layer!r}: along one direction of {path}, backward says {exact:.8g}, "
                f"finite differences say {numeric:.8g}. Read backward from its last line up."
            )
        report[path] = (exact, numeric)
    return report
