"""Logistic regression from the last frames to the next one: a network without a hidden layer.

Dimension key
    C different contexts in the training data   D inputs, frames * notes and a constant   N notes
"""

import numpy as np

from ..errors import MusicMLError
from .frames import NoteModel, as_rolls, before, log_odds


class LogisticRegression(NoteModel):
    """One logistic regression for each note, on all notes of the last ``frames`` frames.

    Equation: z = x W + b,   p = 1 / (1 + exp(-z))        x: the last frames, zeros and ones
    Loss:     minus the log-likelihood of all frames + penalty / 2 * sum W^2

    The loss is convex and is minimised by L-BFGS (Liu and Nocedal 1989). Contexts that come more than once
    are put together first; the loss stays the same, and Nottingham gets five times smaller.

    Args:
        frames: how many frames it looks back.
        penalty: weight of the squares (ridge). Choose it on validation data.
        max_steps: of L-BFGS.
    """

    def __init__(self, frames=1, penalty=2.0, max_steps=300):
        if frames < 1 or penalty < 0:
            raise MusicMLError(
                f"LogisticRegression received frames={frames}, penalty={penalty}, "
                "expected frames >= 1 and penalty >= 0."
            )
        self.frames, self.penalty, self.max_steps = frames, penalty, max_steps

    def fit(self, rolls):
        from scipy.optimize import minimize

        rolls = [roll for roll in as_rolls(rolls, "LogisticRegression.fit") if len(roll) > 1]
        x = np.concatenate([before(roll, self.frames)[1:] for roll in rolls])
        y = np.concatenate([roll[1:] for roll in rolls])
        # Inputs and notes that never sound have nothing to learn.
        inputs, notes = np.flatnonzero(x.any(axis=0)), np.flatnonzero(y.any(axis=0))
        self.kernel = np.zeros((x.shape[1], y.shape[1]))
        self.bias = log_odds(y.sum(axis=0), (~y).sum(axis=0))
        x, on, times = put_together(x[:, inputs], y[:, notes])
        shape = (x.shape[1], len(notes))
        start = np.zeros(shape)
        start[-1] = self.bias[notes]
        best = minimize(
            loss_and_gradient,
            start.ravel(),
            args=(x, on, times, self.penalty),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": self.max_steps, "ftol": 1e-7},
        ).x.reshape(shape)
        self.kernel[np.ix_(inputs, notes)], self.bias[notes] = best[:-1], best[-1]
        return self

    def logits(self, roll):
        return before(np.asarray(roll).astype(bool), self.frames) @ self.kernel + self.bias


def put_together(x, y):
    """Rows with equal x become one: (x and a constant 1 (C, D), sums of y (C, N), how many (C, 1))."""
    packed = np.packbits(x, axis=1)
    _, first, row, times = np.unique(
        packed, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    on = np.zeros((len(first), y.shape[1]), "float32")
    np.add.at(on, row, y)
    x = np.concatenate([x[first], np.ones((len(first), 1))], axis=1, dtype="float32", casting="unsafe")
    return x, on, times[:, None].astype("float32")


def loss_and_gradient(weights, x, on, times, penalty):
    """The loss of LogisticRegression for one frame, and its gradient, both as L-BFGS wants them."""
    W = weights.reshape(x.shape[1], on.shape[1]).astype("float32")
    z = x @ W
    e = np.exp(-np.abs(z))
    p = np.where(z >= 0, 1, e) / (1 + e)
    frames = times.sum()
    ridge = W.copy()
    ridge[-1] = 0  # the constant is free
    loss = (times * (np.log1p(e) + np.maximum(z, 0)) - on * z).sum(dtype="float64")
    loss += penalty / 2 * (ridge.astype("float64") ** 2).sum()
    gradient = x.T @ (times * p - on) + penalty * ridge
    return loss / frames, gradient.ravel().astype("float64") / frames
