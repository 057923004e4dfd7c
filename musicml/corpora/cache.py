"""Folders that are built once, whole or not at all.

``folder(name, build)`` gives the path of a folder in the user's cache. The
first time, ``build(path)`` fills a temporary folder beside it, which is then
renamed: a rename happens at once, so whatever stops the computer, no half
folder ever carries the name. A lock makes other processes wait for the first.
"""

import hashlib
import os
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing, contextmanager
from importlib import metadata, util
from pathlib import Path

from ..errors import DataError

PATIENCE = 900  # seconds to wait for another process; building takes about 40


def root():
    """The cache: the folder that MUSICML_CACHE names, else where this system keeps caches."""
    chosen = os.environ.get("MUSICML_CACHE")
    if not chosen:
        import pooch

        chosen = pooch.os_cache("musicml")
    return Path(chosen).expanduser().absolute() / "corpora"


def folder(name, build):
    """Return the Path of folder ``name``; the first time, let ``build(path)`` fill it."""
    path = root() / name
    if path.is_dir():
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with lock(path.parent / "lock"):
            if not path.is_dir():
                # Only the holder of the lock builds: what lies here was left by a process that was killed.
                for left in path.parent.glob("building-*"):
                    shutil.rmtree(left, ignore_errors=True)
                with tempfile.TemporaryDirectory(
                    prefix="building-", dir=path.parent, ignore_cleanup_errors=True
                ) as temporary:
                    inner = Path(temporary) / name
                    inner.mkdir()
                    build(inner)
                    inner.rename(path)
    except OSError as error:
        raise DataError(
            f"the corpus folder {path} cannot be written ({error}). "
            "Free some space there, or set the variable MUSICML_CACHE to a folder that you may write to."
        ) from error
    return path


@contextmanager
def lock(path):
    """Hold the lock file at ``path``; wait while another process holds it.

    A transaction of SQLite, because it is the one lock in the standard library
    that works on every system and is let go by the system itself when its
    holder is killed.
    """
    with closing(sqlite3.connect(path, timeout=0.2, isolation_level=None)) as connection:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                connection.execute("BEGIN EXCLUSIVE")
                break
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise DataError(
                        f"the lock {path} does not work here ({error}). "
                        "Set the variable MUSICML_CACHE to a folder on a disk of this computer."
                    ) from error
                if time.monotonic() > end:
                    raise DataError(
                        f"the lock {path} has been held for {PATIENCE // 60} minutes. "
                        "Another program is building the corpora, or hangs: end it and try again."
                    ) from error
        yield


def stamp(*sources):
    """A short name for "built by this code from this music21": changed code never meets an old cache.

    Args:
        sources: paths of the files of musicml that do the building.
    """
    digest = hashlib.sha256()
    for source in sources:
        digest.update(Path(source).read_bytes().replace(b"\r\n", b"\n"))
    return f"{digest.hexdigest()[:8]}-music21-{metadata.version('music21')}"


def music21_corpus(name):
    """The Path of one folder of the corpus inside the installed music21, which is not imported."""
    spec = util.find_spec("music21")
    path = Path(spec.origin).parent / "corpus" / name if spec else None
    if path is None or not path.is_dir():
        raise DataError(
            f'music21 with its corpus folder "{name}" is not installed, and the corpora are made from it. '
            "Run: pip install music21"
        )
    return path


def sha256_of(paths):
    """One sha256 for many files: of the lines "sha256  file name", sorted by name."""
    rows = sorted((path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in paths)
    return hashlib.sha256("".join(f"{digest}  {name}\n" for name, digest in rows).encode()).hexdigest()


def progress(items, description, total=None):
    """The items, with a progress bar unless MUSICML_PROGRESS=0."""
    from tqdm import tqdm

    return tqdm(items, description, total, disable=os.environ.get("MUSICML_PROGRESS") == "0")
