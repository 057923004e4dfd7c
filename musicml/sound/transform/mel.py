"""How high it sounds, and with what colour: mel scale, mel spectrogram, cepstrum (MFCC).

F = 1 + n_fft/2 frequencies, M = n_mels bands, C = n_mfcc coefficients, T frames.

Sources: Stevens, Volkmann & Newman 1937 (the scale); Slaney 1998, Auditory Toolbox, and
Young et al., The HTK Book, section 5.4 (its two usual formulas); Davis & Mermelstein 1980 (MFCC).
"""

import warnings

import numpy as np

from ...errors import MusicMLError
from .checks import check_positive, check_values
from .levels import fft_frequencies, power_to_db, spectrogram

LINEAR = 200 / 3  # Slaney: Hz a mel, below 1000 Hz
STEP = np.log(6.4) / 27  # Slaney: from 1000 to 6400 Hz in 27 equal steps of the logarithm


def hz_to_mel(frequencies, htk=False):
    """Frequency in Hz -> mels, a scale on which equal steps sound about equally wide.

        Slaney:  m = f / (200/3) below 1000 Hz,   15 + 27 ln(f / 1000) / ln 6.4 above
        HTK:     m = 2595 log10(1 + f / 700)

    The two differ by a factor of about 67: never mix them.
    """
    f = np.asarray(frequencies, dtype="float64")
    if htk:
        return 2595 * np.log10(1 + f / 700)
    return np.where(f < 1000, f / LINEAR, 15 + np.log(np.maximum(f, 1000) / 1000) / STEP)


def mel_to_hz(mels, htk=False):
    """The way back from hz_to_mel."""
    m = np.asarray(mels, dtype="float64")
    if htk:
        return 700 * (10 ** (m / 2595) - 1)
    return np.where(m < 15, LINEAR * m, 1000 * np.exp(STEP * (np.maximum(m, 15) - 15)))


def mel_frequencies(n_mels=128, fmin=0.0, fmax=11025.0, htk=False):
    """(n_mels,) frequencies in Hz from fmin to fmax that lie equally far apart in mels."""
    return mel_to_hz(np.linspace(hz_to_mel(fmin, htk), hz_to_mel(fmax, htk), n_mels), htk)


def mel_filters(sr, n_fft, n_mels=128, fmin=0.0, fmax=None, htk=False, norm="slaney"):
    """Triangles over the frequencies, one for each mel band, with corners at mel_frequencies.

        W[m, k] = max(0, min((f_k - c_m) / (c_m+1 - c_m), (c_m+2 - f_k) / (c_m+2 - c_m+1)))

    with c the M + 2 corners in Hz.

    Args:
        fmax: Hz, by default sr / 2.
        norm: "slaney" makes each triangle's area 1 Hz, by the factor 2 / (c_m+2 - c_m);
            ``None`` leaves its height 1.

    Returns:
        (M, F).
    """
    check_positive(n_fft=n_fft, n_mels=n_mels)
    check_values(n_mels * n_fft, f"{n_mels} bands of {n_fft} samples")
    fmax = sr / 2 if fmax is None else fmax
    if not 0 <= fmin < fmax or norm not in ("slaney", None):
        raise MusicMLError(
            f"fmin is {fmin}, fmax {fmax}, norm {norm!r}, expected 0 <= fmin < fmax and "
            "norm 'slaney' or None. Give frequencies in Hz."
        )
    corners = mel_frequencies(n_mels + 2, fmin, fmax, htk)[:, None]
    width = np.diff(corners, axis=0)
    away = fft_frequencies(sr, n_fft) - corners  # (M + 2, F)
    W = np.maximum(0, np.minimum(away[:-2] / width[:-1], -away[2:] / width[1:]))
    if ((W.max(axis=1) == 0) & (corners[:-2, 0] > 0)).any():
        warnings.warn(
            "some mel bands are narrower than the distance of two frequencies and stay empty: "
            "take a larger n_fft or fewer n_mels",
            stacklevel=2,
        )
    return W * 2 / (corners[2:] - corners[:-2]) if norm == "slaney" else W


def melspectrogram(
    y, sr=22050, n_fft=2048, hop_length=512, n_mels=128, fmin=0.0, fmax=None, htk=False, norm="slaney",
    **options,
):  # fmt: skip
    """Energy in each mel band:  M[m, t] = sum over k of  W[m, k] |S[k, t]|^2.

    Args:
        y: samples (n,).
        options: power, win_length, window, center and pad_mode, as in spectrogram.

    Returns:
        (M, T).
    """
    S = spectrogram(y, n_fft, hop_length, **options)
    return mel_filters(sr, n_fft, n_mels, fmin, fmax, htk, norm) @ S


def dct(x, n=None):
    """Discrete cosine transform, type II, orthonormal, along the rows (axis 0).

        X[k] = s_k sum over i of  x[i] cos(pi k (i + 1/2) / N)
        s_0 = sqrt(1/N), the others sqrt(2/N)

    The first coefficients hold the outline of x, the later ones its details.
    Source: Ahmed, Natarajan & Rao 1974.

    Args:
        x: (N,) or (N, T).
        n: how many coefficients to keep, by default all.

    Returns:
        (n,) or (n, T).
    """
    x = np.asarray(x, dtype="float64")
    N = len(x)
    n = N if n is None else min(n, N)
    check_values(n * N, f"{n} cosines of {N} values")
    k = np.arange(n)[:, None]
    basis = np.sqrt(2 / N) * np.cos(np.pi * k * (np.arange(N) + 0.5) / N)
    basis[:1] /= np.sqrt(2)
    return basis @ x


def mfcc(y, sr=22050, n_mfcc=20, **options):
    """Mel-frequency cepstral coefficients: the outline of each column of the mel spectrogram in dB.

        c[:, t] = first C of  DCT( 10 log10 M[:, t] )

    c[0] follows the loudness; the next few tell a flute from a string, whatever note it plays.

    Args:
        y: samples (n,).
        options: as in melspectrogram.

    Returns:
        (C, T).
    """
    check_positive(n_mfcc=n_mfcc)
    return dct(power_to_db(melspectrogram(y, sr, **options)), n_mfcc)
