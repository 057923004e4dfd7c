"""Files of notes: what a file is, is decided by what stands in it, not by its name."""

import re
from pathlib import Path

from ..errors import FileFormatError, MusicMLError
from . import abc_notation, midi

MAX_BYTES = 10_000_000

# First bytes -> what it is, and what to do.
OTHERS = (
    (rb"\x89PNG|\xff\xd8\xff|GIF8", "a picture. A program for reading printed music can turn it into MIDI"),
    (rb"%PDF", "a PDF: a picture of a score. A program for reading printed music can turn it into MIDI"),
    (rb"RIFF....WAVE|fLaC|OggS|ID3|\xff[\xe2-\xfb]", "a sound, not notes. Use sound.load_audio"),
    (rb"PK\x03\x04", "a packed score (.mxl or .mscz). Open it in a notation program and export it as MIDI"),
    (
        rb"\s*<(\?xml|!DOCTYPE score)[^\0]*<score-",
        "MusicXML. Open it in a notation program and export it as MIDI",
    ),
    (rb"(?i)\s*<(!doctype html|html|head|body)", "a web page. Perhaps the download needs another link"),
)


def load(path, repeats=False):
    """Read one piece from a MIDI or ABC file.

    Args:
        path: the file.
        repeats: ABC only; True plays the repeats, False gives each written bar once.

    Raises:
        FileFormatError: the file is missing, damaged, too large or of another kind, or holds several tunes.
    """
    [(reason, score)] = _pieces(path, repeats, only_one=True)
    if reason:
        raise reason
    return score


def load_all(path, repeats=False):
    """Read every piece of a file: list of Score. A MIDI file holds one, an ABC file often many."""
    scores = []
    for reason, score in _pieces(path, repeats):
        if reason:
            raise reason
        scores.append(score)
    return scores


def load_folder(path, repeats=False):
    """Read every MIDI and ABC file in a folder and the folders in it; never stops at a bad one.

    Returns:
        (scores, skipped): the good pieces in order of file name, with the file's path in
        ``metadata["path"]``, and a list of (path, reason) for each file or tune that could not be read.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise FileFormatError(f"{folder} is not a folder. For one file use load(path) or load_all(path).")
    scores, skipped = [], []
    for file in sorted(folder.rglob("*")):
        if not file.is_file() or any(part.startswith(".") for part in file.relative_to(folder).parts):
            continue
        for reason, score in _pieces(file, repeats):
            if reason:
                skipped.append((file, str(reason)))
            else:
                score.metadata["path"] = str(file)
                scores.append(score)
    return scores, skipped


def save(score, path):
    """Write a Score to a file; the suffix tells the format: .mid (MIDI)."""
    path = Path(path)
    if path.suffix.lower() not in (".mid", ".midi"):
        raise MusicMLError(
            f'cannot save "{path.name}": expected a name that ends in .mid, came "{path.suffix}".'
        )
    if not path.parent.is_dir():
        raise MusicMLError(f"cannot save {path}: there is no folder {path.parent}. Make it first.")
    midi.write_midi(score, path)


def _pieces(path, repeats, only_one=False):
    """Yield (error, None) or (None, score) for each piece in a file."""
    path = Path(path)
    try:
        kind = _kind(path)
        if kind == "midi":
            yield None, midi.read_midi(path)
            return
        tunes = abc_notation.split_tunes(_text(path))
        if only_one and len(tunes) > 1:
            raise FileFormatError(
                f"{path.name} holds {len(tunes)} tunes, expected one. Use load_all(path): a list."
            )
    except MusicMLError as error:
        yield error, None
        return
    except OSError as error:
        yield FileFormatError(f"{path.name} cannot be opened: {error.strerror or error}."), None
        return
    for tune in tunes:
        try:
            score = abc_notation.read_tune(*tune, repeats)
        except MusicMLError as error:
            yield FileFormatError(f"{path.name}: {error}"), None
        else:
            yield None, score


def _kind(path):
    """'midi' or 'abc', by the first bytes; anything else is an error that says what it seems to be."""
    if not path.is_file():
        raise FileFormatError(f"{path} is not there, or is not a file. Check the path.")
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise FileFormatError(f"{path.name} is empty (0 bytes). Download it again.")
    if head[:4] == b"MThd" or head[:4] == b"RIFF" and head[8:12] == b"RMID":
        return "midi"
    for pattern, what in OTHERS:
        if re.match(pattern, head, flags=re.DOTALL):
            raise FileFormatError(f"{path.name} is {what}. Expected MIDI or ABC.")
    if path.stat().st_size > MAX_BYTES:
        raise FileFormatError(
            f"{path.name} has {path.stat().st_size:,} bytes; the limit is {MAX_BYTES:,}. Split it."
        )
    if b"\0" not in head and re.search(
        rb"^X:\s*\d", path.read_bytes().removeprefix(b"\xef\xbb\xbf"), flags=re.MULTILINE
    ):
        return "abc"
    raise FileFormatError(f'{path.name} is neither MIDI (begins with "MThd") nor ABC (has a line "X: 1").')


def _text(path):
    data = path.read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
