"""Callbacks: what happens beside the training, between its steps."""

import math
from pathlib import Path

from ..errors import MusicMLError
from .saving import load_training, save_training, save_weights


class Callback:
    """Base class. ``fit`` calls these; ``self.model`` is the model in training.

    ``self.state`` holds what must be found again when a killed run goes on: numbers and lists of arrays.
    """

    model = None

    def __init__(self):
        self.state = {}

    def on_train_begin(self, epochs, steps):
        """``epochs`` rounds of ``steps`` batches are about to start."""

    def on_batch_end(self, step, logs):
        """``logs`` holds the running mean of the loss and the metrics in this epoch."""

    def on_epoch_end(self, epoch, logs):
        """``logs`` holds the means of this epoch, also of the validation data."""

    def on_train_end(self):
        """The last epoch is over, or the training was interrupted."""


class History(Callback):
    """The losses and metrics of each epoch: ``history.history["loss"]`` is a list."""

    def __init__(self):
        self.state = {"history": {}, "epoch": []}

    @property
    def history(self):
        return self.state["history"]

    @property
    def epoch(self):
        return self.state["epoch"]

    def on_epoch_end(self, epoch, logs):
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)

    def __repr__(self):
        ends = (f"{name} {values[0]:.4f} -> {values[-1]:.4f}" for name, values in self.history.items())
        return f"History: {len(self.epoch)} epochs, {', '.join(ends)}"


class ProgressBar(Callback):
    """A bar over all batches, with the running loss beside it."""

    def on_train_begin(self, epochs, steps):
        from tqdm.auto import tqdm

        done = self.model.progress.epoch * steps + self.model.progress.step
        self.bar = tqdm(total=epochs * steps, initial=done, unit="batch", leave=False)

    def on_batch_end(self, step, logs):
        self.bar.update()
        self.bar.set_postfix({name: f"{value:.4f}" for name, value in logs.items()}, refresh=False)

    def on_train_end(self):
        self.bar.close()


class Monitor(Callback):
    """What EarlyStopping and ModelCheckpoint share: is this epoch the best so far?"""

    def __init__(self, monitor="val_loss", mode="auto", min_delta=0.0):
        super().__init__()
        if mode not in ("auto", "min", "max"):
            raise MusicMLError(
                f'{type(self).__name__} received mode="{mode}", expected "auto", "min" or "max".'
            )
        self.monitor, self.min_delta = monitor, abs(min_delta)
        self.sign = 1 if mode == "max" or (mode == "auto" and monitor.endswith("accuracy")) else -1

    def on_train_begin(self, epochs, steps):
        self.state.setdefault("best", -math.inf)

    def is_best(self, logs):
        if self.monitor not in logs:
            raise MusicMLError(
                f'{type(self).__name__} watches "{self.monitor}", but fit reports {", ".join(logs)}. '
                "Pass validation_data, or choose another monitor."
            )
        value = self.sign * logs[self.monitor]
        better = value > self.state["best"] + (self.min_delta if math.isfinite(self.state["best"]) else 0)
        if better:
            self.state["best"] = value
        return better


class EarlyStopping(Monitor):
    """Stop when nothing has become better for ``patience`` epochs.

    Args:
        monitor: what to watch, of the names that fit reports.
        min_delta: how much better counts as better.
        patience: how many epochs in a row may be no better.
        restore_best_weights: end with the weights of the best epoch, not of the last.
    Lesson: keep_it_general
    """

    def __init__(
        self, monitor="val_loss", min_delta=0.0, patience=0, restore_best_weights=False, mode="auto"
    ):
        super().__init__(monitor, mode, min_delta)
        self.patience, self.restore_best_weights = patience, restore_best_weights

    def on_epoch_end(self, epoch, logs):
        if self.is_best(logs):
            self.state |= {"wait": 0, "best_epoch": epoch}
            if self.restore_best_weights:
                self.state["best_weights"] = self.model.get_weights()
            return
        self.state["wait"] = self.state.get("wait", 0) + 1
        if self.state["wait"] >= self.patience:
            self.model.stop_training = True

    def on_train_end(self):
        if "best_weights" in self.state:
            self.model.set_weights(self.state["best_weights"])


class ModelCheckpoint(Monitor):
    """Save the weights after each epoch, or only when it was the best.

    Args:
        filepath: an .npz file; "{epoch}" and names of logs in it are filled in.
    """

    def __init__(self, filepath, monitor="val_loss", save_best_only=False, mode="auto"):
        super().__init__(monitor, mode)
        self.filepath, self.save_best_only = str(filepath), save_best_only

    def on_epoch_end(self, epoch, logs):
        if not self.save_best_only or self.is_best(logs):
            save_weights(self.model, self.filepath.format(epoch=epoch + 1, **logs))


class LearningRateScheduler(Callback):
    """Set the learning rate before each epoch: ``schedule(epoch, rate) -> rate``."""

    def __init__(self, schedule):
        super().__init__()
        self.schedule = schedule

    def on_train_begin(self, epochs, steps):
        self.set_rate(0)  # a backup that goes on later brings its own rate back

    def on_epoch_end(self, epoch, logs):
        self.set_rate(epoch + 1)

    def set_rate(self, epoch):
        optimizer = self.model.optimizer
        optimizer.learning_rate = float(self.schedule(epoch, optimizer.learning_rate))


class BackupAndRestore(Callback):
    """Survive being killed: save all of the training, and go on from there next time.

    A run that was killed ends with exactly the weights and losses of one that was not (same
    machine, one thread). The file is deleted when fit ends by itself.

    Args:
        filepath: an .npz file for the state of the training.
        save_freq: "epoch", or a number of batches.
    """

    def __init__(self, filepath, save_freq="epoch"):
        super().__init__()
        self.filepath, self.save_freq = filepath, save_freq

    def on_train_begin(self, epochs, steps):
        self.epochs = epochs
        load_training(self.model, self.filepath)

    def on_batch_end(self, step, logs):
        if self.save_freq != "epoch" and (step + 1) % self.save_freq == 0:
            self.save()

    def on_epoch_end(self, epoch, logs):
        self.save()

    def save(self):
        save_training(self.model, self.filepath)

    def on_train_end(self):
        if self.model.progress.epoch >= self.epochs or self.model.stop_training:
            Path(self.filepath).unlink(missing_ok=True)
