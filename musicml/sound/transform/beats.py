"""Where to tap: the beats of a piece by dynamic programming.

T frames; d frames from one beat to the next, as the tempo says.

Source: Ellis 2007, Beat tracking by dynamic programming, Journal of New Music Research 36(1).
"""

import numpy as np

from ...errors import MusicMLError
from .checks import as_envelope
from .rhythm import tempo


def beat_track(onsets, sr=22050, hop_length=512, bpm=None, tightness=100.0):
    """The moments at which one would tap: strong onsets, and steady steps between them.

    Of all sequences of frames t_1 < t_2 < ... the one with the highest

        sum over i of  s[t_i]  -  tightness * sum over i of  ln((t_i - t_i-1) / d)^2

    where s is the onset strength, smoothed. The best score that ends in a frame needs only the best scores
    of the frames before it, so it is found from left to right.

    Args:
        onsets: (T,), from onset_strength.
        bpm: beats a minute; ``None`` takes tempo(onsets).
        tightness: how dear an uneven step is.

    Returns:
        (bpm, frame numbers). Silence has no beat: (0.0, none).
    """
    onsets = as_envelope(onsets)
    if len(onsets) < 2 or not onsets.any():
        return 0.0, np.zeros(0, dtype=int)
    bpm = tempo(onsets, sr, hop_length) if bpm is None else float(bpm)
    d = round(60 * sr / hop_length / bpm) if bpm > 0 else 0
    if d < 1:
        raise MusicMLError(
            f"bpm is {bpm}, expected more than 0 and at most {60 * sr / hop_length:.0f}, one beat a frame. "
            "Leave it out to have it estimated."
        )
    s = _smooth(onsets / onsets.std(ddof=1), d)
    before, score = _best_steps(s, d, tightness)
    beats = [_last_beat(score)]
    while before[beats[-1]] >= 0:
        beats.append(before[beats[-1]])
    return bpm, _trim(np.array(beats[::-1]), s)


def _smooth(x, d):
    """x blurred by a Gaussian, so that a beat may lie a little beside its onset."""
    gaussian = np.exp(-0.5 * (np.arange(-d, d + 1) * 32 / d) ** 2)
    return np.convolve(x, gaussian)[d : d + len(x)]


def _best_steps(s, d, tightness):
    """For each frame: the beat before it (-1: none) in the best sequence that ends here, and its score."""
    steps = np.arange(round(d / 2), 2 * d + 1)  # from half a beat to two
    steps = steps[steps > 0]
    cost = tightness * (np.log(steps) - np.log(d)) ** 2
    before, score = np.full(len(s), -1), s.copy()
    loud = 0.01 * s.max()
    begun = False  # the quiet beginning has no beats
    for t in range(len(s)):
        candidates = score[t - steps[steps <= t]] - cost[: np.count_nonzero(steps <= t)]
        begun = begun or s[t] >= loud
        if len(candidates):
            best = np.argmax(candidates)
            score[t] += candidates[best]
            if begun:
                before[t] = t - steps[best]
    return before, score


def _last_beat(score):
    """The last peak that is at least half as high as peaks usually are."""
    right = np.append(score[1:], -np.inf)
    peaks = 1 + np.flatnonzero((score[1:] > score[:-1]) & (score[1:] >= right[1:]))
    high = peaks[score[peaks] >= 0.5 * np.median(score[peaks])] if len(peaks) else peaks
    return high[-1] if len(high) else len(score) - 1


def _trim(beats, s):
    """Without the weak beats at both ends, which only continue the steps into silence."""
    usual = np.convolve(s[beats], np.hanning(5))[2:]
    strong = np.flatnonzero(s > 0.5 * np.sqrt((usual**2).mean()))
    if not len(strong):
        return beats
    return beats[(beats >= strong[0]) & (beats <= strong[-1])]
