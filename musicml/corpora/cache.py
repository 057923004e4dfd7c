"""Folders that are built once, whole or not at all.

``folder(name, build)`` gives the path of a folder in the user's cache. The
first time, ``build(path)`` fills a temporary folder beside it, which is then
renamed: a rename happens at once, so whatever stops the computer, no half
folder ever carries the name. A lock makes other processes wait for the first.
With the files goes a list of their hashes, by which `verify` finds damage.
"""

import errno
import hashlib
import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from importlib import metadata, util
from pathlib import Path

from ..errors import DataError
from .lock import lock

MANIFEST = "sha256.json"  # in each folder: file name -> sha256
LAYOUT = "2"  # of a cached folder: in its stamp, so that one of an older musicml is built anew
FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
NOT_ALLOWED = {errno.EROFS, errno.EACCES, errno.EPERM}


def root():
    """The cache: the folder that MUSICML_CACHE names, else where this system keeps caches."""
    chosen = os.environ.get("MUSICML_CACHE")
    if not chosen:
        import pooch

        chosen = pooch.os_cache("musicml")
    return Path(chosen).expanduser().absolute() / "corpora"


def is_built(name):
    return os.path.isdir(root() / name)


def folder(name, build):
    """Return the Path of folder ``name``; the first time, let ``build(path)`` fill it.

    ``build`` must not ask for another folder: one lock serves all.
    """
    path = root() / name
    if os.path.isdir(path):
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with lock(path.parent / "lock"):
            if not path.is_dir():
                remove_leftovers()
                with tempfile.TemporaryDirectory(
                    prefix="building-", dir=path.parent, ignore_cleanup_errors=True
                ) as temporary:
                    inner = Path(temporary) / name
                    inner.mkdir()
                    build(inner)
                    hashes = {file.name: sha256(file) for file in sorted(inner.iterdir())}
                    (inner / MANIFEST).write_text(json.dumps(hashes, indent=1), encoding="utf-8")
                    inner.rename(path)
    except OSError as error:
        raise DataError(cannot_write(path, error)) from error
    return path


def clean():
    """Delete what killed processes left behind."""
    if any(root().glob("building-*")):
        with lock(root() / "lock"):
            remove_leftovers()


def remove_leftovers():
    """Only the holder of the lock builds; what lies here while we hold it, nobody is working on."""
    for left in root().glob("building-*"):
        shutil.rmtree(left, ignore_errors=True)


def cannot_write(path, error):
    """One sentence for each reason why a folder of the cache was not written."""
    if error.errno in FULL:
        return (
            f"the disk is full: the corpus folder {path} could not be written ({error.strerror}). "
            "Free some space there (100 MB is enough for any corpus), "
            "or set the variable MUSICML_CACHE to a folder on another disk."
        )
    if error.errno in NOT_ALLOWED:
        return (
            f"the corpus folder {path} cannot be written: this user may not write there ({error.strerror}). "
            "Set the variable MUSICML_CACHE to a folder that you may write to."
        )
    return (
        f"the corpus folder {path} cannot be written ({error}). "
        "Free some space there, or set the variable MUSICML_CACHE to a folder that you may write to."
    )


def verify(path):
    """Compare the files of a built folder with the hashes that were noted when it was built.

    Returns:
        dict of file name -> sha256.
    """
    try:
        noted = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        found = {file.name: sha256(file) for file in sorted(path.iterdir()) if file.name != MANIFEST}
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error
    wrong = sorted(file for file in noted.keys() | found.keys() if noted.get(file) != found.get(file))
    if wrong:
        raise damaged(path, f"{', '.join(wrong)}: not as it was built")
    return noted


def damaged(path, why):
    return DataError(
        f"the corpus folder {path} is damaged ({why}). Delete the folder; it is made again when it is needed."
    )


@contextmanager
def reading(path):
    """Whatever goes wrong while a built folder is read, the folder is at fault."""
    try:
        yield
    except DataError:
        raise
    except Exception as error:  # NumPy, zipfile and json each have errors of their own for a damaged file
        raise damaged(path, f"{type(error).__name__}: {error}") from error


def stamp(*sources, library="music21"):
    """A short name for "built by this code from this library": changed code never meets an old cache.

    Args:
        sources: paths of the files of musicml that do the building.
        library: the installed package that it is built from.
    """
    digest = hashlib.sha256(LAYOUT.encode())
    for source in sources:
        digest.update(Path(source).read_bytes().replace(b"\r\n", b"\n"))
    return f"{digest.hexdigest()[:8]}-{library}-{metadata.version(library)}"


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


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of(paths):
    """One sha256 for many files: of the lines "sha256  file name", sorted by name."""
    rows = sorted((path.name, sha256(path)) for path in paths)
    return hashlib.sha256("".join(f"{digest}  {name}\n" for name, digest in rows).encode()).hexdigest()


def progress(items, description, total=None):
    """The items, with a progress bar unless MUSICML_PROGRESS=0."""
    from tqdm import tqdm

    return tqdm(items, description, total, disable=os.environ.get("MUSICML_PROGRESS") == "0")
