"""Simple models to stand beside every network: chance, copying, counting and logistic regression.

Of tokens, one note each (``tokens``, ``kneser_ney``):

    model.next_log_probs(tokens) -> (size,)   log p of each token that could come next
    model.log_probs(tokens) -> (n - 1,)       log p of each token after the first, given all before it

Of frames, the notes that sound together, boolean rolls of shape (T, notes) (``frames``, ``regression``,
``whole_frames``):

    model.log_probs(roll) -> (T,)             log p of each frame given those before it
    model.probabilities(roll) -> (T, notes)   p of each note at t given the frames before t; factorised only

Of four voices in steps, pitches of shape (T, 4) (``voices``):

    model.log_probs(grid) -> (T, 4)           log p of each voice, given earlier steps and the voices above

A factorised model takes the notes of a frame as independent, given the past. A joint model does not.
Logarithms are natural.
"""

from .frames import NoteCopy, NoteMarkov, NoteModel, NoteUnigram, frame_log_probs
from .kneser_ney import KneserNey
from .note_by_note import NoteByNote, sample_roll
from .regression import LogisticRegression
from .tokens import Baseline, Chance, CopyPrevious, MarkovChain
from .voices import VoiceCopy, VoiceCounts
from .whole_frames import FrameBigram

__all__ = [
    "Baseline",
    "Chance",
    "CopyPrevious",
    "FrameBigram",
    "KneserNey",
    "LogisticRegression",
    "MarkovChain",
    "NoteByNote",
    "NoteCopy",
    "NoteMarkov",
    "NoteModel",
    "NoteUnigram",
    "VoiceCopy",
    "VoiceCounts",
    "frame_log_probs",
    "sample_roll",
]
