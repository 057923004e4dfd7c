"""A room: sound that comes back from the walls, again and again, softer and duller."""

import numpy as np

from ..errors import MusicMLError

DELAYS = (0.0297, 0.0371, 0.0411, 0.0437, 0.0473, 0.0531, 0.0593, 0.0671)  # seconds, with no common measure


def reverb(samples, sr, seconds=1.2, amount=0.2):
    """Sound as in a room: eight delay lines that feed each other.

        s_i[t] = x[t] + sum_j A_ij g_j (s_j[t - d_j] + s_j[t - d_j - 1]) / 2        A = I - (2 / 8) 1 1^T

    A reflects, so it neither adds nor takes energy; the gains g let an echo fade by 60 dB in ``seconds``; the
    average of neighbours makes each echo duller than the last.

    Args:
        samples: shape (n,), or (2, n) for stereo.
        seconds: how long the room rings.
        amount: share of the room in the result, 0 to 1.

    Returns:
        float64, the shape of ``samples`` with round(seconds * sr) samples more. It may be louder
        than ``samples``.

    Source: Schroeder 1962; Jot & Chaigne, "Digital delay networks for designing artificial
    reverberators", AES Convention 90, 1991.
    """
    x = np.atleast_2d(np.asarray(samples, dtype="float64"))
    if not (0 <= amount <= 1 and 0 < seconds <= 20):
        raise MusicMLError(
            f"reverb has seconds = {seconds} and amount = {amount}, expected more than 0 and "
            "at most 20 seconds, and an amount from 0 to 1. 1.2 and 0.2 are a small hall."
        )
    delays = [max(round(delay * sr), 2) for delay in DELAYS]
    gains = [0.001 ** (delay / seconds / sr) for delay in delays]
    channels, n = x.shape
    length = n + round(seconds * sr)
    dry = np.zeros((channels, length))
    dry[:, :n] = x

    before = max(delays) + 1  # silence before the start, so that the first echoes have something to read
    lines = np.zeros((8, before + length))
    sources = dry[np.arange(8) % channels]  # stereo: left goes into every other line
    block = min(delays)  # within a block, no line needs what the block itself writes
    for start in range(0, length, block):
        stop = min(start + block, length)
        echo = np.empty((8, stop - start))
        for i, (delay, gain) in enumerate(zip(delays, gains, strict=True)):
            past = lines[i, before + start - delay - 1 : before + stop - delay]
            echo[i] = gain / 2 * (past[1:] + past[:-1])
        lines[:, before + start : before + stop] = echo - echo.sum(axis=0) / 4 + sources[:, start:stop]
    signs = np.array([1, 1, -1, -1, 1, 1, -1, -1])
    # the direct sound, which every line begins with, is taken away again
    room = signs[:, None] * (lines[:, before:] - sources)
    wet = np.stack([room[c::channels].sum(axis=0) for c in range(channels)]) * np.sqrt(channels / 8)
    y = (1 - amount) * dry + amount * wet
    return y if np.ndim(samples) == 2 else y[0]
