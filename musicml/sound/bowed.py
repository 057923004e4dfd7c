"""Tones that are kept alive by a bow, by lips or by breath.

Strings and brass have all harmonics, each softer than the one before by the factor a:

    y = sin p + a sin 2p + a^2 sin 3p + ... + a^(K-1) sin Kp              p = 2 pi f t
      = (sin p - a^K sin((K+1) p) + a^(K+1) sin Kp) / (1 - 2 a cos p + a^2)

The second line costs the same for any K, and K is chosen so that the highest
harmonic stays below sr / 2. The largest value, for many harmonics, is 1 / (1 - a^2).

Source: Moorer, "The synthesis of complex audio spectra by means of discrete
summation formulae", Journal of the Audio Engineering Society 24(9), 1976.
"""

import numpy as np

DEPTH = 0.004  # how far vibrato bends the frequency: 0.4 %, 7 cents


def harmonics(phase, a, K):
    """The sum above, scaled to about -1 to 1.

    Args:
        phase: p, n values in radians.
        a: brightness, 0 to below 1: one number or n values.
        K: number of harmonics, 1 or more.
    """
    top = np.sin(phase) - a**K * np.sin((K + 1) * phase) + a ** (K + 1) * np.sin(K * phase)
    return (1 - a * a) * top / (1 - 2 * a * np.cos(phase) + a * a)


def vibrato(frequency, n, sr, rate=5.5, start=0.0):
    """Phase (n,) of a tone whose frequency swings about its middle, ``rate`` times a second.

    f(t) = f (1 + DEPTH cos(2 pi rate t + start)); the phase is its integral. The
    swing grows in the first half second, as players do it.
    """
    t = np.arange(n) / sr
    grown = np.minimum(t / 0.5, 1)
    swing = DEPTH * frequency / rate * grown * np.sin(2 * np.pi * rate * t + start)
    return 2 * np.pi * frequency * t + swing


def highest(frequency, sr):
    """How many harmonics of a frequency that may swing a little lie below sr / 2: 1 or more."""
    return max(int(sr / 2 / (frequency * (1 + 2 * DEPTH))), 1)


def strings(frequency, n, sr, velocity=80):
    """A small string section: three players, not quite in tune with each other, each with a vibrato.

    The harmonics fall off by frequency, a = exp(-f / cutoff), as the body of a violin makes them.
    """
    a = np.exp(-frequency / (900 + 1600 * velocity / 127))
    players = np.random.default_rng(round(1000 * frequency))
    y = np.zeros(n)
    for cents, loudness in ((-3, 0.18), (0, 0.64), (3, 0.18)):
        f = frequency * 2 ** (cents / 1200)
        rate, start, turn = players.uniform([4.8, 0, 0], [6.2, 2 * np.pi, 2 * np.pi])
        y += loudness * harmonics(vibrato(f, n, sr, rate, start) + turn, a, highest(f, sr))
    return y


def brass(frequency, n, sr, velocity=80):
    """A horn: blown harder it is brighter, so the brightness rises with the tone and settles.

    Source: Risset & Mathews, "Analysis of musical-instrument tones", Physics Today 22(2), 1969.
    """
    t = np.arange(n) / sr
    blow = (1 - np.exp(-t / 0.04)) * (1 + 0.3 * np.exp(-t / 0.15))
    a = np.exp(-frequency / (300 + 1500 * velocity / 127 * blow))
    return 0.8 * harmonics(2 * np.pi * frequency * t, a, highest(frequency, sr))


def flute(frequency, n, sr):
    """A flute: three harmonics with a vibrato, and breath: slow noise that makes the tone uneven."""
    phase = vibrato(frequency, n, sr, 5.0)
    y = np.zeros(n)
    for k, loudness in enumerate((0.75, 0.2, 0.1)[: highest(frequency, sr)], 1):
        y += loudness * np.sin(k * phase)
    noise = np.random.default_rng(round(1000 * frequency)).uniform(-1, 1, n + 31)
    total = np.cumsum(noise)
    breath = (total[31:] - total[:-31]) / 31  # moving average of 31: below about sr / 60 Hz
    tremolo = 1 + 0.06 * np.sin(2 * np.pi * 5.0 * np.arange(n) / sr)
    return 0.85 * y * (tremolo + 0.5 * breath)
