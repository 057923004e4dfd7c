"""Symbolic music: notes, files of notes, and arrays of notes."""

from .abc_notation import read_abc, read_abc_all
from .files import load, load_all, load_folder, save
from .midi import read_midi, write_midi
from .notes import Note, Part, Score, melody, name_to_pitch, pitch_to_frequency, pitch_to_name
from .pianoroll import onsets, pianoroll
from .tokens import MelodyTokens, melody_line

__all__ = [
    "MelodyTokens",
    "Note",
    "Part",
    "Score",
    "load",
    "load_all",
    "load_folder",
    "melody",
    "melody_line",
    "name_to_pitch",
    "onsets",
    "pianoroll",
    "pitch_to_frequency",
    "pitch_to_name",
    "read_abc",
    "read_abc_all",
    "read_midi",
    "save",
    "write_midi",
]
