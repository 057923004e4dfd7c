"""Symbolic music: notes, files of notes, and arrays of notes."""

from .abc_notation import read_abc, read_abc_all
from .abc_writer import write_abc
from .chorale_grid import ChoraleTokens, chorale_facts, grid_score
from .chorale_plan import ChoralePlan, chorale_example, chorale_inputs, chorale_plan, fact_names
from .endings import final_chord, final_third, final_tonic, signature_third
from .events import EventTokens
from .files import load, load_all, load_folder, save
from .keys import Key, find_key, key_correlations, key_name, pitch_class_histogram, read_key, third_of_mode
from .midi import read_midi, read_midi_all, write_midi
from .musicxml import read_musicxml, write_musicxml
from .notes import Note, Part, Score, melody, name_to_pitch, pitch_to_frequency, pitch_to_name
from .pianoroll import from_pianoroll, onsets, pianoroll, quantize
from .planes import notes_above, notes_see
from .repeats import earlier_match
from .tokens import MelodyTokens, melody_line
from .transposition import allowed_transpositions, transpose_grid, transpose_roll
from .windows import bar_length, bar_spans, bar_windows, bars, cut_windows, place_in_bar

__all__ = [
    "ChoralePlan",
    "ChoraleTokens",
    "EventTokens",
    "Key",
    "MelodyTokens",
    "Note",
    "Part",
    "Score",
    "allowed_transpositions",
    "bar_length",
    "bar_spans",
    "bar_windows",
    "bars",
    "chorale_example",
    "chorale_facts",
    "chorale_inputs",
    "chorale_plan",
    "cut_windows",
    "earlier_match",
    "fact_names",
    "final_chord",
    "final_third",
    "final_tonic",
    "find_key",
    "from_pianoroll",
    "grid_score",
    "key_correlations",
    "key_name",
    "load",
    "load_all",
    "load_folder",
    "melody",
    "melody_line",
    "name_to_pitch",
    "notes_above",
    "notes_see",
    "onsets",
    "pianoroll",
    "pitch_class_histogram",
    "pitch_to_frequency",
    "pitch_to_name",
    "place_in_bar",
    "quantize",
    "read_abc",
    "read_abc_all",
    "read_key",
    "read_midi",
    "read_midi_all",
    "read_musicxml",
    "save",
    "signature_third",
    "third_of_mode",
    "transpose_grid",
    "transpose_roll",
    "write_abc",
    "write_midi",
    "write_musicxml",
]
