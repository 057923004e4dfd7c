"""Metrics: numbers for people. They are reported, never descended."""

import numpy as np

from ..errors import unknown
from .losses import BinaryCrossentropy, SparseCategoricalCrossentropy, match_shape


def accuracy(loss, y_true, y_pred):
    """Share of right answers, from 0 to 1, with the loss deciding what an answer is.

    One of V classes: the largest output. Yes or no: p > 0.5, so with
    from_logits=True z > 0 (Keras compares z with 0.5 there).
    """
    y_true = np.asarray(y_true)
    if isinstance(loss, SparseCategoricalCrossentropy):
        return np.mean(y_pred.argmax(axis=-1) == match_shape(loss, y_true, y_pred.shape[:-1]))
    if isinstance(loss, BinaryCrossentropy):
        return np.mean((y_pred > (0 if loss.from_logits else 0.5)) == match_shape(loss, y_true, y_pred.shape))
    return np.mean(match_shape(loss, y_true, y_pred.shape) == y_pred)


METRICS = {"accuracy": accuracy}


def get(name):
    if name not in METRICS:
        raise unknown("metric", name, METRICS)
    return METRICS[name]
