"""Losses: one number that says how wrong a batch is, and its gradient.

``loss(y_true, y_pred)`` returns a float, the mean over the examples of the batch (and
over time); ``loss.backward()`` returns dL/dy_pred for that call, same shape as y_pred.
Padding never counts: with a mask, the mean is over the real steps alone.

Dimension key
    B batch   T time   V classes (vocabulary)   D numbers in one target
"""

import numpy as np

from ..errors import MusicMLError, NotFiniteError, ShapeError
from . import activations
from .layer import rows

EPSILON = 1e-7  # probabilities are kept this far from 0 and 1, as Keras does


class Loss:
    """Base class; subclasses write ``values``, one number an example, and ``gradient``."""

    def __call__(self, y_true, y_pred, sample_weight=None, mask=None):
        """The mean loss.

        Args:
            y_true, y_pred: see the subclass.
            sample_weight: (B,) or (B, T), how much each example counts.
            mask: (B, T), which steps are real.
        """
        y_pred = np.asarray(y_pred)
        values = self.values(self.match(np.asarray(y_true), y_pred), y_pred)
        self.share = shares(self, values, sample_weight, mask)
        loss = float((values * self.share).sum())
        if not np.isfinite(loss):
            raise NotFiniteError(
                f"{type(self).__name__} is {loss}; the predictions reach from {y_pred.min()} to "
                f"{y_pred.max()}. Nothing was changed. Try a smaller learning rate, clip the gradients "
                "(global_clipnorm=1), or look for nan in the data."
            )
        return loss

    def backward(self):
        gradient = self.gradient()
        return gradient * self.share.reshape(*self.share.shape, *[1] * (gradient.ndim - self.share.ndim))

    def values(self, y_true, y_pred):
        """The loss of each example, of the shape of y_pred without its last axis."""
        raise NotImplementedError

    def gradient(self):
        """The gradient of each value of the latest call, of the shape of y_pred."""
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


def shares(owner, values, sample_weight, mask):
    """What part of the mean each value is, of the shape of values: 1/n, times its weight, 0 at padding."""
    share = np.ones_like(values)
    for name, given in (("sample_weight", sample_weight), ("mask", mask)):
        if given is None:
            continue
        given = np.asarray(given, values.dtype)
        if given.shape != values.shape[: given.ndim]:
            raise ShapeError(
                f"{type(owner).__name__} expected a {name} of shape {values.shape}, one number for each "
                f"value of the loss, received {given.shape}. Give one for each example, or each step."
            )
        share = share * given.reshape(*given.shape, *[1] * (values.ndim - given.ndim))
    real = values.size if mask is None else max(np.sum(mask), 1) * values.size / np.size(mask)
    return share / values.dtype.type(real)


class MeanSquaredError(Loss):
    """L = mean((y_pred - y_true)^2) over every number in the batch.

    Shapes: y_true and y_pred (B, ..., D)
    Lesson: walk_downhill
    """

    def values(self, y_true, y_pred):
        self.error = y_pred - y_true
        return mean_of_last(self.error**2)

    def gradient(self):
        return 2 * self.error / last(self.error)


class BinaryCrossentropy(Loss):
    """L = -mean(y log p + (1 - y) log(1 - p)), for answers that are yes (1) or no (0).

    Args:
        from_logits: True when y_pred is z, with p = sigmoid(z); False when y_pred is p itself.
    Shapes: y_true and y_pred (B, ..., D)
    Lesson: tell_major_from_minor
    """

    def __init__(self, *, from_logits):
        self.from_logits = from_logits

    def values(self, y_true, y_pred):
        y, z = y_true, y_pred
        self.y, self.y_pred = y, y_pred
        if self.from_logits:
            # log(1 + exp(z)) - y z, in the form that never overflows
            return mean_of_last(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z))))
        p = np.clip(y_pred, EPSILON, 1 - EPSILON)
        return -mean_of_last(y * np.log(p) + (1 - y) * np.log(1 - p))

    def gradient(self):
        y = self.y
        if self.from_logits:
            return (activations.get("sigmoid")(self.y_pred) - y) / last(y)
        p = np.clip(self.y_pred, EPSILON, 1 - EPSILON)
        inside = p == self.y_pred  # a clipped probability does not move
        return inside * (p - y) / (p * (1 - p)) / last(y)


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

    def values(self, y_true, y_pred):
        self.y, self.y_pred = y_true, y_pred
        if not self.from_logits:
            return -np.log(np.take_along_axis(self.clipped()[0], y_true, -1))[..., 0]
        z = y_pred - y_pred.max(axis=-1, keepdims=True)
        e = np.exp(z)
        total = e.sum(axis=-1, keepdims=True)
        self.p = e / total  # for the gradient: exp is the dear part
        return (np.log(total) - np.take_along_axis(z, y_true, -1))[..., 0]

    def gradient(self):
        if self.from_logits:  # p - onehot
            d = self.p.copy()
            rows(d)[np.arange(self.y.size), self.y.reshape(-1)] -= 1
            return d
        p, total, inside = self.clipped()
        onehot = np.zeros_like(p)
        np.put_along_axis(onehot, self.y, 1, -1)
        dp = onehot * inside / -p
        return (dp - (dp * p).sum(axis=-1, keepdims=True)) / total

    def clipped(self):
        """Keras's p, made to sum to 1 and kept away from 0 and 1; the sum; and where nothing was clipped."""
        total = self.y_pred.sum(axis=-1, keepdims=True)
        p = self.y_pred / total
        kept = np.clip(p, EPSILON, 1 - EPSILON)
        return kept, total, kept == p


def last(a):
    """How many numbers one example has: the last axis, or 1 where there is only the batch."""
    return a.shape[-1] if a.ndim > 1 else 1


def mean_of_last(a):
    return a.mean(axis=-1) if a.ndim > 1 else a
