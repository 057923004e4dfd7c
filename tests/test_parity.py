"""NumPy and Keras give the same numbers: every layer, loss and optimizer of the table.

"Equal" means max|a - b| / (max|b| + 1e-6) <= 2e-5 in float32, and <= 1e-10 in float64.
The engine under Keras is the one that KERAS_BACKEND names; ``make parity`` runs all three.
"""

import keras
import numpy as np
import pytest
from cases import LAYERS, LOSSES, OPTIMIZERS
from keras_gradients import keras_gradients, value_and_gradients
from parity import as_floatx, assert_equal, assert_zero

from musicml import nn, recipes, twin
from musicml.errors import ShapeError

every_layer = pytest.mark.parametrize("name", LAYERS)
both_types = pytest.mark.usefixtures("floatx")


def pair(case):
    """Our layer and Keras's, built, with the same weights (off zero)."""
    ours, theirs, x = case.make(nn), case.make(twin), as_floatx(case.x)
    theirs.build(x.shape)
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
def test_weights_have_the_same_names_shapes_and_order(name):
    ours, theirs, _ = pair(LAYERS[name])
    names = [path.split("/")[-1] for path, *_ in ours.named_weights()]
    assert names == [v.name for v in theirs.trainable_variables]
    assert [w.shape for w in ours.weights] == [tuple(v.shape) for v in theirs.weights]


@every_layer
@both_types
def test_outputs(name):
    ours, theirs, x = pair(LAYERS[name])
    for training in (False, True):
        y, their_y = ours(x, training=training), theirs(x, training=training)
        assert_equal(y, their_y, name, "outputs", f"training={training}")


@every_layer
@both_types
def test_gradients(name):
    case = LAYERS[name]
    ours, theirs, x = pair(case)
    dy = as_floatx(np.random.default_rng(5).standard_normal(case.output_shape))
    ours(x, training=True)
    dx = ours.backward(dy)
    options = {"training": True} if theirs._call_has_training_arg else {}
    (their_dx,), their_dw = keras_gradients(theirs, [x], dy, lambda x: theirs(x, **options))
    assert (dx is None) == (their_dx is None)
    if dx is not None:
        assert_equal(dx, their_dx, name, "gradients", "x")
    assert_weight_gradients_equal(ours, their_dw, name)


def assert_weight_gradients_equal(ours, theirs, name):
    for (path, _, mine), other in zip(ours.named_weights(), theirs, strict=True):
        if path.endswith("key/bias"):  # moves all scores of a query alike: its true gradient is zero
            assert_zero(mine, other, name)
        else:
            assert_equal(mine, other, name, "gradients", path)


@pytest.mark.parametrize("name", [name for name, case in LAYERS.items() if has_weights(case)])
@both_types
def test_five_steps_of_sgd(name):
    case = LAYERS[name]
    ours, theirs, x = pair(case)
    target = as_floatx(np.random.default_rng(6).standard_normal(case.output_shape))
    models = (ours, nn), (theirs, twin)
    if not isinstance(ours, nn.Sequential):
        models = tuple((L.Sequential([layer]), L) for layer, L in models)
    for model, L in models:
        model.compile(optimizer=L.SGD(0.1), loss=L.MeanSquaredError())
        model.fit(x, target, batch_size=len(x), epochs=5, shuffle=False, verbose=0)
    for (path, w, _), other in zip(ours.named_weights(), theirs.get_weights(), strict=True):
        assert_equal(w, other, name, "steps", path)


@every_layer
def test_weights_go_both_ways(name):
    ours, theirs, _ = pair(LAYERS[name])
    theirs.set_weights([w + 1 for w in theirs.get_weights()])
    twin.copy_weights(theirs, ours)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("weighted", ["plain", "sample_weight", "mask"])
@both_types
def test_losses(name, weighted):
    """Keras takes the mask from the predictions; a weight of n / (real steps) says the same."""
    case = LOSSES[name]
    ours, theirs = case.make(nn), case.make(twin)
    y_true, y_pred = as_floatx(case.y_true), as_floatx(case.y_pred)
    shape = y_pred.shape[:-1]
    given, weights = {}, None
    if weighted == "mask":
        mask = np.arange(np.prod(shape)).reshape(shape) % 3 > 0
        given, weights = {"mask": mask}, as_floatx(mask * mask.size / mask.sum())
    if weighted == "sample_weight":
        weights = as_floatx(np.random.default_rng(7).random(shape))
        given = {"sample_weight": weights}
    value, (gradient,), _ = value_and_gradients(lambda p: theirs(y_true, p, sample_weight=weights), [y_pred])
    assert_equal(ours(y_true, y_pred, **given), value, name, "outputs")
    assert_equal(ours.backward(), gradient, name, "gradients")
    if given:
        with pytest.raises(ShapeError, match=f"a {weighted} of shape"):
            ours(y_true, y_pred, **{weighted: np.ones(17)})


@pytest.mark.parametrize("name", OPTIMIZERS)
@both_types
def test_optimizers_on_a_given_sequence_of_gradients(name):
    rng = np.random.default_rng(0)
    start = as_floatx(rng.standard_normal((3, 4)))
    ours, w, g = OPTIMIZERS[name](nn), start.copy(), np.zeros_like(start)
    theirs, v = OPTIMIZERS[name](twin), keras.Variable(start)
    for step in range(20):
        g[...] = rng.standard_normal(g.shape) * 10.0 ** rng.integers(-4, 2)
        ours.apply([("w", w, g)])
        theirs.apply([keras.ops.convert_to_tensor(g)], [v])
        assert_equal(w, v, name, "steps", f"step {step}")


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
