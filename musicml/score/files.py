"""Files of notes: what a file is, is decided by what stands in it, not by its name."""

import re
from pathlib import Path

from ..errors import FileFormatError, MusicMLError
from . import abc_notation, midi, musicxml
from .abc_writer import write_abc
from .worker import Worker

MAX_BYTES = 10_000_000  # of ABC
WRITERS = {
    ".mid": midi.write_midi, ".midi": midi.write_midi, ".abc": write_abc,
    ".musicxml": musicxml.write_musicxml, ".xml": musicxml.write_musicxml, ".mxl": musicxml.write_musicxml,
}  # fmt: skip

# First bytes -> what it is, and what to do.
OTHERS = (
    (rb"\x89PNG|\xff\xd8\xff|GIF8", "a picture. A program for reading printed music can turn it into MIDI"),
    (rb"%PDF", "a PDF: a picture of a score. A program for reading printed music can turn it into MIDI"),
    (rb"RIFF....WAVE|fLaC|OggS|ID3|\xff[\xe2-\xfb]", "a sound, not notes. Use sound.load_audio"),
    (rb"\x1f\x8b|7z\xbc\xaf|Rar!", "packed. Unpack it first, and load what is in it"),
    (rb"(?i)\s*<(!doctype html|html|head|body)", "a web page. Perhaps the download needs another link"),
)


def load(path, repeats=False):
    """Read one piece from a MIDI, ABC or MusicXML file (.mxl too).

    Args:
        path: the file.
        repeats: ABC only; True plays the repeats, False gives each written bar once.

    Raises:
        FileFormatError: the file is missing, damaged, too large or of another kind, or holds several tunes.
    """
    [(reason, score)] = pieces(path, repeats, only_one=True)
    if reason:
        raise reason
    return score


def load_all(path, repeats=False):
    """Read every piece of a file: list of Score. An ABC file holds many, a MIDI file of format 2 some."""
    scores = []
    for reason, score in pieces(path, repeats):
        if reason:
            raise reason
        scores.append(score)
    return scores


def load_folder(path, repeats=False, seconds=30):
    """Read every file of notes in a folder and the folders in it; never stops at a bad one.

    MusicXML is read in a second process, which is stopped when a file takes too long.

    Args:
        path: the folder.
        repeats: as in `load`.
        seconds: the most that one MusicXML file may take.

    Returns:
        (scores, skipped): the good pieces in order of file name, with the file's path in
        ``metadata["path"]``, and a list of (path, reason) for each file or tune that could not be read.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise FileFormatError(f"{folder} is not a folder. For one file use load(path) or load_all(path).")
    scores, skipped = [], []
    with Worker(seconds) as worker:
        for file in sorted(folder.rglob("*")):
            if any(part.startswith(".") for part in file.relative_to(folder).parts) or not file.is_file():
                continue
            for reason, score in _safe_pieces(file, repeats, worker):
                if reason:
                    skipped.append((file, str(reason)))
                else:
                    score.metadata["path"] = str(file)
                    scores.append(score)
    return scores, skipped


def save(score, path):
    """Write a Score to a file; the suffix tells the format: .mid (MIDI), .abc, .musicxml or .mxl (packed).

    What each format cannot say stands at `write_midi`, `write_abc` and `write_musicxml`. The file is written
    whole or not at all.
    """
    path = Path(path)
    if path.suffix.lower() not in WRITERS:
        raise MusicMLError(
            f'cannot save "{path.name}": expected a name that ends in .mid, .abc, .musicxml or .mxl, '
            f'came "{path.suffix}".'
        )
    try:
        WRITERS[path.suffix.lower()](score, path)
    except MusicMLError as error:
        if path.name in str(error):
            raise
        raise MusicMLError(f"cannot save {path.name}: {error}") from error


def pieces(path, repeats=False, only_one=False):
    """Yield (error, None) or (None, score) for each piece in a file."""
    path = Path(path)
    try:
        kind = _kind(path)
        if kind == "midi" and not only_one:
            yield from [(None, score) for score in midi.read_midi_all(path)]
            return
        if kind != "abc":
            yield None, (midi.read_midi if kind == "midi" else musicxml.read_musicxml)(path)
            return
        tunes = abc_notation.split_tunes(decode(path.read_bytes()))
        if only_one and len(tunes) > 1:
            raise FileFormatError(
                f"{path.name} holds {len(tunes)} tunes, expected one. Use load_all(path): a list."
            )
    except MusicMLError as error:
        named = path.name in str(error)
        yield error if named else FileFormatError(f"{path.name}: {error}"), None
        return
    except OSError as error:
        yield FileFormatError(f"{path.name} cannot be opened: {error.strerror or error}. Check it."), None
        return
    for tune in tunes:
        try:
            score = abc_notation.read_tune(*tune, repeats)
        except MusicMLError as error:
            yield FileFormatError(f"{path.name}: {error}"), None
        else:
            yield None, score


def _safe_pieces(path, repeats, worker):
    """`pieces` for a folder, which no file may stop: slow kinds in the worker, and a net under all."""
    try:
        if _kind(path) == "musicxml":
            return worker.read(path, repeats)
    except (MusicMLError, OSError):
        pass  # pieces says it again, in its words
    try:
        return list(pieces(path, repeats))
    except Exception as error:
        return [(f"{path.name}: {type(error).__name__} {error}. Please report it.", None)]


def _kind(path):
    """'midi', 'musicxml' or 'abc', by the first bytes; anything else is an error that says what it may be."""
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
            raise FileFormatError(f"{path.name} is {what}. Expected MIDI, ABC or MusicXML.")
    if head[:4] == b"PK\x03\x04" or re.match(r"\s*<(\?xml|!DOCTYPE|!--|score-)", decode(head)):
        return "musicxml"
    if path.stat().st_size > MAX_BYTES:
        raise FileFormatError(
            f"{path.name} has {path.stat().st_size:,} bytes; the limit is {MAX_BYTES:,}. Split it."
        )
    text = decode(path.read_bytes())
    if "\0" not in text[:4096] and re.search(r"(?:^|[\r\n])X:\s*\d", text):
        return "abc"
    raise FileFormatError(
        f'{path.name} is neither MIDI (begins with "MThd") nor ABC (has a line "X: 1") nor MusicXML '
        "(begins with <?xml). Check what it is."
    )


def decode(data):
    """Bytes of text -> str: UTF-8, UTF-16, else Latin-1, in which every byte means something."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace").removeprefix("\ufeff")
    start = data[:400]
    if start[1::2].count(0) > len(start) // 3:  # UTF-16 without its mark
        return data.decode("utf-16-le", errors="replace")
    if start[::2].count(0) > len(start) // 3:
        return data.decode("utf-16-be", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
