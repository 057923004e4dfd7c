"""Sounds and pictures, written by the commands: whole or not at all, and over nothing that is there."""

import os

from ..errors import FileFormatError, MusicMLError
from ..score.atomic import write_atomically
from .facts import time


def check_output(path, suffixes, force):
    """The ending of the file that will be written; refused before any work is done."""
    suffix = path.suffix.lower()
    if suffix not in suffixes:
        raise FileFormatError(f'"{path.name}" ends in "{suffix}", expected {", ".join(suffixes)}. Rename it.')
    if path.exists() and not force:
        raise MusicMLError(f"{path} exists and is not written over. Give another name, or add --force.")
    if not path.parent.is_dir():
        raise MusicMLError(f'there is no folder "{path.parent}" for {path.name}. Make it first.')
    return suffix


def save_sound(path, samples, sr):
    from ..sound import save_audio

    save_audio(path, samples, sr)
    print(f"Wrote {path}, {time(samples.shape[-1] / sr)}")
    return 0


def draw_score(options, score):
    suffix = options.output.suffix.lower()
    _silence_matplotlib()
    if suffix == ".svg":
        from ..show.engraving import describe, to_svg

        data, told = to_svg(score, options.bars), describe(score, bars=options.bars)
    else:
        from ..show.picture import png
        from ..show.roll import draw_pianoroll

        beats = score.duration if options.bars is None else options.bars * score.time_signature[0]
        width = min(max(7.2, float(beats) / 6), 60)
        fig, told = draw_pianoroll(score, bars=options.bars, width=width)
        data = png(fig)
    _write(options.output, data, told)


def draw_sound(options, samples, sr):
    if options.output.suffix.lower() != ".png":
        raise MusicMLError(f'a spectrogram is drawn as .png, received "{options.output.name}". Rename it.')
    _silence_matplotlib()
    from ..show.picture import png
    from ..show.spectrogram import draw_spectrogram

    seconds = samples.shape[1] / sr
    fig, told = draw_spectrogram(samples.mean(axis=0), sr, options.file.name, min(max(7.2, seconds / 3), 40))
    _write(options.output, png(fig), told)


def _write(path, data, told):
    write_atomically(path, data)
    print(f"Wrote {path}: {told}")


def _silence_matplotlib():
    """Pictures go into files here: no window, whatever screen there is or is not."""
    os.environ.setdefault("MPLBACKEND", "Agg")
