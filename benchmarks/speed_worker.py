"""One contestant of speed.py, in a process of its own.

    python benchmarks/speed_worker.py musicml 1

reads one request a line, such as {"task": "lstm", "steps": 20}, and answers with one line of
JSON: the seconds of one step, by the clock and by the processor, and the most memory this process
has had. The parent sets PYTHONPATH.

The recipes are functions over a namespace L, so that musicml.nn and Keras run the same text.
Plain PyTorch has no such namespace; what one would write there stands in speed_torch.py.
"""

import json
import os
import resource
import sys
import time

import numpy as np

VOCABULARY, TIMES = 64, 128  # TIMES is the length of a tune for the Transformer
BATCH = {"mlp": 32, "lstm": 32, "gru": 32, "transformer": 16, "conv2d": 32}


def mlp(L):
    return L.Sequential([L.Dense(256, activation="relu"), L.Dense(128, activation="relu"), L.Dense(10)])


def lstm(L):
    return L.Sequential(
        [L.Embedding(VOCABULARY, 64), L.LSTM(128, return_sequences=True), L.Dense(VOCABULARY)]
    )


def gru(L):
    return L.Sequential([L.Embedding(VOCABULARY, 64), L.GRU(128, return_sequences=True), L.Dense(VOCABULARY)])


def transformer(L):
    return L.Sequential(
        [
            L.Embedding(VOCABULARY, 128),
            L.PositionEmbedding(TIMES),
            L.TransformerBlock(4, 512),
            L.TransformerBlock(4, 512),
            L.LayerNormalization(),
            L.Dense(VOCABULARY),
        ]
    )


def conv2d(L):
    return L.Sequential(
        [
            L.Conv2D(16, 3, activation="relu"),
            L.MaxPooling2D(2),
            L.Conv2D(32, 3, activation="relu"),
            L.MaxPooling2D(2),
            L.Flatten(),
            L.Dense(10),
        ]
    )


RECIPES = {recipe.__name__: recipe for recipe in (mlp, lstm, gru, transformer, conv2d)}


def data(task, steps):
    """Inputs and targets for this many batches."""
    rng, n = np.random.default_rng(0), BATCH[task] * steps
    if task in ("mlp", "conv2d"):
        x = rng.standard_normal((n, 128) if task == "mlp" else (n, 28, 28, 1), dtype=np.float32)
        return x, rng.integers(0, 10, n).astype("int32")
    tunes = rng.integers(0, VOCABULARY, (n, 65 if task in ("lstm", "gru") else TIMES + 1)).astype("int32")
    return tunes[:, :-1], tunes[:, 1:]


class Stopwatch:
    """Seconds of one step, from the end of the first to the end of the last: (by the clock, of processor)."""

    def __init__(self, steps):
        self.steps, self.marks = steps, []

    def mark(self):
        self.marks.append((time.perf_counter(), time.process_time()))

    @property
    def seconds(self):
        return [
            (last - first) / max(self.steps, 1)
            for first, last in zip(self.marks[0], self.marks[-1], strict=True)
        ]


class MusicML:
    def __init__(self, cores):
        from musicml import nn

        self.L, self.models = nn, {}
        self.versions = {"numpy": np.__version__}

    def model(self, task):
        if task not in self.models:
            model = self.models[task] = RECIPES[task](self.L)
            loss = self.L.SparseCategoricalCrossentropy(from_logits=True)
            model.compile(optimizer=self.L.Adam(0.001), loss=loss)
        return self.models[task]

    def train(self, task, steps):
        watch = Stopwatch(steps)

        class Marks(self.L.Callback):
            def on_batch_end(self, step, logs):
                if step in (0, steps):
                    watch.mark()

        x, y = data(task, steps + 1)
        self.model(task).fit(x, y, batch_size=BATCH[task], verbose=0, callbacks=[Marks()])
        return watch.seconds

    def generate(self, length):
        """One tune, one note at a time; the cache keeps what was computed for the earlier ones."""
        model, watch, note = self.model("transformer"), Stopwatch(length - 1), np.zeros((1, 1), int)
        cache = self.L.KeyValueCache(length)
        for _ in range(length):
            note = model(note, cache=cache)[:, -1:].argmax(axis=-1)
            watch.mark()
        return watch.seconds


class Keras(MusicML):
    def __init__(self, cores):
        if os.environ["KERAS_BACKEND"] == "torch":
            import torch

            torch.set_num_threads(cores)
        import keras

        from musicml import twin

        self.L, self.models = twin, {}
        engine = __import__(twin.backend())
        self.versions = {"keras": keras.__version__, engine.__name__: engine.__version__}

    def train(self, task, steps):
        import keras

        watch = Stopwatch(steps)

        class Marks(keras.callbacks.Callback):
            def on_train_batch_end(self, step, logs):
                if step in (0, steps):
                    float(logs["loss"])  # wait for the engine, which may still be at work
                    watch.mark()

        x, y = data(task, steps + 1)
        self.model(task).fit(x, y, batch_size=BATCH[task], verbose=0, callbacks=[Marks()])
        return watch.seconds

    def generate(self, length):
        """One tune: the compiled network runs on all of it, padded to one length, for every note."""
        model, watch, tune = (
            self.model("transformer"),
            Stopwatch(length - 1),
            np.zeros((1, length + 1), "int32"),
        )
        for t in range(length):
            tune[0, t + 1] = model.predict_on_batch(tune[:, :length])[0, t].argmax()
            watch.mark()
        return watch.seconds


def contestant(name, cores):
    if name.startswith("keras"):
        return Keras(cores)
    if name == "torch":
        from speed_torch import PyTorch

        return PyTorch(cores)
    return MusicML(cores)


def main(name, cores):
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-cores:])
    me, answers = contestant(name, cores), sys.stdout
    sys.stdout = sys.stderr  # what the engines print is not an answer
    for line in sys.stdin:
        request = json.loads(line)
        task, steps = request["task"], request["steps"]
        seconds, cpu = me.generate(TIMES) if task == "generation" else me.train(task, steps)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
            2**20 if sys.platform == "darwin" else 2**10
        )
        print(
            json.dumps({"seconds": seconds, "cpu_seconds": cpu, "peak_mb": peak, "versions": me.versions}),
            file=answers,
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
