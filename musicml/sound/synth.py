"""From notes to sound: an envelope and a mixer. The instruments stand in ``instruments.py``.

A sound is an array of samples, numbers from -1 to 1, ``sr`` of them a second
(sr: sample rate, in Hz). A note is the wave of an instrument under an
*envelope*: the curve of its loudness, which rises from 0 and falls back to 0,
because a wave that starts or stops at another value clicks.

Loudness: one note of velocity 127 peaks at 0.9 at most, one of velocity 40 at
40/127 of that, so a soft score stays softer than a loud one. Where many notes
add up to more than 0.9, the whole piece is turned down to 0.9; nothing is turned up.

The same note is the same array every time: noise comes from a generator seeded
by the note. Processors differ in the last bit of a sine or of a long sum, and
``to_int16`` rounds that bit away.
"""

from bisect import bisect_left
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ..errors import MusicMLError
from . import instruments
from .drums import drum, seconds_of
from .instruments import Instrument, instrument_of
from .reverb import reverb as room

PEAK = 0.9  # the highest sample that synthesize() returns
ATTACK = 0.005  # seconds in which a note rises from 0
LAYER = 16  # velocities of a touch-sensitive instrument that share a wave, as in a sampler
LONGEST = 300  # seconds that a note is held at most
MAX_WORK = 200_000  # seconds that all notes together may last
KEPT = 20_000_000  # samples of waves kept for notes that come again: 160 MB
DRUMS = Instrument(lambda key, n, sr: drum(n, sr, key), 0.02, 0.0)


def frequency_of(pitch, a4=440.0):
    """Hz of a MIDI pitch, where 69 is the A of 440 Hz."""
    return a4 * 2.0 ** ((pitch - 69) / 12)


def envelope(n, sr, release, attack=ATTACK):
    """Loudness over time, n values: a rise from 0, a level, a fall to 0 over ``release`` seconds."""
    up = min(round(attack * sr), n // 4)
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
        instrument: one of INSTRUMENTS, such as "sine", "organ", "pluck", "piano".
        velocity: 1 to 127, how hard the note is struck.

    Returns:
        float64 samples (round(seconds * sr),), from 0 to 0.
    """
    player = instruments.get(instrument)
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
    wave = player(frequency, n, sr, velocity)
    return PEAK * (velocity / 127) * player.level * wave * envelope(n, sr, player.release, player.attack)


def synthesize(score, sr=22050, instrument="pluck", max_seconds=1800, *, a4=440.0, stereo=False, reverb=0.0):
    """Play a score: every note of every part, at its time along the tempo map, added up.

    A note sounds for its duration and then fades, while the next has begun. A hit of a
    drum part rings for its own time. A note at or above sr / 2 is left out: samples
    this far apart cannot hold it (with sr=22050 these are the MIDI pitches 125 to 127).

    Args:
        score: a Score.
        sr: samples a second.
        instrument: one of INSTRUMENTS for all parts; a list with one for each part; or
            "midi": each part's own General MIDI program. Drum parts are always drums.
        max_seconds: a longer score is refused before memory is taken for it.
        a4: Hz of the A that all is tuned to.
        stereo: spread the parts from left to right.
        reverb: share of a room's echo in the sound, 0 to 1; 0.2 is a small hall.

    Returns:
        float64 samples (n,), or (2, n) if stereo: left and right; never outside -0.9 to 0.9.
        The length is the score's own and the fade of its last note; a score without notes
        gives 0 samples.
    """
    players = _players(score, instrument)
    _check_rate(sr)
    length = score.seconds(score.duration)
    if not length <= max_seconds:
        raise MusicMLError(
            f'score "{score.title}" lasts {length:,.0f} s ({length / 3600:.1f} h), expected at most '
            f"{max_seconds:,} s. Take a part of it, score.slice(0, 64), "
            "or pass max_seconds= if there is memory for it."
        )
    if not score.duration:
        return np.zeros((2, 0) if stereo else 0)

    hits = list(_hits(score, players, sr, a4))
    work = sum(hit.n for hit in hits) / sr
    if work > MAX_WORK:
        raise MusicMLError(
            f'the {len(hits):,} notes of score "{score.title}" last {work / 3600:,.0f} h together, '
            f"expected at most {MAX_WORK / 3600:,.0f} h. Take a part of it, score.slice(0, 64)."
        )
    end = length + max(player.release for player in players)
    mix = np.zeros((2 if stereo else 1, max([round(end * sr), *(hit.first + hit.n for hit in hits)])))
    for hit, wave in _waves(hits, sr, a4):
        sound = hit.gain * wave[: hit.n]
        sound *= envelope(hit.n, sr, hit.player.release, hit.player.attack)
        stop = hit.first + hit.n
        for channel, loudness in zip(mix, _pan(hit, players) if stereo else (1.0,), strict=True):
            channel[hit.first : stop] += loudness * sound
    mix = mix if stereo else mix[0]
    if reverb:
        mix = room(mix, sr, amount=reverb)
    mix *= PEAK
    return mix * (PEAK / max(PEAK, np.abs(mix).max()))


class _Hit(NamedTuple):
    """A note that can be heard."""

    player: Instrument
    pitch: int
    velocity: int  # of the wave
    gain: float
    first: int  # sample
    n: int  # samples
    part: int


def _players(score, instrument):
    """The Instrument of each part; drum parts have DRUMS."""
    parts = score.parts
    if isinstance(instrument, str):
        if instrument != "midi":
            instruments.get(instrument)  # a wrong word is told even where there is nothing to play
        instrument = [instrument] * len(parts)
    if len(instrument) != len(parts):
        raise MusicMLError(
            f'score "{score.title}" has {len(parts)} parts, received {len(instrument)} instruments. '
            "Name one for each part, or one for all."
        )
    return [
        DRUMS if part.is_drums else instruments.get(instrument_of(part.program) if name == "midi" else name)
        for part, name in zip(parts, instrument, strict=True)
    ]


def _hits(score, players, sr, a4):
    """Every note that can be heard, part by part."""
    seconds = _clock(score)
    last = round((score.seconds(score.duration) + max(p.release for p in players)) * sr)
    for i, (part, player) in enumerate(zip(score.parts, players, strict=True)):
        for note in part.notes:
            start = seconds(note.onset)
            first = round(start * sr)
            velocity, gain = note.velocity, note.velocity / 127 * player.level
            if part.is_drums:
                n = round(seconds_of(note.pitch) * sr)
            elif frequency_of(note.pitch, a4) < sr / 2:
                length = min(seconds(note.end) - start, LONGEST)
                n = min(round((length + player.release) * sr), last - first)
            else:
                continue
            if player.touch:  # a wave for each of a few velocities, not for each of 127
                velocity = LAYER * (velocity // LAYER) + LAYER // 2
            else:
                velocity = 0
            yield _Hit(player, note.pitch, velocity, gain, first, n, i)


def _waves(hits, sr, a4):
    """Yield (hit, wave). A wave is made once, for its longest note: a shorter one is its beginning."""
    longest = {}
    for hit in hits:
        longest[hit[:3]] = max(longest.get(hit[:3], 0), hit.n)
    if many := sum(longest.values()) > KEPT:
        hits = sorted(hits, key=lambda hit: (hit.player.wave.__name__, *hit[1:3]))  # one wave after the other
    waves = {}
    for hit in hits:
        key = player, pitch, velocity = hit[:3]
        if key not in waves:
            if many:
                waves.clear()
            frequency = pitch if player is DRUMS else frequency_of(pitch, a4)
            waves[key] = player(frequency, longest[key], sr, velocity)
        yield hit, waves[key]


def _pan(hit, players):
    """Loudness (left, right) of a part: the parts stand from left to right, the drums in the middle.

    cos^2 + sin^2 = 1: a part has the same power wherever it stands.
    """
    place = 0.5 if hit.player is DRUMS or len(players) == 1 else 0.2 + 0.6 * hit.part / (len(players) - 1)
    return np.cos(place * np.pi / 2), np.sin(place * np.pi / 2)


def _clock(score):
    """A function: beat -> seconds, the same as score.seconds but fast for thousands of tempo changes."""
    starts, seconds = [start for start, _ in score.tempos], [0.0]
    for (start, bpm), (end, _) in pairwise(score.tempos):
        seconds.append(seconds[-1] + float(end - start) * 60 / bpm)

    def at(beat):
        i = max(bisect_left(starts, beat) - 1, 0)
        return seconds[i] + float(beat - starts[i]) * 60 / score.tempos[i][1]

    return at


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


def _check_rate(sr):
    if not 1000 <= sr <= 192_000:
        raise MusicMLError(
            f"sr is {sr}, expected 1,000 to 192,000 samples a second. 22050 is usual in this course."
        )
