"""Sound in a notebook: a player that carries its sound with it."""

import base64
from html import escape

import numpy as np
from IPython.display import display

from ..errors import MusicMLError
from ..sound import encode_mp3, synthesize
from .picture import Shown

FADE = 0.3  # seconds of fade where a sound is cut short


def listen(sound, sr=22050, title="", seconds=10, instrument="pluck"):
    """Show a player for a score or for samples.

    Args:
        sound: a Score, or samples of shape (n,). Samples beyond -1 to 1 are turned down to fit.
        sr: samples a second.
        title: what it is, for the caption. A score brings its own.
        seconds: a longer sound is cut there, with a short fade.
        instrument: what plays a score: "pluck", "piano", ... as in sound.synthesize.
    """
    clip, caption = _clip(sound, sr, title, seconds, instrument)
    display(Shown(_player(clip, sr, f"Sound: {caption}"), f"Sound: {caption}"))


def listen_to(sounds, sr=22050, seconds=10, instrument="pluck"):
    """Show several players in one row, to compare sounds.

    Args:
        sounds: a dict, name -> Score or samples: ``{"by chance": a, "by counting": b}``.
        The rest is as in ``listen``.
    """
    if not sounds:
        raise MusicMLError('listen_to received no sounds, expected a dict such as {"by chance": score}.')
    players, captions = [], []
    for name, sound in sounds.items():
        clip, caption = _clip(sound, sr, str(name), seconds, instrument)
        players.append(_player(clip, sr, caption))
        captions.append(caption)
    row = f'<div style="display:flex;flex-wrap:wrap">{"".join(players)}</div>'
    display(Shown(row, f"Sounds: {'; '.join(captions)}"))


def player(sound, sr=22050, title="", seconds=10, instrument="pluck"):
    """The HTML of one player, for use inside something larger."""
    clip, caption = _clip(sound, sr, title, seconds, instrument)
    return _player(clip, sr, f"Sound: {caption}")


def _clip(sound, sr, title, seconds, instrument):
    """Samples that are short enough, loud enough to hear, and their caption."""
    if hasattr(sound, "parts"):
        title = title or sound.title
        # only the notes that will be heard: a long piece costs no more than a short one
        last = max((n.end for n in sound.notes if sound.seconds(n.onset) < seconds), default=0)
        sound = synthesize(sound.slice(0, last), sr, instrument) if last else np.zeros(0)
    samples = np.asarray(sound, dtype="float64")
    if samples.ndim != 1:
        raise MusicMLError(
            f"samples have shape {samples.shape}, expected (n,). "
            "For two channels of shape (2, n), pass samples.mean(axis=0)."
        )
    if not np.isfinite(samples).all():
        raise MusicMLError(
            "the samples hold nan or inf, which is no sound. "
            "Find where they come from: np.flatnonzero(~np.isfinite(x))."
        )
    n = round(seconds * sr)
    if len(samples) > n:
        samples = samples[:n].copy()
        fade = min(round(FADE * sr), n)
        samples[n - fade :] *= np.linspace(1, 0, fade)
    highest = np.abs(samples).max(initial=0.0)
    if highest < 1e-4:
        raise MusicMLError(
            f'sound "{title}" is silent: its largest sample in {len(samples) / sr:.1f} s is {highest:.1g}, '
            "expected more than 0.0001. Look whether the score has notes and the samples are not all zero."
        )
    if highest > 1:
        samples = samples * (0.9 / highest)
    return samples, f"{title}, {len(samples) / sr:.1f} s" if title else f"{len(samples) / sr:.1f} s"


def _player(samples, sr, caption):
    coded = base64.b64encode(encode_mp3(samples, sr)).decode("ascii")
    label = escape(caption)
    return (
        f'<figure style="margin:0 1em 0.5em 0"><figcaption>{label}</figcaption>'
        # JupyterLab drops aria-label from a notebook that was not run here; title remains
        f'<audio controls preload="auto" aria-label="{label}" title="{label}" '
        f'src="data:audio/mpeg;base64,{coded}"></audio></figure>'
    )
