"""Sequential: layers in a row, and the loop that trains them.

The words and their order are Keras's; ``train_step`` is the picture of learning
that the whole course hangs on.
"""

import os

import numpy as np

from ..errors import MusicMLError, ShapeError
from . import metrics as metric_functions
from .callbacks import History, ProgressBar
from .layer import Layer


class Sequential(Layer):
    """The output of each layer is the input of the next.

    Input shape:  that of the first layer
    Output shape: that of the last
    Args:
        seed: start of the model's random numbers (first weights, order of the batches).
    Lesson: stack_layers
    """

    casts_input = False

    def __init__(self, layers, name=None, seed=0):
        super().__init__(name=name, seed=seed)
        self.layers = list(layers)
        names = [layer.name for layer in dict.fromkeys(self.layers)]
        if len(set(names)) < len(names):
            raise MusicMLError(
                f"{self!r} received two layers of one name among {names}. Give each its own name=."
            )
        self.optimizer = self.loss = self.input_shape = None

    # --- the function

    def build(self, input_shape):
        self.input_shape = shape = (None, *input_shape[1:])
        for layer in self.layers:
            layer.rng = layer.rng or self.rng
            layer.ensure_built(shape)
            shape = layer.compute_output_shape(shape)
        self.built = True

    def call(self, x, training=False):
        for layer in self.layers:
            x = layer(x, training=training)
        return x

    def backward(self, dy):
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy

    def compute_output_shape(self, input_shape):
        for layer in self.layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    # --- learning

    def compile(self, optimizer, loss, metrics=()):
        """Say how to learn: an optimizer, a loss, and metrics to report ("accuracy")."""
        self.optimizer, self.loss = optimizer, loss
        self.metrics = {name: metric_functions.get(name) for name in metrics}

    def train_step(self, x, y):
        """Learn from one batch; return the loss before the step."""
        self.zero_grads()
        y_pred = self(x, training=True)
        loss = self.loss(y, y_pred)
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
    ):
        """Train for ``epochs`` rounds over the data; return the History.

        Args:
            x, y: arrays with one example in each row, equally many.
            verbose: "auto" shows a progress bar unless MUSICML_PROGRESS=0; 0 never, 1 always.
            validation_data: (x, y) to evaluate after each epoch, not to learn from.
            shuffle: take the examples in a new random order in each epoch.
        """
        x, y = self.checked(x, y)
        history = History()
        callbacks = [*callbacks, history]
        if verbose == 1 or (verbose == "auto" and os.environ.get("MUSICML_PROGRESS") != "0"):
            callbacks.append(ProgressBar())
        self.ensure_built(x.shape)
        starts = range(0, len(x), batch_size)
        for callback in callbacks:
            callback.model = self
            callback.on_train_begin(epochs, len(starts))
        try:
            for epoch in range(epochs):
                order = self.rng.permutation(len(x)) if shuffle else np.arange(len(x))
                means = Means()
                for step, start in enumerate(starts):
                    batch = order[start : start + batch_size]
                    loss = self.train_step(x[batch], y[batch])
                    means.add(self.logs(loss, y[batch], self.y_pred), len(batch))
                    for callback in callbacks:
                        callback.on_batch_end(step, means.logs())
                logs = means.logs()
                if validation_data is not None:
                    held_out = self.evaluate(
                        *validation_data, batch_size=max(batch_size, 256), return_dict=True
                    )
                    logs |= {f"val_{name}": value for name, value in held_out.items()}
                for callback in callbacks:
                    callback.on_epoch_end(epoch, logs)
        finally:
            self.y_pred = None
            for callback in callbacks:
                callback.on_train_end()
        return history

    def evaluate(self, x, y, batch_size=32, return_dict=False):
        """The mean loss and metrics on data, without learning: a float, a list, or a dict."""
        x, y = self.checked(x, y)
        means = Means()
        for start in range(0, len(x), batch_size):
            part = slice(start, start + batch_size)
            y_pred = self(x[part])
            means.add(self.logs(self.loss(y[part], y_pred), y[part], y_pred), len(y_pred))
        logs = means.logs()
        return logs if return_dict else list(logs.values()) if self.metrics else logs["loss"]

    def predict(self, x, batch_size=32):
        """The outputs for all of x, computed batch by batch."""
        x = np.asarray(x)
        if not len(x):
            raise ShapeError(f"{self!r}.predict received x of shape {x.shape}: there is no example in it.")
        return np.concatenate([self(x[start : start + batch_size]) for start in range(0, len(x), batch_size)])

    # --- looking

    def summary(self):
        """Print one line for each layer: name and class, shape of the output, number of weights."""
        print(f"{'layer':<32}{'output shape':<22}{'weights':>10}")
        shape = self.input_shape
        for layer in self.layers:
            shape = layer.compute_output_shape(shape) if self.built else "not built yet"
            print(f"{f'{layer.name} ({type(layer).__name__})':<32}{shape!s:<22}{layer.count_params():>10,}")
        print(f"{'total':<54}{self.count_params():>10,}")

    def logs(self, loss, y, y_pred):
        return {"loss": loss} | {
            name: float(metric(self.loss, y, y_pred)) for name, metric in self.metrics.items()
        }

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
        return x, y


class Means:
    """Running means of named numbers, each weighted by the size of its batch."""

    def __init__(self):
        self.sums, self.count = {}, 0

    def add(self, logs, count):
        self.count += count
        for name, value in logs.items():
            self.sums[name] = self.sums.get(name, 0.0) + value * count

    def logs(self):
        return {name: total / self.count for name, total in self.sums.items()}
