"""How different two histograms are, and two sets of pieces."""

import numpy as np

from ..errors import MusicMLError


def jensen_shannon_distance(p, q):
    """Distance of two histograms: 0 for equal shares, 1 when nothing is in both.

    Equation: sqrt( (KL(p || m) + KL(q || m)) / 2 )      m = (p + q) / 2,   KL with logarithms to base 2

    Args:
        p, q: two arrays of counts or shares of the same length, or two dicts from a thing to its count.

    Source: Lin 1991 (the divergence); Endres and Schindelin 2003 (its root obeys the triangle inequality,
    and is the distance). Some texts print the divergence, the square of this, or take natural logarithms.
    """
    if hasattr(p, "keys"):
        keys = sorted({*p, *q})
        p, q = ([histogram.get(key, 0) for key in keys] for histogram in (p, q))
    p, q = (np.asarray(histogram, dtype=float) for histogram in (p, q))
    if p.shape != q.shape or not (p.sum() > 0 and q.sum() > 0) or min(p.min(), q.min()) < 0:
        raise MusicMLError(
            f"jensen_shannon_distance received histograms of shapes {p.shape} and {q.shape} that sum to "
            f"{p.sum():g} and {q.sum():g}, expected the same shape and counts that are not all 0. "
            "Pass histograms over the same things, of music that has some of them."
        )
    p, q = p / p.sum(), q / q.sum()
    m = (p + q) / 2
    kl = lambda a: (a[a > 0] * np.log2(a[a > 0] / m[a > 0])).sum()  # noqa: E731
    return float(np.sqrt(max((kl(p) + kl(q)) / 2, 0)))


def pairwise_distances(a, b=None):
    """Euclidean distances between pieces, each described by one number or by one histogram.

    Args:
        a: (n,) or (n, d), the same statistic of n pieces.
        b: of another set; then all distances between the sets (inter-set). Without it, each
            piece of ``a`` against each other piece of ``a``, each pair once (intra-set).

    Source: Yang and Lerch 2020, "On the evaluation of generative models in music". Their code has each
    intra-set pair twice, which makes the density of ``overlapping_area`` a little narrower.
    """
    a = np.asarray(a, dtype=float).reshape(len(a), -1)
    other = a if b is None else np.asarray(b, dtype=float).reshape(len(b), -1)
    distances = np.sqrt(((a[:, None] - other[None]) ** 2).sum(axis=2))
    return distances[np.triu_indices(len(a), 1)] if b is None else distances.ravel()


def overlapping_area(a, b, points=500):
    """How far two samples of numbers come from the same distribution: from 0 to 1 (the same).

    Equation: integral over x of min(f_a(x), f_b(x)),
              f the kernel density: a normal distribution around each number, as wide as
              n^(-1/5) times their standard deviation (Scott's rule)

    Yang and Lerch 2020 compare a model with real music by the area that the intra-set distances
    of the real music share with the inter-set distances:

        overlapping_area(pairwise_distances(real), pairwise_distances(real, generated))

    Their code integrates from the smallest number to the largest; here the whole line counts, so that
    a sample overlaps itself by 1. nan when a sample has fewer than two different numbers, which have no
    density.

    Args:
        a, b: (n,) and (m,) numbers.
        points: how many places of each density are compared.
    """
    a, b = (np.asarray(sample, dtype=float).ravel() for sample in (a, b))
    if min(len(np.unique(a)), len(np.unique(b))) < 2:
        return float("nan")
    widths = [len(sample) ** -0.2 * sample.std(ddof=1) for sample in (a, b)]
    pairs = list(zip((a, b), widths, strict=True))
    # Each density gets points of its own: one may be a narrow peak beside the other.
    x = [np.linspace(sample.min() - 5 * width, sample.max() + 5 * width, points) for sample, width in pairs]
    x = np.unique(np.concatenate(x))
    return float(np.trapezoid(np.minimum(*[density(x, *pair) for pair in pairs]), x))


def density(x, sample, width):
    """Kernel density of a sample at the points x: (len(x),)."""
    total = np.zeros(len(x))
    for part in np.array_split(sample, len(sample) // 500 + 1):  # a few MB at a time
        total += np.exp(-(((x[:, None] - part) / width) ** 2) / 2).sum(axis=1)
    return total / (len(sample) * width * np.sqrt(2 * np.pi))
