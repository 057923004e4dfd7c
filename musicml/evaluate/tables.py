"""Groups of scores side by side: real held-out music first, then each model."""

from collections import Counter

import numpy as np

from ..errors import MusicMLError
from .distances import jensen_shannon_distance, overlapping_area, pairwise_distances
from .originality import Originality, band
from .pitch import (
    interval_histogram,
    melodic_intervals,
    pitch_class_entropy,
    pitch_class_entropy_of_bars,
    polyphony,
    polyphony_rate,
    scale_consistency,
    simultaneous_notes,
)
from .rhythm import duration_histogram, groove_consistency, repetition


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


def all_statistics(score):
    """``statistics`` and all others that take one score, as a dict."""
    return statistics(score) | {
        "entropy of 1 bar": pitch_class_entropy_of_bars(score, 1),
        "entropy of 4 bars": pitch_class_entropy_of_bars(score, 4),
        "polyphony": polyphony(score),
        "polyphony rate": polyphony_rate(score),
        "simultaneous notes": simultaneous_notes(score),
        "groove consistency": groove_consistency(score),
        "groove, all pairs": groove_consistency(score, pairs="all"),
        "repetition": repetition(score),
    }


def compare(groups, of=statistics):
    """Mean and standard deviation of each statistic in groups of scores.

    Args:
        groups: name -> list of scores, such as {"held-out tunes": [...], "network": [...]}.
        of: function from a score to a dict of numbers; ``all_statistics`` for all. A nan is left out.

    Returns:
        statistic -> group name -> (mean, standard deviation over the scores).
    """
    return summarise(measure(groups, of))


def measure(groups, of):
    """name -> list of dicts, one for each score."""
    rows = {name: [of(score) for score in scores] for name, scores in groups.items()}
    if empty := [name for name, scores in rows.items() if not scores]:
        raise MusicMLError(
            f"compare received no score for {', '.join(empty)}. Pass at least one in each group."
        )
    return rows


def summarise(rows):
    return {
        key: {name: mean_and_deviation([s[key] for s in scores]) for name, scores in rows.items()}
        for key in next(iter(rows.values()))[0]
    }


def mean_and_deviation(values):
    values = [value for value in values if not np.isnan(value)]
    return (float(np.mean(values)), float(np.std(values))) if values else (float("nan"), float("nan"))


def table(comparison):
    """The result of ``compare`` as lines of text: statistics down, groups across, mean and (deviation)."""
    names = list(next(iter(comparison.values())))
    lines = [f"{'':<22}" + "".join(f"{name:>22}" for name in names)]
    for key, groups in comparison.items():
        cells = (f"{mean:.2f} ({deviation:.2f})" for mean, deviation in groups.values())
        lines.append(f"{key:<22}" + "".join(f"{cell:>22}" for cell in cells))
    return "\n".join(lines)


def report(groups, train=None, run=8):
    """Everything in one table, as lines of text: each group beside the first, real held-out music.

    Four blocks: all statistics, mean and (standard deviation), with a star where a mean lies further than
    two deviations of real pieces from the mean of real pieces; distances of the pooled histograms of
    intervals and durations from those of the real music (``jensen_shannon_distance``); the overlapping area
    of each statistic (``overlapping_area``: intra-set distances of the real music, inter-set distances);
    and, with ``train``, what was copied from it, with the band in which 95 % of the pieces lie.

    The first group is compared with itself, one half with the other (even and odd places), so that a
    reader sees what two samples of real music give.

    Args:
        groups: name -> list of scores; the first is real music that is not in ``train``.
        train: the training scores.
        run: copied runs of so many notes are counted.
    """
    rows, real = measure(groups, all_statistics), next(iter(groups))
    summary = summarise(rows)
    head = lambda title: f"{title:<22}" + "".join(f"{name:>22}" for name in groups)  # noqa: E731
    line = lambda title, cells: f"{title:<22}" + "".join(f"{cell:>22}" for cell in cells)  # noqa: E731
    lines = [head("mean (deviation)")]
    for key, cells in summary.items():
        middle, spread = cells[real]
        shown = []
        for mean, deviation in cells.values():
            star = " *" if abs(mean - middle) > 2 * spread + 1e-9 else ""
            shown.append("-" if np.isnan(mean) else f"{mean:.2f} ({deviation:.2f}){star}")
        lines.append(line(key, shown))

    # Each group with what it is compared with: the first with its other half.
    sides = {name: (groups[real], scores) for name, scores in groups.items()}
    sides[real] = (groups[real][::2], groups[real][1::2])
    values = {name: (rows[real], rows[name]) for name in groups}
    values[real] = (rows[real][::2], rows[real][1::2])
    lines += ["", head("distance (0 to 1)")]
    for title, histogram in (("intervals", interval_histogram), ("durations", duration_histogram)):
        pooled = {name: [sum(map(histogram, s), Counter()) for s in pair] for name, pair in sides.items()}
        cells = [f"{jensen_shannon_distance(*p):.3f}" if all(p) else "-" for p in pooled.values()]
        lines.append(line(title, cells))
    lines += ["", head("overlapping area")]
    for key in summary:
        numbers = {name: [[s[key] for s in side] for side in pair] for name, pair in values.items()}
        areas = [area(*pair) for pair in numbers.values()]
        lines.append(line(key, ["-" if np.isnan(a) else f"{a:.2f}" for a in areas]))
    if train is not None:
        original = Originality(train)
        shares = f"runs of {run} copied"
        lines += ["", head("copied: mean [95 %]")]
        for title, of in (
            ("longest run, notes", original.longest_run),
            (shares, lambda score: original.overlap(score, run)),
        ):
            digits = 2 if title == shares else 1
            lines.append(line(title, [span([of(s) for s in scores], digits) for scores in groups.values()]))
    return "\n".join(lines)


def area(real, other):
    real, other = (np.array([v for v in values if not np.isnan(v)]) for values in (real, other))
    if len(real) < 3 or not len(other):
        return float("nan")
    return overlapping_area(pairwise_distances(real), pairwise_distances(real, other))


def span(values, digits):
    values = [value for value in values if not np.isnan(value)]
    if not values:
        return "-"
    low, high = band(values)
    return f"{np.mean(values):.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"
