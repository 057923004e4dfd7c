"""Branches: one network that all hear, and a network for each part.

Dimension key
    B batch   T time   D features   U what the trunk gives   P parts   V outputs of a part
"""

import numpy as np

from ..errors import MusicMLError
from .layer import Layer


class Branches(Layer):
    """A trunk reads the first numbers of each moment; each branch hears the trunk, and numbers of its own.

    Equation:     h = trunk(x_0),  y_p = branch_p([h, x_p])      with x = [x_0, x_1, ..., x_P] side by side
    Input shape:  (B, T, D), D the sum of ``widths``
    Output shape: (B, T, P, V)
    Weights:      those of the trunk, then those of each branch
    Used by:      recipes.four_voices, measured in benchmarks/jsb16.md

    Args: trunk, a layer (B, T, D_0) -> (B, T, U); branches, P layers (B, T, U + D_p) -> (B, T, V);
    widths, how many numbers the trunk and each branch read: [D_0, D_1, ..., D_P].
    """

    input_axes = "BTD"

    def __init__(self, trunk, branches, widths, **kwargs):
        super().__init__(**kwargs)
        self.trunk, self.branches, self.widths = trunk, list(branches), list(widths)
        self.layers = [trunk, *self.branches]
        if len(self.widths) != len(self.layers):
            raise MusicMLError(
                f"{self!r} has a trunk and {len(self.branches)} branches, but {len(self.widths)} widths. "
                "Give one width for the trunk and one for each branch."
            )
        self.cuts = np.cumsum(self.widths)[:-1].tolist()

    def build(self, input_shape):
        *outer, D = input_shape
        for layer, width in zip(self.layers, self.widths, strict=True):
            layer.rng = self.rng = layer.rng or self.rng or np.random.default_rng(0)
            heard = 0 if layer is self.trunk else self.units
            layer.ensure_built((*outer, heard + width))
            if layer is self.trunk:
                self.units = layer.compute_output_shape((*outer, width))[-1]

    def call(self, x, training=False):
        self.check_features(x, sum(self.widths))
        first, *rest = np.split(x, self.cuts, axis=-1)
        h = self.trunk(first, training=training)
        heard = [np.concatenate([h, own], axis=-1) for own in rest]
        pairs = zip(self.branches, heard, strict=True)
        return np.stack([branch(own, training=training) for branch, own in pairs], axis=-2)

    def backward(self, dy):
        dheard = [branch.backward(dy[..., p, :]) for p, branch in enumerate(self.branches)]
        dfirst = self.trunk.backward(sum(d[..., : self.units] for d in dheard))
        return np.concatenate([dfirst, *(d[..., self.units :] for d in dheard)], axis=-1)

    def compute_output_shape(self, input_shape):
        shape = (*input_shape[:-1], self.widths[0])
        heard = (*input_shape[:-1], self.trunk.compute_output_shape(shape)[-1] + self.widths[1])
        *outer, V = self.branches[0].compute_output_shape(heard)
        return (*outer, len(self.branches), V)
