"""Samples as the bytes of a sound file, encoded by soundfile."""

import io

import numpy as np

from ..errors import MusicMLError
from .synth import to_int16

# (format, bits) -> the name that libsndfile has for it
SUBTYPES = {
    ("WAV", 8): "PCM_U8", ("WAV", 16): "PCM_16", ("WAV", 24): "PCM_24", ("WAV", 32): "PCM_32",
    ("WAV", "float"): "FLOAT",
    ("FLAC", 8): "PCM_S8", ("FLAC", 16): "PCM_16", ("FLAC", 24): "PCM_24",
    ("OGG", 16): "VORBIS", ("MP3", 16): "MPEG_LAYER_III",
}  # fmt: skip
MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
LOWEST_RATE, HIGHEST_RATE = 1000, 768_000
OGG_BLOCK = 1 << 16  # frames at once: on a long array the Vorbis encoder overflows its stack, and Python dies


def encode_mp3(samples, sr):
    """Samples as the bytes of an MP3 file: about 2.4 KB a second, the same bytes every time."""
    return encode(samples, sr, "MP3", compression_level=0.9)


def encode(samples, sr, form, bits=16, **options):
    """Samples as the bytes of a file; save_audio has the meaning of the arguments.

    Args:
        form: "WAV", "FLAC", "OGG" or "MP3".
        options: for soundfile.SoundFile.
    """
    import soundfile

    samples = np.asarray(samples)
    if samples.ndim not in (1, 2) or samples.size == 0 or (samples.ndim == 2 and len(samples) > 2):
        raise MusicMLError(
            f"samples have shape {samples.shape}, expected (n,), or (2, n) for stereo, with n at least 1. "
            "Transpose them if the channels come last."
        )
    if (form, bits) not in SUBTYPES:
        possible = ", ".join(str(b) for f, b in SUBTYPES if f == form)
        raise MusicMLError(f"{form} has no samples of {bits} bits, expected {possible}. 16 is usual.")
    if form == "MP3" and sr not in MP3_RATES:
        raise MusicMLError(
            f"MP3 has no sample rate {sr}, expected one of {', '.join(map(str, MP3_RATES))}. "
            "Make the sound with one of these, or save it as .wav."
        )
    if not LOWEST_RATE <= sr <= HIGHEST_RATE or sr != int(sr):
        raise MusicMLError(
            f"sr is {sr}, expected a whole number from {LOWEST_RATE:,} to {HIGHEST_RATE:,}. "
            "22050 is usual in this course."
        )
    data = _as_bits(samples, bits).T
    channels = 1 if data.ndim == 1 else data.shape[1]
    if form == "MP3" and channels == 2:
        data = data.astype("int32") << 16  # libsndfile 1.2.2 makes noise of two channels of int16
    file = io.BytesIO()
    try:
        with soundfile.SoundFile(
            file, "w", int(sr), channels, SUBTYPES[form, bits], format=form, **options
        ) as out:
            step = OGG_BLOCK if form == "OGG" else len(data)
            for start in range(0, len(data), step):
                out.write(data[start : start + step])
    except soundfile.LibsndfileError as error:
        raise MusicMLError(
            f"a {form} file of {samples.shape[-1]} samples at {sr} Hz cannot be written: {error}. "
            "Save it as .wav."
        ) from error
    return file.getvalue()


def _as_bits(samples, bits):
    """Samples as numbers of so many bits; what has not 16 stands in the highest bits of an int32."""
    in_16 = to_int16(samples)  # also refuses what is not from -1 to 1
    if bits == 16:
        return in_16
    samples = np.clip(np.asarray(samples, dtype="float64"), -1, 1)
    if bits == "float":
        return samples.astype("float32")
    return np.rint(samples * (2.0 ** (bits - 1) - 1)).astype("int32") << (32 - bits)
