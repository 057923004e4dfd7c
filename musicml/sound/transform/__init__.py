"""Sounds as numbers that say something: spectrum, mel, chroma, rhythm; each function beside its equation.

    from musicml.sound import transform
    S = transform.stft(y)              # complex, (1 + n_fft/2, T): one column for each moment
    M = transform.melspectrogram(y, sr)

The functions have the names, the argument words, the defaults and the layout of librosa 0.11 and
give its numbers; a table in the tests compares each with its twin. All is computed in float64.

n samples, sr samples a second, T frames (moments), n_fft samples in a frame,
hop_length samples from one frame to the next. Frequencies stand in rows, moments in columns.
"""

from .beats import beat_track
from .chroma import chroma_filters, chroma_stft, estimate_tuning, piptrack
from .levels import (
    amplitude_to_db,
    db_to_power,
    fft_frequencies,
    frames_to_time,
    power_to_db,
    rms,
    spectrogram,
)
from .mel import dct, hz_to_mel, mel_filters, mel_frequencies, mel_to_hz, melspectrogram, mfcc
from .rhythm import (
    autocorrelate,
    onset_detect,
    onset_strength,
    tempo,
    tempo_frequencies,
    tempogram,
)
from .spectrum import dft, fft, frame, get_window, idft, istft, stft, window_sumsquare

__all__ = [
    "amplitude_to_db",
    "autocorrelate",
    "beat_track",
    "chroma_filters",
    "chroma_stft",
    "db_to_power",
    "dct",
    "dft",
    "estimate_tuning",
    "fft",
    "fft_frequencies",
    "frame",
    "frames_to_time",
    "get_window",
    "hz_to_mel",
    "idft",
    "istft",
    "mel_filters",
    "mel_frequencies",
    "mel_to_hz",
    "melspectrogram",
    "mfcc",
    "onset_detect",
    "onset_strength",
    "piptrack",
    "power_to_db",
    "rms",
    "spectrogram",
    "stft",
    "tempo",
    "tempo_frequencies",
    "tempogram",
    "window_sumsquare",
]
