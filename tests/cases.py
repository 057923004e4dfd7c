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
    "reshape": Case(
        lambda L: L.Reshape((4, 6)), floats(2, 8, 3), (2, 4, 6), floats(2, 5), "the counts differ"
    ),
    "reshape_minus_1": Case(lambda L: L.Reshape((-1, 2)), floats(2, 8, 3), (2, 12, 2)),
    "layer_normalization": Case(
        lambda L: L.LayerNormalization(), floats(2, 3, 5) * 3, (2, 3, 5), floats(2, 4), "built for 5 features"
    ),
    "conv1d": Case(
        lambda L: L.Conv1D(4, 3), floats(2, 7, 5), (2, 5, 4), floats(2, 7, 6), "built for 5 features"
    ),
    "conv1d_same": Case(
        lambda L: L.Conv1D(4, 4, padding="same", activation="relu"), floats(2, 7, 3), (2, 7, 4)
    ),
    "conv1d_strides": Case(lambda L: L.Conv1D(4, 3, strides=2, padding="same"), floats(2, 8, 3), (2, 4, 4)),
    "conv1d_causal": Case(
        lambda L: L.Conv1D(4, 3, padding="causal", dilation_rate=2), floats(2, 7, 3), (2, 7, 4)
    ),
    "conv1d_no_bias": Case(lambda L: L.Conv1D(2, 1, use_bias=False), floats(2, 4, 3), (2, 4, 2)),
    "conv2d": Case(
        lambda L: L.Conv2D(4, 3), floats(2, 6, 5, 3), (2, 4, 3, 4), floats(2, 6, 5), r"\(B, R, C, D\)"
    ),
    "conv2d_same": Case(
        lambda L: L.Conv2D(4, (2, 3), strides=(2, 1), padding="same", activation="tanh"),
        floats(2, 5, 6, 3),
        (2, 3, 6, 4),
    ),
    "max_pooling1d": Case(lambda L: L.MaxPooling1D(2), floats(2, 7, 3), (2, 3, 3)),
    "max_pooling2d": Case(lambda L: L.MaxPooling2D((2, 3)), floats(2, 5, 6, 3), (2, 2, 2, 3)),
    "global_average1d": Case(lambda L: L.GlobalAveragePooling1D(), floats(2, 7, 3), (2, 3)),
    "global_average2d": Case(lambda L: L.GlobalAveragePooling2D(), floats(2, 5, 6, 3), (2, 3)),
    **{
        f"{name.lower()}{'_sequences' * sequences}": Case(
            lambda L, name=name, sequences=sequences: getattr(L, name)(4, return_sequences=sequences),
            floats(2, 6, 3),
            (2, 6, 4) if sequences else (2, 4),
            floats(2, 6, 5),
            "built for 3 features",
        )
        for name in ("SimpleRNN", "GRU", "LSTM")
        for sequences in (False, True)
    },
    "position_embedding": Case(
        lambda L: L.PositionEmbedding(9), floats(2, 6, 4), (2, 6, 4), floats(2, 10, 4), "knows 9 positions"
    ),
    "residual": Case(
        lambda L: L.Residual([L.Dense(6, activation="tanh"), L.Dense(4)]), floats(2, 3, 4), (2, 3, 4)
    ),
    "branches": Case(
        lambda L: L.Branches(L.GRU(3, return_sequences=True), [L.Dense(4), L.Dense(4)], [2, 1, 3]),
        floats(2, 5, 6),
        (2, 5, 2, 4),
        floats(2, 5, 7),
        "built for 6 features",
    ),
    "transformer_block": Case(lambda L: L.TransformerBlock(2, 6), floats(2, 5, 4), (2, 5, 4)),
    "transformer_block_sees_all": Case(
        lambda L: L.TransformerBlock(2, 6, use_causal_mask=False), floats(2, 5, 4), (2, 5, 4)
    ),
    "dropout_0": Case(lambda L: L.Dropout(0.0), floats(3, 4), (3, 4)),
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
    "sequential_transformer": Case(
        lambda L: L.Sequential(
            [
                L.Embedding(9, 4),
                L.PositionEmbedding(6),
                L.TransformerBlock(2, 8),
                L.LayerNormalization(),
                L.Dense(9),
            ]
        ),
        ids(9, 3, 5),
        (3, 5, 9),
    ),
    "sequential_lstm": Case(
        lambda L: L.Sequential([L.Embedding(9, 4), L.LSTM(5, return_sequences=True), L.GRU(4), L.Dense(9)]),
        ids(9, 3, 5),
        (3, 9),
    ),
    "sequential_embedding": Case(
        lambda L: L.Sequential([L.Embedding(9, 4), L.Flatten(), L.Dense(6, activation="relu"), L.Dense(9)]),
        ids(9, 3, 5),
        (3, 9),
    ),
}


# What does not fit one line: several inputs, masks, states. In test_special_layers.py, compared all the same.
SPECIAL = (
    *(f"attention_{option}" for option in ("plain", "causal", "mask", "padding", "causal_padding")),
    *(f"{layer}_{what}" for layer in ("simplernn", "gru", "lstm") for what in ("mask", "states")),
    "embedding_mask",
    "batch_normalization",
    "dot",
    "dot_normalize",
)


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
    "rmsprop": lambda L: L.RMSprop(0.1),
    "rmsprop_default": lambda L: L.RMSprop(),
    "adamw": lambda L: L.AdamW(0.1, weight_decay=0.05),
    "adamw_default": lambda L: L.AdamW(),
    "sgd_clipnorm": lambda L: L.SGD(0.1, clipnorm=0.5),
    "adam_global_clipnorm": lambda L: L.Adam(0.1, global_clipnorm=0.5),
    "sgd_cosine": lambda L: L.SGD(L.CosineDecay(0.1, 15, alpha=0.1)),
    "adam_warm_up": lambda L: L.Adam(L.CosineDecay(0.0, 12, warmup_target=0.1, warmup_steps=5)),
    "adam": lambda L: L.Adam(0.1),
    "adam_default": lambda L: L.Adam(),
    "adam_betas": lambda L: L.Adam(0.1, beta_1=0.5, beta_2=0.8, epsilon=1e-3),
}
