"""Music to learn from: small corpora, split by piece, each with a card that tells its faults.

    tunes = corpora.load("irish")
    tunes.train[0].title

Some are built once from the installed music21, into the user's cache; some are
generated, always the same; four are published by others and downloaded when they are
first asked for. What each has, and what was left out, is told in ``datasets/<name>.md``.
"""

from functools import partial

import numpy as np

from ..errors import DataError, unknown
from . import cache, clips, download, embedded, listening, published, splits, styles, tunes
from .chorales import Chorale
from .clips import Clip
from .corpus import Article, Corpus, Listening, Plays
from .embedded import melodies
from .styles import AudioClip
from .video import load_frames, save_clip, save_frames

__all__ = [
    "Article",
    "AudioClip",
    "Chorale",
    "Clip",
    "Corpus",
    "Listening",
    "Plays",
    "available",
    "get",
    "info",
    "load",
    "load_frames",
    "melodies",
    "path",
    "prepare",
    "save_clip",
    "save_frames",
    "verify",
]

EMBEDDED = embedded.NAMES  # built into the cache from the installed music21
DOWNLOADED = tuple(download.SOURCES)
ABOUT = {
    "article": "the five points of the article's regression example",
    "chorales": "Bach's four-part chorales, on a grid of sixteenth notes",
    "irish": "O'Neill's Music of Ireland: 1,850 tunes, some in two transcriptions",
    "fiddle": "Ryan's Mammoth Collection: fiddle tunes, nearly all with their dance",
    "styles_audio": "dances as sound: short recordings by the course's synthesizer, labelled",
    "listening": "simulated listeners whose tastes are known, over the tunes of irish and fiddle",
    "clips": "short drawn video clips whose cuts and motion are known",
    "jsb": "the published piano-rolls of Bach's chorales, by quarter notes",
    "nottingham": "the published piano-rolls of the Nottingham folk tunes",
    "jsb16": "the published chorales in four voices, by sixteenth notes",
    "lastfm": "who listened to which artist on Last.fm in 2011, how often (not for commercial use)",
}


def available():
    """The names that `load` takes."""
    return tuple(ABOUT)


def load(name):
    """Return a corpus by name.

    ===================================  =======================================================
    "article"                            ``.x`` and ``.y``
    "chorales"                           ``.train .valid .test``: sequences of Chorale
    "irish", "fiddle"                    of Score
    "jsb", "nottingham"                  of bool arrays (T, 88), column 0 is MIDI pitch 21
    "jsb16"                              of int16 arrays (T, 4), -1 for silence
    "styles_audio"                       of AudioClip; ``.train.samples`` (N, n), ``.train.labels`` (N,)
    "clips"                              of Clip
    "lastfm", "listening"                Plays: ``.user .item .count``; ``.users``, ``.items``
    ===================================  =======================================================

    What is not there yet is built or downloaded first (`get`). The hashes of downloaded files are
    checked each time.

    Raises:
        MusicMLError: there is no corpus of that name.
        DataError: it cannot be had now; the message says what to do.
    """
    if _known(name) == "article":
        return Article(name, np.arange(1.0, 6.0), np.arange(2.0, 7.0), ABOUT[name])
    if name == "clips":
        return clips.load()
    if name == "listening":
        return listening.make(_all_rows())
    if name == "styles_audio":
        folder = _styles_folder()
        with cache.reading(folder):
            return styles.read(folder)
    if name in DOWNLOADED:
        return published.load(name)
    return embedded.load(name)


def get(name):
    """Have a corpus ready on this computer: build or download it if need be. Returns its `path`, or None."""
    if _known(name) in DOWNLOADED:
        download.folder(name)
    elif name == "styles_audio":
        _styles_folder()
    elif name in EMBEDDED or name == "listening":
        embedded.splits_folder()
    return path(name)


def is_ready(name):
    """Whether `load` would give the corpus without building or downloading anything first."""
    if _known(name) in DOWNLOADED:
        return download.find(name) is not None
    folders = {"article": (), "clips": (), "listening": EMBEDDED, "styles_audio": ("styles_audio",)}
    names = folders.get(name, EMBEDDED)
    return all(cache.is_built(_cached(n)) for n in names)


def path(name):
    """The folder with the files of a corpus; None for those that are made when they are loaded.

    Raises:
        DataError: the corpus is not on this computer yet.
    """
    if _known(name) in ("article", "clips", "listening"):
        return None
    if not is_ready(name):
        raise DataError(
            f'the corpus "{name}" is not on this computer yet. Run: musicml data get {name}, '
            f'or call corpora.get("{name}").'
        )
    return download.find(name) if name in DOWNLOADED else cache.root() / _cached(name)


def verify(name):
    """Check every file of a corpus on this computer against its hash.

    Returns:
        dict of file name -> sha256; empty for the corpora that have no files.

    Raises:
        DataError: a file is missing or changed; the message says which, and what to do.
    """
    folder = path(name)
    if folder is None:
        return {}
    return download.verify(name, folder) if name in DOWNLOADED else cache.verify(folder)


def info(name):
    """What is known about a corpus, as a dict; nothing is built or downloaded for it.

    Always: name, about, default (needs no network), ready, path, source. When the corpus is on this computer,
    also the number of pieces in each split, hashes, and what is left out.
    """
    facts = {
        "name": _known(name),
        "about": ABOUT[name],
        "default": name not in DOWNLOADED,
        "ready": is_ready(name),
        "path": path(name) if is_ready(name) else None,
        "source": _source(name),
    }
    if not facts["ready"]:
        return facts
    corpus = load(name)
    if name == "article":
        return {**facts, "points": len(corpus.x)}
    return {
        **facts,
        **{split: len(getattr(corpus, split)) for split in splits.SPLITS},
        "left_out": corpus.left_out,
        "sources_sha256": corpus.sources_sha256,
        "splits_hash": corpus.splits_hash,
        "published_splits": corpus.splits_hash == splits.PUBLISHED[name],
    }


def prepare():
    """Build what is not built yet of the corpora that need no network, with progress bars.

    A second call does nothing.
    """
    cache.clean()
    embedded.warn_of_other_splits()
    _styles_folder()


def _known(name):
    if name not in ABOUT:
        raise unknown("corpus", name, ABOUT)
    return name


def _source(name):
    if name in DOWNLOADED:
        return download.SOURCES[name].url
    return "the installed music21" if name in EMBEDDED else "generated"


def _cached(name):
    """The name of a corpus's folder in the cache."""
    return f"{name}-{styles.stamp()}" if name == "styles_audio" else embedded.cached(name)


def _all_rows():
    """All tunes as `tunes.rows` has them: dict of "irish/0987" -> (row, notes)."""
    found = {}
    for name in ("irish", "fiddle"):
        folder = embedded.folder(name)
        with cache.reading(folder):
            found |= {f"{name}/{tune}": row for tune, row in tunes.rows(folder)[0].items()}
    return found


def _styles_folder():
    name = _cached("styles_audio")
    if cache.is_built(name):
        return cache.root() / name
    by_split = {split: {} for split in splits.SPLITS}
    for collection in ("irish", "fiddle"):  # read before the lock for the sounds is taken
        corpus = embedded.load(collection)
        for split in splits.SPLITS:
            for tune in getattr(corpus, split):
                by_split[split][f"{collection}/{tune.metadata['name']}"] = tune
    return cache.folder(name, partial(styles.build, by_split))
