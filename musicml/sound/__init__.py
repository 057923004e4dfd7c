"""Waveforms: notes turned into sound, and files of sound."""

from .files import encode_mp3, load_audio, save_audio
from .synth import INSTRUMENTS, synthesize, to_int16, tone

__all__ = ["INSTRUMENTS", "encode_mp3", "load_audio", "save_audio", "synthesize", "to_int16", "tone"]
