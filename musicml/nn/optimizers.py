"""Optimizers: from gradients to new weights.

``optimizer.apply(model.named_weights())`` changes each weight in place. What an
optimizer carries from step to step (momentum, averages) lives in ``slots``, one
entry for each weight path. The formulas are those of Keras, to the same numbers.
"""

import numpy as np

from ..errors import MusicMLError


class Optimizer:
    """Base class; subclasses write ``update``."""

    def __init__(self, learning_rate):
        if not learning_rate >= 0:
            raise MusicMLError(
                f"{type(self).__name__} received learning_rate={learning_rate}, expected 0 or more."
            )
        self.learning_rate = learning_rate
        self.iterations = 0
        self.slots = {}  # weight path -> arrays of the weight's shape

    def apply(self, named_weights):
        """Take one step. ``named_weights`` yields (path, weight, gradient)."""
        self.iterations += 1
        for path, w, g in named_weights:
            self.update(path, w, g)

    def update(self, path, w, g):
        raise NotImplementedError

    def slot(self, path, w, count):
        """The ``count`` arrays that belong to this weight, zero at first."""
        if path not in self.slots:
            self.slots[path] = tuple(np.zeros_like(w) for _ in range(count))
        return self.slots[path]


class SGD(Optimizer):
    """Gradient descent, with momentum if asked.

    Equation: m = momentum m - learning_rate g;  w = w + m
    Lesson:   walk_downhill, choose_a_step
    """

    def __init__(self, learning_rate=0.01, momentum=0.0):
        super().__init__(learning_rate)
        self.momentum = momentum

    def update(self, path, w, g):
        if not self.momentum:
            w -= self.learning_rate * g
            return
        (m,) = self.slot(path, w, 1)
        m *= self.momentum
        m -= self.learning_rate * g
        w += m


class Adam(Optimizer):
    """Steps scaled by running averages of the gradient and of its square.

    Equation: m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
              w = w - learning_rate sqrt(1 - b2^t) / (1 - b1^t)  m / (sqrt(v) + epsilon)
    Source:   Kingma and Ba 2015, the form at the end of section 2, which Keras uses.
    Lesson:   choose_a_step
    """

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        super().__init__(learning_rate)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def update(self, path, w, g):
        m, v = self.slot(path, w, 2)
        m += (1 - self.beta_1) * (g - m)
        v += (1 - self.beta_2) * (g * g - v)
        t = self.iterations
        rate = self.learning_rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t)
        w -= rate * m / (np.sqrt(v) + self.epsilon)
