"""Wrong answers to the exercises of stack_layers, and the hint each must get."""

import numpy as np


def relu(z):
    return np.maximum(z, 0)


def units(notes, bias=-14.0, sign=1.0, last=-1.0):
    """by_hand with a line before each of these notes."""
    angle = 2 * np.pi * np.array(notes) / 12
    W1 = 15 * np.stack([np.sin(angle), np.cos(angle)])
    U = len(notes)
    return lambda: (W1, np.full(U, bias), np.full((U, 1), sign * 2.0), np.array([sign * last]))


BLACK = [1, 3, 6, 8, 10]
W1, b1, W2, b2 = units(BLACK)()

WRONG = {
    "stack_layers.predict_weights": [
        ("no_biases", 2464),
        ("input_counted", 2567),
        ("last_forgotten", 2528),
        ("first_forgotten", 2113),
        ("units", 97),
        ("prediction", 2500),
        ("not_a_number", [448, 2080, 33]),
    ],
    "stack_layers.dense": [
        ("weights_turned", lambda x, W, b: x @ W.T + b),
        ("no_bias", lambda x, W, b: x @ W),
        ("minus_bias", lambda x, W, b: x @ W - b),
        ("with_relu", lambda x, W, b: relu(x @ W + b)),
        ("article_columns", lambda x, W, b: (x @ W + b).T),
        ("weights_first", lambda x, W, b: W @ x + b),
        ("bias_along_examples", lambda x, W, b: x @ W + b[:, None]),
    ],
    "stack_layers.two_layers": [
        ("no_activation", lambda x, W1, b1, W2, b2: (x @ W1 + b1) @ W2 + b2),
        ("relu_last", lambda x, W1, b1, W2, b2: relu(relu(x @ W1 + b1) @ W2 + b2)),
        ("only_last_bent", lambda x, W1, b1, W2, b2: relu((x @ W1 + b1) @ W2 + b2)),
        ("bias_after", lambda x, W1, b1, W2, b2: (relu(x @ W1) + b1) @ W2 + b2),
        ("no_last_bias", lambda x, W1, b1, W2, b2: relu(x @ W1 + b1) @ W2),
        ("hidden_returned", lambda x, W1, b1, W2, b2: relu(x @ W1 + b1)),
    ],
    "stack_layers.columns": [
        ("still_along_notes", lambda a, W, b: W @ a + b),
        ("rows_returned", lambda a, W, b: a.T @ W.T + b),
        ("no_bias", lambda a, W, b: W @ a),
        ("raised", lambda a, W, b: W.T @ a + b[:, None]),
    ],
    "stack_layers.which": [("too_plain", "B")],
    "stack_layers.by_hand": [
        ("four", lambda: (W1, b1, W2)),
        ("first_shape", lambda: (W1.T, b1, W2, b2)),
        ("shapes", lambda: (W1, b1, W2.T, b2)),
        ("not_finite", lambda: (W1, b1, W2 * np.inf, b2)),
        ("reversed", units(BLACK, sign=-1.0)),
        ("nothing_black", units(BLACK, bias=-20.0)),
        ("missed", units([1, 3, 6, 8])),
        ("caught", units(BLACK, bias=-7.0)),
        ("caught", units([*BLACK, 5])),
    ],
}
