"""Trainer: the loop that trains a model.

The words and their order are Keras's; ``train_step`` is the picture of learning
that the whole course hangs on.

Dimension key
    B batch   T time   D features
"""

import os
from dataclasses import dataclass, field

import numpy as np

from ..errors import MusicMLError, NotFiniteError, ShapeError
from . import checks
from . import metrics as metric_functions
from .callbacks import BackupAndRestore, History, ProgressBar
from .layer import Layer


@dataclass
class Progress:
    """How far ``fit`` has come: all that a checkpoint needs beside the weights and the optimizer."""

    epoch: int = 0  # finished epochs
    step: int = 0  # finished batches of this epoch
    order: np.ndarray | None = None  # the examples in the order of this epoch
    sums: dict = field(default_factory=dict)  # name -> sum over this epoch's examples
    counts: dict = field(default_factory=dict)  # name -> over how many


class Trainer(Layer):
    """A layer that learns from pairs (x, y)."""

    optimizer = loss = mask = None
    stop_training = False  # a callback sets it to end fit() after this epoch

    def compile(self, optimizer, loss, metrics=()):
        """Say how to learn: an optimizer, a loss, and metrics to report ("accuracy")."""
        self.optimizer, self.loss = optimizer, loss
        self.metrics = {name: metric_functions.get(name) for name in metrics}

    def train_step(self, x, y, sample_weight=None):
        """Learn from one batch; return the loss before the step."""
        self.zero_grads()
        y_pred = self(x, training=True)
        loss = self.loss(y, y_pred, sample_weight, self.mask)
        self.backward(self.loss.backward())
        self.optimizer.apply(self.named_weights())
        self.y_pred = y_pred  # for the metrics
        return loss

    def fit(
        self,
        x,
        y,
        batch_size=32,
        epochs=1,
        verbose="auto",
        callbacks=(),
        *,
        validation_data=None,
        shuffle=True,
        sample_weight=None,
    ):
        """Train for ``epochs`` rounds over the data; return the History.

        Args:
            x, y: arrays with one example in each row, equally many.
            verbose: "auto" shows a progress bar unless MUSICML_PROGRESS=0; 0 never, 1 always.
            callbacks: what happens beside the training; see callbacks.py.
            validation_data: (x, y) to evaluate after each epoch, not to learn from.
            shuffle: take the examples in a new random order in each epoch.
            sample_weight: (B,) how much each example counts.
        """
        checks.positive(self, batch_size=batch_size)
        keep_memory()
        x, y = self.checked(x, y)
        history = History()
        # A backup comes last: it saves what the others did, and its restoring has the last word.
        callbacks = sorted([history, *callbacks], key=lambda callback: isinstance(callback, BackupAndRestore))
        self.callbacks = callbacks
        if verbose == 1 or (verbose == "auto" and os.environ.get("MUSICML_PROGRESS") != "0"):
            callbacks.append(ProgressBar())
        self.ensure_built(x.shape)
        steps, self.stop_training, self.progress = -(-len(x) // batch_size), False, Progress()
        for callback in callbacks:
            callback.model = self
            callback.on_train_begin(epochs, steps)
        at = self.progress  # a callback may have brought an earlier run back
        try:
            while at.epoch < epochs and not self.stop_training:
                if at.order is None:
                    at.order = self.rng.permutation(len(x)) if shuffle else np.arange(len(x))
                while at.step < steps:
                    batch = at.order[at.step * batch_size : (at.step + 1) * batch_size]
                    weight = None if sample_weight is None else sample_weight[batch]
                    try:
                        loss = self.train_step(x[batch], y[batch], weight)
                    except NotFiniteError as error:
                        place = f"epoch {at.epoch + 1}, batch {at.step + 1} of {steps}"
                        raise NotFiniteError(f"{self!r}, {place}, {self.blame(x[batch])}: {error}") from None
                    self.count(at, loss, y[batch], self.y_pred)
                    at.step += 1
                    for callback in callbacks:
                        callback.on_batch_end(at.step - 1, means(at))
                logs = means(at)
                if validation_data is not None:
                    held_out = self.evaluate(
                        *validation_data, batch_size=max(batch_size, 256), return_dict=True
                    )
                    logs |= {f"val_{name}": value for name, value in held_out.items()}
                at.epoch, at.step, at.order, at.sums, at.counts = at.epoch + 1, 0, None, {}, {}
                for callback in callbacks:
                    callback.on_epoch_end(at.epoch - 1, logs)
        finally:
            self.y_pred = None
            for callback in callbacks:
                callback.on_train_end()
        return history

    def evaluate(self, x, y, batch_size=32, return_dict=False):
        """The mean loss and metrics on data, without learning: a float, a list, or a dict."""
        x, y = self.checked(x, y)
        at = Progress()
        for start in range(0, len(x), batch_size):
            part = slice(start, start + batch_size)
            y_pred = self(x[part])
            self.count(at, self.loss(y[part], y_pred, mask=self.mask), y[part], y_pred)
        logs = means(at)
        return logs if return_dict else list(logs.values()) if self.metrics else logs["loss"]

    def predict(self, x, batch_size=32):
        """The outputs for all of x, computed batch by batch."""
        x = np.asarray(x)
        if not len(x):
            raise ShapeError(f"{self!r}.predict received x of shape {x.shape}: there is no example in it.")
        checks.finite(self, x=x)
        return np.concatenate([self(x[start : start + batch_size]) for start in range(0, len(x), batch_size)])

    def count(self, at, loss, y, y_pred):
        """Add one batch to the sums: the loss by its examples, metrics by their real steps."""
        add(at, "loss", loss, len(y_pred))
        for name, metric in self.metrics.items():
            value, count = metric(self.loss, y, y_pred, self.mask)
            add(at, name, value, count)

    def blame(self, x):
        """Which layer is the first whose output is not finite, in words."""
        for layer in self.layers:
            x = layer(x, training=True)
            if not np.isfinite(x).all():
                return f"first in the output of {layer!r}"
        return "in the loss itself"

    def checked(self, x, y):
        """x and y as arrays, equally long and not empty, in a model that is compiled."""
        if self.loss is None:
            raise MusicMLError(f"{self!r} is not compiled. Call compile(optimizer=, loss=) first.")
        x, y = np.asarray(x), np.asarray(y)
        if not x.ndim or not y.ndim or len(x) != len(y) or not len(x):
            raise ShapeError(
                f"{self!r} received x of shape {x.shape} and y of shape {y.shape}, expected one target for "
                "each example, and at least one. Check which axis counts the examples."
            )
        checks.finite(self, x=x, y=y)
        return x, y


def keep_memory():
    """Let the memory that a step frees wait for the next step, up to 64 MB of it.

    glibc gives back to the system what lies free beyond twice the largest block freed so far, and gets it
    cleared again in the next step: 40 % of the time of a small convolution. So free a block of 32 MB, the
    largest that counts. It is never written to and costs nothing; on other systems this does nothing.
    """
    np.empty(2**25 - 2**16, np.uint8)


def add(at, name, value, count):
    at.sums[name] = at.sums.get(name, 0.0) + float(value) * float(count)
    at.counts[name] = at.counts.get(name, 0.0) + float(count)


def means(at):
    return {name: total / at.counts[name] for name, total in at.sums.items()}
