"""Losses: one number that says how wrong a batch is, and its gradient.

``loss(y_true, y_pred)`` returns a float, the mean over everything in the batch;
``loss.backward()`` returns dL/dy_pred for that call, same shape as y_pred.

Dimension key
    B batch   V classes (vocabulary)
"""

import numpy as np

from ..errors import MusicMLError, ShapeError
from . import activations

EPSILON = 1e-7  # probabilities are kept this far from 0 and 1, as Keras does


class Loss:
    """Base class; subclasses write ``call`` and ``backward``."""

    def __call__(self, y_true, y_pred):
        y_pred = np.asarray(y_pred)
        return float(self.call(self.match(np.asarray(y_true), y_pred), y_pred))

    def call(self, y_true, y_pred):
        raise NotImplementedError

    def backward(self):
        raise NotImplementedError

    def match(self, y_true, y_pred):
        """Give y_true the shape of y_pred where only a last axis of 1 is missing; else raise.

        NumPy would broadcast (8,) against (8, 1) to (8, 8) without a word.
        """
        return match_shape(self, y_true, y_pred.shape).astype(y_pred.dtype)


def match_shape(owner, y_true, shape):
    if y_true.shape == shape:
        return y_true
    if y_true.shape + (1,) == shape or y_true.shape == shape + (1,):
        return y_true.reshape(shape)
    raise ShapeError(
        f"{type(owner).__name__} expected targets of shape {shape} to go with these predictions, "
        f"received {y_true.shape}. Reshape one of the two."
    )


class MeanSquaredError(Loss):
    """L = mean((y_pred - y_true)^2) over every number in the batch.

    Lesson: walk_downhill
    """

    def call(self, y_true, y_pred):
        self.error = y_pred - y_true
        return np.mean(self.error**2)

    def backward(self):
        return 2 * self.error / self.error.size


class BinaryCrossentropy(Loss):
    """L = -mean(y log p + (1 - y) log(1 - p)), for answers that are yes (1) or no (0).

    Args:
        from_logits: True when y_pred is z, with p = sigmoid(z); False when y_pred is p itself.
    Lesson: tell_major_from_minor
    """

    def __init__(self, *, from_logits):
        self.from_logits = from_logits

    def call(self, y_true, y_pred):
        y, z = y_true, y_pred
        self.y, self.y_pred = y, y_pred
        if self.from_logits:
            # log(1 + exp(z)) - y z, in the form that never overflows
            return np.mean(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z))))
        p = np.clip(y_pred, EPSILON, 1 - EPSILON)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    def backward(self):
        y, n = self.y, self.y.size
        if self.from_logits:
            return (activations.get("sigmoid")(self.y_pred) - y) / n
        p = np.clip(self.y_pred, EPSILON, 1 - EPSILON)
        inside = p == self.y_pred  # a clipped probability does not move
        return inside * (p - y) / (p * (1 - p)) / n


class SparseCategoricalCrossentropy(Loss):
    """L = -mean(log p[y]), for one right answer out of V, given as its index.

    Args:
        from_logits: True when y_pred is z, with p = softmax(z); False when y_pred is p itself.
    Shapes: y_true (B, ...) integers from 0 to V - 1; y_pred (B, ..., V)
    Lesson: tell_major_from_minor, guess_the_next_note
    """

    def __init__(self, *, from_logits):
        self.from_logits = from_logits

    def match(self, y_true, y_pred):
        y, V = match_shape(self, y_true, y_pred.shape[:-1]), y_pred.shape[-1]
        if y.size and not 0 <= y.min() <= y.max() < V:
            raise MusicMLError(
                f"{type(self).__name__} received labels from {y.min()} to {y.max()}, expected 0 to {V - 1}: "
                f"the predictions have {V} classes. Check the vocabulary and the size of the last layer."
            )
        return y.astype(np.intp)[..., None]

    def call(self, y_true, y_pred):
        self.y, self.y_pred = y_true, y_pred
        if self.from_logits:
            z = y_pred - y_pred.max(axis=-1, keepdims=True)
            log_p = np.take_along_axis(z, y_true, -1) - np.log(np.exp(z).sum(axis=-1, keepdims=True))
            return -np.mean(log_p)
        return -np.mean(np.log(np.take_along_axis(self.clipped()[0], y_true, -1)))

    def clipped(self):
        """Keras's p, made to sum to 1 and kept away from 0 and 1; the sum; and where nothing was clipped."""
        total = self.y_pred.sum(axis=-1, keepdims=True)
        p = self.y_pred / total
        kept = np.clip(p, EPSILON, 1 - EPSILON)
        return kept, total, kept == p

    def backward(self):
        n = self.y.size
        onehot = np.zeros_like(self.y_pred)
        np.put_along_axis(onehot, self.y, 1, -1)
        if self.from_logits:
            return (activations.get("softmax")(self.y_pred) - onehot) / n
        p, total, inside = self.clipped()
        dp = onehot * inside / -p / n
        return (dp - (dp * p).sum(axis=-1, keepdims=True)) / total
