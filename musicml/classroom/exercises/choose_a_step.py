"""The exercises of choose_a_step."""

import numpy as np

from ... import nn
from . import choice, exercise, judge, need, numbers, same, value

START = np.array([[0.5, -1.0], [2.0, 0.0]])
SLOPES = [np.array([[0.4, -2.0], [1.0, 0.03]]) * size for size in (1.0, 0.5, -2.0, 0.1)]

value(
    "choose_a_step.predict_first",
    0.51,
    tolerance=1e-4,
    typical={
        "downhill": 0.49,
        "plain": 0.500004,
        "uncorrected": 0.5 + 0.01 * 0.1 / 0.001**0.5,
        "m_alone": 0.5 + 0.01 * 0.1,
        "the_step": 0.01,
    },
)

# --- Optimizers: what a weight does that is given slopes ---------------------------------------------


def walked(optimizer, steps=4):
    """Where a weight stands after so many of the given slopes."""
    w = START.copy()
    for g in SLOPES[:steps]:
        optimizer.apply([("w", w, g.copy())])
    return w


def compared(make, reference, typical):
    """Compare after four steps and after one; ``make`` and ``reference`` return a fresh optimizer.

    Args:
        typical: {hint key: a function like ``update`` of the reference, wrong in one way}.
    """
    yield need(not np.array_equal(walked(make(), 1), START), "not_in_place")
    w, g = START.copy(), SLOPES[0].copy()
    make().apply([("w", w, g)])
    yield need(np.array_equal(g, SLOPES[0]), "slope_changed")
    for steps in (len(SLOPES), 1):  # after one step many slips look alike
        wrong = {key: walked(swapped(reference(), update), steps) for key, update in typical.items()}
        yield numbers(walked(make(), steps), walked(reference(), steps), rtol=1e-7, atol=1e-10, typical=wrong)


def swapped(optimizer, update):
    """The optimizer with another update."""
    optimizer.update = lambda path, w, g, rate: update(optimizer, path, w, g, rate)
    return optimizer


RMSprop = exercise("choose_a_step.RMSprop")(nn.RMSprop)  # the library's own


def rmsprop_like(average=None, divisor=None, sign=-1):
    """RMSprop's update with another average of g^2 or another divisor."""

    def update(self, path, w, g, rate):
        (v,) = self.slot(path, w, 1)
        v[...] = average(self, v, g) if average else self.rho * v + (1 - self.rho) * g * g
        w += sign * rate * g / (divisor(self, v) if divisor else np.sqrt(v + self.epsilon))

    return update


def forgetful(self, path, w, g, rate):
    w -= rate * g / np.sqrt((1 - self.rho) * g * g + self.epsilon)


def without_slope(self, path, w, g, rate):
    rmsprop_like()(self, path, w, g, rate / g)


def divides_first(self, path, w, g, rate):
    (v,) = self.slot(path, w, 1)
    w -= rate * g / np.sqrt(v + self.epsilon)
    v[...] = self.rho * v + (1 - self.rho) * g * g


@judge("choose_a_step.RMSprop")
def _(theirs):
    yield from compared(
        lambda: theirs(0.1, rho=0.8, epsilon=0.01),
        lambda: nn.RMSprop(0.1, rho=0.8, epsilon=0.01),
        {
            "uphill": rmsprop_like(sign=1),
            "no_root": rmsprop_like(divisor=lambda self, v: v + self.epsilon),
            "epsilon_outside": rmsprop_like(divisor=lambda self, v: np.sqrt(v) + self.epsilon),
            "sum_of_all": rmsprop_like(average=lambda self, v, g: v + g * g),
            "not_a_part": rmsprop_like(average=lambda self, v, g: self.rho * v + g * g),
            "rho_swapped": rmsprop_like(average=lambda self, v, g: (1 - self.rho) * v + self.rho * g * g),
            "not_squared": rmsprop_like(average=lambda self, v, g: self.rho * v + (1 - self.rho) * np.abs(g)),
            "keeps_last": rmsprop_like(average=lambda self, v, g: self.rho * (v + (1 - self.rho) * g * g)),
            "no_epsilon": rmsprop_like(divisor=lambda self, v: np.sqrt(v)),
            "no_slope": without_slope,
            "too_early": divides_first,
            "forgets": forgetful,
        },
    )


Adam = exercise("choose_a_step.Adam")(nn.Adam)  # the library's own


def adam_like(factor=None, root=None, mean=None, keep=True, betas=None, above=None):
    """Adam's update with another correction, divisor, average or memory, or with another m above."""

    def update(self, path, w, g, rate):
        b1, b2 = betas(self) if betas else (self.beta_1, self.beta_2)
        m, v = self.slot(path, w, 2)
        new_m = mean(b1, m, g) if mean else b1 * m + (1 - b1) * g
        new_v = b2 * v + (1 - b2) * g * g
        if keep:
            m[...], v[...] = new_m, new_v
        t = self.iterations
        c = factor(b1, b2, t) if factor else (1 - b2**t) ** 0.5 / (1 - b1**t)
        top = above(new_m, g) if above else new_m
        w -= rate * c * top / (root(new_v, self.epsilon) if root else np.sqrt(new_v) + self.epsilon)

    return update


def epsilon_later(self, path, w, g, rate):
    """Adam by (6.10), with epsilon beside the corrected root."""
    root = (1 - self.beta_2**self.iterations) ** 0.5
    adam_like(root=lambda v, epsilon: np.sqrt(v) + root * epsilon)(self, path, w, g, rate)


def epsilon_last(self, path, w, g, rate):
    adam_like(root=lambda v, epsilon: np.sqrt(v))(self, path, w, g, rate)
    w -= self.epsilon


def keeps_corrected(self, path, w, g, rate):
    m, v = self.slot(path, w, 2)
    t = self.iterations
    m[...] = (self.beta_1 * m + (1 - self.beta_1) * g) / (1 - self.beta_1**t)
    v[...] = (self.beta_2 * v + (1 - self.beta_2) * g * g) / (1 - self.beta_2**t)
    w -= rate * m / (np.sqrt(v) + self.epsilon)


@judge("choose_a_step.Adam")
def _(theirs):
    yield from compared(
        lambda: theirs(0.1, beta_1=0.8, beta_2=0.95, epsilon=0.01),
        lambda: nn.Adam(0.1, beta_1=0.8, beta_2=0.95, epsilon=0.01),
        {
            "no_correction": adam_like(factor=lambda b1, b2, t: 1.0),
            "without_root": adam_like(factor=lambda b1, b2, t: (1 - b2**t) / (1 - b1**t)),
            "upside_down": adam_like(factor=lambda b1, b2, t: (1 - b1**t) / (1 - b2**t) ** 0.5),
            "epsilon_inside": adam_like(root=lambda v, epsilon: np.sqrt(v + epsilon)),
            "no_root": adam_like(root=lambda v, epsilon: v + epsilon),
            "betas_swapped": adam_like(betas=lambda self: (self.beta_2, self.beta_1)),
            "uphill": lambda self, path, w, g, rate: adam_like()(self, path, w, g, -rate),
            "forgets": adam_like(keep=False),
            "power_one": adam_like(factor=lambda b1, b2, t: (1 - b2) ** 0.5 / (1 - b1)),
            "one_step_late": adam_like(
                factor=lambda b1, b2, t: (1 - b2 ** (t + 1)) ** 0.5 / (1 - b1 ** (t + 1))
            ),
            "epsilon_later": epsilon_later,
            "no_epsilon": adam_like(root=lambda v, epsilon: np.sqrt(v)),
            "brackets": epsilon_last,
            "keeps_corrected": keeps_corrected,
            "slope_above": adam_like(above=lambda m, g: g),
        },
    )


@exercise("choose_a_step.adam_steps")
def adam_steps(slopes, rate=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m, v, steps = 0.0, 0.0, []
    for t, g in enumerate(slopes, start=1):
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g**2
        m_hat = m / (1 - beta_1**t)  # a new name: m and v must stay what they are
        v_hat = v / (1 - beta_2**t)
        steps.append(-rate * m_hat / (np.sqrt(v_hat) + epsilon))
    return np.array(steps)


def steps_like(power=lambda t: t, back="", hats=True):
    """Adam's steps with another power of beta, with the hats of m or v fed back, or without them."""

    def steps(slopes, rate=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        m, v, taken = 0.0, 0.0, []
        for t, g in enumerate(slopes, start=1):
            m = beta_1 * m + (1 - beta_1) * g
            v = beta_2 * v + (1 - beta_2) * g**2
            m_hat, v_hat = m / (1 - beta_1 ** power(t)), v / (1 - beta_2 ** power(t))
            m, v = m_hat if "m" in back else m, v_hat if "v" in back else v
            if not hats:
                m_hat, v_hat = m, v
            taken.append(-rate * m_hat / (np.sqrt(v_hat) + epsilon))
        return np.array(taken)

    return steps


@judge("choose_a_step.adam_steps")
def _(theirs):
    yield from same(
        theirs,
        adam_steps,
        [(np.ones(5),), (np.array([0.3, -0.1, 2.0, 0.0]), 0.1, 0.8, 0.95)],
        typical={
            "still_fed_back": steps_like(back="mv"),
            "m_fed_back": steps_like(back="m"),
            "v_fed_back": steps_like(back="v"),
            "power": steps_like(power=lambda t: 1),
            "not_corrected": steps_like(hats=False),
            "late": steps_like(power=lambda t: t + 1),
        },
        rtol=1e-4,  # epsilon as in (6.11) is right too
    )


choice("choose_a_step.which", "B", {"A": "calm_one"})


@exercise("choose_a_step.Nesterov")
class Nesterov(nn.SGD):
    def update(self, path, w, g, rate):
        (m,) = self.slot(path, w, 1)
        m[:] = self.momentum * m - rate * g
        w += self.momentum * m - rate * g


def nesterov_like(step, keep=True):
    """Momentum whose step is another function of (beta, m before, m after, rate g)."""

    def update(self, path, w, g, rate):
        (m,) = self.slot(path, w, 1)
        before, after = m.copy(), self.momentum * m - rate * g
        if keep:
            m[:] = after
        w += step(self.momentum, before, after, rate * g)

    return update


@judge("choose_a_step.Nesterov")
def _(theirs):
    yield from compared(
        lambda: theirs(0.1, momentum=0.8),
        lambda: Nesterov(0.1, momentum=0.8),
        {
            "not_ahead": nesterov_like(lambda beta, before, after, step: after),
            "plain_step": nesterov_like(lambda beta, before, after, step: -step),
            "twice_ahead": nesterov_like(lambda beta, before, after, step: after + beta * after - step),
            "without_slope": nesterov_like(lambda beta, before, after, step: beta * after),
            "forgets": nesterov_like(lambda beta, before, after, step: beta * after - step, keep=False),
            "uphill": nesterov_like(lambda beta, before, after, step: beta * after + step),
        },
    )
