"""The layer contract: what every layer of this library is.

A layer is the Keras layer of the same name with one more method, ``backward``.
Subclasses write three methods, in the order of the lesson's page:

    build      what is learned
    call       the equations
    backward   the same equations, read from the last line to the first

Dimension key
    B batch   T time   D features in   U units   V vocabulary
    N heads   H head size   K kernel size   F filters
"""

import re
from collections import Counter

import numpy as np

from ..errors import MusicMLError, ShapeError
from . import checks, initializers
from .config import floatx

_names = Counter()


def rows(a):
    """(B, ..., D) -> (B*..., D): every leading axis is just more examples."""
    return a.reshape(-1, a.shape[-1])


class Layer:
    """A differentiable function with weights.

    Args:
        name: for messages and weight paths; made from the class name when left out ("dense_1").
        seed: start of this layer's random numbers. Left out, a layer inside a model
            draws from the model's generator, and a layer on its own starts from 0.
    """

    input_axes = None  # the axes that call() needs, such as "BTD"; None: any, behind the batch
    casts_input = True  # False where ids come in, or where the values only pass through
    takes = ()  # what call() takes beside x: "mask" (B, T), which steps are real; "cache", see attention.py

    def __init__(self, name=None, seed=None):
        self.name = name or self._next_name()
        self.rng = None if seed is None else np.random.default_rng(seed)
        self.dtype = floatx()
        self.built = False
        self.layers = []  # children, in the order of their weights
        self.grads = {}  # weight name -> gradient, same shapes as the weights
        self._own = {}  # weight name -> array
        self._tape = []  # what call() remembers for backward()

    # --- written by each layer

    def build(self, input_shape):
        """Make the weights for inputs of this shape; (None, 8) leaves the batch open."""

    def call(self, x, training=False):
        raise NotImplementedError(f"{type(self).__name__} has no call().")

    def backward(self, dy):
        raise NotImplementedError(f"{type(self).__name__} has no backward().")

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def compute_mask(self, x, mask=None):
        """Which steps of the output are real: those of the input, unless a layer says otherwise."""
        return mask

    # --- shared by all

    def __call__(self, *inputs, training=False, **options):
        inputs = [checks.numbers(self, x, self.dtype if self.casts_input else None) for x in inputs]
        self.ensure_built(*(x.shape for x in inputs))
        if options.get("mask") is not None:
            checks.mask(self, inputs[0], options["mask"])
        return self.call(*inputs, training=training, **options)

    def wanted(self, options):
        """Those of ``options`` that this layer's call() takes."""
        return {name: options[name] for name in self.takes if options.get(name) is not None}

    def ensure_built(self, *input_shapes):
        for shape in input_shapes:
            checks.axes(self, shape)
        if not self.built:
            self.build(*map(tuple, input_shapes))
            self.built = True

    def add_weight(self, name, shape, initializer, trainable=True):
        """Make one weight array. It is updated in place from now on and never replaced."""
        checks.positive(self, **{f"the shape of {name}": shape})
        if self.rng is None:
            self.rng = np.random.default_rng(0)
        weight = np.array(initializers.get(initializer)(self.rng, shape), self.dtype, order="C")
        self._own[name] = weight
        if trainable:
            self.grads[name] = np.zeros_like(weight)
        self.built = True  # also when build() was called by hand, as Keras users do
        return weight

    def remember(self, training, *values):
        """Keep what backward() will need, in training only."""
        if training:
            self._tape.append(values)

    def recall(self):
        """Return what the latest call(training=True) remembered, and forget it."""
        if not self._tape:
            raise MusicMLError(
                f"{self!r}.backward(dy) has nothing to go back through: inference remembers nothing. "
                f"Call {self.name}(x, training=True) first, once for each backward."
            )
        return self._tape.pop()

    def _walk(self, path, key):
        """Yield (gradient or None, path, key, weight), own first, then the children's."""
        # As Keras lists them: trainable first.
        for name in sorted(self._own, key=lambda name: name not in self.grads):
            yield self.grads.get(name), f"{path}/{name}", f"{key}{name}", self._own[name]
        for n, child in enumerate(self.layers):
            if child not in self.layers[:n]:  # a layer used twice is one set of weights
                yield from child._walk(f"{path}/{child.name}", f"{key}{n}/")

    @property
    def weights(self):
        """All weight arrays in Keras's order."""
        return [weight for *_, weight in self._walk(self.name, "")]

    def named_weights(self):
        """Yield (path, weight, gradient) of the trainable weights, in the order of ``weights``."""
        for gradient, path, _, weight in self._walk(self.name, ""):
            if gradient is not None:
                yield path, weight, gradient

    def keyed_weights(self):
        """Yield (key, weight); the key counts layers ("2/kernel"), so it survives a renaming."""
        for _, _, key, weight in self._walk(self.name, ""):
            yield key, weight

    def get_weights(self):
        return [weight.copy() for weight in self.weights]

    def set_weights(self, values):
        """Copy ``values`` into the weights, all or none."""
        mine, values = list(self._walk(self.name, "")), [np.asarray(value) for value in values]
        if len(mine) != len(values):
            remedy = "" if self.built else " Build it first: call it on data, or build(input_shape)."
            raise ShapeError(f"{self!r} has {len(mine)} weights, set_weights received {len(values)}.{remedy}")
        for (_, path, _, weight), value in zip(mine, values, strict=True):
            if weight.shape != value.shape:
                raise ShapeError(
                    f"{path} has shape {weight.shape}, set_weights received {value.shape}. Check the order."
                )
        for (*_, weight), value in zip(mine, values, strict=True):
            weight[...] = value

    def zero_grads(self):
        """Start a clean step: gradients to zero, nothing remembered."""
        for grad in self.grads.values():
            grad[...] = 0
        self._tape.clear()
        for child in self.layers:
            child.zero_grads()

    def count_params(self):
        return sum(weight.size for weight in self.weights)

    def check_features(self, x, expected):
        """Raise a ShapeError when the last axis of x is not what the layer was built for."""
        if x.ndim < 2 or x.shape[-1] != expected:
            raise ShapeError(
                f"{self!r} was built for {expected} features, received x of shape {x.shape}. "
                + ("Add a batch axis: x[None]." if x.ndim < 2 else "Transpose it, or build a new layer.")
            )

    def __repr__(self):
        return f"{type(self).__name__} '{self.name}'"

    @classmethod
    def _next_name(cls):
        base = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()
        count = _names[base]
        _names[base] += 1
        return f"{base}_{count}" if count else base
