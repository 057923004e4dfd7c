"""From samples to frequencies and back: frames, windows, DFT, STFT.

Dimension key: n samples, N = n_fft samples in a frame, H = hop_length samples from one frame to
the next, T frames, F = 1 + N/2 frequencies.

Sources: Oppenheim & Schafer, Discrete-Time Signal Processing, ch. 8 (DFT), 9 (FFT), 10 (STFT);
Griffin & Lim 1984 (inverse STFT); librosa 0.11 for defaults and layout.
"""

import numpy as np

from ...errors import MusicMLError, ShapeError, unknown
from .checks import as_samples, check_frames, check_positive, check_spectrum, check_values

# w[i] = a0 - a1 cos(2 pi i / n) + a2 cos(4 pi i / n): the coefficients a0, a1, a2
COSINES = {
    "boxcar": (1.0, 0.0, 0.0),
    "hann": (0.5, 0.5, 0.0),
    "hamming": (0.54, 0.46, 0.0),
    "blackman": (0.42, 0.5, 0.08),
}


def frame(y, frame_length, hop_length):
    """Cut samples into overlapping frames:  x[i, t] = y[t H + i].

    Args:
        y: samples (n,), n >= frame_length.

    Returns:
        (frame_length, T), T = 1 + (n - frame_length) // hop_length. It is a view: read, do not write.
    """
    y = np.asarray(y)
    check_frames(len(y), frame_length, hop_length)
    return np.lib.stride_tricks.sliding_window_view(y, frame_length)[::hop_length].T


def get_window(window, n):
    """A curve that fades a frame in and out, so that its edges do not sound like clicks.

        hann:  w[i] = 0.5 - 0.5 cos(2 pi i / n)        i = 0 ... n - 1

    Periodic: the next value would be w[0] again, so Hann windows half overlapped add up to 1.

    Args:
        window: "hann", "hamming", "blackman", or "boxcar" (no window).

    Returns:
        (n,) weights from 0 to 1.
    """
    if window not in COSINES:
        raise unknown("window", window, COSINES)
    check_positive(n=n)
    if n == 1:
        return np.ones(1)
    a0, a1, a2 = COSINES[window]
    angle = 2 * np.pi * np.arange(n) / n
    return a0 - a1 * np.cos(angle) + a2 * np.cos(2 * angle)


def _centred_window(window, win_length, n_fft):
    """A window of win_length with zeros on both sides, n_fft in all."""
    if not 1 <= win_length <= n_fft:
        raise MusicMLError(f"win_length is {win_length}, expected 1 to n_fft = {n_fft}. Raise n_fft.")
    left = (n_fft - win_length) // 2
    return np.pad(get_window(window, win_length), (left, n_fft - win_length - left))


def dft(x):
    """The discrete Fourier transform, from its definition: n^2 multiplications.

        X[k] = sum over i of  x[i] exp(-2 pi j k i / n)        k = 0 ... n - 1

    Args:
        x: (n,) or (n, T), real or complex, n at most 4096.

    Returns:
        complex, of the same shape: how much of each frequency k sr / n there is, and its phase.
    """
    x = np.asarray(x)
    if x.ndim not in (1, 2) or not 1 <= len(x) <= 4096:
        raise ShapeError(
            f"x has shape {x.shape}, expected (n,) or (n, T) with n from 1 to 4096. For more take np.fft.fft."
        )
    k = np.arange(len(x))
    turns = np.outer(k, k) % len(x) / len(x)  # whole turns change nothing, and cost digits
    return np.exp(-2j * np.pi * turns) @ x


def idft(X):
    """The way back:  x[i] = 1/n sum over k of  X[k] exp(2 pi j k i / n).  Complex, of the shape of X."""
    return dft(np.conj(X)).conj() / len(X)


def fft(x):
    """The same numbers as dft with n log n multiplications, for n = 1, 2, 4, 8, ...

        E, O = DFT of x[0], x[2], ... and of x[1], x[3], ...
        X[k] = E[k] + w^k O[k],    X[k + n/2] = E[k] - w^k O[k],    w = exp(-2 pi j / n)

    Source: Cooley & Tukey 1965; Oppenheim & Schafer, section 9.2.
    """
    x = np.asarray(x)
    n = len(x)
    if n == 1:
        return x.astype("complex128")
    if n % 2:
        raise ShapeError(
            f"{n} samples cannot be halved, expected 1, 2, 4, 8, ... Pad with zeros, or use dft."
        )
    even, odd = fft(x[::2]), fft(x[1::2])
    turned = np.exp(-2j * np.pi * np.arange(n // 2) / n) * odd
    return np.concatenate([even + turned, even - turned])


def stft(y, n_fft=2048, hop_length=None, win_length=None, window="hann", center=True, pad_mode="constant"):
    """Short-time Fourier transform: the DFT of each windowed frame.

        S[k, t] = sum over i of  w[i] y[t H + i] exp(-2 pi j k i / N)        k = 0 ... N/2

    The frequencies above N/2 are left out: for real samples they mirror those below.

    Args:
        y: samples (n,).
        n_fft: N. Long frames tell close frequencies apart, short ones close moments.
        hop_length: H, by default a quarter of the window.
        win_length: the window's length, by default N; shorter ones are padded with zeros.
        window: see get_window.
        center: frame t has its middle at sample t H; half a frame is added at both ends.
        pad_mode: what is added there: "constant" (zeros) or "reflect".

    Returns:
        complex (1 + N/2, T). Row k is the frequency k sr / N, column t the time t H / sr.
    """
    y = as_samples(y)
    win_length = win_length or n_fft
    hop_length = hop_length or max(win_length // 4, 1)
    if pad_mode not in ("constant", "reflect"):
        raise unknown("pad_mode", pad_mode, ("constant", "reflect"))
    half = n_fft // 2 if center else 0
    check_frames(len(y) + 2 * half, n_fft, hop_length)
    y = np.pad(y, half, mode=pad_mode)
    w = _centred_window(window, win_length, n_fft)
    frames = frame(y, n_fft, hop_length).T  # (T, N): a frame lies together in memory
    return np.fft.rfft(w * frames, axis=1).T


def window_sumsquare(window, n_frames, hop_length, n_fft, win_length=None):
    """How often, and with what weight, each sample was seen:  sum over t of  w[i - t H]^2.

    Returns:
        (N + H (n_frames - 1),).
    """
    check_positive(n_frames=n_frames, hop_length=hop_length)
    check_values(n_fft + hop_length * (n_frames - 1), f"{n_frames} frames, every {hop_length} samples,")
    w2 = _centred_window(window, win_length or n_fft, n_fft) ** 2
    total = np.zeros(n_fft + hop_length * (n_frames - 1))
    for t in range(n_frames):
        total[t * hop_length : t * hop_length + n_fft] += w2
    return total


def istft(S, hop_length=None, win_length=None, n_fft=None, window="hann", center=True, length=None):
    """Inverse short-time Fourier transform: overlap, add, and divide by what the windows took.

        y[i] = (sum over t of  w[i - t H] x_t[i - t H])  /  (sum over t of  w[i - t H]^2)

    with x_t the inverse DFT of column t. Where S was changed, this is the sound whose STFT is
    nearest to it (least squares). Source: Griffin & Lim 1984, equation (6).

    Args:
        S: complex (1 + N/2, T), from stft with the same words.
        n_fft: N, needed only where it is odd.
        length: samples to return; by default what the frames cover.

    Returns:
        float64 (length,).
    """
    n_fft = n_fft or 2 * (len(S) - 1)
    check_spectrum(S, n_fft)
    win_length = win_length or n_fft
    hop_length = hop_length or max(win_length // 4, 1)
    check_values(length or 0, f"{length} samples")
    w = _centred_window(window, win_length, n_fft)
    frames = w * np.fft.irfft(S.T, n_fft, axis=1)  # (T, N)
    weight = window_sumsquare(window, len(frames), hop_length, n_fft, win_length)
    y = np.zeros(len(weight))
    for t, x in enumerate(frames):
        y[t * hop_length : t * hop_length + n_fft] += x
    y = np.divide(y, weight, out=y, where=weight > np.finfo(float).tiny)
    start = n_fft // 2 if center else 0
    stop = len(y) - start if length is None else start + length
    y = y[start:stop]
    return np.pad(y, (0, max(0, (length or 0) - len(y))))
