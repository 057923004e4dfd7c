"""How good is it? Likelihood of real music, and statistics to lay generated music beside real music.

Statistics take a Score. They say nothing about beauty; they say where generated
music differs from the music it was learned from. Always print them for real
held-out music as well.
"""

import numpy as np

from .errors import MusicMLError

SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}


def nats_per_note(log_probs):
    """Minus the mean log-probability over all notes of all pieces (pooled), in nats.

    Args:
        log_probs: one array, or a list with one array for each piece.
    """
    pooled = np.concatenate([np.atleast_1d(part) for part in log_probs]) if len(log_probs) else np.array([])
    if not pooled.size:
        raise MusicMLError(
            "nats_per_note received no log-probabilities. Pass at least one piece of two notes."
        )
    return float(-pooled.mean())


def perplexity(nats):
    """exp(nats): how many equally likely notes the model hesitates between."""
    return float(np.exp(nats))


def pitch_class_histogram(score):
    """(12,) share of the notes on C, C#, ..., B."""
    pitches = [note.pitch for part in score.parts if not part.is_drums for note in part.notes]
    if not pitches:
        raise MusicMLError(f'"{score.title or "score"}" has no pitched notes, so it has no statistics.')
    return np.bincount(np.array(pitches) % 12, minlength=12) / len(pitches)


def pitch_class_entropy(score):
    """Entropy of the pitch-class histogram, in bits: 0 for one note only, log2(12) = 3.58 for all alike.

    Source: Wu and Yang 2020 (there over one bar or four; here over the whole score).
    """
    p = pitch_class_histogram(score)
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())


def scale_consistency(score):
    """Largest share of the notes that lie in one major or natural minor scale, from 7/12 by chance to 1.

    Source: Mogren 2016; MusPy's definition.
    """
    p = pitch_class_histogram(score)
    return float(max(np.roll(p, -root)[list(scale)].sum() for root in range(12) for scale in SCALES.values()))


def melodic_intervals(score):
    """Semitones from each note to the next in each part, in order of onset: an int array."""
    steps = [np.diff([note.pitch for note in part.notes]) for part in score.parts if not part.is_drums]
    return np.concatenate([np.zeros(0, int), *steps]).astype(int)


def statistics(score):
    """A first set of numbers about one score, as a dict.

    notes               how many
    pitch range         semitones from the lowest to the highest note
    pitch-class entropy bits; ``pitch_class_entropy``
    scale consistency   share of notes in the best scale; ``scale_consistency``
    repeated notes      share of intervals that are 0
    steps               share of intervals of 1 or 2 semitones
    leaps               share of intervals of more than 7 semitones (a fifth)
    on the beat         share of notes that start on a beat
    """
    pitches = [note.pitch for note in score.notes]
    sizes = np.abs(melodic_intervals(score))
    share = lambda condition: float(condition.mean()) if sizes.size else 0.0  # noqa: E731
    return {
        "notes": len(pitches),
        "pitch range": max(pitches, default=0) - min(pitches, default=0),
        "pitch-class entropy": pitch_class_entropy(score),
        "scale consistency": scale_consistency(score),
        "repeated notes": share(sizes == 0),
        "steps": share((sizes == 1) | (sizes == 2)),
        "leaps": share(sizes > 7),
        "on the beat": sum((note.onset - score.pickup) % 1 == 0 for note in score.notes) / len(pitches),
    }


def compare(groups):
    """Mean and standard deviation of each statistic in groups of scores.

    Args:
        groups: name -> list of scores, such as {"held-out tunes": [...], "network": [...]}.

    Returns:
        statistic -> group name -> (mean, standard deviation over the scores).
    """
    rows = {name: [statistics(score) for score in scores] for name, scores in groups.items()}
    if empty := [name for name, scores in rows.items() if not scores]:
        raise MusicMLError(
            f"compare received no score for {', '.join(empty)}. Pass at least one in each group."
        )
    return {
        key: {
            name: (float(np.mean(v := [s[key] for s in scores])), float(np.std(v)))
            for name, scores in rows.items()
        }
        for key in next(iter(rows.values()))[0]
    }


def table(comparison):
    """The result of ``compare`` as lines of text: statistics down, groups across, mean and (deviation)."""
    names = list(next(iter(comparison.values())))
    lines = [f"{'':<22}" + "".join(f"{name:>22}" for name in names)]
    for key, groups in comparison.items():
        cells = (f"{mean:.2f} ({deviation:.2f})" for mean, deviation in groups.values())
        lines.append(f"{key:<22}" + "".join(f"{cell:>22}" for cell in cells))
    return "\n".join(lines)


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
