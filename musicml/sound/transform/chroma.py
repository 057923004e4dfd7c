"""Which notes, whatever the octave: chroma, and how far the instrument is tuned from 440 Hz.

F = 1 + n_fft/2 frequencies, T frames; 12 chroma in rows, C first: C, C sharp, D, ... B.

Sources: Shepard 1964 (pitch as height and chroma); Ellis 2007, chroma feature analysis (the filters);
Serra & Smith 1990, and Smith, Spectral Audio Signal Processing, appendix D (peaks by parabolas).
"""

import numpy as np

from .checks import check_positive, check_spectrum, check_values
from .levels import fft_frequencies, spectrogram


def chroma_filters(sr, n_fft, tuning=0.0):
    """How much each frequency counts for each of the 12 chroma.

    A frequency f lies p = 12 log2(f / A0) semitones above the lowest A, and d from the chroma c, round
    the circle of twelve. It counts as a Gaussian of d, as wide as the frequencies lie apart there, but
    at least a semitone; the weights of one frequency have length 1. Very low and very high
    frequencies, octaves from the fifth A on, count less, by another Gaussian:

        W[c, k] = exp(-2 (d / width_k)^2) / length_k  *  exp(-((p_k / 12 - 5) / 2)^2 / 2)

    Args:
        tuning: semitones that the instrument's A lies above 440 Hz, -0.5 to 0.5.

    Returns:
        (12, F).
    """
    check_positive(n_fft=n_fft)
    check_values(12 * n_fft, f"12 chroma of {n_fft} samples")
    A0 = 440 * 2 ** (tuning / 12) / 16
    p = 12 * np.log2(np.arange(1, n_fft) * sr / n_fft / A0)
    p = np.concatenate([[p[0] - 18 if n_fft > 1 else 0.0], p])  # 0 Hz: an octave and a half below the next
    width = np.maximum(np.diff(p, append=p[-1] + 1), 1)
    d = (p - np.arange(12)[:, None] + 6) % 12 - 6
    W = np.exp(-2 * (d / width) ** 2)
    W /= np.sqrt((W**2).sum(axis=0))
    W *= np.exp(-0.5 * ((p / 12 - 5) / 2) ** 2)
    return np.roll(W, -3, axis=0)[:, : 1 + n_fft // 2]  # rows from C, not from A


def chroma_stft(y, sr=22050, n_fft=2048, hop_length=512, tuning=None, **options):
    """How strong each of the 12 chroma sounds, each moment's strongest being 1.

        C[c, t] = sum over k of  W[c, k] |S[k, t]|^2,   divided by its maximum over c

    Args:
        y: samples (n,).
        tuning: as in chroma_filters; ``None`` estimates it.
        options: win_length, window, center and pad_mode, as in stft.

    Returns:
        (12, T), from 0 to 1; silence gives zeros.
    """
    S = spectrogram(y, n_fft, hop_length, **options)
    if tuning is None:
        tuning = estimate_tuning(S, sr, n_fft)
    C = chroma_filters(sr, n_fft, tuning) @ S
    loudest = C.max(axis=0)
    return C / np.where(loudest < np.finfo(float).tiny, 1, loudest)


def piptrack(S, sr=22050, n_fft=2048, fmin=150.0, fmax=4000.0, threshold=0.1):
    """The peaks of each column, their frequencies read between the rows.

    A parabola through a peak b and its neighbours a and c has its top at

        k + (a - c) / 2 / (a - 2b + c)

    Args:
        S: (F, T), never negative.
        fmin, fmax: Hz between which peaks are looked for.
        threshold: a peak must be higher than this part of its column's maximum.

    Returns:
        (pitches, heights), both (F, T): Hz and height at the peaks, 0 elsewhere.
    """
    S = np.abs(S)
    check_spectrum(S, n_fft)
    f = fft_frequencies(sr, n_fft)[:, None]
    above, below = np.vstack([S[1:], S[-1:]]), np.vstack([S[:1], S[:-1]])  # the neighbours of each row
    slope, bend = (above - below) / 2, above + below - 2 * S
    steep = np.abs(slope) >= np.abs(bend)  # the top would lie more than a row away
    shift = np.where(steep, 0.0, -slope / np.where(steep, 1.0, bend))
    high = np.where(S > threshold * S.max(axis=0), S, 0.0)
    peak = np.zeros(S.shape, dtype=bool)
    peak[1:-1] = (high[1:-1] > high[:-2]) & (high[1:-1] >= high[2:])
    peak[-1:] = high[-1:] > high[-2:-1]
    peak &= (f >= fmin) & (f < min(fmax, sr / 2))
    pitches = (np.arange(len(S))[:, None] + shift) * sr / n_fft
    return np.where(peak, pitches, 0.0), np.where(peak, S + 0.5 * slope * shift, 0.0)


def estimate_tuning(S, sr=22050, n_fft=2048):
    """How many semitones (-0.5 to 0.5) the peaks lie above the keys of a piano at A = 440 Hz.

    Each of the higher half of the peaks has a distance to its nearest key; the commonest one, in
    hundredths of a semitone, is the answer. Silence gives 0.

    Args:
        S: (F, T), a spectrogram.
    """
    pitches, heights = piptrack(S, sr, n_fft)
    found = pitches > 0
    if not found.any():
        return 0.0
    loud = pitches[found & (heights >= np.median(heights[found]))]
    away = 12 * np.log2(loud / 27.5) % 1
    away[away >= 0.5] -= 1
    counts, edges = np.histogram(away, np.linspace(-0.5, 0.5, 101))
    return float(edges[np.argmax(counts)])
