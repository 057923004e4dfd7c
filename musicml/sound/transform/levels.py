"""How loud: power, decibels, root mean square; and what row k and column t of a spectrogram mean.

F = 1 + n_fft/2 frequencies, T frames.
"""

import numpy as np

from ...errors import MusicMLError
from .checks import as_samples, check_frames, check_positive
from .spectrum import frame, stft


def spectrogram(y, n_fft=2048, hop_length=512, power=2.0, **options):
    """|S|^power of the STFT S: with power 2 the energy, with 1 the magnitude, (F, T), never negative.

    Args:
        y: samples (n,).
        options: win_length, window, center and pad_mode, as in stft.
    """
    S = stft(y, n_fft, hop_length, **options)
    energy = S.real**2 + S.imag**2
    return energy if power == 2 else energy ** (power / 2)


def power_to_db(S, ref=1.0, amin=1e-10, top_db=80.0):
    """Power in decibels:  10 log10(S / ref).  Ten times the power is 10 dB more.

    Args:
        S: power, any shape.
        ref: the power that is called 0 dB, or a function of S such as np.max.
        amin: smaller powers count as this one, as log 0 is no number.
        top_db: nothing is shown lower than the maximum less this; ``None`` shows all.
    """
    S = np.asarray(S, dtype="float64")
    ref = ref(S) if callable(ref) else abs(ref)
    if amin <= 0 or (top_db is not None and top_db < 0):
        raise MusicMLError(f"amin is {amin} and top_db {top_db}, expected amin > 0 and top_db >= 0.")
    db = 10 * np.log10(np.maximum(amin, S)) - 10 * np.log10(np.maximum(amin, ref))
    return db if top_db is None else np.maximum(db, db.max() - top_db)


def amplitude_to_db(S, ref=1.0, amin=1e-5, top_db=80.0):
    """Amplitude in decibels:  20 log10(|S| / ref).  Power is the square of amplitude."""
    S = np.abs(S)
    ref = ref(S) if callable(ref) else abs(ref)
    return power_to_db(S**2, ref**2, amin**2, top_db)


def db_to_power(db, ref=1.0):
    """The way back:  ref 10^(db / 10)."""
    return ref * 10.0 ** (np.asarray(db) / 10)


def rms(y, frame_length=2048, hop_length=512, center=True):
    """Root mean square of each frame, its physical loudness:  sqrt(1/N sum over i of  y[t H + i]^2).

    Returns:
        (1, T), as librosa has it.
    """
    y = as_samples(y)
    half = frame_length // 2 if center else 0
    check_frames(len(y) + 2 * half, frame_length, hop_length)
    frames = frame(np.pad(y, half), frame_length, hop_length)
    return np.sqrt((frames**2).mean(axis=0, keepdims=True))


def fft_frequencies(sr=22050, n_fft=2048):
    """Hz of each row of a spectrogram:  k sr / N,  k = 0 ... N/2."""
    check_positive(n_fft=n_fft)
    return np.arange(1 + n_fft // 2) * sr / n_fft


def frames_to_time(frames, sr=22050, hop_length=512):
    """Seconds at the middle of centred frames:  t H / sr."""
    return np.asarray(frames) * hop_length / sr
