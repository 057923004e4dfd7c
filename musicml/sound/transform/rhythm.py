"""When something begins, and how fast it goes: onsets and tempo.

T frames of hop_length samples; sr / hop_length frames a second. L = win_length frames.

Sources: Dixon 2006 and Böck & Widmer 2013 (spectral flux); Grosche, Müller & Kurth 2010 (tempogram);
Ellis 2007, Beat tracking by dynamic programming (tempo).
"""

import numpy as np

from .checks import as_envelope, check_positive, check_values
from .levels import power_to_db
from .mel import melspectrogram
from .spectrum import frame, get_window


def onset_strength(y, sr=22050, n_fft=2048, hop_length=512, lag=1, **options):
    """How much each moment is louder than the one before, over all mel bands (spectral flux).

        o[t] = mean over m of  max(0, D[m, t] - D[m, t - lag])        D: mel spectrogram in dB

    A fall is not counted: a note that stops is no beginning. Frames look n_fft/2 samples ahead, so o is
    moved later by as many frames.

    Args:
        y: samples (n,).
        options: as in melspectrogram.

    Returns:
        (T,), 0 or more.
    """
    check_positive(lag=lag)
    D = power_to_db(melspectrogram(y, sr, n_fft, hop_length, **options))
    rise = np.maximum(0, D[:, lag:] - D[:, :-lag]).mean(axis=0)
    late = lag + n_fft // (2 * hop_length)
    return np.pad(rise, (late, 0))[: D.shape[1]]


def onset_detect(onsets, sr=22050, hop_length=512, delta=0.07):
    """The frames in which notes begin: peaks of the onset strength.

    A frame counts if it is the highest within 30 ms before, exceeds the mean of the 100 ms around it by
    delta, and comes 30 ms or more after the last one. Source: Böck, Krebs & Schedl 2012.

    Args:
        onsets: (T,), from onset_strength.
        delta: for onsets scaled to 0 ... 1.

    Returns:
        frame numbers, int (any,).
    """
    x = as_envelope(onsets) - np.min(onsets)
    if not x.any():
        return np.zeros(0, dtype=int)
    x = x / x.max()
    before, around = int(0.03 * sr // hop_length), int(0.1 * sr // hop_length)
    found = []
    for t in range(len(x)):
        is_highest = x[t] == x[max(0, t - before) : t + 1].max()
        stands_out = x[t] >= x[max(0, t - around) : t + around + 1].mean() + delta
        if is_highest and stands_out and (not found or t > found[-1] + before):
            found.append(t)
    return np.array(found, dtype=int)


def autocorrelate(x):
    """How much x is like itself, moved by k:  r[k] = sum over i of  x[i] x[i + k].

    Computed through the DFT, as the energy of the spectrum is its transform (Wiener-Khinchin); zeros are
    added so that the end does not meet the beginning.

    Args:
        x: (n,) or (n, T).

    Returns:
        of the same shape, k = 0 ... n - 1.
    """
    n = 2 ** int(2 * len(x) - 1).bit_length()
    X = np.fft.rfft(x, n, axis=0)
    return np.fft.irfft(X.real**2 + X.imag**2, n, axis=0)[: len(x)]


def tempogram(onsets, win_length=384):
    """Which distances repeat around each moment: the autocorrelation of windowed onset strength.

        G[k, t] = sum over i of  x_t[i] x_t[i + k],   divided by its maximum over k
        x_t[i] = w[i] o[t - L/2 + i]

    Args:
        onsets: o, (T,), from onset_strength.
        win_length: L frames.

    Returns:
        (L, T); row k is the distance of k frames.
    """
    onsets = as_envelope(onsets)
    check_positive(win_length=win_length)
    check_values(2 * win_length * len(onsets), f"{len(onsets):,} frames in windows of {win_length:,}")
    o = np.pad(onsets, win_length // 2, mode="linear_ramp")
    frames = frame(o, win_length, 1)[:, : len(onsets)]
    G = autocorrelate(get_window("hann", win_length)[:, None] * frames)
    largest = np.abs(G).max(axis=0)
    return G / np.where(largest < np.finfo(float).tiny, 1, largest)


def tempo_frequencies(n, sr=22050, hop_length=512):
    """Beats a minute of the distances 0 ... n - 1 frames:  60 sr / (H k),  infinite for 0."""
    return np.concatenate([[np.inf], 60 * sr / (hop_length * np.arange(1.0, n))])


def tempo(onsets, sr=22050, hop_length=512, start_bpm=120.0, max_tempo=320.0):
    """Beats a minute: the distance that repeats most, where people would tap.

        k* = argmax over k of  ln(1 + 10^6 mean over t of G[k, t]) - (log2(bpm_k) - log2(start_bpm))^2 / 2

    The second term prefers tempi near start_bpm, or one could not choose between a beat, its half and its
    double.

    Args:
        onsets: (T,), from onset_strength. Windows of 8 s are compared.

    Returns:
        beats a minute, float.
    """
    L = int(8 * sr) // hop_length
    G = tempogram(onsets, L).mean(axis=1)
    bpm = tempo_frequencies(L, sr, hop_length)
    prior = -0.5 * (np.log2(bpm) - np.log2(start_bpm)) ** 2
    prior[: np.argmax(bpm < max_tempo)] = -np.inf
    return float(bpm[np.argmax(np.log1p(1e6 * G) + prior)])
