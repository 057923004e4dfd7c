"""Dense, and the activation as a layer of its own.

Dimension key
    B batch   D features in   U units
"""

from . import activations, checks
from .layer import Layer, rows


class Dense(Layer):
    """Fully connected layer.

    Equation:     y = activation(x W + b)        with W = kernel, b = bias
    Input shape:  (B, ..., D)
    Output shape: (B, ..., U)
    Weights:      kernel (D, U), bias (U,)
    Lesson:       stack_layers, send_errors_back
    """

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(**kwargs)
        checks.positive(self, units=units)
        self.units, self.use_bias = units, use_bias
        self.activation = activations.get(activation)
        self.kernel_initializer, self.bias_initializer = kernel_initializer, bias_initializer

    def build(self, input_shape):
        self.kernel = self.add_weight("kernel", (input_shape[-1], self.units), self.kernel_initializer)
        self.bias = self.add_weight("bias", (self.units,), self.bias_initializer) if self.use_bias else 0

    def call(self, x, training=False):
        W, b = self.kernel, self.bias
        self.check_features(x, len(W))
        z = x @ W + b
        y = self.activation(z)
        self.remember(training, x, z, y)
        return y

    def backward(self, dy):
        x, z, y = self.recall()
        dz = self.activation.backward(dy, z, y)
        self.grads["kernel"] += rows(x).T @ rows(dz)  # dL/dW = x^T dz
        if self.use_bias:
            self.grads["bias"] += rows(dz).sum(axis=0)  # dL/db = the sum over examples
        return dz @ self.kernel.T  # dL/dx = dz W^T

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)


class Activation(Layer):
    """An activation as a layer of its own.

    Equation:     y = activation(x)
    Input shape:  any
    Output shape: as the input
    Lesson:       stack_layers
    """

    def __init__(self, activation, **kwargs):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, x, training=False):
        y = self.activation(x)
        self.remember(training, x, y)
        return y

    def backward(self, dy):
        x, y = self.recall()
        return self.activation.backward(dy, x, y)
