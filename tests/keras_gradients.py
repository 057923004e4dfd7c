"""What Keras leaves to the engine under it: gradients, and the number type. JAX, TensorFlow and PyTorch."""

from contextlib import contextmanager, nullcontext

import keras
import numpy as np
from keras.src.backend.common.dtypes import BIT64_TO_BIT32_DTYPE

from musicml import nn


@contextmanager
def number_type(floatx):
    """Within this, both libraries make weights and compute in "float32" or in "float64"."""
    # Keras 3.15 turns float64 into float32 in most operations, except on TensorFlow, though the other
    # engines can do it too (keras-team/keras, issues 23223 and 23704). This table of Keras says so.
    turned_into = BIT64_TO_BIT32_DTYPE["float64"]
    engine = nullcontext()
    if keras.backend.backend() == "jax":  # which otherwise makes no float64 at all
        import jax

        engine = jax.enable_x64(floatx == "float64")

    def choose(name):
        nn.set_floatx(name)
        keras.config.set_floatx(name)
        keras.config.set_dtype_policy(name)  # otherwise layers keep the type of the first one made

    choose(floatx)
    BIT64_TO_BIT32_DTYPE["float64"] = floatx
    try:
        with engine:
            yield
    finally:
        choose("float32")
        BIT64_TO_BIT32_DTYPE["float64"] = turned_into


def keras_gradients(layer, inputs, dy, call=None):
    """Gradients of <dy, layer(*inputs)>.

    Args:
        call: how the layer takes its inputs, ``call(*inputs)``, where it is not ``layer(*inputs)``.
    Returns:
        A list with the gradient of each input (None for ids), and one with that of each trainable weight.
    """
    call = call or layer

    def inner_product(*inputs):
        return keras.ops.sum(keras.ops.convert_to_tensor(dy) * call(*inputs))

    _, by_input, by_weight = value_and_gradients(inner_product, inputs, layer.trainable_variables)
    return by_input, by_weight


def value_and_gradients(f, inputs, variables=()):
    """Value of the scalar f(*inputs), its gradients for the inputs (None for ids) and for Keras variables."""
    engine = {"jax": on_jax, "tensorflow": on_tensorflow, "torch": on_torch}[keras.backend.backend()]
    floating = [n for n, x in enumerate(inputs) if x.dtype.kind == "f"]

    def of_floating(*xs):
        given = list(inputs)
        for n, x in zip(floating, xs, strict=True):
            given[n] = x
        return f(*given)

    value, by_floating, by_variable = engine(of_floating, [inputs[n] for n in floating], list(variables))
    by_input = [None] * len(inputs)
    for n, gradient in zip(floating, by_floating, strict=True):
        by_input[n] = np.asarray(gradient)
    return float(value), by_input, [np.asarray(gradient) for gradient in by_variable]


def on_jax(f, xs, variables):
    import jax

    def pure(xs, values):
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            return f(*xs)

    value, (by_x, by_variable) = jax.jit(jax.value_and_grad(pure, (0, 1)))(xs, [v.value for v in variables])
    return value, by_x, by_variable


def on_tensorflow(f, xs, variables):
    import tensorflow as tf

    xs, values = [tf.constant(x) for x in xs], [v.value for v in variables]
    with tf.GradientTape() as tape:
        tape.watch(xs)
        value = f(*xs)
    by_x, by_variable = tape.gradient(value, (xs, values))
    # The gradient of an embedding comes as the rows that were looked up.
    return value, by_x, [tf.convert_to_tensor(gradient) for gradient in by_variable]


def on_torch(f, xs, variables):
    import torch

    xs = [keras.ops.convert_to_tensor(x).requires_grad_() for x in xs]
    value = f(*xs)
    gradients = [g.cpu() for g in torch.autograd.grad(value, [*xs, *(v.value for v in variables)])]
    return value.detach(), gradients[: len(xs)], gradients[len(xs) :]
