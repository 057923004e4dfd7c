"""Sequential learns, reports, saves and refuses, as its documentation says."""

import numpy as np
import pytest

from musicml import nn
from musicml.errors import FileFormatError, MusicMLError, ShapeError


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
