"""Wrong answers to the exercises of send_errors_back, and the hint each must get."""

import numpy as np

from musicml.nn import autograd


def all_ones(model, x):
    z = model(x[None], training=True)
    return model.backward(np.ones_like(z))[0]


def scores(model, x):
    return model.backward(model(x[None], training=True))[0]


def with_batch_axis(model, x):
    z = model(x[None], training=True)
    dz = np.zeros_like(z)
    dz[0, z.argmax()] = 1
    return model.backward(dz)


def value_of(slope, number=lambda a: 1 / (1 + np.exp(-a))):
    """A sigmoid with another slope, or another number."""

    def sigmoid(value):
        y = number(value.data)
        return autograd.Value(y, ((value, slope(value.data, y)),))

    return sigmoid


def sigma(value):
    return 1 / (1 + np.exp(-value.data))


def grad_by_hand(value):
    """Writes the slope into its argument, and leaves the chain broken."""
    y = sigma(value)
    value.grad = y * (1 - y)
    return autograd.Value(y)


WRONG = {
    "send_errors_back.predict_blame": [
        ("old_answer", 4.0),
        ("a_two_missing", 3.0),
        ("times_h", 1.5),
        ("first_unit", 9.0),
        ("silent", 0),
        ("old_and_a_two_missing", 2.0),
        ("prediction", 7.0),
    ],
    "send_errors_back.dense_backward": [
        ("three", lambda x, W, dz: x.T @ dz),
        ("dW_transposed", lambda x, W, dz: (dz.T @ x, dz.sum(axis=0), dz @ W.T)),
        ("swapped", lambda x, W, dz: (dz @ W.T, dz.sum(axis=0), x.T @ dz)),
        ("db_per_example", lambda x, W, dz: (x.T @ dz, dz, dz @ W.T)),
        ("db_per_unit", lambda x, W, dz: (x.T @ dz, dz.sum(axis=1), dz @ W.T)),
        ("db_one_number", lambda x, W, dz: (x.T @ dz, dz.sum(), dz @ W.T)),
        ("dx_transposed", lambda x, W, dz: (x.T @ dz, dz.sum(axis=0), W @ dz.T)),
        ("dx_of_x", lambda x, W, dz: (x.T @ dz, dz.sum(axis=0), x)),
        ("dx_not_turned", lambda x, W, dz: (x.T @ dz, dz.sum(axis=0), dz @ W)),
        ("dW_mean", lambda x, W, dz: (x.T @ dz / len(x), dz.sum(axis=0), dz @ W.T)),
        ("db_mean", lambda x, W, dz: (x.T @ dz, dz.mean(axis=0), dz @ W.T)),
        ("sign", lambda x, W, dz: (-x.T @ dz, dz.sum(axis=0), dz @ W.T)),
    ],
    "send_errors_back.sigmoid": [
        ("not_a_value", lambda value: 1 / (1 + np.exp(-value.data))),
        ("plus", value_of(lambda a, y: y * (1 - y), lambda a: 1 / (1 + np.exp(a)))),
        ("no_parent", lambda value: autograd.Value(1 / (1 + np.exp(-value.data)))),
        ("no_parent", grad_by_hand),
        ("not_pairs", lambda value: autograd.Value(sigma(value), (value, sigma(value)))),
        ("not_pairs", lambda value: autograd.Value(sigma(value), ((sigma(value), value),))),
        ("slope_of_a", value_of(lambda a, y: a * (1 - a))),
        ("slope_half", value_of(lambda a, y: 1 - y)),
        ("slope_is_y", value_of(lambda a, y: y)),
    ],
    "send_errors_back.bias_gradient": [
        ("still_mean", lambda dz: dz.mean(axis=0)),
        ("over_units", lambda dz: dz.sum(axis=1)),
        ("one_number", lambda dz: dz.sum()),
    ],
    "send_errors_back.which": [("tidy_one", "B")],
    "send_errors_back.saliency": [
        ("batch_axis", with_batch_axis),
        ("all_answers", all_ones),
        ("scores_as_blame", scores),
    ],
}
