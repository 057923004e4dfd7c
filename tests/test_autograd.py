"""The scalar autograd agrees with finite differences, with our layers, and with Keras on JAX."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicml import nn
from musicml.nn.autograd import Value

FUNCTIONS = {
    "sum": lambda x, y: x + y * 3 + 2,
    "difference": lambda x, y: x - 1 - (-y),
    "product": lambda x, y: x * y * x,
    "quotient": lambda x, y: x / y + y / 3,
    "power": lambda x, y: x**3 + y**-2,
    "exp": lambda x, y: (x * y).exp(),
    "log": lambda x, y: (x + y).log() * x,
    "tanh": lambda x, y: (x - y).tanh() * x.tanh(),
    "relu": lambda x, y: (x - 1).relu() * y + (y - 9).relu(),
    "shared": lambda x, y: (z := x * y + x) * z + z.tanh(),
}


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
@given(st.floats(0.2, 3), st.floats(0.2, 3))
def test_gradients_agree_with_finite_differences(f, a, b):
    if abs(a - 1) < 1e-3:
        a += 0.01  # relu has a corner at 1
    x, y = Value(a), Value(b)
    f(x, y).backward()
    h = 1e-6
    for value, sides in ((x, ((a + h, b), (a - h, b))), (y, ((a, b + h), (a, b - h)))):
        up, down = (f(Value(p), Value(q)).data for p, q in sides)
        assert math.isclose(value.grad, (up - down) / (2 * h), rel_tol=1e-4, abs_tol=1e-5)


def test_backward_twice_does_not_add_up():
    x = Value(3.0)
    y = x * x
    y.backward()
    y.backward()
    assert x.grad == 6


def test_a_long_chain_does_not_overflow_the_stack():
    x = Value(1.0)
    y = x
    for _ in range(5000):
        y = y + 1
    y.backward()
    assert x.grad == 1 and y.data == 5001


def test_a_dense_network_has_the_gradients_of_our_layers_and_of_keras():
    """Two inputs, three hidden units with tanh, two classes, cross-entropy: by Values and by layers."""
    import jax

    from musicml import twin

    rng = np.random.default_rng(0)
    x, label = rng.standard_normal((1, 2)).astype("float32"), np.array([1])
    make = lambda L: L.Sequential([L.Dense(3, activation="tanh"), L.Dense(2)])  # noqa: E731
    ours, theirs = make(nn), make(twin)
    ours(x), theirs(x)
    twin.copy_weights(theirs, ours)
    loss = nn.SparseCategoricalCrossentropy(from_logits=True)
    value = loss(label, ours(x, training=True))
    ours.backward(loss.backward())

    W1, b1, W2, b2 = ([[Value(v) for v in row] for row in np.atleast_2d(w)] for w in ours.get_weights())
    h = [sum((W1[i][u] * float(x[0, i]) for i in range(2)), b1[0][u]).tanh() for u in range(3)]
    z = [sum((W2[u][k] * h[u] for u in range(3)), b2[0][k]) for k in range(2)]
    surprise = sum(score.exp() for score in z).log() - z[label[0]]
    surprise.backward()
    np.testing.assert_allclose(surprise.data, value, rtol=1e-5)

    def keras_loss(weights):
        z, _ = theirs.stateless_call(weights, [], x)
        return -jax.nn.log_softmax(z)[0, label[0]]

    theirs_dw = jax.grad(keras_loss)([v.value for v in theirs.trainable_variables])
    everything = zip((W1, b1, W2, b2), ours.named_weights(), theirs_dw, strict=True)
    for values, (path, _, dw), keras_dw in everything:
        mine = np.array([[v.grad for v in row] for row in values]).reshape(dw.shape)
        np.testing.assert_allclose(mine, dw, rtol=1e-4, atol=1e-7, err_msg=path)
        np.testing.assert_allclose(mine, keras_dw, rtol=1e-4, atol=1e-7, err_msg=path)
