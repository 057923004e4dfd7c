"""Wrong answers to the exercises of choose_a_step, and the hint each must get."""

import numpy as np

from musicml import nn


def rmsprop(update):
    return type("RMSprop", (nn.RMSprop,), {"update": update})


def adam(update):
    return type("Adam", (nn.Adam,), {"update": update})


def nesterov(update):
    return type("Nesterov", (nn.SGD,), {"update": update})


# --- RMSprop


def new_weight(self, path, w, g, rate):
    (v,) = self.slot(path, w, 1)
    v *= self.rho
    v += (1 - self.rho) * g * g
    w = w - rate * g / np.sqrt(v + self.epsilon)


def new_average(self, path, w, g, rate):
    (v,) = self.slot(path, w, 1)
    v = self.rho * v + (1 - self.rho) * g * g
    w -= rate * g / np.sqrt(v + self.epsilon)


def divides_first(self, path, w, g, rate):
    (v,) = self.slot(path, w, 1)
    w -= rate * g / np.sqrt(v + self.epsilon)
    v *= self.rho
    v += (1 - self.rho) * g * g


def without_slope(self, path, w, g, rate):
    (v,) = self.slot(path, w, 1)
    v *= self.rho
    v += (1 - self.rho) * g * g
    w -= rate / np.sqrt(v + self.epsilon)


def squares_the_slope(self, path, w, g, rate):
    (v,) = self.slot(path, w, 1)
    step = rate * g
    g *= g
    v *= self.rho
    v += (1 - self.rho) * g
    w -= step / np.sqrt(v + self.epsilon)


def rms(average, divisor, sign=-1):
    def update(self, path, w, g, rate):
        (v,) = self.slot(path, w, 1)
        v[:] = average(self.rho, v, g)
        w += sign * rate * g / divisor(v, self.epsilon)

    return rmsprop(update)


def right_average(rho, v, g):
    return rho * v + (1 - rho) * g**2


def right_divisor(v, epsilon):
    return (v + epsilon) ** 0.5


# --- Adam


def averages(self, path, w, g):
    m, v = self.slot(path, w, 2)
    m *= self.beta_1
    m += (1 - self.beta_1) * g
    v *= self.beta_2
    v += (1 - self.beta_2) * g**2
    return m, v, self.iterations


def moved(step):
    """Adam with right averages, and a step of its own: step(self, m, v, t) without the rate."""

    def update(self, path, w, g, rate):
        m, v, t = averages(self, path, w, g)
        w -= rate * step(self, m, v, t)

    return adam(update)


def right_step(self, m, v, t, power=None):
    t = power or t
    return (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t) * m / (np.sqrt(v) + self.epsilon)


def adam_new_weight(self, path, w, g, rate):
    m, v, t = averages(self, path, w, g)
    w = w - rate * right_step(self, m, v, t)


def adam_new_averages(self, path, w, g, rate):
    m, v = self.slot(path, w, 2)
    m = self.beta_1 * m + (1 - self.beta_1) * g
    v = self.beta_2 * v + (1 - self.beta_2) * g**2
    w -= rate * right_step(self, m, v, self.iterations)


def adam_brackets(self, path, w, g, rate):
    m, v, t = averages(self, path, w, g)
    w -= rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t) * m / np.sqrt(v) + self.epsilon


def adam_keeps_corrected(self, path, w, g, rate):
    m, v, t = averages(self, path, w, g)
    m /= 1 - self.beta_1**t
    v /= 1 - self.beta_2**t
    w -= rate * m / (np.sqrt(v) + self.epsilon)


def adam_slope_above(self, path, w, g, rate):
    m, v, t = averages(self, path, w, g)
    w -= rate * right_step(self, g, v, t)


def adam_swapped(self, path, w, g, rate):
    m, v = self.slot(path, w, 2)
    m += (1 - self.beta_2) * (g - m)
    v += (1 - self.beta_1) * (g * g - v)
    t = self.iterations
    w -= rate * (1 - self.beta_1**t) ** 0.5 / (1 - self.beta_2**t) * m / (np.sqrt(v) + self.epsilon)


def adam_changes_slope(self, path, w, g, rate):
    m, v, t = averages(self, path, w, g)
    g *= 0
    w -= rate * right_step(self, m, v, t)


# --- adam_steps


def colleague(slopes, rate=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m, v, steps = 0.0, 0.0, []
    for t, g in enumerate(slopes, start=1):
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g**2
        m = m / (1 - beta_1**t)
        v = v / (1 - beta_2**t)
        steps.append(-rate * m / (np.sqrt(v) + epsilon))
    return np.array(steps)


def steps_with(correction):
    def steps(slopes, rate=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        m, v, taken = 0.0, 0.0, []
        for t, g in enumerate(slopes, start=1):
            m = beta_1 * m + (1 - beta_1) * g
            v = beta_2 * v + (1 - beta_2) * g**2
            a, b = m / correction(beta_1, t), v / correction(beta_2, t)
            taken.append(-rate * a / (np.sqrt(b) + epsilon))
        return np.array(taken)

    return steps


def one_fed_back(which):
    def steps(slopes, rate=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        m, v, taken = 0.0, 0.0, []
        for t, g in enumerate(slopes, start=1):
            m = beta_1 * m + (1 - beta_1) * g
            v = beta_2 * v + (1 - beta_2) * g**2
            a, b = m / (1 - beta_1**t), v / (1 - beta_2**t)
            if which == "m":
                m = a
            else:
                v = b
            taken.append(-rate * a / (np.sqrt(b) + epsilon))
        return np.array(taken)

    return steps


def right_steps(*args):
    return steps_with(lambda beta, t: 1 - beta**t)(*args)


# --- Nesterov


def ahead(step):
    def update(self, path, w, g, rate):
        (m,) = self.slot(path, w, 1)
        m *= self.momentum
        m -= rate * g
        w += step(self.momentum, m, rate * g)

    return nesterov(update)


def nesterov_new_weight(self, path, w, g, rate):
    (m,) = self.slot(path, w, 1)
    m[:] = self.momentum * m - rate * g
    w = w + self.momentum * m - rate * g


def nesterov_new_speed(self, path, w, g, rate):
    (m,) = self.slot(path, w, 1)
    m = self.momentum * m - rate * g
    w += self.momentum * m - rate * g


def nesterov_changes_slope(self, path, w, g, rate):
    (m,) = self.slot(path, w, 1)
    g *= rate
    m[:] = self.momentum * m - g
    w += self.momentum * m - g


WRONG = {
    "choose_a_step.predict_first": [
        ("downhill", 0.49),
        ("plain", 0.500004),
        ("plain", 0.499996),
        ("uncorrected", 0.5316228),
        ("m_alone", 0.501),
        ("the_step", 0.01),
        ("prediction", 0.6),
    ],
    "choose_a_step.RMSprop": [
        ("not_in_place", rmsprop(new_weight)),
        ("forgets", rmsprop(new_average)),
        ("slope_changed", rmsprop(squares_the_slope)),
        ("uphill", rms(right_average, right_divisor, sign=1)),
        ("no_root", rms(right_average, lambda v, epsilon: v + epsilon)),
        ("epsilon_outside", rms(right_average, lambda v, epsilon: np.sqrt(v) + epsilon)),
        ("sum_of_all", rms(lambda rho, v, g: v + g * g, right_divisor)),
        ("not_a_part", rms(lambda rho, v, g: rho * v + g * g, right_divisor)),
        ("rho_swapped", rms(lambda rho, v, g: (1 - rho) * v + rho * g * g, right_divisor)),
        ("not_squared", rms(lambda rho, v, g: rho * v + (1 - rho) * abs(g), right_divisor)),
        ("keeps_last", rms(lambda rho, v, g: rho * (v + (1 - rho) * g * g), right_divisor)),
        ("no_epsilon", rms(right_average, lambda v, epsilon: np.sqrt(v))),
        ("no_slope", rmsprop(without_slope)),
        ("too_early", rmsprop(divides_first)),
        ("not_a_class", lambda w, g, v, rate: w - rate * g),
    ],
    "choose_a_step.Adam": [
        ("not_in_place", adam(adam_new_weight)),
        ("forgets", adam(adam_new_averages)),
        ("slope_changed", adam(adam_changes_slope)),
        ("betas_swapped", adam(adam_swapped)),
        ("no_correction", moved(lambda self, m, v, t: m / (v**0.5 + self.epsilon))),
        (
            "without_root",
            moved(lambda self, m, v, t: right_step(self, m, v, t) * (1 - self.beta_2**t) ** 0.5),
        ),
        (
            "upside_down",
            moved(
                lambda self, m, v, t: (
                    (1 - self.beta_1**t) / (1 - self.beta_2**t) ** 0.5 * m / (v**0.5 + self.epsilon)
                )
            ),
        ),
        (
            "epsilon_inside",
            moved(
                lambda self, m, v, t: (
                    (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t) * m / np.sqrt(v + self.epsilon)
                )
            ),
        ),
        (
            "no_root",
            moved(
                lambda self, m, v, t: (
                    (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t) * m / (v + self.epsilon)
                )
            ),
        ),
        ("uphill", moved(lambda self, m, v, t: -right_step(self, m, v, t))),
        ("power_one", moved(lambda self, m, v, t: right_step(self, m, v, 1))),
        ("one_step_late", moved(lambda self, m, v, t: right_step(self, m, v, t + 1))),
        (
            "epsilon_later",
            moved(
                lambda self, m, v, t: (
                    m / (1 - self.beta_1**t) / (np.sqrt(v / (1 - self.beta_2**t)) + self.epsilon)
                )
            ),
        ),
        (
            "no_epsilon",
            moved(lambda self, m, v, t: m / (1 - self.beta_1**t) / np.sqrt(v / (1 - self.beta_2**t))),
        ),
        ("brackets", adam(adam_brackets)),
        ("keeps_corrected", adam(adam_keeps_corrected)),
        ("slope_above", adam(adam_slope_above)),
    ],
    "choose_a_step.adam_steps": [
        ("still_fed_back", colleague),
        ("m_fed_back", one_fed_back("m")),
        ("v_fed_back", one_fed_back("v")),
        ("power", steps_with(lambda beta, t: 1 - beta)),
        ("not_corrected", steps_with(lambda beta, t: 1.0)),
        ("late", steps_with(lambda beta, t: 1 - beta ** (t + 1))),
        ("sign", lambda *args: -right_steps(*args)),
        ("a_list", lambda *args: right_steps(*args).tolist()),
    ],
    "choose_a_step.which": [("calm_one", "A")],
    "choose_a_step.Nesterov": [
        ("not_in_place", nesterov(nesterov_new_weight)),
        ("forgets", nesterov(nesterov_new_speed)),
        ("slope_changed", nesterov(nesterov_changes_slope)),
        ("not_ahead", ahead(lambda beta, m, step: m)),
        ("plain_step", ahead(lambda beta, m, step: -step)),
        ("twice_ahead", ahead(lambda beta, m, step: m + beta * m - step)),
        ("without_slope", ahead(lambda beta, m, step: beta * m)),
        ("uphill", ahead(lambda beta, m, step: beta * m + step)),
    ],
}
