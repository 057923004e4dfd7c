"""Counting whole frames: a joint model, in which the notes of a frame are not independent."""

from collections import Counter, defaultdict

import numpy as np

from ..errors import MusicMLError
from .frames import as_rolls


class FrameBigram:
    """Counts which whole frame followed which, mixed with what was counted without a memory, and a back-off.

    Equation: p(frame | last) = w1 count(last, frame) / count(last) + w2 count(frame) / count + w3 q(frame)
              with q the back-off, a model that gives every frame some probability
    The weights depend on how often the last frame was seen, in steps of powers of two (never, once, 2 to 3,
    4 to 7, ...). They are those that make held-out music likeliest, found by expectation-maximisation.

    Source: Jelinek and Mercer 1980, with the counts as classes.

    Args:
        backoff: a fitted model with ``log_probs(roll)``, such as LogisticRegression.
    """

    CLASSES, ROUNDS = 12, 200

    def __init__(self, backoff):
        self.backoff = backoff

    def fit(self, rolls, valid):
        """Count in ``rolls``, choose the weights on ``valid``: pieces that are not among them."""
        self.frames, self.followers = Counter(), defaultdict(Counter)
        for roll in as_rolls(rolls, "FrameBigram.fit"):
            keys = whole(roll)
            self.frames.update(keys)
            for last, now in zip(keys, keys[1:], strict=False):
                self.followers[last][now] += 1
        logs, seen = zip(*[self.parts(roll) for roll in as_rolls(valid, "FrameBigram.fit")], strict=True)
        # Frame 0 is not scored, so the weights are not chosen for it.
        logs = np.concatenate([part[1:] for part in logs])
        seen = np.concatenate([part[1:] for part in seen])
        if not len(seen):
            raise MusicMLError(
                "FrameBigram.fit received no validation piece of two frames, expected some to choose the "
                "weights on. Pass corpora.load(name).valid."
            )
        everywhere = mixture_weights(logs, np.full(3, 1 / 3), self.ROUNDS)
        self.weights = np.tile(everywhere, (self.CLASSES, 1))
        for c in np.unique(seen):
            self.weights[c] = mixture_weights(logs[seen == c], everywhere, self.ROUNDS)
        return self

    def parts(self, roll):
        """The three log-probabilities of each frame (T, 3), and the class of the frame before (T,)."""
        logs, seen = np.full((len(roll), 3), -np.inf), np.zeros(len(roll), int)
        logs[:, 2] = self.backoff.log_probs(roll)
        total, last = self.frames.total(), None
        for t, now in enumerate(whole(roll)):
            followers = self.followers.get(last, {})
            times = sum(followers.values())
            seen[t] = min(times.bit_length(), self.CLASSES - 1)
            logs[t, 1] = np.log(self.frames[now] / total) if now in self.frames else -np.inf
            logs[t, 0] = np.log(followers[now] / times) if now in followers else -np.inf
            last = now
        return logs, seen

    def log_probs(self, roll):
        """(T,): log p of each frame given the one before. Frame 0 has none and is treated as a new frame."""
        logs, seen = self.parts(np.asarray(roll).astype(bool))
        weights = self.weights[seen]
        # An unseen last frame has no followers: their share goes to the others.
        weights[seen == 0, 0] = 0
        weights /= weights.sum(axis=1, keepdims=True)
        with np.errstate(divide="ignore"):
            return np.logaddexp.reduce(np.log(weights) + logs, axis=1)


def whole(roll):
    """The frames of a roll as keys of a dict: bytes, one bit for each note."""
    return [row.tobytes() for row in np.packbits(roll, axis=1)]


def mixture_weights(logs, start, rounds, least=1e-6):
    """The weights that make (n, K) observations likeliest under a mixture of K models: (K,).

    Args:
        logs: log-probability of each observation under each model.
        start: (K,) where to begin.
        least: no weight gets smaller, so that what the last model allows stays possible.

    Source: Dempster, Laird and Rubin 1977 (expectation-maximisation).
    """
    scale = logs.max(axis=1, keepdims=True)
    p, w = np.exp(logs - scale), start
    for _ in range(rounds):
        share = p * w
        w = np.maximum((share / share.sum(axis=1, keepdims=True)).mean(axis=0), least)
        w = w / w.sum()
    return w
