"""Counting models of frames: the notes that sound together, taken as independent given the past.

Dimension key
    T frames of a piece   N notes (88 in the published rolls)
"""

import numpy as np

from ..errors import MusicMLError, NotFiniteError, ShapeError


def frame_log_probs(p, roll, from_logits=False):
    """Log-probability of each frame of a roll when its notes are independent: (T,), in nats.

    Equation: log p(frame t) = sum over notes n of  roll[t, n] ln p[t, n] + (1 - roll[t, n]) ln(1 - p[t, n])

    Args:
        p: (T, N), the probability that note n sounds at t given the frames before t. A model that says
            nothing about frame 0 gives (T - 1, N); then entry 0 of the result is nan.
        roll: (T, N), which notes sound.
        from_logits: p holds logits, ln(p / (1 - p)). More exact: float32 rounds p = 1 - 1e-8 to 1.
    """
    roll, p = np.asarray(roll).astype(bool), np.asarray(p, dtype="float64")
    if roll.ndim != 2 or p.shape not in (roll.shape, (len(roll) - 1, *roll.shape[1:])):
        raise ShapeError(
            f"frame_log_probs received p of shape {p.shape} for a roll of shape {roll.shape}, expected "
            "the same shape, or one row less for a model that does not predict frame 0. "
            "Row t is the probability of each note at t."
        )
    sounding = roll[len(roll) - len(p) :]
    if from_logits:
        losses = np.logaddexp(0, np.where(sounding, -p, p))
    else:
        if not ((p >= 0) & (p <= 1)).all():
            raise MusicMLError(
                f"frame_log_probs received p from {p.min():.3g} to {p.max():.3g}, expected probabilities "
                "from 0 to 1. Pass from_logits=True if they are logits."
            )
        with np.errstate(divide="ignore"):
            losses = -np.log(np.where(sounding, p, 1 - p))
    if not np.isfinite(losses).all():
        t, n = np.argwhere(~np.isfinite(losses))[0]
        raise NotFiniteError(
            f"frame_log_probs: at frame {t + len(roll) - len(p)}, note {n}, p = {p[t, n]}, while the note "
            f"{'sounds' if sounding[t, n] else 'is silent'}; the log-likelihood is not finite. "
            "A model must never be certain: pass logits with from_logits=True, or smooth its counts."
        )
    return np.concatenate([np.full(len(roll) - len(p), np.nan), -losses.sum(axis=1)])


def as_rolls(rolls, who):
    """A list of boolean arrays (T, N), all with the same N."""
    rolls = [np.asarray(roll).astype(bool) for roll in rolls]
    shapes = {roll.shape[1:] if roll.ndim == 2 else roll.shape for roll in rolls}
    if len(shapes) != 1 or any(roll.ndim != 2 or not len(roll) for roll in rolls):
        raise ShapeError(
            f"{who} received rolls of the shapes {sorted({roll.shape for roll in rolls})[:5]}, expected at "
            "least one array (T, N), all with the same number N of notes. "
            "Pass the rolls of one corpus, such as corpora.load('jsb').train."
        )
    return rolls


def before(roll, frames=1):
    """The frames before each frame, the nearest first: (T, N) -> (T, frames * N). Silence before all."""
    padded = np.concatenate([np.zeros((frames, roll.shape[1]), bool), roll])
    return np.concatenate([padded[frames - k : frames - k + len(roll)] for k in range(1, frames + 1)], axis=1)


class NoteModel:
    """Base class of the factorised models; subclasses write ``fit`` and ``logits``."""

    def fit(self, rolls):
        raise NotImplementedError

    def logits(self, roll):
        """(T, N): ln(p / (1 - p)) of each note at t given the frames before t."""
        raise NotImplementedError

    def probabilities(self, roll):
        """(T, N): p of each note at t given the frames before t."""
        return np.exp(-np.logaddexp(0, -self.logits(roll)))

    def log_probs(self, roll):
        """(T,): log p of each frame given those before it."""
        return frame_log_probs(self.logits(roll), roll, from_logits=True)


def log_odds(on, off):
    """ln(p / (1 - p)) for p counted with one extra observation of each kind.

    Source: Laplace's rule of succession, p = (on + 1) / (on + off + 2).
    """
    return np.log((on + 1) / (off + 1))


class NoteUnigram(NoteModel):
    """Each note sounds as often as it does in the training data, whatever came before.

    Source: the row "Note 1-gram" of Boulanger-Lewandowski et al. 2012, table 1.
    """

    def fit(self, rolls):
        frames = np.concatenate(as_rolls(rolls, "NoteUnigram.fit"))
        on = frames.sum(axis=0)
        self.z = log_odds(on, len(frames) - on)
        return self

    def logits(self, roll):
        return np.broadcast_to(self.z, np.shape(roll))


class NoteMarkov(NoteModel):
    """Each note depends on whether the same note sounded one frame before: two counts for each note.

    Before frame 0 there is silence.
    """

    def fit(self, rolls):
        rolls = as_rolls(rolls, "NoteMarkov.fit")
        last, now = (np.concatenate([roll[part] for roll in rolls]) for part in np.s_[:-1, 1:])
        # z[a, n]: the logit of note n when it sounded (a = 1) or was silent (a = 0).
        self.z = np.stack([self.count(last == a, now) for a in (False, True)])
        return self

    def count(self, where, now):
        return log_odds((where & now).sum(axis=0), (where & ~now).sum(axis=0))

    def logits(self, roll):
        return np.where(before(np.asarray(roll).astype(bool)), self.z[1], self.z[0])


class NoteCopy(NoteMarkov):
    """The last frame again: notes stay as they are with two probabilities, the same for every note.

    What to beat before a model may be said to know harmony.
    """

    def count(self, where, now):
        z = log_odds((where & now).sum(), (where & ~now).sum())
        return np.full(now.shape[1], z)
