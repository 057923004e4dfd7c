"""How good is it? Likelihood of real music, and statistics to lay generated music beside real music.

Statistics take a Score. They say nothing about beauty; they say where generated
music differs from the music it was learned from. Always print them for real
held-out music as well.

    likelihood     nats per note, perplexity, the frame NLL of the published tables, intervals for a mean
    log            a line for every look at a test split
    pitch, rhythm  what can be measured on one score
    distances      how different two histograms, or two sets of pieces, are
    originality    what was copied from the training data
    tables         groups of scores side by side

Sources that the definitions name, and which differ from each other:
    MusPy        Dong, Chen, McAuley and Berg-Kirkpatrick 2020, "MusPy", and its code
    Mogren       2016, "C-RNN-GAN"
    MuseGAN      Dong, Hsiao, Yang and Yang 2018
    Wu and Yang  2020, "The Jazz Transformer on the front line", and its code MusDr
"""

from ..baselines import frame_log_probs
from .distances import (
    jensen_shannon_distance,
    overlapping_area,
    pairwise_distances,
)
from .likelihood import bootstrap_interval, frame_nll, nats_per_note, perplexity
from .log import log_test
from .originality import Originality, band, frame_steps, note_steps
from .pitch import (
    SCALES,
    interval_histogram,
    melodic_intervals,
    pitch_class_entropy,
    pitch_class_entropy_of_bars,
    pitch_class_histogram,
    polyphony,
    polyphony_rate,
    scale_consistency,
    simultaneous_notes,
)
from .rhythm import duration_histogram, groove_consistency, repetition
from .tables import all_statistics, compare, report, statistics, table

__all__ = [
    "Originality",
    "SCALES",
    "all_statistics",
    "band",
    "bootstrap_interval",
    "compare",
    "duration_histogram",
    "frame_log_probs",
    "frame_nll",
    "frame_steps",
    "groove_consistency",
    "interval_histogram",
    "jensen_shannon_distance",
    "log_test",
    "melodic_intervals",
    "nats_per_note",
    "note_steps",
    "overlapping_area",
    "pairwise_distances",
    "perplexity",
    "pitch_class_entropy",
    "pitch_class_entropy_of_bars",
    "pitch_class_histogram",
    "polyphony",
    "polyphony_rate",
    "repetition",
    "report",
    "scale_consistency",
    "simultaneous_notes",
    "statistics",
    "table",
]
