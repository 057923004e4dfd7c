"""Sound files: .wav, .flac, .ogg and .mp3, read and written by soundfile, resampled by soxr through librosa.

What a header says is not believed: a file is read block by block, up to a limit, and what was read counts.
"""

import contextlib
import os
from pathlib import Path

import numpy as np

from ..errors import FileFormatError, MusicMLError
from .encoding import HIGHEST_RATE, LOWEST_RATE, encode

FORMATS = {".wav": "WAV", ".flac": "FLAC", ".ogg": "OGG", ".mp3": "MP3"}
MOST_CHANNELS = 16
UNKNOWN = 1 << 40  # frames: so many stand for "not known", as in a stream
LOUDEST = 100_000.0  # beyond the integers that some programs write as floating-point numbers
BLOCK = 1 << 16  # frames that are read at once

# A few bytes can claim hours: refuse more values than this for each byte of the file. Music takes 0.25
# (32 bits) to 40 (8 kbit/s); only hours of digital silence take more. Files of any size may hold FREE values.
VALUES_A_BYTE = 100
FREE = 8_000_000


def save_audio(path, samples, sr, bits=16):
    """Write samples to a file; its ending chooses the format (.wav and .flac keep every bit).

    The file appears whole or not at all. The same samples give the same bytes, except in .ogg, which
    has a random number in it.

    Args:
        path: file name that ends in .wav, .flac, .ogg or .mp3.
        samples: numbers from -1 to 1, shape (n,), or (2, n) for stereo. Louder ones are refused, not cut off:
            scale them first, with ``sound.clean.normalize_peak``.
        sr: samples a second, a whole number.
        bits: 16; for .wav also 8, 24, 32 or "float" (32-bit floating point); for .flac also 8 or 24.
    """
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise FileFormatError(
            f'{path.name} ends in "{path.suffix}", expected one of {", ".join(FORMATS)}. '
            'Rename it: "sound.wav".'
        )
    data = encode(samples, sr, FORMATS[path.suffix.lower()], bits)
    if not path.parent.is_dir():
        raise MusicMLError(f"the folder of {path} does not exist. Make it first: Path.mkdir(parents=True).")
    half_written = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        half_written.write_bytes(data)
        os.replace(half_written, path)  # a reader never sees half a file
    except OSError as error:
        raise MusicMLError(
            f"{path} cannot be written: {error.strerror}. See whether there is room on the disk, whether "
            "you may write there, and whether a folder has that name."
        ) from error
    finally:
        with contextlib.suppress(OSError):  # where nothing may be written, nothing was
            half_written.unlink()


def load_audio(path, sr=None, mono=True, max_seconds=3600):
    """Read a sound file.

    Args:
        path: a .wav, .flac, .ogg or .mp3 file (and what else libsndfile knows); its content decides,
            not its name.
        sr: samples a second to convert to; ``None`` keeps the file's own.
        mono: average the channels to one.
        max_seconds: a longer file is refused before memory is taken for it.

    Returns:
        (samples, sr): float32 samples, shape (n,), or (channels, n) with ``mono=False``; and samples a
        second. They lie from -1 to 1, but may exceed it a little where a file holds floating-point numbers,
        was compressed, or is converted: ``sound.clean.normalize_peak`` brings them back. A file that is
        cut off is read as far as it goes; .flac, which can tell, is refused.

    Raises:
        FileFormatError: no sound file, damaged from the start, empty, with nan or inf, with more than 16
            channels, too long, or holding far more than its size allows (over 100 values a byte).
    """
    path = Path(path)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise FileFormatError(f"{path} {what}, expected a sound file. Check the name and the folder.")
    if sr is not None and not (1000 <= sr <= 192_000 and sr == int(sr)):
        raise MusicMLError(
            f"sr is {sr}, expected a whole number from 1,000 to 192,000. 22050 is usual in this course."
        )
    samples, rate = _read(path, mono, max_seconds)
    if sr is not None and sr != rate:
        values = samples.size * sr / rate
        if values > _most_values(path):
            raise FileFormatError(
                f"{path.name} at {sr} Hz instead of its {rate} would be {values:,.0f} values, expected "
                f"at most {_most_values(path):,}. Take a smaller sr, or None."
            )
        import librosa

        samples = librosa.resample(samples, orig_sr=rate, target_sr=int(sr), res_type="soxr_hq", axis=-1)
        rate = int(sr)
    return (samples[0] if mono else samples), rate


def _read(path, mono, max_seconds):
    """The file's samples, float32 (channels, n), one channel if ``mono``; and its rate."""
    import soundfile

    class InOrder(soundfile.SoundFile):
        """Read from front to back: no seeking, which fails where the length in the header is wrong."""

        def seekable(self):
            return False

    blocks, count = [], 0
    try:  # an open file, not a name: libsndfile would guess by the ending what it does not recognise
        with _quiet(), open(path, "rb") as opened, InOrder(opened) as file:
            rate, channels, frames = file.samplerate, file.channels, file.frames
            _check_header(path, rate, channels, frames, max_seconds)
            while len(block := file.read(BLOCK, dtype="float32", always_2d=True)):
                count += len(block)
                _check_size(path, count, rate, channels, max_seconds)
                _check_values(path, block, count - len(block), rate)
                blocks.append(block.mean(axis=1, keepdims=True) if mono else block)
    except (RuntimeError, OSError, TypeError) as error:  # LibsndfileError is a RuntimeError; TypeError: .raw
        reason = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
        if "not a regular file" in reason:  # what libsndfile says of a file that seemed MP3 and is not
            reason = "no sound found in it"
        raise FileFormatError(
            f"{path.name} is not a sound file that can be read ({reason.rstrip('.')}), "
            f"expected {', '.join(FORMATS)}. "
            "Open it in a player to see whether it is whole, or convert it to .wav."
        ) from error
    if not count:
        raise FileFormatError(f"{path.name} holds no samples, expected sound. Export it again.")
    return np.concatenate(blocks).T, rate


@contextlib.contextmanager
def _quiet():
    """Send to nowhere what C libraries print: libmpg123 talks about each flaw of a file."""
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


def _check_header(path, rate, channels, frames, max_seconds):
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise FileFormatError(
            f"{path.name} claims {rate:,} samples a second, expected {LOWEST_RATE:,} to {HIGHEST_RATE:,}. "
            "The header is damaged: export it again."
        )
    if channels > MOST_CHANNELS:
        raise FileFormatError(
            f"{path.name} claims {channels} channels, expected at most {MOST_CHANNELS}. "
            "Export it again in mono or stereo."
        )
    if frames < UNKNOWN:
        _check_size(path, frames, rate, channels, max_seconds)


def _most_values(path):
    return max(FREE, VALUES_A_BYTE * path.stat().st_size)


def _check_size(path, frames, rate, channels, max_seconds):
    if frames > max_seconds * rate:
        raise FileFormatError(
            f"{path.name} claims {frames / rate:,.0f} s in {channels} channels, "
            f"expected at most {max_seconds:,} s. Pass max_seconds= if it is real."
        )
    if frames * channels > _most_values(path):
        raise FileFormatError(
            f"{path.name} claims {frames / rate:,.0f} s in {channels} channels, too much for a file of "
            f"{path.stat().st_size:,} bytes, expected at most {_most_values(path):,} values. "
            "If it is a long silence, save it as .wav."
        )


def _check_values(path, block, start, rate):
    fine = np.abs(block) <= LOUDEST  # False for nan
    if not fine.all():
        at = start + int(np.argmin(fine.all(axis=1)))
        raise FileFormatError(
            f"{path.name} holds samples that are not numbers (nan or inf) or above {LOUDEST:,.0f}, the "
            f"first at {at / rate:.3f} s, expected -1 to 1. Export it again."
        )
