"""Layers that do not fit the table: several inputs, masks, chance, and memory between calls."""

import re

import numpy as np
import pytest
from cases import floats, ids
from keras_gradients import keras_gradients
from parity import as_floatx, assert_equal
from test_parity import assert_weight_gradients_equal, both_types

from musicml import nn, twin
from musicml.errors import MusicMLError, ShapeError


@pytest.fixture
def float64():
    nn.set_floatx("float64")
    yield
    nn.set_floatx("float32")


def moved(ours, theirs=None):
    """Give ours weights off zero, and theirs the same."""
    rng = np.random.default_rng(0)
    ours.set_weights([w + 0.3 * rng.standard_normal(w.shape) for w in ours.get_weights()])
    if theirs is not None:
        twin.copy_weights(ours, theirs)


class Of(nn.Layer):
    """One input for a layer that takes several: f(x) = layer(...), so that it can be checked."""

    def __init__(self, layer, feed, **kwargs):
        super().__init__(**kwargs)
        self.layers, self.feed = [layer], feed

    def call(self, x, training=False):
        return self.feed(self.layers[0], x, training)

    def backward(self, dy):
        dx = self.layers[0].backward(dy)
        return sum(dx) if isinstance(dx, tuple) else dx


# --- Attention ---------------------------------------------------------------------------------------

real = np.array([[True, True, True, False], [True, False, False, False]])
some = np.random.default_rng(4).random((2, 4, 4)) < 0.6
# Keras reads the mask of the query from the tensor itself; as an attention_mask it says the same.
OPTIONS = {
    "plain": {},
    "causal": {"use_causal_mask": True},
    "mask": {"attention_mask": some},
    "padding": {"mask": real, "value_mask": real},
    "causal_padding": {"mask": real, "value_mask": real, "use_causal_mask": True},
}


def for_keras(options):
    options = dict(options)
    if "mask" in options:
        options["attention_mask"] = np.broadcast_to(options.pop("mask")[:, :, None], (2, 4, 4))
    return options


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("inputs", [1, 2, 3])
@both_types
def test_attention_equals_keras(option, inputs):
    options, name = OPTIONS[option], f"attention_{option}"
    ours, theirs = nn.MultiHeadAttention(2, 3), twin.MultiHeadAttention(2, 3)
    xs = [as_floatx(floats(2, 4, 6, seed=n)) for n in range(inputs)]

    def call(*xs, **more):  # Keras always wants the values
        return theirs(*(xs * 2 if inputs == 1 else xs), **for_keras(options), **more)

    call(*xs), ours(*xs)
    moved(ours, theirs)
    y, a = ours(*xs, training=True, return_attention_scores=True, **options)
    their_y, their_a = call(*xs, return_attention_scores=True)
    assert_equal(y, their_y, name, "outputs", "y")
    assert_equal(a, their_a, name, "outputs", "scores")
    dy = as_floatx(floats(*y.shape, seed=9))
    if "mask" in options:  # at padding Keras answers in two ways, with and without the scores
        dy *= real[..., None]
    dx = ours.backward(dy)
    their_dx, their_dw = keras_gradients(theirs, xs, dy, call)
    for n, (mine, other) in enumerate(zip(dx if inputs > 1 else [dx], their_dx, strict=True)):
        assert_equal(mine, other, name, "gradients", f"input {n}")
    assert_weight_gradients_equal(ours, their_dw, name)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_attention_gradients(options, float64):
    layer = nn.MultiHeadAttention(2, 3)
    layer(floats(2, 4, 6))
    moved(layer)
    feed = Of(layer, lambda layer, x, training: layer(x, training=training, **options))
    nn.check_gradients(feed, floats(2, 4, 6))


def test_nobody_hears_the_future(float64):
    block = nn.Sequential([nn.PositionEmbedding(8), nn.TransformerBlock(2, 8), nn.TransformerBlock(2, 8)])
    x = floats(1, 8, 4)
    before = block(x)
    x[:, 5:] += 1
    np.testing.assert_allclose(block(x)[:, :5], before[:, :5], atol=1e-12)
    assert not np.allclose(block(x)[:, 5:], before[:, 5:])


@pytest.mark.parametrize("pieces", [[1] * 7, [3, 1, 2, 1], [7]])
def test_the_cache_changes_nothing(pieces, float64):
    model = nn.Sequential(
        [nn.Embedding(9, 4), nn.PositionEmbedding(7), nn.TransformerBlock(2, 8), nn.TransformerBlock(2, 8)]
    )
    x = ids(9, 2, 7)
    whole, cache, heard, parts = model(x), nn.KeyValueCache(7), 0, []
    for n in pieces:
        parts.append(model(x[:, heard : heard + n], cache=cache))
        heard += n
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-12)
    with pytest.raises(ShapeError, match="knows 7 positions"):
        model(x[:, :1], cache=cache)
    full = nn.KeyValueCache(1)
    attention = nn.MultiHeadAttention(1, 2)
    attention(floats(1, 1, 4), cache=full)
    with pytest.raises(ShapeError, match="Make a KeyValueCache"):
        attention(floats(1, 1, 4), cache=full)


# --- Masks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["SimpleRNN", "GRU", "LSTM"])
@pytest.mark.parametrize("sequences", [False, True])
@both_types
def test_recurrent_layers_honour_masks_as_keras_does(name, sequences):
    mask = np.array([[1, 1, 0, 1, 0], [0, 1, 1, 1, 1]], bool)
    x = as_floatx(floats(2, 5, 3))
    ours, theirs = (getattr(L, name)(4, return_sequences=sequences) for L in (nn, twin))
    ours(x), theirs(x)
    moved(ours, theirs)
    name = f"{name.lower()}_mask"
    y = ours(x, mask=mask, training=True)
    assert_equal(y, theirs(x, mask=mask), name, "outputs")
    dy = as_floatx(floats(*y.shape, seed=9))
    dx = ours.backward(dy)
    (their_dx,), their_dw = keras_gradients(theirs, [x], dy, lambda x: theirs(x, mask=mask))
    assert_equal(dx, their_dx, name, "gradients", "x")
    assert_weight_gradients_equal(ours, their_dw, name)


@both_types
def test_a_mask_travels_through_a_model():
    """Embedding(mask_zero=True) tells every layer after it which steps are padding."""
    x = np.array([[3, 1, 4, 0, 0], [2, 0, 0, 0, 0], [1, 2, 3, 4, 5]])

    def make(L):
        return L.Sequential(
            [
                L.Embedding(9, 4, mask_zero=True),
                L.TransformerBlock(2, 6),
                L.GRU(5, return_sequences=True),
                L.LayerNormalization(),
                L.GlobalAveragePooling1D(),
            ]
        )

    ours, theirs = make(nn), make(twin)
    ours(x), theirs(x)
    moved(ours, theirs)
    assert_equal(ours(x), theirs(x), "embedding_mask")
    shorter = ours(x[:1, :3])
    assert_equal(ours(x)[:1], shorter)


@pytest.mark.parametrize("name", ["SimpleRNN", "GRU", "LSTM"])
@both_types
def test_states_go_in_and_come_out(name):
    x, h = as_floatx(floats(2, 5, 3)), as_floatx(floats(2, 4, seed=7))
    ours, theirs = (getattr(L, name)(4, return_sequences=True, return_state=True) for L in (nn, twin))
    ours(x), theirs(x)
    moved(ours, theirs)
    states = [h] * ours.states
    for mine, other in zip(ours(x, initial_state=states), theirs(x, initial_state=states), strict=True):
        assert_equal(mine, other, f"{name.lower()}_states")
    # Two halves with the state handed on are the whole.
    first, *state = ours(x[:, :2])
    second, *_ = ours(x[:, 2:], initial_state=state)
    assert_equal(np.concatenate([first, second], axis=1), ours(x)[0])


@pytest.mark.parametrize("name", ["SimpleRNN", "GRU", "LSTM"])
def test_gradients_of_states(name, float64):
    layer = getattr(nn, name)(4, return_sequences=True, return_state=True)
    layer(floats(2, 5, 3))
    moved(layer)
    x, start = floats(2, 5, 3), [floats(2, 4, seed=n) for n in range(layer.states)]
    y, *states = layer(x, training=True, initial_state=start)
    dy, *dstates = (floats(*part.shape, seed=20 + n) for n, part in enumerate([y, *states]))
    gradients = layer.backward((dy, *dstates))
    for array, gradient in zip([x, *start], gradients, strict=True):
        v = floats(*array.shape, seed=5)
        sides = []
        for step in (1e-6, -1e-6):
            array += step * v
            sides.append(
                sum(
                    (d * out).sum()
                    for d, out in zip((dy, *dstates), layer(x, initial_state=start), strict=True)
                )
            )
            array -= step * v
        np.testing.assert_allclose((sides[0] - sides[1]) / 2e-6, (gradient * v).sum(), rtol=1e-6)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def simple_rnn_step(W, U, b, x, h):
    return (np.tanh(x @ W + h @ U + b),)


def gru_step(W, U, b, x, h):
    (za, ra, ga), (zm, rm, gm) = np.split(x @ W + b[0], 3, axis=-1), np.split(h @ U + b[1], 3, axis=-1)
    z = sigmoid(za + zm)
    return (z * h + (1 - z) * np.tanh(ga + sigmoid(ra + rm) * gm),)


def lstm_step(W, U, b, x, h, c):
    i, f, g, o = np.split(x @ W + h @ U + b, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


@pytest.mark.parametrize(
    ("name", "step"), [("SimpleRNN", simple_rnn_step), ("GRU", gru_step), ("LSTM", lstm_step)]
)
def test_the_fused_loop_is_the_step_in_a_loop(name, step, float64):
    layer = getattr(nn, name)(4, return_sequences=True)
    x = floats(2, 6, 3)
    layer(x)
    moved(layer)
    state, ys = (np.zeros((2, 4)),) * layer.states, []
    for t in range(6):
        state = step(*layer.get_weights(), x[:, t], *state)
        ys.append(state[0])
    np.testing.assert_allclose(layer(x), np.stack(ys, axis=1), atol=1e-12)


# --- Batch normalization -------------------------------------------------------------------------------


@both_types
def test_batch_normalization_equals_keras():
    name = "batch_normalization"
    ours, theirs = nn.BatchNormalization(momentum=0.9), twin.BatchNormalization(momentum=0.9)
    x = as_floatx(floats(4, 3, 5) * 3 + 1)
    ours(x), theirs(x)
    ours.gamma += 0.5
    twin.copy_weights(ours, theirs)
    for _ in range(3):
        assert_equal(ours(x, training=True), theirs(x, training=True), name, "outputs", "training")
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert_equal(mine, other, name, "steps")  # the moving averages
    assert_equal(ours(x), theirs(x), name, "outputs")
    assert [path.split("/")[-1] for path, *_ in ours.named_weights()] == ["gamma", "beta"]
    dy = as_floatx(floats(4, 3, 5, seed=9))
    ours.zero_grads()
    ours(x, training=True)
    dx = ours.backward(dy)
    (their_dx,), their_dw = keras_gradients(theirs, [x], dy, lambda x: theirs(x, training=True))
    assert_equal(dx, their_dx, name, "gradients", "x")
    assert_weight_gradients_equal(ours, their_dw, name)


def test_batch_normalization_gradients_and_masks(float64):
    nn.check_gradients(nn.BatchNormalization(), floats(4, 3, 5))
    mask = np.array([[1, 1, 0], [1, 0, 0]], bool)
    layer = nn.BatchNormalization()
    nn.check_gradients(
        Of(layer, lambda layer, x, training: layer(x, training=training, mask=mask)), floats(2, 3, 4)
    )
    x = floats(2, 3, 4)
    y = layer(x, training=True, mask=mask)
    np.testing.assert_allclose(((y - layer.beta) / layer.gamma)[mask].mean(axis=0), 0, atol=1e-12)


# --- Dropout and Dot -----------------------------------------------------------------------------------


def test_dropout_drops_scales_and_repeats():
    layer, x = nn.Dropout(0.25, seed=1), np.ones((200, 200), "float32")
    y = layer(x, training=True)
    assert set(np.unique(y)) == {0, np.float32(1 / 0.75)}
    assert abs((y == 0).mean() - 0.25) < 0.01 and abs(y.mean() - 1) < 0.01
    np.testing.assert_array_equal(layer.backward(x), y)
    assert layer(x) is not None and (layer(x) == 1).all()
    np.testing.assert_array_equal(nn.Dropout(0.25, seed=1)(x, training=True), y)
    with pytest.raises(MusicMLError, match="below 1"):
        nn.Dropout(1)


@pytest.mark.parametrize("normalize", [False, True])
@both_types
def test_dot_equals_keras(normalize):
    name = "dot_normalize" if normalize else "dot"
    ours, theirs = nn.Dot(axes=1, normalize=normalize), twin.Dot(axes=1, normalize=normalize)
    a, b = as_floatx(floats(3, 5)), as_floatx(floats(3, 5, seed=2))
    assert_equal(ours([a, b], training=True), theirs([a, b]), name, "outputs")
    dy = as_floatx(floats(3, 1, seed=3))
    expected, _ = keras_gradients(theirs, [a, b], dy, lambda *both: theirs(list(both)))
    for mine, other in zip(ours.backward(dy), expected, strict=True):
        assert_equal(mine, other, name, "gradients")
    assert ours.compute_output_shape((None, 5), (None, 5)) == (None, 1)
    with pytest.raises(ShapeError, match="one shape"):
        ours([a, b[:, :4]])


def test_refusals_say_what_to_do():
    for make, message in {
        lambda: nn.Conv2D(3, 2, padding="causal"): 'received padding="causal"',
        lambda: nn.MaxPooling1D(2, strides=1): "side by side",
        lambda: nn.TransformerBlock(3, 8)(floats(1, 2, 4)): "cannot cut 4 features into 3 heads",
        lambda: nn.Residual([nn.Dense(3)])(floats(1, 4)): "Make f keep the shape",
        lambda: nn.LSTM(3)(floats(2, 4)): r"needs x of shape \(B, T, D\)",
        lambda: nn.Dot(axes=2): "expected 1 or -1",
        lambda: nn.Conv1D(3, 0): r"kernel_size=\(0,\), expected a positive integer",
        lambda: nn.Conv1D(3, 9)(floats(2, 4, 3)): "does not fit in",
        lambda: nn.LSTM(2.5): "units=2.5",
        lambda: nn.Embedding(0, 4)(np.zeros((1, 2), int)): "expected a positive integer",
        lambda: nn.LSTM(3)(floats(2, 4, 5), initial_state=[floats(2, 3)]): "needs 2 initial_state",
        lambda: nn.GRU(3)(
            floats(2, 4, 5), initial_state=floats(1, 3)
        ): r"of shape \(2, 3\), received \(1, 3\)",
        lambda: nn.GRU(3)(floats(2, 4, 5), mask=np.ones((2, 3), bool)): r"mask of shape \(2, 3\)",
        lambda: nn.MultiHeadAttention(2, 3)(floats(2, 4, 5), floats(1, 4, 5)): "value does not fit",
        lambda: nn.MultiHeadAttention(2, 3)(
            floats(2, 4, 5), attention_mask=np.ones((2, 4, 3), bool)
        ): "attention_mask does not fit",
        lambda: nn.Dense(3)("abc"): "expected an array of numbers, received a str",
        lambda: nn.Dense(3)(1.0): "batch axis",
    }.items():
        with pytest.raises(MusicMLError, match=message):
            make()


def test_keras_says_on_which_device_it_computes():
    assert re.fullmatch(r"(cpu|gpu|tpu|mps):\d+", twin.device())
