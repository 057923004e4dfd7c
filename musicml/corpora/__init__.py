"""Music to learn from: small corpora, split by melody, ready without a network.

    tunes = corpora.load("irish")
    tunes.train[0].title

The notes come out of the installed music21 package. They are read once, into
the user's cache; what was read, and what was left out, is told in
``datasets/<name>.md``.
"""

import json
import warnings
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from ..errors import unknown
from . import cache, chorales, splits, tunes
from .chorales import Chorale

__all__ = ["Chorale", "available", "info", "load", "prepare"]

EMBEDDED = ("chorales", "irish", "fiddle")  # built into the cache from the installed music21
ABOUT = {
    "article": "the five points of the article's regression example",
    "chorales": "Bach's four-part chorales, on a grid of sixteenth notes",
    "irish": "O'Neill's Music of Ireland: 1,850 tunes, some in two transcriptions",
    "fiddle": "Ryan's Mammoth Collection: fiddle tunes, nearly all with their dance",
}


@dataclass(frozen=True)
class Corpus:
    """Pieces in three parts: learn from ``train``, choose with ``valid``, judge on ``test`` at the end."""

    name: str
    train: tuple  # of Chorale, or of Score
    valid: tuple
    test: tuple
    left_out: dict = field(default_factory=dict, repr=False)  # piece -> why
    sources_sha256: str = field(default="", repr=False)
    splits_hash: str = field(default="", repr=False)

    @property
    def card(self):
        """The facts of the corpus, as the text of a table; ``datasets/<name>.md`` says more."""
        from . import cards

        return cards.facts(self)

    def __repr__(self):
        return f"<{self.name}: {len(self.train)} train, {len(self.valid)} valid, {len(self.test)} test>"


@dataclass(frozen=True, eq=False)
class Article:
    """x = 1..5 and y = 2..6, the data on which the article fits its first line."""

    name: str
    x: np.ndarray  # (5,)
    y: np.ndarray  # (5,)
    card: str


def available():
    """The names that `load` takes."""
    return tuple(ABOUT)


def load(name):
    """Return a corpus by name: "article", "chorales", "irish", "fiddle".

    ``article`` has ``.x`` and ``.y``. The others have ``.train``, ``.valid`` and
    ``.test``: sequences of Chorale (``.grid``, ``.onset``, ``.fermata``, ``.score()``)
    for the chorales, of Score for the tunes.

    The first call on a computer reads the files of music21, for about a minute;
    ``musicml.corpora.prepare()`` does it beforehand.
    """
    if name not in ABOUT:
        raise unknown("corpus", name, ABOUT)
    if name == "article":
        return Article(name, np.arange(1.0, 6.0), np.arange(2.0, 7.0), ABOUT[name])
    pieces, left_out, sources = _read(name, _folder(name))
    split_of = _splits()[name]
    make = tuple if name == "chorales" else tunes.Tunes
    members = lambda split: make(piece for key, piece in pieces.items() if split_of[key] == split)  # noqa: E731
    return Corpus(
        name,
        **{split: members(split) for split in splits.SPLITS},
        left_out=left_out,
        sources_sha256=sources,
        splits_hash=splits.fingerprint(split_of),
    )


def info(name):
    """What `load` would give, as a dict: about, pieces in each split, hashes, what is left out."""
    corpus = load(name)
    if name == "article":
        return {"name": name, "about": ABOUT[name], "points": len(corpus.x)}
    return {
        "name": name,
        "about": ABOUT[name],
        **{split: len(getattr(corpus, split)) for split in splits.SPLITS},
        "left_out": corpus.left_out,
        "sources_sha256": corpus.sources_sha256,
        "splits_hash": corpus.splits_hash,
        "published_splits": corpus.splits_hash == splits.PUBLISHED[name],
    }


def prepare():
    """Build what is not built yet, with a progress bar. A second call does nothing."""
    for name, split_of in _splits().items():
        if splits.fingerprint(split_of) != splits.PUBLISHED[name]:
            warnings.warn(
                f'the splits of "{name}" are not the published ones: this music21 has other files, or reads '
                "them differently. Results cannot be compared with the course's. "
                "Install the music21 of requirements.lock.",
                stacklevel=2,
            )


def _folder(name):
    """The folder of one embedded corpus; it is built if it is not in the cache."""
    if name == "chorales":
        return cache.folder(f"chorales-{chorales.stamp()}", chorales.build)
    return cache.folder(f"{name}-{tunes.stamp()}", partial(tunes.build, name))


def _read(name, folder):
    """(dict of name -> Chorale or function that makes a Score, what is left out, sha256 of the sources)."""
    return chorales.read(folder) if name == "chorales" else tunes.read(folder)


def _splits():
    """The splits of all embedded corpora: dict of corpus -> dict of piece -> split."""
    # All are built before the lock for the splits is taken: one tune may stand in two collections.
    folders = {name: _folder(name) for name in EMBEDDED}
    name = f"splits-{splits.stamp()}-{chorales.stamp()[:8]}-{tunes.stamp()[:8]}"
    path = cache.folder(name, partial(_build_splits, folders))
    return json.loads((path / "splits.json").read_text(encoding="utf-8"))


def _build_splits(sources, folder):
    split_of = {name: {} for name in EMBEDDED}
    for piece, split in splits.assign(melodies(sources)).items():
        corpus, name = piece.split("/", 1)
        split_of[corpus][name] = split
    (folder / "splits.json").write_text(json.dumps(split_of), encoding="utf-8")


def melodies(folders=None):
    """The melody of every piece of the embedded corpora: dict of "corpus/name" -> MIDI pitches."""
    found = {}
    for corpus in EMBEDDED:
        for name, piece in _read(corpus, folders[corpus] if folders else _folder(corpus))[0].items():
            found[f"{corpus}/{name}"] = splits.melody(piece() if callable(piece) else piece)
    return found
