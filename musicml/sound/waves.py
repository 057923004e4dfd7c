"""The first three instruments: a sine, a sum of sines, and a string made of a delay."""

import numpy as np


def sine(frequency, n, sr):
    """A pure tone: sin(2 pi f t)."""
    t = np.arange(n) / sr
    return np.sin(2 * np.pi * frequency * t)


def organ(frequency, n, sr):
    """Additive synthesis: pipes of 1, 2, 3, 4, 6 and 8 times the frequency sound together.

    A partial at or above sr / 2 cannot be sampled (it would come back as a
    false, lower tone), so it is left out.
    """
    t = np.arange(n) / sr
    pipes = {1: 1.0, 2: 0.6, 3: 0.35, 4: 0.25, 6: 0.12, 8: 0.08}
    y = np.zeros(n)
    for k, loudness in pipes.items():
        if k * frequency < sr / 2:
            y += loudness * np.sin(2 * np.pi * k * frequency * t)
    return y / sum(pipes.values())


def pluck(frequency, n, sr, ring=4.0):
    """A plucked string: a burst of noise runs round a loop, and each time it loses a little brightness.

        y[i] = loss * (b y[i-D+1] + (1 - 2b) y[i-D] + b y[i-D-1])        D = sr / frequency

    One turn of the loop is one period, D samples, and that is the pitch. The
    three weights average neighbours, which dulls the high partials first, as on a
    real string. D is not a whole number, so the delay line is read between its
    samples, by the cubic through the four nearest; reading only at whole samples
    would be out of tune by up to a semitone at the top of the piano.

    Args:
        ring: seconds until the fundamental has faded by 60 dB; longer for low
            notes, shorter for high ones.

    Source: Karplus & Strong 1983; Jaffe & Smith 1983 (tuning and decay).
    """
    D = sr / frequency
    if D < 5:  # the loop would be shorter than its filter: so high that only the fundamental is left
        return sine(frequency, n, sr) * 0.001 ** (np.arange(n) / sr / 0.3)
    ring *= (220 / frequency) ** 0.4
    keep = 0.001 ** (1 / (frequency * ring))  # what one turn may leave of the fundamental
    dulling = 1 - np.cos(2 * np.pi / D)
    b = min(0.25, (1 - keep) / (2 * dulling))
    loss = keep / (1 - 2 * b * dulling)

    whole = int(D) - 2  # newest sample that is read; the cubic's own delay is 1 + d, the average's is 1
    d = D - int(D)
    cubic = np.array([-d * (d - 1) * (d - 2) / 6, (d + 1) * (d - 1) * (d - 2) / 2,
                      -(d + 1) * d * (d - 2) / 2, (d + 1) * d * (d - 1) / 6])  # fmt: skip
    weights = loss * np.convolve(cubic, [b, 1 - 2 * b, b])

    period = np.arange(int(D)) / int(D)
    k = np.arange(1, int(D) // 2)[:, None]  # partials; their phases are random, their loudness is not
    phase = np.random.default_rng(round(1000 * frequency)).uniform(0, 2 * np.pi, k.shape)
    burst = (np.cos(2 * np.pi * k * period + phase) / k).sum(axis=0)
    reach = whole + len(weights)
    y = np.zeros(reach + n)  # the first `reach` samples are the silence before the pluck
    y[reach : reach + min(len(burst), n)] = burst[:n]
    for start in range(reach, reach + n, whole):  # a block of `whole` needs only what lies before it
        stop = min(start + whole, reach + n)
        for j, weight in enumerate(weights, whole):
            y[start:stop] += weight * y[start - j : stop - j]
    return y[reach:] / (1.2 * np.abs(burst).max())  # the cubic may overshoot the burst a little
