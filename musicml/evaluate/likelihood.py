"""How likely held-out music is to a model: nats for each note, nats for each frame.

Everything is pooled: the mean is over all notes (or frames) of all pieces, so
that a long piece counts for more than a short one. Logarithms are natural.
"""

import numpy as np

from ..errors import MusicMLError, NotFiniteError, ShapeError


def nats_per_note(log_probs, masks=None):
    """Minus the mean log-probability over all notes of all pieces (pooled), in nats.

    Args:
        log_probs: one array, or a list with one array for each piece; a batch (B, T) is a list of B pieces.
        masks: as ``log_probs``, True where a note counts; False for padding, and for notes that were given.
    """
    if len(log_probs) and masks is not None:
        log_probs = [pick(*pair) for pair in zip(log_probs, masks, strict=True)]
    pooled = np.concatenate([np.atleast_1d(part) for part in log_probs]) if len(log_probs) else np.array([])
    if not pooled.size:
        raise MusicMLError(
            "nats_per_note received no log-probabilities. Pass at least one piece of two notes."
        )
    return float(-pooled.mean())


def pick(log_probs, mask):
    log_probs, mask = np.atleast_1d(log_probs), np.atleast_1d(mask)
    if log_probs.shape != mask.shape:
        raise ShapeError(
            f"nats_per_note received log-probabilities of shape {log_probs.shape} and a mask of shape "
            f"{mask.shape} for one piece, expected the same. Pass one True or False for each note."
        )
    return log_probs[mask.astype(bool)]


def perplexity(nats):
    """exp(nats): how many equally likely notes the model hesitates between."""
    return float(np.exp(nats))


def frame_nll(log_probs, score_first=False):
    """The published measure for piano-rolls: negative log-likelihood of a frame, in nats.

    Equation: minus the mean of log p(frame t | frames before t) over all t > 0 of all pieces (pooled)

    A frame has 88 notes, and its log-probability is the sum over all of them, silent ones too. Music with
    fewer notes at a time has a lower NLL, so numbers of two corpora cannot be compared.

    Args:
        log_probs: one array (T,) for each piece, log p of each of its T frames, frame 0 included: from
            ``frame_log_probs`` for a model with one probability for each note (factorised), or from the
            ``log_probs`` of a model of whole frames (joint). Never compare one kind with the other without
            saying so: the second is free to know that notes form chords.
        score_first: count frame 0 of each piece too. Boulanger-Lewandowski et al. 2012 do so in the row
            "Note 1-gram"; the networks of Bai et al. 2018 predict from frame 1 on.

    Source: Boulanger-Lewandowski, Bengio and Vincent 2012, table 1 (there as log-likelihood, so with the
    other sign); Bai, Kolter and Koltun 2018, table 1.
    """
    pieces = [np.asarray(part, dtype="float64") for part in log_probs]
    if wrong := [part.shape for part in pieces if part.ndim != 1]:
        raise ShapeError(
            f"frame_nll received a piece with log-probabilities of shape {wrong[0]}, expected (T,), one for "
            "each frame. Pass a list with one array for each piece, and turn the probabilities of notes into "
            "those of frames with frame_log_probs(p, roll)."
        )
    scored = [part[not score_first :] for part in pieces]
    pooled = np.concatenate(scored) if scored else np.array([])
    if not pooled.size:
        raise MusicMLError("frame_nll received no frame to score. Pass at least one piece of two frames.")
    if not np.isfinite(pooled).all():
        raise NotFiniteError(
            f"frame_nll received {(~np.isfinite(pooled)).sum()} log-probabilities of {len(pooled)} that are "
            "not finite. Smooth the model, so that nothing is impossible; a model without a prediction "
            "for frame 0 needs score_first=False."
        )
    return float(-pooled.mean())


def bootstrap_interval(values, weights=None, level=0.95, draws=2000, seed=0):
    """Interval for the mean of ``values``, one a piece, by drawing pieces with replacement.

    Args:
        values: one number a piece, such as its mean nats per note.
        weights: what each piece counts, such as its number of notes; then the mean is pooled over notes.
        level: how sure, 0.95 for a 95 % interval.

    Source: Efron 1979, percentile method.
    """
    values = np.asarray(values, dtype=float)
    weights = np.ones_like(values) if weights is None else np.asarray(weights, dtype=float)
    drawn = np.random.default_rng(seed).integers(0, len(values), (draws, len(values)))
    means = (values * weights)[drawn].sum(axis=1) / weights[drawn].sum(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
