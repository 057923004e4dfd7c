"""One table for every layer, loss and optimizer: how it is made, and something to feed it.

Each case is written over a namespace L, so that the same line makes the NumPy
class (L = musicml.nn) and its Keras twin (L = musicml.twin). A public layer, loss,
optimizer or activation that is missing here makes ``test_layers.py`` fail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


def floats(*shape, seed=1):
    return np.random.default_rng(seed).standard_normal(shape)


def ids(high, *shape, seed=1):
    return np.random.default_rng(seed).integers(0, high, shape)


@dataclass(frozen=True)
class Case:
    make: Callable[[Any], Any]  # L -> layer
    x: np.ndarray
    output_shape: tuple
    wrong: np.ndarray | None = None  # an input the built layer must refuse ...
    message: str = ""  # ... with a message that matches this


LAYERS = {
    "dense": Case(lambda L: L.Dense(4), floats(2, 5), (2, 4), floats(2, 6), "built for 5 features"),
    "dense_tanh_3d": Case(
        lambda L: L.Dense(4, activation="tanh"), floats(2, 3, 5), (2, 3, 4), floats(5), "batch axis"
    ),
    "dense_softmax": Case(lambda L: L.Dense(4, activation="softmax"), floats(3, 5), (3, 4)),
    "dense_no_bias": Case(lambda L: L.Dense(3, use_bias=False), floats(2, 5), (2, 3)),
    "embedding": Case(
        lambda L: L.Embedding(7, 4), ids(7, 2, 5), (2, 5, 4), np.array([[7]]), "ids from 0 to 6"
    ),
    "flatten": Case(lambda L: L.Flatten(), floats(2, 3, 4), (2, 12)),
    **{
        f"activation_{name}": Case(lambda L, name=name: L.Activation(name), floats(4, 6) * 3, (4, 6))
        for name in ("linear", "sigmoid", "tanh", "relu", "gelu", "softmax")
    },
    "sequential": Case(
        lambda L: L.Sequential([L.Dense(6, activation="gelu"), L.Dense(3)]),
        floats(4, 5),
        (4, 3),
        floats(4, 6),
        "built for 5 features",
    ),
    "sequential_embedding": Case(
        lambda L: L.Sequential([L.Embedding(9, 4), L.Flatten(), L.Dense(6, activation="relu"), L.Dense(9)]),
        ids(9, 3, 5),
        (3, 9),
    ),
}


@dataclass(frozen=True)
class LossCase:
    make: Callable[[Any], Any]
    y_true: np.ndarray
    y_pred: np.ndarray


def softmax(z):
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


yes_no = ids(2, 4, 3).astype(float)
LOSSES = {
    "mse": LossCase(lambda L: L.MeanSquaredError(), floats(4, 3), floats(4, 3, seed=2)),
    "binary_logits": LossCase(lambda L: L.BinaryCrossentropy(from_logits=True), yes_no, floats(4, 3) * 5),
    "binary_probabilities": LossCase(
        lambda L: L.BinaryCrossentropy(from_logits=False), yes_no, 1 / (1 + np.exp(-floats(4, 3)))
    ),
    "sparse_logits": LossCase(
        lambda L: L.SparseCategoricalCrossentropy(from_logits=True), ids(7, 4), floats(4, 7) * 5
    ),
    "sparse_logits_3d": LossCase(
        lambda L: L.SparseCategoricalCrossentropy(from_logits=True), ids(7, 4, 3), floats(4, 3, 7)
    ),
    "sparse_probabilities": LossCase(
        lambda L: L.SparseCategoricalCrossentropy(from_logits=False), ids(7, 4), softmax(floats(4, 7))
    ),
}

OPTIMIZERS = {
    "sgd": lambda L: L.SGD(0.1),
    "sgd_default": lambda L: L.SGD(),
    "sgd_momentum": lambda L: L.SGD(0.1, momentum=0.9),
    "adam": lambda L: L.Adam(0.1),
    "adam_default": lambda L: L.Adam(),
    "adam_betas": lambda L: L.Adam(0.1, beta_1=0.5, beta_2=0.8, epsilon=1e-3),
}
