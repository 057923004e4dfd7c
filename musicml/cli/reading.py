"""Files of notes and of sound, for the commands: the tune that is meant, and how it sounds."""

import re
from dataclasses import replace

from ..errors import MusicMLError
from .facts import time

RATE = 44100  # samples a second of what is rendered here: a file for any player
ROOM = 0.12  # share of a room's echo: dry notes are tiring
LONGEST = 1800  # seconds of music that are rendered
FADE = 0.3  # seconds, where a sound is cut short
IS_SOUND = re.compile(rb"RIFF....WAVE|RF64|fLaC|OggS|ID3|\xff[\xe2-\xfb]|FORM....AIF[FC]", re.DOTALL)


def is_sound(path):
    """Whether a file holds sound and not notes, by its first bytes."""
    try:
        with open(path, "rb") as file:
            return bool(IS_SOUND.match(file.read(16)))
    except OSError:
        return False  # the reader of scores says what is wrong with it


def read_scores(options):
    """The tunes of a file; the one that --tune names."""
    from .. import score as score_module

    scores = score_module.load_all(options.file)
    if options.tune is None:
        return scores
    if not 1 <= options.tune <= len(scores):
        raise MusicMLError(
            f"{options.file.name} has {len(scores)} tunes, there is no --tune {options.tune}. "
            f"Give a number from 1 to {len(scores)}."
        )
    return [scores[options.tune - 1]]


def read_score(options):
    scores = read_scores(options)
    if len(scores) != 1:
        raise MusicMLError(
            f"{options.file.name} holds {len(scores)} tunes, expected one. Add --tune 1; "
            "musicml show lists them."
        )
    return scores[0]


def read_sound(options):
    """(samples, sr) of a file: (n,), or (2, n) where it is stereo; never beyond -1 to 1."""
    from ..sound import encoding, load_audio

    if options.seconds is not None and not options.seconds > 0:
        raise MusicMLError(f"--seconds is {options.seconds:g}, expected more than 0.")
    if is_sound(options.file):
        samples, sr = load_audio(options.file, mono=False)
        if options.output and options.output.suffix.lower() == ".mp3" and sr not in encoding.MP3_RATES:
            samples, sr = load_audio(options.file, sr=RATE, mono=False)
        samples = samples[:2] if len(samples) > 1 else samples[0]
        highest = abs(samples).max()
        if highest > 1:  # a decoded MP3 often is a little louder than what was encoded
            samples = samples / (highest * (1 + 1e-6))
    else:
        samples, sr = _render(options), RATE
    if options.seconds is not None and samples.shape[-1] > options.seconds * sr:
        samples = samples[..., : max(round(options.seconds * sr), 1)].astype("float64")
        n = min(round(FADE * sr), samples.shape[-1])
        samples[..., -n:] *= [1 - i / n for i in range(1, n + 1)]
    return samples, sr


def _render(options):
    """Samples of a file of notes."""
    score = read_score(options)
    if options.seconds is not None:  # no more is rendered than is heard
        end = max((n.end for n in score.notes if score.seconds(n.onset) < options.seconds), default=0)
        score = score.slice(0, end)
    if not score.notes:
        raise MusicMLError(f"{options.file.name} has no notes, so there is nothing to hear.")
    seconds = score.seconds(score.duration)
    if seconds > LONGEST:
        raise MusicMLError(
            f"{options.file.name} lasts {time(seconds)}, expected at most {time(LONGEST)}. Add --seconds 60."
        )
    return render(score, options.instrument)


def render(score, instrument):
    """Samples of a Score in a little room: (n,), or (2, n) where there are several parts."""
    from ..sound import synthesize

    score = replace(score, parts=[part for part in score.parts if part.notes])
    return synthesize(score, RATE, instrument, stereo=len(score.parts) > 1, reverb=ROOM)
