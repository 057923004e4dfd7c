"""Notes as an ear hears them: rendered from the pitches of real tunes, or recorded by the user.

Dimension key
    n notes   N samples of a note   D strings of the ear
"""

import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .. import corpora, sound
from ..errors import FileFormatError, MusicMLError
from ..score import name_to_pitch, pitch_to_frequency

SR, N = 8000, 2048  # samples a second, samples of a note: a quarter of a second
STRINGS = np.arange(48, 104, 0.5)  # (D,) what each string of the ear is tuned to, in MIDI numbers
FREQUENCIES = np.fft.rfftfreq(N, 1 / SR)
HEARD = ("pluck", "piano", "organ", "electric_piano", "strings", "flute", "brass")  # in training
UNHEARD = "clarinet"
COPIES = 4  # loudspeakers that each training note is heard through
AUDIO = (".wav", ".flac", ".ogg", ".mp3")


class Notes(NamedTuple):
    """n notes: what the ear hears of each, and the truth."""

    spectra: np.ndarray  # (n, D) float32, 0 or more
    loudest: np.ndarray  # (n,) pitch of the loudest partial, the baseline
    pitch: np.ndarray  # (n,) the target, in MIDI numbers and parts of them


def load(n=2000, seed=0):
    """Notes to learn from, "train", and two sets to judge by: {name: Notes}."""
    rng, corpus = np.random.default_rng(seed), corpora.load("irish")
    train, test = (
        [note.pitch for tune in part for note in tune.notes] for part in (corpus.train, corpus.test)
    )
    return {
        "train": render(rng, train, HEARD, n, COPIES),
        "new tunes": render(rng, test, HEARD, max(n // 4, 20)),
        f"new tunes on a {UNHEARD}": render(rng, test, (UNHEARD,), max(n // 4, 20)),
    }


def render(rng, pitches, instruments, n, copies=1):
    """n of these pitches, each up to a quarter tone out of tune, through ``copies`` loudspeakers: Notes."""
    chosen = rng.choice(pitches, n) + rng.uniform(-0.5, 0.5, n)
    played = []
    for pitch in chosen:
        instrument = instruments[rng.integers(len(instruments))]
        tone = sound.tone(pitch_to_frequency(pitch), 0.4, sr=SR, instrument=instrument)[400 : 400 + N]
        played += [
            small_loudspeaker(rng, tone, rng.uniform(100, 1200), 10 ** rng.uniform(-2.5, -0.8))
            for _ in range(copies)
        ]
    order = rng.permutation(len(played))  # the copies of a note must not meet in one batch
    return listen(np.array(played)[order], np.repeat(chosen, copies)[order])


def small_loudspeaker(rng, samples, below, noise):
    """Samples (m,) through a box that swallows what lies below so many Hz, in a noisy room."""
    f = np.fft.rfftfreq(len(samples), 1 / SR)
    tones = np.fft.rfft(samples) * f**2 / (f**2 + below**2)
    samples = np.fft.irfft(tones, len(samples))
    return samples / np.abs(samples).max() + rng.normal(0, noise, len(samples))


def listen(samples, pitch):
    """What the ear makes of sounds (n, N): Notes."""
    strength = np.abs(np.fft.rfft(samples * np.hanning(N)))
    strength /= strength.max(axis=1, keepdims=True)
    at = pitch_to_frequency(STRINGS)
    spectra = np.array([np.interp(at, FREQUENCIES, row) for row in strength])
    loudest = 69 + 12 * np.log2(FREQUENCIES[strength[:, 1:].argmax(axis=1) + 1] / 440)
    return Notes(np.log1p(50 * spectra).astype("float32"), loudest, np.asarray(pitch, dtype="float64"))


def load_folder(folder, held_out=None):
    """Recordings whose names end in their note, such as violin-A4.wav or violin-69.wav.

    Held out is one instrument (what stands before the note): ``held_out``, or the last by name.
    Returns a dict as ``load`` does, and a list of (file name, why it was left out).
    """
    samples, pitches, players, skipped = [], [], [], []
    files = sorted(path for path in Path(folder).glob("*") if path.suffix.lower() in AUDIO)
    for path in files:
        try:
            player, pitch = named(path)
            samples.append(excerpt(path))
        except MusicMLError as error:
            skipped.append((path.name, str(error)))
            continue
        pitches.append(pitch)
        players.append(player)
    names = sorted(set(players))
    held_out = held_out or (names[-1] if names else None)
    if len(names) < 2 or held_out not in names:
        raise MusicMLError(
            f"{folder} has usable recordings of {len(names)} instruments ({', '.join(names) or 'none'}), "
            f"left out {len(skipped)} of {len(files)} files, and is to hold out {held_out}. "
            "Name files instrument-note.wav, with at least two instruments: violin-A4.wav, flute-72.wav."
        )
    apart, notes = np.array(players) == held_out, listen(np.array(samples), pitches)
    train, test = (Notes(*(column[rows] for column in notes)) for rows in (~apart, apart))
    return {"train": train, held_out: test}, skipped


def named(path):
    """violin-A4.wav -> ("violin", 69); the note may also be a MIDI number."""
    player, dash, note = path.stem.rpartition("-")
    if not dash or not player:
        raise FileFormatError(f"{path.name} names no note, expected instrument-note, such as violin-A4.wav.")
    return player, float(note) if note.replace(".", "", 1).isdigit() else name_to_pitch(note)


def excerpt(path):
    """N samples of a recording, from a twentieth of a second after its start: float32 (N,)."""
    samples, _ = sound.load_audio(path, sr=SR)
    loud = np.flatnonzero(np.abs(samples) > 0.1 * np.abs(samples).max())
    start = loud[0] + SR // 20 if len(loud) else 0
    if len(samples) - start < N or not len(loud):
        raise FileFormatError(
            f"{path.name} has {len(samples) / SR:.2f} s, expected a note of 0.35 s or more."
        )
    return samples[start : start + N]


def write(path, groups):
    """Write what ``load`` gave to a file (.npz)."""
    arrays = {
        f"{name}/{key}": column for name, notes in groups.items() for key, column in notes._asdict().items()
    }
    with open(path, "wb") as file:
        np.savez(file, **arrays)


def read(path):
    """What ``write`` wrote: {name: Notes}."""
    try:
        with np.load(path, allow_pickle=False) as file:
            names = dict.fromkeys(key.rpartition("/")[0] for key in file.files)
            return {name: Notes(*(file[f"{name}/{key}"] for key in Notes._fields)) for name in names}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise FileFormatError(f"{path} holds no notes: {error}. Write it with --write-notes.") from error
