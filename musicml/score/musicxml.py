"""Read and write MusicXML, the format in which notation programs exchange scores (.musicxml, packed: .mxl).

music21 works out where each note sounds; what stands here and in two more modules is the door before it:
`xml_guard` checks the sizes and keeps only what carries time and pitch, `musicxml_plain` checks each number,
music21 reads what is left, and `_collect` makes a Score of it. Writing is `musicxml_writer`'s.
"""

import io
import warnings
import zipfile
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

from ..errors import FileFormatError
from . import xml_guard
from .atomic import write_atomically
from .midi import changes
from .musicxml_plain import MAX_NOTES, MODES, make_plain
from .musicxml_writer import file_text
from .notes import Note, Part, Score

DEFAULT_VELOCITY = 80
BYTES_A_NOTE = 3  # of a packed file, at least; real scores have 8 to 40
# The names of keys on the line of fifths.
LINE = "Cb Gb Db Ab Eb Bb F C G D A E B F# C# G# D# A# E# B#".split()


def read_musicxml(source):
    """Read a MusicXML file, packed or not.

    Args:
        source: path, or the bytes of the file.

    Returns:
        Score with one Part for each part of the file that has notes, both staves of a piano in one. Pitches
        and keys are those that sound (a clarinet in B flat is put a tone down), a key without mode is named
        as major, percussion has its General MIDI numbers. Grace and cue notes take no time and are left out,
        and so are repeats: each written bar comes once. A quarter tone goes to the nearest semitone.

    Raises:
        FileFormatError: not MusicXML, damaged, or over a limit; names the line, or the part and measure.
    """
    name, data = _content(source)
    max_notes = MAX_NOTES
    if data[:4] == b"PK\x03\x04":
        max_notes = min(MAX_NOTES, max(10_000, len(data) // BYTES_A_NOTE))
        data = xml_guard.unpack(name, data)
    root = xml_guard.parse(name, data)
    facts = make_plain(name, root, max_notes)
    text = ElementTree.tostring(root, encoding="unicode")
    root.clear()
    try:
        return _collect(_parse(text), facts)
    # music21 raises many kinds of exceptions, some without a message.
    except Exception as error:
        raise FileFormatError(
            f"{name} has something in it that music21, which reads MusicXML for us, cannot read. "
            f"{xml_guard.NEXT}"
        ) from error


def write_musicxml(score, path):
    """Write a Score as a MusicXML file; packed if the name ends in .mxl.

    Reading the file gives the same score, exactly, except for what MusicXML does not know: parts without
    notes; metadata other than the composer; two notes of one part that sound together on one pitch (the
    first ends where the second starts); the program of a part of drums; changes of key inside a bar, which
    are written at its beginning; and changes of metre inside a bar, which end the bar there (a first bar that
    is cut so reads as a pickup). Velocities are kept as ``dynamics``, which other programs may not play.

    Raises:
        MusicMLError: a time finer than MusicXML counts, a key without a name, a pitch below 12 (C0).
    """
    path = Path(path)
    data = file_text(score).encode("utf-8")
    if path.suffix.lower() == ".mxl":
        data = _pack(data)
    write_atomically(path, data)


CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container><rootfiles><rootfile full-path="score.musicxml"/></rootfiles></container>
"""


def _pack(data):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("META-INF/container.xml", CONTAINER.encode()), ("score.musicxml", data)):
            member = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))  # the same bytes every time
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
    return buffer.getvalue()


def _content(source):
    """Path or bytes -> (name for messages, bytes), after the size is known to be sane."""
    if isinstance(source, bytes | bytearray | memoryview):
        return "the MusicXML data", bytes(source)
    path = Path(source)
    if not path.is_file():
        raise FileFormatError(f"{path} is not there, or is not a file. Check the path.")
    if path.stat().st_size > xml_guard.MAX_BYTES:
        raise FileFormatError(
            f"{path.name} has {path.stat().st_size:,} bytes; the limit is {xml_guard.MAX_BYTES:,}. Split it."
        )
    return path.name, path.read_bytes()


def _parse(text):
    from music21 import converter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return converter.parseData(text, format="musicxml")


def _collect(stream, facts):
    """music21's Score -> ours."""
    from music21 import key, meter, tempo

    maps = {"tempos": {}, "time_signatures": {}, "keys": {}}
    parts, bars = [], []
    for music, about in zip(stream.parts, facts.parts, strict=True):
        raw = []
        for measure in music.getElementsByClass("Measure"):
            bar = Fraction(measure.offset)
            bars.append((bar, Fraction(measure.highestTime)))
            for element in measure:
                at = bar + Fraction(element.offset)
                if isinstance(element, tempo.MetronomeMark):
                    maps["tempos"].setdefault(at, round(float(element.getQuarterBPM()), 6))
                elif isinstance(element, meter.TimeSignature):
                    value = element.numerator, element.denominator
                    maps["time_signatures"].setdefault(at, value)
                elif isinstance(element, key.KeySignature):
                    maps["keys"].setdefault(at, _key_name(element))
                for note in getattr(element, "notes", (element,)):
                    if getattr(note, "isNote", False):
                        raw.append(_sounding(at, note, element.quarterLength))
        if raw:
            parts.append(Part(_join(raw), name=about.name, program=about.program, is_drums=about.is_drums))
    metres = changes(maps["time_signatures"], (4, 4))
    first = min(bars)[1]
    more = any(start > 0 for start, _ in bars)
    return Score(
        parts,
        title=facts.title,
        tempos=changes(maps["tempos"], 120.0),
        time_signatures=metres,
        keys=changes(maps["keys"], None),
        pickup=first if more and first < Fraction(4 * metres[0][1][0], metres[0][1][1]) else Fraction(0),
        metadata=facts.metadata,
    )


def _sounding(at, note, length):
    """[onset, pitch, end, velocity, tied to the next]."""
    velocity = DEFAULT_VELOCITY
    if note.volume.velocityScalar is not None:
        velocity = min(max(round(note.volume.velocityScalar * 127), 1), 127)
    tied = note.tie is not None and note.tie.type in ("start", "continue")
    return [at, note.pitch.midi, at + Fraction(length), velocity, tied]


def _join(raw):
    """The notes of `_sounding`, tied ones as one. Some files mark only where a tie starts."""
    notes, open_ties = [], {}
    for at, pitch, end, velocity, tied in sorted(raw):
        note = open_ties.pop((pitch, at), None)
        if note is None:
            notes.append(note := [at, pitch, end, velocity])
        note[2] = end
        if tied:
            open_ties[pitch, end] = note
    return [Note(at, pitch, end - at, velocity) for at, pitch, end, velocity in notes]


def _key_name(key):
    shift, suffix = MODES.get(getattr(key, "mode", None) or "major", (0, ""))
    place = LINE.index("C") + key.sharps + shift
    return LINE[place] + suffix if place < len(LINE) else None
