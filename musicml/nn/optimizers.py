"""Optimizers: from gradients to new weights.

``optimizer.apply(model.named_weights())`` changes each weight in place. What an
optimizer carries from step to step (momentum, averages) lives in ``slots``, one
entry for each weight path. The formulas are those of Keras, to the same numbers.
"""

import math

import numpy as np

from ..errors import MusicMLError


class Optimizer:
    """Base class; subclasses write ``update``.

    Args:
        learning_rate: a number, or a schedule: a function from the step (0, 1, ...) to a number.
        clipnorm: no gradient of one weight is longer than this.
        global_clipnorm: all gradients together, as one vector, are no longer than this.
    """

    def __init__(self, learning_rate, clipnorm=None, global_clipnorm=None):
        if not callable(learning_rate) and not learning_rate >= 0:
            raise MusicMLError(
                f"{type(self).__name__} received learning_rate={learning_rate}, expected 0 or more."
            )
        if clipnorm and global_clipnorm:
            raise MusicMLError(
                f"{type(self).__name__} received clipnorm and global_clipnorm. Choose one of the two."
            )
        self.learning_rate, self.clipnorm, self.global_clipnorm = learning_rate, clipnorm, global_clipnorm
        self.iterations = 0
        self.slots = {}  # weight path -> arrays of the weight's shape

    def apply(self, named_weights):
        """Take one step. ``named_weights`` yields (path, weight, gradient)."""
        named_weights = list(named_weights)
        rate = self.learning_rate(self.iterations) if callable(self.learning_rate) else self.learning_rate
        self.iterations += 1
        for (path, w, _), g in zip(named_weights, self.clipped([g for *_, g in named_weights]), strict=True):
            self.update(path, w, g, rate)

    def clipped(self, gradients):
        """The gradients, each or all together cut to the length allowed. Source: Pascanu et al. 2013."""
        if self.clipnorm:
            return [g * (self.clipnorm / max(length([g]), self.clipnorm)) for g in gradients]
        if self.global_clipnorm:
            factor = self.global_clipnorm / max(length(gradients), self.global_clipnorm)
            return [g * factor for g in gradients]
        return gradients

    def update(self, path, w, g, rate):
        """Change one weight in place, given its gradient and the rate of this step."""
        raise NotImplementedError

    def slot(self, path, w, count):
        """The ``count`` arrays that belong to this weight, zero at first."""
        if path not in self.slots:
            self.slots[path] = tuple(np.zeros_like(w) for _ in range(count))
        return self.slots[path]


def length(arrays):
    """The length of all arrays together, as one vector."""
    return math.sqrt(sum(float(np.vdot(a, a)) for a in arrays))


class SGD(Optimizer):
    """Gradient descent, with momentum if asked.

    Equation: m = momentum m - rate g;  w = w + m
    Lesson:   walk_downhill, choose_a_step
    """

    def __init__(self, learning_rate=0.01, momentum=0.0, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.momentum = momentum

    def update(self, path, w, g, rate):
        if not self.momentum:
            w -= rate * g
            return
        (m,) = self.slot(path, w, 1)
        m *= self.momentum
        m -= rate * g
        w += m


class RMSprop(Optimizer):
    """Each number has a step of its own: the gradient, over its usual size.

    Equation: v = rho v + (1 - rho) g^2;  w = w - rate g / sqrt(v + epsilon)
    Source:   Tieleman and Hinton 2012, lecture 6.5
    Lesson:   choose_a_step
    """

    def __init__(self, learning_rate=0.001, rho=0.9, epsilon=1e-7, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.rho, self.epsilon = rho, epsilon

    def update(self, path, w, g, rate):
        (v,) = self.slot(path, w, 1)
        v *= self.rho
        v += (1 - self.rho) * g * g
        w -= rate * g / np.sqrt(v + self.epsilon)


class Adam(Optimizer):
    """Steps scaled by running averages of the gradient and of its square.

    Equation: m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
              w = w - rate sqrt(1 - b2^t) / (1 - b1^t)  m / (sqrt(v) + epsilon)
    Source:   Kingma and Ba 2015, the form at the end of section 2, which Keras uses.
    Lesson:   choose_a_step
    """

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def update(self, path, w, g, rate):
        m, v = self.slot(path, w, 2)
        m += (1 - self.beta_1) * (g - m)
        v += (1 - self.beta_2) * (g * g - v)
        t = self.iterations
        rate = rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t)
        w -= rate * m / (np.sqrt(v) + self.epsilon)


class AdamW(Adam):
    """Adam, and every weight shrinks a little at each step.

    Equation: w = w - rate weight_decay w, then the step of Adam
    Source:   Loshchilov and Hutter 2019, algorithm 2
    Lesson:   choose_a_step
    """

    def __init__(self, learning_rate=0.001, weight_decay=0.004, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.weight_decay = weight_decay

    def update(self, path, w, g, rate):
        w -= rate * self.weight_decay * w
        super().update(path, w, g, rate)


class CosineDecay:
    """A schedule: up along a line, then down along half a cosine.

    Equation: from initial_learning_rate to warmup_target in warmup_steps; then
              rate = top (alpha + (1 - alpha) (1 + cos(pi s / decay_steps)) / 2),  s steps after the warm-up
    Source:   Loshchilov and Hutter 2017, eq. 5
    Lesson:   choose_a_step
    """

    def __init__(self, initial_learning_rate, decay_steps, alpha=0.0, warmup_target=None, warmup_steps=0):
        if decay_steps <= 0:
            raise MusicMLError(f"CosineDecay received decay_steps={decay_steps}, expected more than 0.")
        self.initial_learning_rate, self.decay_steps, self.alpha = initial_learning_rate, decay_steps, alpha
        self.warmup_target, self.warmup_steps = warmup_target, warmup_steps

    def __call__(self, step):
        start, top = self.initial_learning_rate, self.warmup_target
        if top is None:
            top, step = start, min(step, self.decay_steps)
        elif step < self.warmup_steps:
            return start + (top - start) * step / self.warmup_steps
        else:
            step = min(step - self.warmup_steps, self.decay_steps)
        cosine = (1 + math.cos(math.pi * step / self.decay_steps)) / 2
        return top * (self.alpha + (1 - self.alpha) * cosine)
