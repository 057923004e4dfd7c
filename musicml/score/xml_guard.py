"""What stands between a MusicXML file from anywhere and the library that reads it.

A small XML file can be made to fill the memory: packed a thousandfold (a zip bomb), with entities that
stand for each other (an entity bomb), or nested without end. So before anything else sees the file, its
sizes are checked, and `parse` keeps only the elements that carry time and pitch.
Source: MusicXML 4.0, https://www.w3.org/2021/06/musicxml40/
"""

import io
import zipfile
import zlib
from pathlib import PurePosixPath
from xml.etree import ElementTree
from xml.parsers import expat

from ..errors import FileFormatError

MAX_BYTES = 20_000_000  # of XML, unpacked
MAX_RATIO = 100  # unpacked to packed; scores have 20 to 40
SMALL = 4_000_000  # below this many bytes the ratio does not matter
MAX_MEMBERS = 1000
MAX_DEPTH = 60
MAX_ELEMENTS = 500_000  # that are kept; about 40,000 notes

KEPT = frozenset(
    """score-partwise score-timewise work work-title movement-title identification creator part-list
    score-part part-name midi-instrument midi-channel midi-program midi-unpitched part measure attributes
    divisions key fifths mode time beats beat-type transpose chromatic octave-change note pitch step alter
    octave unpitched display-step display-octave rest chord duration tie voice grace cue instrument backup
    forward direction direction-type metronome beat-unit beat-unit-dot per-minute sound offset""".split()
)
NEXT = "Open it in a notation program and export it as MusicXML again."


def unpack(name, data):
    """The bytes of the score in a packed file (.mxl), after all sizes are known to be sane."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise FileFormatError(
                    f"{name} packs {len(members):,} files; the limit is {MAX_MEMBERS:,}. "
                    "A packed score has two or three: unpack it, and load the score alone."
                )
            names = {member.filename: member for member in members}
            return _member(archive, name, names[_score_name(archive, name, names)], len(data))
    except FileFormatError:
        raise
    # zipfile raises whatever its parts raise on damage: BadZipFile, RuntimeError (a password), ...
    except Exception as error:
        raise FileFormatError(
            f"{name} is a packed score that is damaged or locked. Download it again."
        ) from error


def _score_name(archive, name, names):
    """The name of the score in the archive, as META-INF/container.xml tells it."""
    if "META-INF/container.xml" in names:
        data = _member(archive, name, names["META-INF/container.xml"], 100_000)
        root = _build(f"{name}, META-INF/container.xml", data, {"container", "rootfiles", "rootfile"})
        paths = [entry.get("full-path", "") for entry in root.iter("rootfile")]
        path = paths[0] if paths else ""
        if path not in names:
            raise FileFormatError(
                f'{name}: META-INF/container.xml points to "{path[:80]}", which is not in the file. {NEXT}'
            )
        return path
    scores = [
        path
        for path in names
        if PurePosixPath(path).suffix.lower() in (".musicxml", ".xml") and not path.startswith("__MACOSX")
    ]
    if len(scores) != 1:
        raise FileFormatError(
            f"{name} is a packed file with {len(scores)} scores and no META-INF/container.xml, expected a "
            "packed score (.mxl). Unpack it, and load the files in it."
        )
    return scores[0]


def _member(archive, name, member, packed):
    limit = min(MAX_BYTES, max(SMALL, MAX_RATIO * packed))
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileFormatError(f"{name} is packed in another way than .mxl files are (deflate). {NEXT}")
    with archive.open(member) as file:
        data = file.read(limit + 1) if member.file_size <= limit else b""
    if member.file_size > limit or len(data) > limit:
        raise FileFormatError(
            f"{name} has {packed:,} bytes and unpacks to {max(member.file_size, len(data)):,}; the limit is "
            f"{limit:,}. It is damaged, or made to fill the memory. Download it again from a source that "
            "you trust."
        )
    return data


def parse(name, data):
    """The score of a MusicXML file as an ElementTree of the elements in KEPT.

    Raises:
        FileFormatError: too large, too deep, not well-formed (with the line), with entities, not a score.
    """
    if len(data) > MAX_BYTES:
        raise FileFormatError(
            f"{name} has {len(data):,} bytes of MusicXML; the limit is {MAX_BYTES:,}. Split it."
        )
    root = _build(name, data, KEPT)
    if root.tag == "score-timewise":
        root = _partwise(root)
    return root


def _build(name, data, kept):
    """Run expat over the bytes; elements outside ``kept`` are left out with all that is in them."""
    parser, builder = expat.ParserCreate(), ElementTree.TreeBuilder()
    parser.buffer_text = True
    state = {"depth": 0, "skip": 0, "count": 0}

    def refuse(text):
        raise FileFormatError(f"{name}, line {parser.CurrentLineNumber}: {text}")

    def start(tag, attributes):
        state["depth"] += 1
        if state["depth"] > MAX_DEPTH:
            refuse(f"elements are nested more than {MAX_DEPTH} deep; scores need about 10. {NEXT}")
        if state["depth"] == 1 and tag not in kept:
            refuse(f"the file is XML with the root <{tag[:40]}>, expected <score-partwise>. {NEXT}")
        if state["skip"] or tag not in kept:
            state["skip"] += 1
            return
        state["count"] += 1
        if state["count"] > MAX_ELEMENTS:
            refuse(f"more than {MAX_ELEMENTS:,} elements, about 40,000 notes. Split the score.")
        builder.start(tag, attributes)

    def end(tag):
        state["depth"] -= 1
        if state["skip"]:
            state["skip"] -= 1
        else:
            builder.end(tag)

    def text(characters):
        if not state["skip"] and state["depth"]:
            builder.data(characters)

    def doctype(_name, _system, _public, has_subset):
        if has_subset:
            refuse(
                "the DOCTYPE line defines names of its own ([...]), which no score needs. Delete the line."
            )

    def entity(*_):
        refuse("the file defines entities, which no score needs. Delete the DOCTYPE line.")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler, parser.EntityDeclHandler = doctype, entity
    try:
        parser.Parse(data, True)
    except FileFormatError:
        raise
    except expat.ExpatError as error:
        raise FileFormatError(
            f"{name}, line {error.lineno}: the XML is damaged or cut off "
            f"({expat.ErrorString(error.code)}). {NEXT}"
        ) from error
    except (ValueError, LookupError, zlib.error) as error:  # an encoding that Python does not know
        raise FileFormatError(f"{name} cannot be read as XML: {str(error)[:100]}. {NEXT}") from error
    return builder.close()


def _partwise(timewise):
    """A score sorted by measure, then part, as one sorted by part, then measure."""
    root = ElementTree.Element("score-partwise")
    parts = {}
    for child in timewise:
        if child.tag != "measure":
            root.append(child)
            continue
        for part in child.findall("part"):
            name = part.get("id", "")
            if name not in parts:
                parts[name] = ElementTree.SubElement(root, "part", id=name)
            measure = ElementTree.SubElement(parts[name], "measure", child.attrib)
            measure.extend(part)
    return root
