"""Waveforms: notes turned into sound, and files of sound."""

from . import clean, transform
from .encoding import encode_mp3
from .files import load_audio, save_audio
from .instruments import INSTRUMENTS, instrument_of
from .reverb import reverb
from .synth import synthesize, to_int16, tone

__all__ = [
    "INSTRUMENTS",
    "clean",
    "encode_mp3",
    "instrument_of",
    "load_audio",
    "reverb",
    "save_audio",
    "synthesize",
    "to_int16",
    "tone",
    "transform",
]
