"""Frequency modulation: one sine shakes the phase of another, and a rich spectrum comes of two.

    y(t) = A(t) sin(2 pi c t + I(t) sin(2 pi m t))

    c  carrier, Hz        m  modulator, Hz        I  index: how much it shakes, and so how bright

Sidebands appear at c + n m for n = ..., -1, 0, 1, ..., with the loudness J_n(I)
(Bessel functions). If m / c is a ratio of small numbers they are harmonics of a
tone; if not, the sound is that of metal. An index that falls while the note
lasts darkens the sound, as in nature.

Source: Chowning, "The synthesis of complex audio spectra by means of frequency
modulation", Journal of the Audio Engineering Society 21(7), 1973.
"""

from math import factorial

import numpy as np


def largest_index(carrier, modulator, sr, quiet=5e-4):
    """The largest index at which the sidebands above sr / 2 are softer than ``quiet`` (-66 dB).

    They would come back as false tones. For the n-th, J_n(I) <= (I / 2)^n / n!
    """
    first = int((sr / 2 - carrier) / modulator) + 1  # the first sideband that does not fit
    n = min(first, 40)
    return 2 * (quiet * factorial(n)) ** (1 / n)


def modulated(frequency, ratio, index, n, sr):
    """sin(2 pi f t + I sin(2 pi ratio f t)), with the index I, one number or n, kept within its limit."""
    angle = 2 * np.pi * frequency * np.arange(n) / sr
    index = np.minimum(index, largest_index(frequency, ratio * frequency, sr))
    return np.sin(angle + index * np.sin(ratio * angle))


def fading(n, sr, seconds):
    """1 falling to 0.001 (by 60 dB) in so many seconds, n values."""
    return 0.001 ** (np.arange(n) / sr / seconds)


def bell(frequency, n, sr, velocity=80):
    """A bell: m / c = 1.4, so no two partials have a common base; loudness and index fade together."""
    seconds = 6 * (440 / frequency) ** 0.3
    index = (1 + 4 * velocity / 127) * fading(n, sr, 0.8 * seconds)
    return fading(n, sr, seconds) * modulated(frequency, 1.4, index, n, sr)


def electric_piano(frequency, n, sr, velocity=80):
    """An electric piano: a soft tone (m = c) and the ting of the hammer on metal (m = 14 c) at the start."""
    seconds = 5 * (220 / frequency) ** 0.4
    force = velocity / 127
    body = modulated(frequency, 1, 1.5 * force * fading(n, sr, 4.0), n, sr)
    ting = modulated(frequency, 14, 1.2 * force * fading(n, sr, 0.5), n, sr)
    return fading(n, sr, seconds) * (0.7 * body + 0.3 * ting)


def clarinet(frequency, n, sr, velocity=80):
    """A reed on a closed pipe: m = 2 c gives c, 3 c, 5 c, ..., the odd harmonics only."""
    opening = 1 - fading(n, sr, 0.25)  # the brightness comes a little after the tone
    return 0.9 * modulated(frequency, 2, (0.7 + 1.3 * velocity / 127) * opening, n, sr)
