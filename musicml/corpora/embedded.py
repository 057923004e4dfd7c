"""The corpora that are built from the installed music21, and the splits that hold for all of them."""

import json
import warnings
from functools import partial

from . import cache, chorales, splits, tunes
from .corpus import Corpus

NAMES = ("chorales", "irish", "fiddle")


def load(name):
    path = folder(name)
    split_of = all_splits()[name]
    with cache.reading(path):
        pieces, left_out, sources = read(name, path)
    make = tuple if name == "chorales" else tunes.Tunes
    members = lambda split: make(piece for key, piece in pieces.items() if split_of[key] == split)  # noqa: E731
    return Corpus(
        name,
        **{split: members(split) for split in splits.SPLITS},
        left_out=left_out,
        sources_sha256=sources,
        splits_hash=splits.fingerprint(split_of),
    )


def cached(name):
    """The name of the folder in the cache."""
    return f"{name}-{(chorales if name == 'chorales' else tunes).stamp()}"


def folder(name):
    """The folder of one corpus; it is built if it is not in the cache."""
    build = chorales.build if name == "chorales" else partial(tunes.build, name)
    return cache.folder(cached(name), build)


def read(name, folder):
    """(dict of name -> Chorale or function that makes a Score, what is left out, sha256 of the sources)."""
    return chorales.read(folder) if name == "chorales" else tunes.read(folder)


def splits_folder():
    # All are built before the lock for the splits is taken: one tune may stand in two collections.
    folders = {name: folder(name) for name in NAMES}
    name = f"splits-{splits.stamp()}-{chorales.stamp()[:8]}-{tunes.stamp()[:8]}"
    return cache.folder(name, partial(build_splits, folders))


def all_splits():
    """The splits of all these corpora: dict of corpus -> dict of piece -> split."""
    path = splits_folder()
    with cache.reading(path):
        return json.loads((path / "splits.json").read_text(encoding="utf-8"))


def build_splits(sources, folder):
    split_of = {name: {} for name in NAMES}
    for piece, split in splits.assign(melodies(sources)).items():
        corpus, name = piece.split("/", 1)
        split_of[corpus][name] = split
    (folder / "splits.json").write_text(json.dumps(split_of), encoding="utf-8")


def melodies(folders=None):
    """The melody of every piece of these corpora: dict of "corpus/name" -> MIDI pitches."""
    found = {}
    for corpus in NAMES:
        for name, piece in read(corpus, folders[corpus] if folders else folder(corpus))[0].items():
            found[f"{corpus}/{name}"] = splits.melody(piece() if callable(piece) else piece)
    return found


def warn_of_other_splits():
    for name, split_of in all_splits().items():
        if splits.fingerprint(split_of) != splits.PUBLISHED[name]:
            warnings.warn(
                f'the splits of "{name}" are not the published ones: this music21 has other files, or reads '
                "them differently. Results cannot be compared with the course's. "
                "Install the music21 of requirements.lock.",
                stacklevel=3,
            )
