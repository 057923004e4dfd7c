"""Metrics: numbers for people. They are reported, never descended."""

import numpy as np

from ..errors import unknown
from .losses import BinaryCrossentropy, SparseCategoricalCrossentropy, match_shape


def accuracy(loss, y_true, y_pred, mask=None):
    """Share of right answers, from 0 to 1, and over how many; the loss decides what an answer is.

    One of V classes: the largest output. Yes or no: p > 0.5, so with
    from_logits=True z > 0 (Keras compares z with 0.5 there). Padding does not count.
    """
    y_true = np.asarray(y_true)
    if isinstance(loss, SparseCategoricalCrossentropy):
        right = y_pred.argmax(axis=-1) == match_shape(loss, y_true, y_pred.shape[:-1])
    elif isinstance(loss, BinaryCrossentropy):
        right = (y_pred > (0 if loss.from_logits else 0.5)) == match_shape(loss, y_true, y_pred.shape)
    else:
        right = match_shape(loss, y_true, y_pred.shape) == y_pred
    real = np.ones(right.shape) if mask is None else np.broadcast_to(np.asarray(mask, float), right.shape)
    return (right * real).sum() / max(real.sum(), 1), real.sum()


METRICS = {"accuracy": accuracy}


def get(name):
    if name not in METRICS:
        raise unknown("metric", name, METRICS)
    return METRICS[name]
