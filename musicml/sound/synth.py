"""From notes to sound: three instruments, an envelope and a mixer.

A sound is an array of samples, numbers from -1 to 1, ``sr`` of them a second
(sr: sample rate, in Hz). An instrument is a function

    wave(frequency, n, sr) -> n samples, about -1 to 1

and a note is that wave under an *envelope*: the curve of its loudness, which
rises from 0 and falls back to 0, because a wave that starts or stops at
another value clicks.

Loudness: one note of velocity 127 peaks at 0.9, one of velocity 40 at 40/127
of that, so a soft score stays softer than a loud one. Where many notes add up
to more than 0.9, the whole piece is turned down to 0.9; nothing is turned up.

Only additions, multiplications and sines are used, and noise comes from a
generator seeded by the note: the same note is the same array everywhere.
"""

import numpy as np

from ..errors import MusicMLError, unknown

PEAK = 0.9  # the highest sample that synthesize() returns
ATTACK = 0.005  # seconds in which a note rises from 0


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


def drum(n, sr, pitch):
    """A drum hit: noise that fades away in a tenth of a second; low drums are duller."""
    noise = np.random.default_rng(pitch).uniform(-1, 1, n)
    width = max(1, 60 - pitch)  # moving average: the wider, the duller
    total = np.cumsum(np.concatenate([np.zeros(width), noise]))
    dull = (total[width:] - total[:-width]) / np.sqrt(width)
    return 0.5 * dull * 0.001 ** (np.arange(n) / sr / 0.1)


INSTRUMENTS = {"sine": sine, "organ": organ, "pluck": pluck}
RELEASE = {"sine": 0.06, "organ": 0.08, "pluck": 0.2}  # seconds a note needs to fade after its end


def frequency_of(pitch):
    """Hz of a MIDI pitch, where 69 is the A of 440 Hz."""
    return 440.0 * 2.0 ** ((pitch - 69) / 12)


def envelope(n, sr, release):
    """Loudness over time, n values: a quick rise from 0, a level, a fall to 0 over ``release`` seconds."""
    up = min(round(ATTACK * sr), n // 4)
    down = min(round(release * sr), n // 2)
    level = np.ones(n)
    level[:up] = 0.5 - 0.5 * np.cos(np.pi * np.arange(up) / max(up, 1))
    level[n - down :] = 0.5 + 0.5 * np.cos(np.pi * np.arange(1, down + 1) / max(down, 1))
    return level


def tone(frequency, seconds, sr=22050, instrument="sine", velocity=80):
    """One note.

    Args:
        frequency: Hz, above 0 and below sr / 2.
        seconds: length, its fade included.
        sr: samples a second.
        instrument: "sine", "organ" or "pluck".
        velocity: 1 to 127, how hard the note is struck.

    Returns:
        float64 samples (round(seconds * sr),), from 0 to 0.
    """
    _check_instrument(instrument)
    _check_rate(sr)
    if not 0 < frequency < sr / 2:
        raise MusicMLError(
            f"a tone of {frequency} Hz cannot be made with {sr} samples a second; "
            f"expected more than 0 and less than half of it, {sr / 2:g} Hz. Lower the frequency, or raise sr."
        )
    if not 0 < seconds <= 600:
        raise MusicMLError(
            f"a tone lasts {seconds} s, expected more than 0 and at most 600 s. Give a length in seconds."
        )
    n = max(round(seconds * sr), 1)
    wave = INSTRUMENTS[instrument](frequency, n, sr)
    return PEAK * (velocity / 127) * wave * envelope(n, sr, RELEASE[instrument])


def synthesize(score, sr=22050, instrument="pluck", max_seconds=1800):
    """Play a score: every note of every part, at its time along the tempo map, added up.

    A note sounds for its duration and then fades, while the next has begun. Drum
    parts become bursts of noise. A note at or above sr / 2 is left out: samples
    this far apart cannot hold it (with sr=22050 these are the MIDI pitches 125 to 127).

    Args:
        score: a Score.
        sr: samples a second.
        instrument: "sine", "organ" or "pluck", for all parts.
        max_seconds: a longer score is refused before memory is taken for it.

    Returns:
        float64 samples (n,), never outside -0.9 to 0.9. The length is the score's
        own and the fade of its last note; a score without notes gives 0 samples.
    """
    _check_instrument(instrument)
    _check_rate(sr)
    length = score.seconds(score.duration)
    if not length <= max_seconds:
        raise MusicMLError(
            f'score "{score.title}" lasts {length:,.0f} s ({length / 3600:.1f} h), expected at most '
            f"{max_seconds:,} s. Take a part of it, score.slice(0, 64), "
            "or pass max_seconds= if there is memory for it."
        )
    if not score.duration:
        return np.zeros(0)

    release = RELEASE[instrument]
    mix = np.zeros(round((length + release) * sr))
    hits = []  # every note that can be heard: is_drum, pitch, velocity, first sample, samples
    for part in score.parts:
        for note in part.notes:
            if part.is_drums or frequency_of(note.pitch) < sr / 2:
                start = score.seconds(note.onset)
                first, n = round(start * sr), round((score.seconds(note.end) - start + release) * sr)
                hits.append((part.is_drums, note.pitch, note.velocity, first, min(n, len(mix) - first)))

    longest = {}  # each string is plucked once, for its longest note: a shorter one is the beginning of it
    for is_drum, pitch, _, _, n in hits:
        longest[is_drum, pitch] = max(longest.get((is_drum, pitch), 0), n)
    waves = {
        (is_drum, pitch): drum(n, sr, pitch)
        if is_drum
        else INSTRUMENTS[instrument](frequency_of(pitch), n, sr)
        for (is_drum, pitch), n in longest.items()
    }
    for is_drum, pitch, velocity, first, n in hits:
        mix[first : first + n] += velocity / 127 * waves[is_drum, pitch][:n] * envelope(n, sr, release)
    mix *= PEAK
    return mix * (PEAK / max(PEAK, np.abs(mix).max()))


def to_int16(samples):
    """Samples from -1 to 1 as 16-bit integers, the form that files and encoders take.

    Rounding hides the last bits, in which processors differ: the same sound gives the same bytes everywhere.
    """
    samples = np.asarray(samples, dtype="float64")
    highest = np.abs(samples).max(initial=0.0)
    if not highest <= 1 + 1e-6:  # also catches nan
        raise MusicMLError(
            f"the largest sample is {highest:.4g}, expected samples from -1 to 1. "
            "Divide them by their largest absolute value, and look for nan if there is one."
        )
    return np.rint(np.clip(samples, -1, 1) * 32767).astype("int16")


def _check_instrument(name):
    if name not in INSTRUMENTS:
        raise unknown("instrument", name, INSTRUMENTS)


def _check_rate(sr):
    if not 1000 <= sr <= 192_000:
        raise MusicMLError(
            f"sr is {sr}, expected 1,000 to 192,000 samples a second. 22050 is usual in this course."
        )
