"""The published corpora, as they are in their files: piano-rolls, chorales, and listeners of Last.fm."""

import hashlib
import json

import numpy as np

from . import download, splits
from .corpus import Corpus, Listening, Plays

LOWEST = 21  # the MIDI pitch of column 0 of a piano-roll
REST = -1
HELD_OUT = (("test", 0.2), ("valid", 0.1))  # of each Last.fm listener's artists


def load(name):
    """Read "jsb", "nottingham", "jsb16" or "lastfm"; download it first if need be."""
    folder = download.folder(name)
    return {"jsb16": read_voices, "lastfm": read_lastfm}.get(name, read_rolls)(name, folder)


def read_rolls(name, folder):
    """Piano-rolls: bool arrays (T, 88), a frame for each quarter (jsb) or eighth note (nottingham).

    Column 0 is MIDI pitch 21. Nothing is changed: what the papers scored is what
    is here, with the faults that the card lists.
    """
    from scipy.io import loadmat

    (file,) = download.SOURCES[name].files
    data = loadmat(folder / file)
    parts = {split: tuple(r.astype(bool) for r in data[f"{split}data"][0]) for split in splits.SPLITS}
    return corpus(name, parts)


def read_voices(name, folder):
    """Four voices: int16 arrays (T, 4) of MIDI pitches at each sixteenth, soprano first, -1 for silence."""
    (file,) = download.SOURCES[name].files
    data = json.loads((folder / file).read_bytes())
    parts = {split: tuple(np.array(piece, np.int16) for piece in data[split]) for split in splits.SPLITS}
    return corpus(name, parts)


def corpus(name, parts):
    """The splits are the file's own; their hash is of the notes of all pieces."""
    content = {}
    for split, pieces in parts.items():
        for k, piece in enumerate(pieces):
            notes = np.packbits(piece) if piece.dtype == bool else piece.astype("<i2")
            content[f"{split} {k} {hashlib.sha256(notes.tobytes()).hexdigest()}"] = split
    (sha256,) = download.SOURCES[name].files.values()
    return Corpus(name, **parts, sources_sha256=sha256, splits_hash=splits.fingerprint(content))


def read_lastfm(name, folder):
    """Who listened to which artist, how often: ``users`` are the file's numbers, ``items`` names of artists.

    The file has no times and no split. Of each listener's artists a tenth goes to
    valid and a fifth to test, drawn with a fixed seed; who has fewer than five gives none.
    """
    lines = (folder / "artists.dat").read_bytes().decode("utf-8").split("\n")[1:]
    names = {int(row[0]): row[1] for row in (line.split("\t") for line in lines) if len(row) > 1}
    text = (folder / "user_artists.dat").read_text(encoding="ascii")
    rows = np.array(text.partition("\n")[2].split(), np.int64).reshape(-1, 3)
    users, user = np.unique(rows[:, 0], return_inverse=True)
    items, item = np.unique(rows[:, 1], return_inverse=True)
    plays = Plays(user, item, rows[:, 2])
    # Each listener's rows in an order drawn once and for all; the first of them are held out.
    order = np.lexsort((np.random.default_rng(0).random(len(rows)), user))
    size = np.bincount(user)
    rank = np.empty(len(rows), int)
    rank[order] = np.arange(len(rows)) - np.repeat(np.cumsum(size) - size, size)
    where, start = np.full(len(rows), "train", "U5"), 0.0
    for split, share in HELD_OUT:
        where[(rank >= np.floor(start * size[user])) & (rank < np.floor((start + share) * size[user]))] = (
            split
        )
        start += share
    return Listening(
        name,
        tuple(users.tolist()),
        tuple(names[i] for i in items.tolist()),
        tuple(items.tolist()),
        **{split: plays[where == split] for split in splits.SPLITS},
        sources_sha256=download.SOURCES[name].files["user_artists.dat"],
        splits_hash=hashlib.sha256(" ".join(where).encode()).hexdigest()[:16],
    )


def top_line(piece):
    """The highest note of each step, repeated notes as one, silence left out: what overlaps are measured on.

    Args:
        piece: bool (T, 88), or int (T, 4) soprano first. Neither tells a held note from a repeated one.
    """
    if piece.shape[1] == 4:
        line = piece[:, 0]
    else:
        line = np.where(piece.any(axis=1), LOWEST + 87 - piece[:, ::-1].argmax(axis=1), REST)
    return line[(line != REST) & (line != np.concatenate([[REST], line[:-1]]))]
