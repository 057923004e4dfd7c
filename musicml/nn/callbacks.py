"""Callbacks: what happens beside the training, between its steps."""


class Callback:
    """Base class. ``fit`` calls these; ``self.model`` is the model in training."""

    model = None

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
        self.history, self.epoch = {}, []

    def on_epoch_end(self, epoch, logs):
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)

    def __repr__(self):
        last = ", ".join(
            f"{name} {values[0]:.4f} -> {values[-1]:.4f}" for name, values in self.history.items()
        )
        return f"History: {len(self.epoch)} epochs, {last}"


class ProgressBar(Callback):
    """A bar over all batches, with the running loss beside it."""

    def on_train_begin(self, epochs, steps):
        from tqdm.auto import tqdm

        self.bar = tqdm(total=epochs * steps, unit="batch", leave=False)

    def on_batch_end(self, step, logs):
        self.bar.update()
        self.bar.set_postfix({name: f"{value:.4f}" for name, value in logs.items()}, refresh=False)

    def on_train_end(self):
        self.bar.close()
