"""NumPy and Keras give the same numbers: every layer, loss and optimizer of the table.

"Equal" means max|a - b| / (max|b| + 1e-6) <= 2e-5 in float32.
"""

import jax
import numpy as np
import pytest
from cases import LAYERS, LOSSES, OPTIMIZERS

from musicml import nn, recipes, twin
from musicml.errors import ShapeError

every_layer = pytest.mark.parametrize("case", LAYERS.values(), ids=LAYERS)


def assert_equal(ours, theirs, what=""):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, what
    difference = np.abs(ours - theirs).max(initial=0) / (np.abs(theirs).max(initial=0) + 1e-6)
    assert difference <= 2e-5, f"{what}: difference {difference:.2e}"


def as_float32(a):
    return a.astype("float32") if a.dtype.kind == "f" else a.astype("int32")


def keras_gradients(layer, x, dy):
    """Gradients of <dy, layer(x)> for x (None for ids) and for every trainable weight, on JAX."""
    frozen = [v.value for v in layer.non_trainable_variables]

    def loss(weights, x):
        options = {"training": True} if layer._call_has_training_arg else {}
        y, _ = layer.stateless_call(weights, frozen, x, **options)
        return (dy * y).sum()

    weights = [v.value for v in layer.trainable_variables]
    by_weight = jax.grad(loss)(weights, x)
    return (jax.grad(loss, 1)(weights, x) if x.dtype.kind == "f" else None), by_weight


def pair(case):
    """Our layer and Keras's, built, with the same weights (off zero)."""
    ours, theirs, x = case.make(nn), case.make(twin), as_float32(case.x)
    theirs(x)
    ours(x)
    rng = np.random.default_rng(0)
    ours.set_weights([w + 0.3 * rng.standard_normal(w.shape) for w in ours.get_weights()])
    twin.copy_weights(ours, theirs)
    return ours, theirs, x


def has_weights(case):
    layer = case.make(nn)
    layer(case.x)
    return bool(layer.weights)


@every_layer
def test_weights_have_the_same_names_shapes_and_order(case):
    ours, theirs, _ = pair(case)
    names = [path.split("/")[-1] for path, *_ in ours.named_weights()]
    assert names == [v.name for v in theirs.trainable_variables]
    assert [w.shape for w in ours.weights] == [tuple(v.shape) for v in theirs.weights]


@every_layer
def test_outputs(case):
    ours, theirs, x = pair(case)
    for training in (False, True):
        assert_equal(ours(x, training=training), theirs(x, training=training), f"training={training}")


@every_layer
def test_gradients(case):
    ours, theirs, x = pair(case)
    dy = as_float32(np.random.default_rng(5).standard_normal(case.output_shape))
    ours(x, training=True)
    dx = ours.backward(dy)
    their_dx, their_dw = keras_gradients(theirs, x, dy)
    assert (dx is None) == (their_dx is None)
    if dx is not None:
        assert_equal(dx, their_dx, "x")
    for (path, _, ours_dw), dw in zip(ours.named_weights(), their_dw, strict=True):
        assert_equal(ours_dw, dw, path)


@pytest.mark.parametrize("name", [name for name, case in LAYERS.items() if has_weights(case)])
def test_five_steps_of_sgd(name):
    case = LAYERS[name]
    ours, theirs, x = pair(case)
    target = as_float32(np.random.default_rng(6).standard_normal(case.output_shape))
    mine, keras = ours, theirs
    if not isinstance(ours, nn.Sequential):
        mine, keras = nn.Sequential([ours]), twin.Sequential([theirs])
    for model, L in ((mine, nn), (keras, twin)):
        model.compile(optimizer=L.SGD(0.1), loss=L.MeanSquaredError())
        model.fit(x, target, batch_size=len(x), epochs=5, shuffle=False, verbose=0)
    for (path, w, _), other in zip(ours.named_weights(), theirs.get_weights(), strict=True):
        assert_equal(w, other, path)


@every_layer
def test_weights_go_both_ways(case):
    ours, theirs, _ = pair(case)
    theirs.set_weights([w + 1 for w in theirs.get_weights()])
    twin.copy_weights(theirs, ours)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("case", LOSSES.values(), ids=LOSSES)
def test_losses(case):
    ours, theirs = case.make(nn), case.make(twin)
    y_true, y_pred = as_float32(case.y_true), as_float32(case.y_pred)
    value, gradient = jax.value_and_grad(lambda p: theirs(y_true, p))(y_pred)
    assert_equal(ours(y_true, y_pred), value)
    assert_equal(ours.backward(), gradient)


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_optimizers_on_a_given_sequence_of_gradients(make):
    import keras

    rng = np.random.default_rng(0)
    start = rng.standard_normal((3, 4)).astype("float32")
    ours, w, g = make(nn), start.copy(), np.zeros_like(start)
    theirs, v = make(twin), keras.Variable(start)
    for _ in range(20):
        g[...] = rng.standard_normal(g.shape) * 10.0 ** rng.integers(-4, 2)
        ours.apply([("w", w, g)])
        theirs.apply([keras.ops.convert_to_tensor(g)], [v])
        assert_equal(w, v.value)


@pytest.mark.parametrize("from_logits", [True, False])
def test_metrics_and_validation_follow_keras(from_logits):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((50, 6)).astype("float32"), rng.integers(0, 4, 50)

    def make(L):
        return L.Sequential([L.Dense(4, activation=None if from_logits else "softmax")])

    ours, theirs = make(nn), make(twin)
    ours.build((None, 6)), theirs.build((None, 6))
    twin.copy_weights(theirs, ours)
    histories = []
    for model, L in ((ours, nn), (theirs, twin)):
        loss = L.SparseCategoricalCrossentropy(from_logits=from_logits)
        model.compile(optimizer=L.SGD(0.1), loss=loss, metrics=["accuracy"])
        options = dict(batch_size=16, epochs=3, verbose=0, shuffle=False, validation_data=(x[:20], y[:20]))
        histories.append(model.fit(x, y, **options).history)
    assert histories[0].keys() == histories[1].keys()
    for name in histories[0]:
        np.testing.assert_allclose(histories[0][name], histories[1][name], rtol=2e-5, err_msg=name)
    np.testing.assert_allclose(ours.evaluate(x, y), theirs.evaluate(x, y, verbose=0), rtol=2e-5)
    assert_equal(ours.predict(x), theirs.predict(x, verbose=0))


def test_a_recipe_builds_both():
    x = np.random.default_rng(0).integers(0, 30, (4, 8))
    ours, theirs = recipes.melody_mlp(nn, 30), recipes.melody_mlp(twin, 30)
    ours.build((None, 8)), theirs.build((None, 8))
    twin.copy_weights(ours, theirs)
    assert_equal(ours(x), theirs(x))
    assert ours.count_params() == theirs.count_params()


def test_copy_weights_refuses_another_build():
    ours, theirs = nn.Dense(3), twin.Dense(4)
    ours.build((None, 5)), theirs.build((None, 5))
    with pytest.raises(ShapeError, match="Build both from one recipe"):
        twin.copy_weights(ours, theirs)
    with pytest.raises(ShapeError, match="call both on data"):
        twin.copy_weights(nn.Dense(4), theirs)


def test_twin_has_every_public_name_of_nn():
    shared = {
        n
        for n in nn.__all__
        if isinstance(c := getattr(nn, n), type) and issubclass(c, nn.Layer | nn.Loss | nn.Optimizer)
    }
    assert shared - {"Layer", "Loss", "Optimizer"} <= set(twin.__all__)
