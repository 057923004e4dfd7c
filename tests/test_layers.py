"""What must hold for every layer of the table, in NumPy alone."""

import inspect

import numpy as np
import pytest
from cases import LAYERS, LOSSES, OPTIMIZERS

from musicml import nn
from musicml.errors import GradientError, MusicMLError, ShapeError

every_layer = pytest.mark.parametrize("case", LAYERS.values(), ids=LAYERS)
every_loss = pytest.mark.parametrize("case", LOSSES.values(), ids=LOSSES)


@pytest.fixture(autouse=True)
def float64():
    nn.set_floatx("float64")
    yield
    nn.set_floatx("float32")


def made(case):
    """The layer of a case, built, with its weights moved off zero: zeros hide wrong gradients."""
    layer = case.make(nn)
    layer(case.x)
    rng = np.random.default_rng(0)
    layer.set_weights([w + 0.3 * rng.standard_normal(w.shape) for w in layer.get_weights()])
    return layer


@every_layer
def test_gradients_agree_with_finite_differences(case):
    layer = made(case)
    report = nn.check_gradients(layer, case.x)
    assert len(report) == len(list(layer.named_weights())) + (case.x.dtype.kind == "f")


@every_layer
def test_output_shape(case):
    layer = made(case)
    assert layer(case.x).shape == case.output_shape == layer.compute_output_shape(case.x.shape)


@every_layer
def test_used_twice_accumulates(case):
    layer = made(case)
    once, other = case.x, case.x[::-1].copy()
    dy = np.random.default_rng(3).standard_normal(case.output_shape)
    single = []
    for x in (once, other):
        layer.zero_grads()
        layer(x, training=True)
        layer.backward(dy)
        single.append([g.copy() for *_, g in layer.named_weights()])
    layer.zero_grads()
    layer(once, training=True)
    layer(other, training=True)
    layer.backward(dy)
    layer.backward(dy)
    for a, b, (path, _, both) in zip(*single, layer.named_weights(), strict=True):
        np.testing.assert_allclose(a + b, both, rtol=1e-12, atol=1e-14, err_msg=path)


@every_layer
def test_inference_remembers_nothing(case):
    layer = made(case)
    layer(case.x)
    with pytest.raises(MusicMLError, match="training=True"):
        layer.backward(np.zeros(case.output_shape))


@every_layer
def test_a_batch_is_its_examples(case):
    layer = made(case)
    one_by_one = np.concatenate([layer(case.x[n : n + 1]) for n in range(len(case.x))])
    np.testing.assert_allclose(layer(case.x), one_by_one, rtol=1e-12, atol=1e-14)


@every_layer
def test_weights_round_trip_and_are_never_rebound(case):
    layer = made(case)
    before = layer.weights
    values = [np.full(w.shape, n + 0.5) for n, w in enumerate(before)]
    layer.set_weights(values)
    assert all(a is b for a, b in zip(before, layer.weights, strict=True))
    for got, value in zip(layer.get_weights(), values, strict=True):
        np.testing.assert_array_equal(got, value)
    with pytest.raises(ShapeError, match="set_weights received"):
        layer.set_weights([*values, np.zeros(3)])
    if values:
        with pytest.raises(ShapeError, match="Check the order"):
            layer.set_weights([np.zeros((17, 3)), *values[1:]])
        np.testing.assert_array_equal(layer.get_weights()[0], values[0])


@pytest.mark.parametrize("case", [case for case in LAYERS.values() if case.wrong is not None])
def test_wrong_input_gets_a_sentence(case):
    with pytest.raises(MusicMLError, match=case.message):
        made(case)(case.wrong)


@every_layer
@pytest.mark.parametrize("built", [False, True])
def test_any_number_of_axes_gets_an_answer_or_a_sentence(case, built):
    for axes in range(6):
        layer = made(case) if built else case.make(nn)
        x = np.zeros((2, 3, 4, 5, 3)[:axes], case.x.dtype)
        try:
            assert layer(x).shape[:1] == x.shape[:1]
        except MusicMLError as error:
            assert repr(layer) in str(error) or layer.layers


@every_layer
def test_float32_stays_float32(case):
    nn.set_floatx("float32")
    layer = made(case)
    x = case.x.astype("float32") if case.x.dtype.kind == "f" else case.x
    y = layer(x, training=True)
    dx = layer.backward(np.ones_like(y))
    assert y.dtype == np.float32 and (dx is None or dx.dtype == np.float32)
    assert all(g.dtype == np.float32 for *_, g in layer.named_weights())


@every_loss
def test_loss_gradients_agree_with_finite_differences(case):
    loss = case.make(nn)
    loss(case.y_true, case.y_pred)
    gradient, epsilon = loss.backward(), 1e-6
    numeric = np.zeros_like(gradient)
    for index in np.ndindex(gradient.shape):
        step = np.zeros_like(case.y_pred)
        step[index] = epsilon
        numeric[index] = (loss(case.y_true, case.y_pred + step) - loss(case.y_true, case.y_pred - step)) / (
            2 * epsilon
        )
    np.testing.assert_allclose(gradient, numeric, atol=1e-8)


def test_the_tables_are_complete():
    used = {type(made(case)).__name__ for case in LAYERS.values()}
    losses = {type(case.make(nn)).__name__ for case in LOSSES.values()}
    optimizers = {type(make(nn)).__name__ for make in OPTIMIZERS.values()}
    used |= {
        "MultiHeadAttention",
        "Dot",
        "BatchNormalization",
    }  # test_attention.py and test_special_layers.py
    for base, covered in ((nn.Layer, used), (nn.Loss, losses), (nn.Optimizer, optimizers)):
        public = {
            n
            for n in nn.__all__
            if inspect.isclass(c := getattr(nn, n)) and issubclass(c, base) and c is not base
        }
        assert public == covered
    assert {f"activation_{name}" for name in nn.ACTIVATIONS} <= LAYERS.keys()


@pytest.mark.parametrize("where", ["x", "kernel", "bias"])
def test_the_gradient_check_can_fail(where):
    """A gradient 0.1 % too large is caught, in the input and in each weight."""
    x = np.random.default_rng(0).standard_normal((3, 5))

    class Slip(nn.Dense):
        def backward(self, dy):
            dx = super().backward(dy)
            if where == "x":
                return 1.001 * dx
            self.grads[where] *= 1.001
            return dx

    with pytest.raises(GradientError, match=where):
        nn.check_gradients(Slip(4), x)


def test_the_gradient_check_needs_float64():
    nn.set_floatx("float32")
    with pytest.raises(MusicMLError, match="float64"):
        nn.check_gradients(nn.Dense(2), np.ones((2, 3)))


def test_one_layer_twice_in_a_model_is_one_set_of_weights():
    shared = nn.Dense(5, activation="tanh")
    model = nn.Sequential([shared, shared])
    x = np.random.default_rng(0).standard_normal((3, 5))
    report = nn.check_gradients(model, x)
    assert len(model.weights) == 2 and len(report) == 3


def test_models_repeat_and_seeds_differ():
    def weights(**seed):
        model = nn.Sequential([nn.Dense(4), nn.Dense(4)], **seed)
        model.build((None, 4))
        return model.get_weights()

    first, again, other = weights(), weights(seed=0), weights(seed=1)
    np.testing.assert_array_equal(first[0], again[0])
    assert not np.allclose(first[0], other[0])
    assert not np.allclose(first[0], first[2]), "two layers of one model draw different numbers"


@pytest.mark.parametrize(
    ("name", "shape", "std"),
    [
        ("glorot_uniform", (200, 300), np.sqrt(2 / 500)),
        ("glorot_normal", (200, 300), np.sqrt(2 / 500)),
        ("he_uniform", (200, 300), np.sqrt(2 / 200)),
        ("he_normal", (200, 300), np.sqrt(2 / 200)),
        ("he_normal", (3, 100, 200), np.sqrt(2 / 300)),
        ("random_uniform", (200, 300), 0.1 / np.sqrt(12)),
        ("random_normal", (200, 300), 0.05),
    ],
)
def test_initializers_have_their_spread(name, shape, std):
    draw = nn.INITIALIZERS[name](np.random.default_rng(0), shape)
    assert draw.shape == shape and abs(draw.mean()) < 0.02 * std
    np.testing.assert_allclose(draw.std(), std, rtol=0.01)


def test_unknown_names_get_the_nearest_one():
    with pytest.raises(MusicMLError, match='did you mean "sigmoid"'):
        nn.Dense(3, activation="sigmoide")
    with pytest.raises(MusicMLError, match="glorot_uniform"):
        nn.Dense(3, kernel_initializer="glorot")(np.ones((1, 2)))
