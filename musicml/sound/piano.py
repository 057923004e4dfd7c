"""A piano: a sum of partials that die away, struck by a hammer."""

import numpy as np

BLOCK = 512


def damped(frequencies, loudness, seconds, n, sr):
    """Sum of sines that fade: y(t) = sum_k A_k sin(2 pi f_k t) 0.001^(t / T_k).

    Each term is the imaginary part of A z^i with one complex z a partial. With i = BLOCK b + j
    this is (A z^(BLOCK b)) z^j, so all blocks of all partials are one matrix product.

    Args:
        frequencies: f in Hz, shape (K,).
        loudness: A, shape (K,); complex where a partial does not start at 0: |A| and its angle.
        seconds: T, until a partial is softer by 60 dB, shape (K,).

    Returns:
        samples (n,).
    """
    log_z = (2j * np.pi * frequencies + np.log(0.001) / seconds) / sr
    inside = np.exp(log_z[:, None] * np.arange(BLOCK))  # (K, BLOCK)
    blocks = loudness * np.exp(log_z * BLOCK * np.arange(-(-n // BLOCK))[:, None])  # (blocks, K)
    y = np.hstack([blocks.real, blocks.imag]) @ np.vstack([inside.imag, inside.real])
    return y.ravel()[:n]


def piano(frequency, n, sr, velocity=80):
    """A piano string: stiff, struck near its end, fading in two stages.

        f_k = k f sqrt((1 + B k^2) / (1 + B))                  B: inharmonicity of a stiff string
        A_k = |sin(pi k / 8.5)| / k * 1 / (1 + (f_k / c)^2)    c: hardness of the hammer's felt

    Stiffness makes the partials higher than k f. The hammer strikes at 1/8.5 of the string, where
    partials 8 and 9 hardly move. A harder stroke presses the felt harder, which raises c and
    with it the brightness. The strings of a key move together at first and fade fast; what moves
    against each other is left, and fades slowly. The knock of the hammer, noise, comes first.

    Source: Fletcher, Blackham & Stratton 1962 (stiffness); Weinreich 1977 (two stages); Fletcher &
    Rossing, The Physics of Musical Instruments, 1998, chapter 12. The angles of the partials
    (Schroeder 1970) keep them from peaking all at once.
    """
    force = velocity / 127
    B = 1e-4 + 3e-4 * (frequency / 262) ** 1.25
    k = np.arange(1, 61)
    f = k * frequency * np.sqrt((1 + B * k * k) / (1 + B))
    k, f = k[(f < 0.49 * sr) | (k == 1)], f[(f < 0.49 * sr) | (k == 1)]
    felt = 0.7 * frequency + 400 + 4500 * force**1.5
    A = np.abs(np.sin(np.pi * k / 8.5)) / k / (1 + (f / felt) ** 2)
    A = 0.4 * A / np.sqrt((A * A).sum()) * np.exp(1j * np.pi * k * (k - 1) / 8)
    T = min(10 * (262 / frequency) ** 0.6, 20) / (1 + 0.12 * (k - 1))
    y = damped(
        np.concatenate([f, f * 2 ** (0.5 / 1200)]),  # half a cent apart
        np.concatenate([0.75 * A, 0.25 * A]),
        np.concatenate([T / 3, T]),
        n,
        sr,
    )
    m = min(n, round(0.05 * sr))
    width = 1 + round(sr / 5000)
    noise = np.random.default_rng(round(1000 * frequency)).uniform(-1, 1, m + width)
    knock = (noise[width:] + noise[:-width]) * 0.001 ** (np.arange(m) / sr / 0.04)
    y[:m] += 0.03 * force * knock
    return y
