"""Drums and cymbals, chosen by General MIDI's percussion keys (36 bass drum, 38 snare, 42 hi-hat, ...).

A drum is a skin and noise: a sine whose pitch falls as the skin comes to rest,
and a burst of noise. A cymbal is many partials with no common base, and noise.
Each hit has its own length, however long it is written.

Source: the recipes of analogue drum machines; Fletcher & Rossing, The Physics
of Musical Instruments, 1998, chapters 18 and 20.
"""

import numpy as np

from .piano import damped

# General MIDI Level 1, percussion key map: key -> kind and its numbers.
#   skin   low Hz, high Hz, seconds of ringing, share of noise
#   noise  seconds, dullness
#   metal  seconds, lowest Hz
KEYS = {
    35: ("skin", 45, 120, 0.45, 0.05), 36: ("skin", 52, 160, 0.4, 0.08),  # bass drums
    37: ("skin", 420, 500, 0.08, 0.5), 38: ("skin", 185, 260, 0.25, 0.75), 40: ("skin", 200, 300, 0.22, 0.85),
    39: ("noise", 0.18, 6),  # hand clap
    41: ("skin", 80, 120, 0.6, 0.1), 43: ("skin", 95, 140, 0.55, 0.1), 45: ("skin", 115, 165, 0.5, 0.1),
    47: ("skin", 140, 195, 0.45, 0.1), 48: ("skin", 165, 230, 0.4, 0.1), 50: ("skin", 195, 270, 0.35, 0.1),
    42: ("metal", 0.12, 3000), 44: ("metal", 0.1, 2600), 46: ("metal", 0.9, 2800),  # hi-hats
    49: ("metal", 2.5, 1400), 57: ("metal", 2.3, 1600), 52: ("metal", 2.0, 1100), 55: ("metal", 1.4, 2000),
    51: ("metal", 1.8, 2200), 59: ("metal", 1.7, 2400), 53: ("metal", 1.5, 1800),  # rides
    54: ("metal", 0.2, 3500), 56: ("skin", 560, 570, 0.25, 0.1),
    69: ("noise", 0.1, 1), 70: ("noise", 0.06, 1),  # cabasa, maracas
    80: ("metal", 0.15, 4000), 81: ("metal", 1.2, 4000),  # triangles
}  # fmt: skip
QUIET = 1e-4  # a hit ends where it is 80 dB softer


def seconds_of(key):
    """How long a hit is heard."""
    kind, *numbers = _recipe(key)
    return 4 / 3 * max(numbers[2] if kind == "skin" else numbers[0], 0.1)


def drum(n, sr, key):
    """The first n samples of a hit, about -1 to 1; always the same for the same key."""
    kind, *numbers = _recipe(key)
    rng = np.random.default_rng(key)
    t = np.arange(n) / sr
    white = rng.uniform(-1, 1, n)
    if kind == "noise":
        seconds, width = numbers
        y = _bright(_dull(white, width)) * 0.001 ** (t / seconds)
    elif kind == "metal":
        seconds, low = numbers
        partials = np.random.default_rng(1000 + key).uniform(low, 4 * low, 24)
        partials = partials[partials < 0.49 * sr]
        fade = seconds * np.linspace(1, 0.5, len(partials))
        y = damped(np.sort(partials), np.full(len(partials), 0.05), fade, n, sr)
        y = y + 0.35 * _bright(white) * 0.001 ** (t / (0.6 * seconds))
    else:
        low, high, seconds, noisy = numbers
        settle = 0.03  # seconds in which the pitch falls
        phase = 2 * np.pi * (low * t + (high - low) * settle * (1 - np.exp(-t / settle)))
        skin = np.sin(phase) * 0.001 ** (t / seconds)
        rattle = _bright(_dull(white, 2)) * 0.001 ** (t / min(seconds, 0.2))
        y = (1 - 0.5 * noisy) * skin + 0.6 * noisy * rattle
    return y * np.minimum(t / 0.0005, 1)  # from 0, in half a millisecond


def _recipe(key):
    """The key's own; for the rest (bongos, congas, blocks) a skin that is higher for a higher key."""
    return KEYS.get(key) or ("skin", 90 * 2 ** ((key - 35) / 18), 100 * 2 ** ((key - 35) / 18), 0.25, 0.15)


def _dull(x, width):
    """Moving average: the wider, the duller."""
    total = np.cumsum(np.concatenate([np.zeros(width), x]))
    return (total[width:] - total[:-width]) / np.sqrt(width)


def _bright(x):
    """Difference of neighbours, which leaves the high frequencies: scaled to about -1 to 1."""
    return np.diff(x, prepend=0.0) / 2
