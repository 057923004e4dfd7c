"""Sequential learns, reports, saves and refuses, as its documentation says."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from musicml import nn
from musicml.errors import FileFormatError, MusicMLError, NotFiniteError, ShapeError


@pytest.fixture
def line():
    """Points on y = 3x - 2, and a model that can learn it."""
    x = np.linspace(-1, 1, 40, dtype="float32")[:, None]
    model = nn.Sequential([nn.Dense(1)])
    model.compile(optimizer=nn.SGD(0.1), loss=nn.MeanSquaredError())
    return model, x, 3 * x - 2


def test_a_line_is_learned_and_not_with_learning_rate_zero(line):
    model, x, y = line
    history = model.fit(x, y, epochs=200, batch_size=8, verbose=0)
    kernel, bias = model.get_weights()
    np.testing.assert_allclose([kernel[0, 0], bias[0]], [3, -2], atol=1e-4)
    assert history.epoch == list(range(200)) and history.history["loss"][-1] < 1e-8
    model.optimizer.learning_rate = 0
    start = model.get_weights()
    model.fit(x, y, epochs=3, verbose=0)
    np.testing.assert_array_equal(start[0], model.get_weights()[0])


def test_fit_with_the_same_seed_repeats(line):
    _, x, y = line
    losses = []
    for _ in range(2):
        model = nn.Sequential([nn.Dense(8, activation="tanh"), nn.Dense(1)], seed=4)
        model.compile(optimizer=nn.Adam(0.01), loss=nn.MeanSquaredError())
        losses.append(model.fit(x, y, epochs=5, verbose=0).history["loss"])
    assert losses[0] == losses[1]


def test_epoch_loss_weighs_a_short_last_batch_by_its_size(line):
    model, x, y = line
    model.optimizer.learning_rate = 0
    mean = model.fit(x, y, epochs=1, batch_size=32, verbose=0).history["loss"][0]
    np.testing.assert_allclose(mean, model.evaluate(x, y, batch_size=7), rtol=1e-6)
    np.testing.assert_allclose(mean, np.mean((model.predict(x, batch_size=3) - y) ** 2), rtol=1e-6)


def test_progress_bar_and_callbacks(line, capsys, monkeypatch):
    model, x, y = line
    seen = []

    class Spy(nn.Callback):
        def on_batch_end(self, step, logs):
            seen.append(step)

    monkeypatch.setenv("MUSICML_PROGRESS", "0")
    model.fit(x, y, epochs=2, batch_size=20, callbacks=[Spy()])
    assert seen == [0, 1, 0, 1] and capsys.readouterr().err == ""
    model.fit(x, y, epochs=2, batch_size=20, verbose=1)
    monkeypatch.delenv("MUSICML_PROGRESS")
    model.fit(x, y, epochs=1)
    assert "batch" in capsys.readouterr().err


def test_accuracy_of_yes_or_no_looks_at_the_right_threshold():
    model = nn.Sequential([nn.Dense(1, kernel_initializer="ones")])
    x, y = np.array([[0.2], [-0.2]]), np.array([1, 0])
    model.compile(optimizer=nn.SGD(), loss=nn.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
    assert model.evaluate(x, y)[1] == 1.0


def test_summary_names_shapes_and_counts(capsys):
    model = nn.Sequential([nn.Embedding(10, 4), nn.Flatten(), nn.Dense(3)])
    model.build((None, 5))
    model.summary()
    out = capsys.readouterr().out
    assert "(None, 5, 4)" in out and "(None, 20)" in out and "40" in out and "103" in out


def test_refusals(line):
    model, x, y = line
    with pytest.raises(MusicMLError, match="not compiled"):
        nn.Sequential([nn.Dense(1)]).fit(x, y)
    with pytest.raises(ShapeError, match="one target for each example"):
        model.fit(x, y[:-1])
    with pytest.raises(ShapeError, match="expected targets of shape"):
        model.fit(x, np.concatenate([y, y], axis=1), verbose=0)
    with pytest.raises(MusicMLError, match="labels from 0 to 5, expected 0 to 3"):
        nn.SparseCategoricalCrossentropy(from_logits=True)([0, 5], np.zeros((2, 4)))
    with pytest.raises(TypeError, match="from_logits"):
        nn.SparseCategoricalCrossentropy()
    with pytest.raises(MusicMLError, match="two layers of one name"):
        nn.Sequential([nn.Dense(1, name="a"), nn.Dense(1, name="a")])
    with pytest.raises(MusicMLError, match='unknown metric "acuracy"'):
        model.compile(optimizer=nn.SGD(), loss=nn.MeanSquaredError(), metrics=["acuracy"])
    with pytest.raises(MusicMLError, match="float32"):
        nn.set_floatx("float16")
    with pytest.raises(ShapeError, match="no example"):
        model.predict(x[:0])


def test_nan_in_the_data_is_found_before_training(line):
    model, x, y = line
    x = x.copy()
    x[7, 0] = np.nan
    with pytest.raises(NotFiniteError, match=r"1 numbers in x that are nan or inf, the first at x\[7, 0\]"):
        model.fit(x, y, verbose=0)


def test_a_loss_that_overflows_names_layer_step_and_remedies_and_keeps_the_weights(line):
    _, x, y = line
    model = nn.Sequential([nn.Dense(4, name="first"), nn.Dense(1, name="second")])
    model.compile(optimizer=nn.SGD(1e6), loss=nn.MeanSquaredError())
    with np.errstate(over="ignore", invalid="ignore"), pytest.raises(NotFiniteError) as caught:
        model.fit(x, y, epochs=100, verbose=0)
    message = str(caught.value)
    for part in ("epoch", "batch", "'second'", "smaller learning rate", "global_clipnorm", "nan in the data"):
        assert part in message
    assert all(np.isfinite(w).all() for w in model.get_weights())


def test_a_vector_of_targets_is_not_broadcast(line):
    model, x, y = line
    model.build(x.shape)
    np.testing.assert_allclose(model.evaluate(x, y[:, 0]), model.evaluate(x, y))


class TestSaving:
    @staticmethod
    def make(units=3):
        model = nn.Sequential([nn.Embedding(7, 4), nn.Flatten(), nn.Dense(units)], seed=1)
        model.build((None, 5))
        return model

    def test_round_trip(self, tmp_path):
        saved, loaded = self.make(), self.make()
        loaded.set_weights([0 * w for w in loaded.get_weights()])
        nn.save_weights(saved, tmp_path / "m.npz")
        nn.load_weights(loaded, tmp_path / "m.npz")
        for a, b in zip(saved.get_weights(), loaded.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
        assert [p.name for p in tmp_path.iterdir()] == ["m.npz"]

    def test_another_build_is_refused_and_nothing_changes(self, tmp_path):
        nn.save_weights(self.make(), tmp_path / "m.npz")
        wide, before = self.make(units=4), self.make(units=4).get_weights()
        with pytest.raises(ShapeError, match=r"2/kernel has shape \(20, 3\)"):
            nn.load_weights(wide, tmp_path / "m.npz")
        np.testing.assert_array_equal(wide.get_weights()[0], before[0])
        with pytest.raises(ShapeError, match="only one of them has 0/embeddings"):
            nn.load_weights(nn.Sequential([nn.Dense(3)]), tmp_path / "m.npz")

    def test_not_a_weights_file(self, tmp_path):
        html, pickled = tmp_path / "a.npz", tmp_path / "b.npz"
        html.write_text("<html>404</html>")
        np.savez(pickled, **{"0/embeddings": np.array([object()])})
        for path in (html, pickled, tmp_path / "missing.npz"):
            with pytest.raises(FileFormatError, match=path.name):
                nn.load_weights(self.make(), path)

    def test_an_absurd_shape_is_refused_before_memory_is_taken(self, tmp_path):
        path, header = tmp_path / "bomb.npz", io.BytesIO()
        np.lib.format.write_array_header_1_0(
            header, {"descr": "<f4", "fortran_order": False, "shape": (10**7, 10**7)}
        )
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("0/embeddings.npy", header.getvalue() + b"1234")
        with pytest.raises(FileFormatError, match=r"claims shape \(10000000, 10000000\)"):
            nn.load_weights(self.make(), path)

    def test_a_failed_save_keeps_the_old_file(self, tmp_path, monkeypatch):
        path = tmp_path / "m.npz"
        nn.save_weights(self.make(), path)
        before = path.read_bytes()

        def full_disk(*args, **kwargs):
            raise OSError("No space left on device")

        monkeypatch.setattr(np, "savez", full_disk)
        with pytest.raises(OSError, match="No space"):
            nn.save_weights(self.make(), path)
        assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


class TestCallbacks:
    @staticmethod
    def noisy(seed=0):
        """Few points with noise, and a network that learns them by heart."""
        rng = np.random.default_rng(1)
        x = rng.uniform(-1, 1, (24, 1)).astype("float32")
        y = (np.sin(3 * x) + 0.5 * rng.standard_normal(x.shape)).astype("float32")
        model = nn.Sequential([nn.Dense(40, activation="tanh"), nn.Dropout(0.1), nn.Dense(1)], seed=seed)
        model.compile(optimizer=nn.Adam(0.03), loss=nn.MeanSquaredError())
        return model, (x[:12], y[:12]), (x[12:], y[12:])

    def test_early_stopping_waits_and_restores_the_best(self):
        model, train, valid = self.noisy()
        stop = nn.EarlyStopping(patience=5, restore_best_weights=True)
        history = model.fit(*train, epochs=500, callbacks=[stop], validation_data=valid, verbose=0).history
        best = int(np.argmin(history["val_loss"]))
        assert len(history["loss"]) == best + 6 < 500
        assert model.evaluate(*valid, batch_size=256) == history["val_loss"][best]

    def test_early_stopping_needs_something_to_watch(self):
        model, train, _ = self.noisy()
        with pytest.raises(MusicMLError, match="Pass validation_data"):
            model.fit(*train, callbacks=[nn.EarlyStopping()], verbose=0)
        with pytest.raises(MusicMLError, match='expected "auto"'):
            nn.EarlyStopping(mode="least")

    def test_model_checkpoint_keeps_the_best(self, tmp_path):
        model, train, valid = self.noisy()
        keep = nn.ModelCheckpoint(tmp_path / "best.npz", save_best_only=True)
        every = nn.ModelCheckpoint(tmp_path / "epoch-{epoch}.npz")
        history = model.fit(
            *train, epochs=30, callbacks=[keep, every], validation_data=valid, verbose=0
        ).history
        nn.load_weights(model, tmp_path / "best.npz")
        assert model.evaluate(*valid, batch_size=256) == min(history["val_loss"])
        assert len(list(tmp_path.glob("epoch-*.npz"))) == 30

    def test_learning_rate_scheduler(self):
        model, train, _ = self.noisy()
        seen = []

        class Spy(nn.Callback):
            def on_batch_end(self, step, logs):
                seen.append(self.model.optimizer.learning_rate)

        schedule = nn.LearningRateScheduler(lambda epoch, rate: 0.1 / (1 + epoch))
        model.fit(*train, epochs=3, batch_size=6, callbacks=[Spy(), schedule], verbose=0)
        np.testing.assert_allclose(seen, [0.1, 0.1, 0.05, 0.05, 0.1 / 3, 0.1 / 3])


KILLED = """
import os, sys
import numpy as np
from musicml import nn

path, kill_at = sys.argv[1], int(sys.argv[2])
rng = np.random.default_rng(1)
x, y = rng.integers(0, 9, (40, 5)), rng.integers(0, 9, 40)
model = nn.Sequential([nn.Embedding(9, 4), nn.LSTM(6), nn.Dropout(0.3), nn.Dense(9)], seed=2)
loss = nn.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer=nn.Adam(0.02), loss=loss, metrics=["accuracy"])

class Kill(nn.Callback):
    count = 0
    def on_batch_end(self, step, logs):
        Kill.count += 1
        if Kill.count == kill_at:
            os._exit(9)

callbacks = [nn.BackupAndRestore(path + "/run.npz", save_freq=2), Kill(),
             nn.LearningRateScheduler(lambda epoch, rate: rate * 0.9),
             nn.EarlyStopping(patience=9, restore_best_weights=True)]
options = dict(batch_size=8, epochs=4, callbacks=callbacks, verbose=0)
history = model.fit(x, y, validation_data=(x[:10], y[:10]), **options)
np.savez(path + "/end.npz", *model.get_weights(), **{k: np.array(v) for k, v in history.history.items()})
"""


@pytest.mark.parametrize("kill_at", [1, 3, 5, 6, 12, 19])
def test_a_killed_run_goes_on_to_exactly_the_same_end(tmp_path, kill_at):
    """20 batches in 4 epochs, saved every second one; killed once or twice, and started again."""
    ends = []
    for name, kills in (("whole", []), ("killed", [kill_at, 4])):
        folder = tmp_path / name
        folder.mkdir()
        codes = [run_killed(folder, at) for at in [*kills, 0]]
        assert codes[0] == (9 if kills else 0) and codes[-1] == 0
        assert not (folder / "run.npz").exists()
        with np.load(folder / "end.npz") as end:
            ends.append({key: end[key] for key in end.files})
    assert ends[0].keys() == ends[1].keys() and len(ends[0]["loss"]) == 4
    for key, value in ends[0].items():
        np.testing.assert_array_equal(value, ends[1][key], err_msg=key)


def run_killed(folder, at):
    root = str(Path(nn.__file__).parents[2])
    environment = os.environ | {"PYTHONPATH": root, "OMP_NUM_THREADS": "1"}
    return subprocess.run([sys.executable, "-c", KILLED, str(folder), str(at)], env=environment).returncode


def test_a_backup_of_another_training_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    model, train, _ = TestCallbacks.noisy()
    nn.save_weights(TestSaving.make(), path)
    with pytest.raises(FileFormatError, match="holds no training"):
        model.fit(*train, callbacks=[nn.BackupAndRestore(path)], verbose=0)


def test_padding_never_counts():
    """A batch with padding has the loss and the accuracy of its real notes alone."""
    x = np.array([[3, 1, 4, 0, 0, 0], [2, 5, 3, 1, 4, 2]])
    y = np.array([[1, 4, 2, 0, 0, 0], [5, 3, 1, 4, 2, 6]])
    model = nn.Sequential([nn.Embedding(7, 4, mask_zero=True), nn.GRU(5, return_sequences=True), nn.Dense(7)])
    loss = nn.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=nn.SGD(0.0), loss=loss, metrics=["accuracy"])
    whole = model.evaluate(x, y, return_dict=True)
    z = model(x)
    real = x > 0
    p = np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
    right = np.take_along_axis(p, y[..., None], -1)[..., 0]
    np.testing.assert_allclose(whole["loss"], -np.log(right[real]).mean(), rtol=1e-5)
    np.testing.assert_allclose(whole["accuracy"], (z.argmax(-1) == y)[real].mean())
    y[0, 3:] = 6  # what stands at padding changes nothing
    assert model.evaluate(x, y, return_dict=True) == whole
    assert model.fit(x, y, verbose=0).history["accuracy"] == [whole["accuracy"]]


def test_twenty_kills_at_random_moments():
    """SIGKILL while it computes, saves or starts."""
    script = Path(__file__).parents[1] / "benchmarks" / "killed_training.py"
    run = subprocess.run([sys.executable, str(script), "--kills", "20"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "20 kills" in run.stdout and "the same to the last bit" in run.stdout
