"""What a layer asks of its arguments and its inputs, before it computes anything.

NumPy broadcasts, wraps around and casts without a word; a layer that took a wrong
shape would learn something else than it was asked to.
"""

import numpy as np

from ..errors import MusicMLError, NotFiniteError, ShapeError


def positive(layer, **sizes):
    """Raise unless each of the sizes (a number or a tuple of numbers) is a whole number above 0."""
    for name, size in sizes.items():
        for value in size if isinstance(size, tuple) else (size,):
            if not isinstance(value, (int, np.integer)) or value < 1:
                raise ShapeError(f"{layer!r} received {name}={size!r}, expected a positive integer.")


def numbers(layer, x, dtype):
    """x as an array, of the type that the layer computes in."""
    try:
        return np.asarray(x, dtype)
    except (TypeError, ValueError) as error:
        raise MusicMLError(
            f"{layer!r} expected an array of numbers, received a {type(x).__name__}: {error}. "
            "Turn it into an array of one shape first."
        ) from None


def axes(layer, shape):
    """Raise unless an input has the axes that the layer names in ``input_axes``, such as "BTD"."""
    needed = layer.input_axes
    if len(shape) == len(needed or shape) > 0:
        return
    if not needed:
        raise ShapeError(f"{layer!r} received one number, expected an array with a batch axis.")
    raise ShapeError(
        f"{layer!r} needs x of shape ({', '.join(needed)}), received {tuple(shape)}. "
        + ("Add the missing axis: x[None] in front, x[..., None] behind." * (len(shape) < len(needed)))
        + ("Join axes with reshape, or take one part: x[0]." * (len(shape) > len(needed)))
    )


def finite(layer, **arrays):
    """Raise if a number is nan or inf, and say where the first one stands."""
    for name, a in arrays.items():
        if a.dtype.kind == "f" and not np.isfinite(a).all():
            at = np.argwhere(~np.isfinite(a))
            raise NotFiniteError(
                f"{layer!r} received {len(at)} numbers in {name} that are nan or inf, the first at "
                f"{name}[{', '.join(map(str, at[0]))}]. Leave these examples out, or mend them."
            )


def places(layer, sizes, places):
    """Raise if a window does not fit into an input of these sizes even once."""
    if 0 in places:
        raise ShapeError(
            f"{layer!r} slides a window of {layer.kernel_size}, received an input of {tuple(sizes)}, padding "
            'included: it does not fit in. Make the window smaller, or padding="same".'
        )


def mask(layer, x, given):
    """Raise unless a mask has one entry for each place along the first axes of x."""
    shape = np.shape(given)
    if shape != x.shape[: len(shape)]:
        raise ShapeError(
            f"{layer!r} received a mask of shape {shape} for x of shape {x.shape}. "
            "Give one entry for each step: (B, T)."
        )


def states(layer, given, shape):
    """Raise unless all states are there, each of this shape."""
    shapes = [state.shape for state in given]
    if shapes != [shape] * layer.states:
        raise ShapeError(
            f"{layer!r} needs {layer.states} initial_state of shape {shape}, received "
            f"{', '.join(map(str, shapes)) or 'none'}. Give one row for each example."
        )


def attention(layer, query, value, key, masks):
    """Raise unless keys and values are one for one, and all masks fit the pairs of times."""
    (B, T), S = query.shape[:2], value.shape[1]
    shapes = {"query": query.shape, "value": value.shape, "key": key.shape}
    shapes |= {name: np.shape(given) for name, given in masks.items() if np.ndim(given)}
    allowed = {
        "value": [(B, S)],
        "key": [(B, S)],
        "attention_mask": [(T, S), (B, T, S), (1, T, S)],
        "mask": [(B, T)],
        "value_mask": [(B, S)],
    }
    for name, options in allowed.items():
        if name in shapes and shapes[name][: 2 if name in ("value", "key") else None] not in options:
            raise ShapeError(
                f"{layer!r} received {', '.join(f'{n} {shape}' for n, shape in shapes.items())}: {name} "
                "does not fit. Expected query (B, T, D), value and key (B, S, D), attention_mask (B, T, S), "
                "mask (B, T), value_mask (B, S)."
            )
