"""How loud a recording sounds to people: the measure of radio stations and streaming services."""

import numpy as np

from ..errors import ShapeError
from .transform.checks import as_channels


def loudness(samples, sr):
    """How loud a recording sounds to people, its integrated loudness in LUFS.

        z_j = mean square of the K-weighted samples in block j, summed over channels (surround counts 1.41)
        l_j = -0.691 + 10 log10 z_j                blocks of 0.4 s, one every 0.1 s
        loudness = -0.691 + 10 log10(mean of z_j over the blocks that pass both gates)
        gates: l_j > -70, and l_j > the loudness of those blocks - 10

    The gates leave out pauses. A full-scale sine of 997 Hz in one channel has -3.01 LUFS.

    Args:
        samples: (n,); (2, n) left, right; (5, n) left, right, centre, two surround; at least 0.4 s.
        sr: samples a second, above 3,400 (the filter acts at 1,682 Hz).

    Returns:
        LUFS, -inf for silence.

    Source: Recommendation ITU-R BS.1770-4, annex 1.
    """
    samples = np.atleast_2d(as_channels(samples))
    weights = {1: [1], 2: [1, 1], 5: [1, 1, 1, 1.41, 1.41]}
    block = round(0.4 * sr)
    if len(samples) not in weights or not sr > 3400 or samples.shape[1] < block:
        raise ShapeError(
            f"samples have shape {samples.shape} at {sr} Hz, expected 1, 2 or 5 channels of at least 0.4 s "
            "above 3,400 Hz. Loudness is a matter of longer sounds; for a short one use normalize_peak."
        )
    total = np.cumsum(np.pad(_k_weighted(samples, sr) ** 2, ((0, 0), (1, 0))), axis=1)
    count = int((samples.shape[1] - block) / (0.1 * sr) + 1e-9) + 1
    starts = np.minimum(np.round(np.arange(count) * 0.1 * sr).astype(int), samples.shape[1] - block)
    z = weights[len(samples)] @ (total[:, starts + block] - total[:, starts]) / block

    def level(z):
        with np.errstate(divide="ignore"):
            return -0.691 + 10 * np.log10(np.maximum(z, 0))

    z = z[level(z) > -70]
    if not len(z):
        return -np.inf
    return float(level(z[level(z) > level(z.mean()) - 10].mean()))


def k_weighting(sr):
    """The two filters through which BS.1770 hears: the head (a shelf, +4 dB above 2 kHz), and less bass.

    The Recommendation has numbers for 48 kHz only; these are their formulas, which give its numbers there.

    Returns:
        (2, 6): a row b0 b1 b2 a0 a1 a2 for each, as scipy.signal.sosfilt takes them.

    Source: ITU-R BS.1770-4, tables 1 and 2; Brecht De Man 2018, Evaluation of implementations of the EBU R128
    loudness measurement (the analogue prototypes).
    """
    f, Q, G = 1681.974450955533, 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    K, V = np.tan(np.pi * f / sr), G**0.4996667741545416
    shelf = [G + V * K / Q + K**2, 2 * (K**2 - G), G - V * K / Q + K**2]
    shelf += [1 + K / Q + K**2, 2 * (K**2 - 1), 1 - K / Q + K**2]
    f, Q = 38.13547087602444, 0.5003270373238773
    K = np.tan(np.pi * f / sr)
    a0 = 1 + K / Q + K**2
    high_pass = [a0, -2 * a0, a0, a0, 2 * (K**2 - 1), 1 - K / Q + K**2]  # b is 1, -2, 1 after division by a0
    filters = np.array([shelf, high_pass])
    return filters / filters[:, 3:4]


def _k_weighted(samples, sr):
    from scipy.signal import sosfilt

    return sosfilt(k_weighting(sr), samples, axis=1)
