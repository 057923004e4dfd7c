"""Make a recording better: less noise, the right loudness, no silence at the ends.

Samples are (n,), or (channels, n); what comes back has the same form.
"""

import numpy as np

from ..errors import MusicMLError, ShapeError
from . import transform
from .loudness import loudness
from .transform.checks import as_channels

__all__ = [
    "denoise",
    "loudness",
    "normalize_loudness",
    "normalize_peak",
    "quiet_noise",
    "split",
    "trim",
]

# ---------------------------------------------------------------- noise


def denoise(samples, sr=22050, noise=None, n_fft=2048, hop_length=512, threshold_db=8.0, reduction_db=30.0):
    """Spectral gate: turn down, moment by moment, the frequencies at which there is little but noise.

        S = STFT(samples),   N[k] = the noise's energy at frequency k
        open[k, t] = 1 where |S[k, t]|^2 > 10^(threshold_db / 10) N[k], else 10^(-reduction_db / 20)
        gain = open, smoothed over time with weights 1/4 1/2 1/4
        result = inverse STFT(gain S)

    Without smoothing, single points of noise that pass the gate are heard as tones ("musical noise").

    Args:
        samples: the noisy recording.
        noise: a piece of the noise alone, (n,), at least n_fft samples of it; ``None`` estimates it from
            the quiet moments of each frequency, see quiet_noise.
        threshold_db: how far something must stand above the noise to be kept. Lower keeps more of both.
        reduction_db: how much the rest is turned down.

    Returns:
        float64, of the same shape.

    Sources: Boll 1979, Suppression of acoustic noise in speech using spectral subtraction (noise
    estimate, gain, the way back); Berouti, Schwartz & Makhoul 1979 (over-estimate, and a floor against
    musical noise); Sainburg, Thielk & Gentner 2020, noisereduce (gate with a smoothed mask).
    """
    samples = as_channels(samples)
    if noise is not None and np.size(noise) < n_fft:
        raise ShapeError(
            f"the noise has {np.size(noise)} samples, expected at least n_fft = {n_fft}. "
            "Give a longer piece of it, or leave it out."
        )
    if samples.ndim == 2:
        options = sr, noise, n_fft, hop_length, threshold_db, reduction_db
        return np.stack([denoise(channel, *options) for channel in samples])
    S = transform.stft(samples, n_fft, hop_length)
    energy = S.real**2 + S.imag**2
    if noise is None:
        N = quiet_noise(energy, sr)
    else:
        N = transform.spectrogram(noise, n_fft, hop_length, center=False).mean(axis=1)
    gain = np.where(energy > 10 ** (threshold_db / 10) * N[:, None], 1.0, 10 ** (-reduction_db / 20))
    gain = np.pad(gain, ((0, 0), (1, 1)), mode="edge")
    gain = (gain[:, :-2] + 2 * gain[:, 1:-1] + gain[:, 2:]) / 4
    return transform.istft(gain * S, hop_length, length=len(samples))


def quiet_noise(energy, sr=22050, quiet=0.2, width=330.0):
    """The energy of the noise at each frequency, guessed from a recording that has music in it.

    No moment may be free of music, but each frequency has its quiet moments. The energy of noise at one
    frequency is exponentially distributed, so a part q of it lies below -ln(1 - q) times its mean:

        N[k] = (q-quantile over t of  energy[k, t]) / -ln(1 - q)

    A held note would still count as noise. Notes are narrow and noise is broad, so the median over the
    neighbouring frequencies is taken. Noise that is narrow itself (mains hum) is not found: give it to
    denoise as ``noise``.

    Args:
        energy: (F, T), from transform.spectrogram.
        quiet: q, the part of time in which a frequency is quiet.
        width: Hz over which the median is taken.

    Returns:
        (F,).

    Sources: Martin 2001 (minimum statistics); Stahl, Fischer & Bippus 2000 (quantiles).
    """
    N = np.quantile(energy, quiet, axis=1) / -np.log(1 - quiet)
    side = round(width / 2 * 2 * (len(N) - 1) / sr)
    neighbours = np.lib.stride_tricks.sliding_window_view(np.pad(N, side, mode="edge"), 2 * side + 1)
    return np.median(neighbours, axis=1)


# ---------------------------------------------------------------- loudness


def normalize_peak(samples, peak=0.9):
    """Scale so that the largest sample, without its sign, is ``peak``. Silence stays silence."""
    samples = as_channels(samples)
    highest = np.abs(samples).max()
    return samples * (peak / highest) if highest else samples.copy()


def normalize_loudness(samples, sr, lufs=-23.0, peak=0.99):
    """Scale to a loudness, so that recordings played one after the other sound equally loud.

    Args:
        samples: at least 0.4 s.
        lufs: the wanted loudness; -23 is European radio (EBU R 128), about -14 streaming services.
        peak: if a sample would exceed this, the gain stops there, and the result is softer than asked.

    Returns:
        float64; what is softer than -70 LUFS is silence and stays as it is.
    """
    samples = as_channels(samples)
    measured = loudness(samples, sr)
    if measured == -np.inf:
        return samples.copy()
    return samples * min(10 ** ((lufs - measured) / 20), peak / np.abs(samples).max())


# ---------------------------------------------------------------- silence


def trim(samples, top_db=60.0, frame_length=2048, hop_length=512):
    """Cut silence off both ends.

    Args:
        top_db: silent is what lies this far below the loudest frame, in decibels.

    Returns:
        (the samples between, (start, stop)).
    """
    loud = np.flatnonzero(_loud_frames(samples, top_db, frame_length, hop_length))
    samples = np.asarray(samples)
    start, stop = loud[0] * hop_length, min((loud[-1] + 1) * hop_length, samples.shape[-1])
    return samples[..., start:stop], (int(start), int(stop))


def split(samples, top_db=60.0, frame_length=2048, hop_length=512):
    """The stretches that are not silent, as trim understands silence.

    Returns:
        int (stretches, 2): their first sample, and the one after their last.
    """
    loud = _loud_frames(samples, top_db, frame_length, hop_length).astype(int)
    edges = np.flatnonzero(np.diff(loud, prepend=0, append=0))
    return np.minimum(edges * hop_length, np.shape(samples)[-1]).reshape(-1, 2)


def _loud_frames(samples, top_db, frame_length, hop_length):
    """True for each frame in which some channel is less than top_db below the loudest frame of all."""
    if not top_db > 0:
        raise MusicMLError(f"top_db is {top_db}, expected more than 0 decibels. 60 is usual.")
    channels = np.atleast_2d(as_channels(samples))
    levels = np.concatenate([transform.rms(y, frame_length, hop_length) for y in channels])
    return (transform.amplitude_to_db(levels, ref=np.max, top_db=None) > -top_db).any(axis=0)
