"""What every transform asks of its input before it takes memory for the answer."""

import numpy as np

from ...errors import MusicMLError, NotFiniteError, ShapeError

MOST_VALUES = 100_000_000  # in all frames together: 10 minutes at 44.1 kHz with the usual frames; 1.6 GB


def as_samples(y):
    """y as float64 samples (n,), or an error that says why it is no sound."""
    y = np.asarray(y)
    if y.ndim != 1 or y.size == 0:
        raise ShapeError(
            f"samples have shape {y.shape}, expected (n,) with n at least 1. "
            "Make one channel of several: samples.mean(axis=0)."
        )
    if y.dtype.kind not in "fiu":
        raise MusicMLError(
            f"samples are of type {y.dtype}, expected numbers from -1 to 1. Load a sound with load_audio."
        )
    y = y.astype("float64", copy=False)
    if not np.isfinite(y).all():
        raise NotFiniteError(
            f"sample {np.argmin(np.isfinite(y))} is nan or inf, expected numbers from -1 to 1. "
            "Look for a division by zero where the sound was made."
        )
    return y


def as_channels(samples):
    """The samples of one or several channels as float64 (n,) or (channels, n), or an error."""
    samples = np.asarray(samples, dtype="float64")
    if samples.ndim not in (1, 2) or not samples.size or (samples.ndim == 2 and len(samples) > 16):
        raise ShapeError(
            f"samples have shape {samples.shape}, expected (n,) or (channels, n) with n at least 1. "
            "Transpose them if the channels come last."
        )
    if not np.isfinite(samples).all():
        raise NotFiniteError(
            "samples contain nan or inf, expected numbers from -1 to 1. Look where they were made."
        )
    return samples


def check_positive(**numbers):
    """Each must be a whole number, 1 or more."""
    for name, number in numbers.items():
        if not isinstance(number, (int, np.integer)) or number < 1:
            raise MusicMLError(
                f"{name} is {number}, expected a whole number of samples, 1 or more. 2048 and 512 are usual."
            )


def check_frames(n, frame_length, hop_length):
    """n samples must give at least one frame, and not more than memory holds."""
    check_positive(frame_length=frame_length, hop_length=hop_length)
    if n < frame_length:
        raise ShapeError(
            f"{n} samples are too few for a frame of {frame_length}. Take a shorter frame, or pad the sound."
        )
    what = f"{n:,} samples in frames of {frame_length}, every {hop_length},"
    check_values((1 + (n - frame_length) // hop_length) * frame_length, what)


def check_values(count, what):
    """So many values must fit into memory; ``what`` is the beginning of the sentence."""
    if count > MOST_VALUES:
        raise MusicMLError(
            f"{what} are {count:,} values, expected at most {MOST_VALUES:,}. "
            "Take a part of the sound, a longer hop_length, or shorter frames."
        )


def check_spectrum(S, n_fft):
    """The rows of a spectrogram must be the frequencies of frames of n_fft samples."""
    if np.ndim(S) != 2 or len(S) != 1 + n_fft // 2:
        raise ShapeError(
            f"the spectrogram has shape {np.shape(S)}, expected ({1 + n_fft // 2}, T) for n_fft={n_fft}. "
            "Pass the n_fft that it was made with."
        )


def as_envelope(onsets):
    """Onset strength as float64 (T,), or an error."""
    onsets = np.asarray(onsets, dtype="float64")
    if onsets.ndim != 1 or onsets.size == 0 or not np.isfinite(onsets).all():
        raise ShapeError(
            f"the onset strength has shape {onsets.shape}, expected (T,) finite numbers. "
            "Make it with onset_strength(y, sr)."
        )
    return onsets
