"""Wrong answers to the exercises of open_the_gates, and the hint each must get."""

import numpy as np


def back(dh, h, z, r, g, m, U, road=1.0, turn=False, looked=True, keep=False, slopes=True, look=True):
    slope = (lambda s: s * (1 - s)) if slopes else (lambda s: 1)
    da_z = (h - g) * dh * slope(z)
    da_g = dh * (z if keep else 1 - z) * ((1 - g * g) if slopes else 1)
    da_r = da_g * slope(r) * (m if look else 1)
    U = U if turn else U.swapaxes(1, 2)
    through = da_z @ U[0] + da_r @ U[1] + (da_g * r if looked else da_g) @ U[2]
    return da_z, da_r, da_g, road * z * dh + through


def changed(given, n, result):
    """The right results of the step back but for one."""
    found = list(back(*given))
    found[n] = result
    return found


def wrong_way(**mistake):
    return lambda *given: back(*given, **mistake)


def cell_back(dh, dc, c_before, c, i, f, g, o, later="added"):
    here = dh * o * (1 - np.tanh(c) ** 2)
    total = here + dc if later != "forgotten" else here
    used = here if later in ("past", "handed") else total
    da = np.array(
        [
            used * g * i * (1 - i),
            used * c_before * f * (1 - f),
            used * i * (1 - g * g),
            dh * np.tanh(c) * o * (1 - o),
        ]
    )
    handed = {"past": here * f + dc, "no_gate": total}
    return da, handed.get(later, total * f)


def cell_wrong(later):
    return lambda *given: cell_back(*given, later=later)


def logistic(s):
    return 1 / (1 + np.exp(-s))


def draw(s, A, u, down=True, column=True, decide=lambda u, p: u < p):
    y = np.zeros(len(s))
    for n in range(len(s))[:: -1 if down else 1]:
        y[n] = decide(u[n], logistic(s[n] + y @ (A[:, n] if column else A[n])))
    return y


WRONG = {
    "open_the_gates.predict_gate": [
        ("one_over", 0.5),
        ("keeps_most", 0.99),
        ("share_of_16", 0.9375),
        ("prediction", 0.8),
    ],
    "open_the_gates.gru_step_back": [
        ("four", lambda *given: back(*given)[3]),
        ("flat", wrong_way(slopes=False)),
        ("swapped", wrong_way(keep=True)),
        ("no_m", wrong_way(look=False)),
        ("no_road", wrong_way(road=0.0)),
        ("turned", wrong_way(turn=True)),
        ("not_looked", wrong_way(looked=False)),
        ("unweighted", lambda *given: changed(given, 2, given[0] * (1 - given[4] ** 2))),
        ("order", lambda *given: [back(*given)[n] for n in (0, 2, 1, 3)]),
        ("other_gate", lambda *given: changed(given, 3, back(*given[:6], given[6][[1, 0, 2]])[3])),
        ("sign", lambda *given: changed(given, 0, -back(*given)[0])),
        ("value", lambda *given: changed(given, 1, back(*given)[2] * given[1] * given[3])),
    ],
    "open_the_gates.lstm_step_back": [
        ("two", lambda *given: cell_back(*given)[0]),
        ("forgotten", cell_wrong("forgotten")),
        ("past_the_gate", cell_wrong("past")),
        ("no_gate", cell_wrong("no_gate")),
        ("only_handed_on", cell_wrong("handed")),
        ("value", lambda *given: (cell_back(*given)[0][[1, 0, 2, 3]], cell_back(*given)[1])),
    ],
    "open_the_gates.draw_frame": [
        ("at_once", lambda s, A, u: (u < logistic(s)) * 1.0),
        ("at_once", lambda s, A, u: draw(s, A, u, down=False)),
        ("at_once", lambda s, A, u: draw(s, A, u, column=False)),
        ("no_throw", lambda s, A, u: draw(s, A, u, decide=lambda u, p: p > 0.5)),
        ("inverted", lambda s, A, u: draw(s, A, u, decide=lambda u, p: u > p)),
        ("chances", lambda s, A, u: draw(s, A, u, decide=lambda u, p: p)),
    ],
    "open_the_gates.thrown_separately": [("joint", "A")],
}
