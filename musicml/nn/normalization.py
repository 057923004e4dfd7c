"""Normalization: bring numbers to mean 0 and variance 1, then let the layer choose both anew.

Dimension key
    B batch   D features; the last axis is always the features
"""

import numpy as np

from .layer import Layer


def normalized_backward(dxhat, xhat, rstd, mean):
    """The gradient through xhat = (x - mean x) rstd, where mean and rstd depend on x as well.

    ``mean`` averages over the axes that were normalized. The two terms taken away are
    the part of dxhat that only shifts x, and the part that only stretches it.
    """
    dx = dxhat - mean(dxhat)
    dx -= xhat * mean(dxhat * xhat)
    dx *= rstd
    return dx


class LayerNormalization(Layer):
    """Normalize the features of each example by themselves.

    Equation:     y = gamma xhat + beta,  xhat = (x - mean) / sqrt(var + epsilon)   over the last axis
    Input shape:  (B, ..., D)
    Output shape: as the input
    Weights:      gamma (D,), beta (D,)
    Source:       Ba, Kiros and Hinton 2016, eq. 4
    Lesson:       keep_it_general
    """

    def __init__(self, epsilon=1e-3, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape):
        self.gamma = self.add_weight("gamma", input_shape[-1:], "ones")
        self.beta = self.add_weight("beta", input_shape[-1:], "zeros")

    def call(self, x, training=False):
        self.check_features(x, len(self.gamma))
        xhat = x - self.mean(x)
        rstd = 1 / np.sqrt(self.mean(xhat * xhat) + self.epsilon)
        xhat *= rstd
        self.remember(training, xhat, rstd)
        y = self.gamma * xhat
        y += self.beta
        return y

    def backward(self, dy):
        xhat, rstd = self.recall()
        examples = tuple(range(dy.ndim - 1))
        self.grads["gamma"] += (dy * xhat).sum(axis=examples)
        self.grads["beta"] += dy.sum(axis=examples)
        return normalized_backward(dy * self.gamma, xhat, rstd, self.mean)

    @staticmethod
    def mean(a):
        return a.mean(axis=-1, keepdims=True)


class BatchNormalization(Layer):
    """Normalize each feature over the batch; at inference, over running averages from training.

    Equation:     y = gamma xhat + beta,  xhat = (x - mean) / sqrt(var + epsilon)   over all axes but the last
                  moving = momentum moving + (1 - momentum) batch,  in training
    Input shape:  (B, ..., D)
    Output shape: as the input
    Weights:      gamma (D,), beta (D,); not trained: moving_mean (D,), moving_variance (D,)
    Source:       Ioffe and Szegedy 2015, algorithms 1 and 2
    Lesson:       keep_it_general
    """

    takes = ("mask",)

    def __init__(self, momentum=0.99, epsilon=1e-3, **kwargs):
        super().__init__(**kwargs)
        self.momentum, self.epsilon = momentum, epsilon

    def build(self, input_shape):
        D = input_shape[-1:]
        self.gamma = self.add_weight("gamma", D, "ones")
        self.beta = self.add_weight("beta", D, "zeros")
        self.moving_mean = self.add_weight("moving_mean", D, "zeros", trainable=False)
        self.moving_variance = self.add_weight("moving_variance", D, "ones", trainable=False)

    def call(self, x, training=False, mask=None):
        self.check_features(x, len(self.gamma))
        if not training:
            rstd = 1 / np.sqrt(self.moving_variance + self.epsilon)
            return self.gamma * (x - self.moving_mean) * rstd + self.beta
        real = np.ones(x.shape[:-1], x.dtype) if mask is None else mask.astype(x.dtype)
        share = (real / real.sum())[..., None]  # padding does not count

        def mean(a):
            return (a * share).sum(axis=tuple(range(a.ndim - 1)))

        centred = x - mean(x)
        variance = mean(centred * centred)
        for moving, batch in ((self.moving_mean, mean(x)), (self.moving_variance, variance)):
            moving *= self.momentum
            moving += (1 - self.momentum) * batch
        rstd = 1 / np.sqrt(variance + self.epsilon)
        xhat = centred * rstd
        self.remember(training, xhat, rstd, share)
        return self.gamma * xhat + self.beta

    def backward(self, dy):
        xhat, rstd, share = self.recall()
        examples = tuple(range(dy.ndim - 1))
        self.grads["gamma"] += (dy * xhat).sum(axis=examples)
        self.grads["beta"] += dy.sum(axis=examples)
        dxhat = dy * self.gamma
        # Every step is moved by the mean, but only real steps made it.
        shift, stretch = dxhat.sum(axis=examples), (dxhat * xhat).sum(axis=examples)
        return rstd * (dxhat - share * (shift + xhat * stretch))
