"""Sound files: .wav, .flac, .ogg and .mp3, read and written by soundfile."""

import io
import os
from pathlib import Path

import numpy as np

from ..errors import FileFormatError, MusicMLError
from .synth import to_int16

FORMATS = {".wav": "WAV", ".flac": "FLAC", ".ogg": "OGG", ".mp3": "MP3"}
MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


def save_audio(path, samples, sr):
    """Write samples to a file; its ending chooses the format (.wav and .flac keep every bit of the 16).

    Args:
        path: file name that ends in .wav, .flac, .ogg or .mp3.
        samples: numbers from -1 to 1, shape (n,), or (channels, n).
        sr: samples a second.
    """
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise FileFormatError(
            f'{path.name} ends in "{path.suffix}", expected one of {", ".join(FORMATS)}. '
            'Rename it: "sound.wav".'
        )
    data = _encode(samples, sr, FORMATS[path.suffix.lower()])
    if not path.parent.is_dir():
        raise MusicMLError(f"the folder of {path} does not exist. Make it first: Path.mkdir(parents=True).")
    half_written = path.with_name(path.name + ".part")
    half_written.write_bytes(data)
    os.replace(half_written, path)  # a reader never sees half a file


def encode_mp3(samples, sr):
    """Samples as the bytes of an MP3 file: about 2.4 KB a second, the same bytes every time."""
    return _encode(samples, sr, "MP3", compression_level=0.9)


def _encode(samples, sr, form, **options):
    import soundfile

    samples = np.asarray(samples)
    if samples.ndim not in (1, 2) or samples.size == 0 or (samples.ndim == 2 and len(samples) > 2):
        raise MusicMLError(
            f"samples have shape {samples.shape}, expected (n,), or (2, n) for stereo, with n at least 1. "
            "Transpose them if the channels come last."
        )
    if form == "MP3" and sr not in MP3_RATES:
        raise MusicMLError(
            f"MP3 has no sample rate {sr}, expected one of {', '.join(map(str, MP3_RATES))}. "
            "Make the sound with one of these, or save it as .wav."
        )
    file = io.BytesIO()
    try:
        soundfile.write(file, to_int16(samples).T, sr, format=form, **options)
    except soundfile.LibsndfileError as error:
        raise MusicMLError(
            f"a {form} file of {samples.shape[-1]} samples at {sr} Hz cannot be written: {error}. "
            "Save it as .wav."
        ) from error
    return file.getvalue()


def load_audio(path, sr=None, mono=True, max_seconds=3600):
    """Read a sound file.

    Args:
        path: a .wav, .flac, .ogg or .mp3 file (and what else libsndfile knows).
        sr: samples a second to convert to; ``None`` keeps the file's own.
        mono: average the channels to one.
        max_seconds: a longer file is refused before memory is taken for it.

    Returns:
        (samples, sr): float32 samples from -1 to 1, shape (n,), or (channels, n)
        with ``mono=False``; and samples a second.
    """
    import soundfile

    path = Path(path)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise FileFormatError(f"{path} {what}, expected a sound file. Check the name and the folder.")
    try:
        with soundfile.SoundFile(path) as file:
            rate, channels = file.samplerate, file.channels
            if file.frames > max_seconds * rate or channels > 16:
                raise FileFormatError(
                    f"{path.name} claims {file.frames / rate:,.0f} s in {channels} channels, "
                    f"expected at most {max_seconds:,} s and 16 channels. Pass max_seconds= if it is real."
                )
            samples = file.read(dtype="float32", always_2d=True).T
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise FileFormatError(
            f"{path.name} is not a sound file that can be read ({error}), expected {', '.join(FORMATS)}. "
            "Open it in a player to see whether it is whole, or convert it to .wav."
        ) from error
    if samples.shape[1] == 0 or not np.isfinite(samples).all():
        what = "no samples" if samples.shape[1] == 0 else "samples that are not numbers (nan or inf)"
        raise FileFormatError(f"{path.name} holds {what}, expected sound. Export it again.")
    if mono:
        samples = samples.mean(axis=0, keepdims=True)
    if sr is not None and sr != rate:
        samples = _resample(samples, rate, sr)
        rate = sr
    return (samples[0] if mono else samples), rate


def _resample(samples, old, new):
    from math import gcd

    from scipy.signal import resample_poly

    if not 1000 <= new <= 192_000 or int(new) != new:
        raise MusicMLError(
            f"sr is {new}, expected a whole number from 1,000 to 192,000. 22050 is usual in this course."
        )
    common = gcd(int(new), old)
    return resample_poly(samples.astype("float64"), int(new) // common, old // common, axis=1).astype(
        "float32"
    )
