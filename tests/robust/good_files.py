"""Small good files of every format: by our own writers, by hand, and from the music21 package."""

import importlib.util
import io
import re
import tempfile
import zipfile
from fractions import Fraction as F
from functools import cache
from pathlib import Path

import numpy as np

from .bad_midi import C4, header, midi, riff, track

NOTATION, AUDIO = ("mid", "abc", "musicxml", "mxl"), ("wav", "flac", "ogg", "mp3")
FORMATS = NOTATION + AUDIO

ABC = b"""X: 1
T: Every sign once
C: Trad.
M: 6/8
L: 1/8
Q: 3/8=100
R: jig
K: Edor
|: "Em"E2B ~B^cd | (3efg {ag}f>e d2-d | [V:1] [EGB]2 z A/2A// [M:4/4]G4- | [1 G6 z2 :|2 G8 ||
[K:Bb] !trill!B,C'' =d_e | +CEG+ .c (de) `f | Z2 | x4 y z4 |]
w: words are not no-tes
V: 2
[L:1/16] (5:4:5abcde c,,2 | % a comment
"""

MUSICXML = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN"
  "http://www.musicxml.org/dtds/partwise.dtd">
<score-partwise version="4.0">
  <work><work-title>Every sign once</work-title></work>
  <part-list>
    <score-part id="P1"><part-name>Flute</part-name>
      <score-instrument id="P1-I1"><instrument-name>Flute</instrument-name></score-instrument>
      <midi-instrument id="P1-I1"><midi-channel>1</midi-channel><midi-program>74</midi-program>
      </midi-instrument>
    </score-part>
  </part-list>
  <part id="P1">
    <measure number="1">
      <attributes><divisions>6</divisions><key><fifths>-1</fifths><mode>major</mode></key>
        <time><beats>3</beats><beat-type>4</beat-type></time><clef><sign>G</sign><line>2</line></clef></attributes>
      <direction><sound tempo="96"/></direction>
      <barline location="left"><repeat direction="forward"/></barline>
      <note><pitch><step>C</step><octave>5</octave></pitch><duration>6</duration><voice>1</voice><type>quarter</type></note>
      <note><chord/><pitch><step>B</step><alter>-1</alter><octave>4</octave></pitch><duration>6</duration><voice>1</voice></note>
      <note><grace/><pitch><step>D</step><octave>5</octave></pitch><voice>1</voice><type>eighth</type></note>
      <note><pitch><step>E</step><octave>5</octave></pitch><duration>2</duration><voice>1</voice><type>eighth</type>
        <time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification></note>
      <note><rest/><duration>4</duration><voice>1</voice></note>
      <note><pitch><step>F</step><octave>5</octave></pitch><duration>6</duration>
        <tie type="start"/><voice>1</voice></note>
      <backup><duration>18</duration></backup>
      <forward><duration>6</duration><voice>2</voice></forward>
      <note><pitch><step>A</step><octave>3</octave></pitch><duration>12</duration><voice>2</voice></note>
    </measure>
    <measure number="2">
      <note><pitch><step>F</step><octave>5</octave></pitch><duration>18</duration>
        <tie type="stop"/><voice>1</voice></note>
      <barline location="right"><repeat direction="backward"/></barline>
    </measure>
  </part>
</score-partwise>
"""

CONTAINER = b"""<?xml version="1.0" encoding="UTF-8"?>
<container><rootfiles><rootfile full-path="score.musicxml"/></rootfiles></container>
"""


def pack(files, method=zipfile.ZIP_DEFLATED):
    """{name: bytes} -> the bytes of a zip file, the same every time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return buffer.getvalue()


def mxl(xml, container=CONTAINER):
    return pack({"META-INF/container.xml": container, "score.musicxml": xml})


def unpack(data):
    """The score inside an .mxl file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if name.endswith("xml")]
        return archive.read(next(name for name in names if not name.startswith("META-INF")))


@cache
def samples(seconds=0.1, sr=16000):
    """Two tones, stereo: shape (2, n)."""
    t = np.arange(int(seconds * sr)) / sr
    return np.stack([0.5 * np.sin(2 * np.pi * 440 * t), 0.3 * np.sin(2 * np.pi * 660 * t)])


def sound_file(form, subtype=None, channels=1, sr=16000, seconds=0.1, noise=0.0):
    import soundfile

    buffer = io.BytesIO()
    data = np.tile(samples(seconds, sr), (channels // 2 + 1, 1))[:channels].T
    data = data + noise * np.random.default_rng(0).uniform(-1, 1, data.shape)
    soundfile.write(buffer, data, sr, format=form, subtype=subtype)
    return buffer.getvalue()


def id3(size=None, frames=b"TIT2\x00\x00\x00\x05\x00\x00\x00Tune"):
    """The tag that stands in front of many MP3 files; its size is written seven bits a byte."""
    size = len(frames) if size is None else size
    return b"ID3\x03\x00\x00" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + frames


def with_right_lengths(data):
    """A MIDI file whose tracks say how long they are."""
    head, *tracks = data.split(b"MTrk")
    return head + b"".join(b"MTrk" + len(track[4:]).to_bytes(4, "big") + track[4:] for track in tracks)


def with_right_tags(xml):
    """A MusicXML file in which every element ends that has begun, and no other."""
    kept, waiting = [], []
    for token in re.findall(rb"<[^>]*>?|[^<]+", xml):
        name = re.match(rb"</?([\w:-]+)", token)
        if name and token.startswith(b"</"):
            if name[1] not in waiting:
                continue
            while waiting[-1] != name[1]:
                kept.append(b"</" + waiting.pop() + b">")
            waiting.pop()
        elif name and token.endswith(b">") and not token.endswith(b"/>"):
            waiting.append(name[1])
        kept.append(token)
    return b"".join(kept) + b"".join(b"</" + name + b">" for name in reversed(waiting))


def with_right_sums(ogg):
    """An Ogg file whose pages have the checksum that fits what stands in them."""
    pages = re.split(b"(?=OggS)", ogg)
    for number, page in enumerate(pages):
        if page[:4] == b"OggS" and len(page) >= 27:
            total = _checksum(page[:22] + bytes(4) + page[26:], OGG_TABLE)
            pages[number] = page[:22] + total.to_bytes(4, "little") + page[26:]
    return b"".join(pages)


def with_right_sum(flac):
    """A FLAC file of one frame (all that the short ones have) with the checksum that fits it."""
    at = flac.find(b"\xff\xf8")
    if at < 0:
        return flac
    return flac[:-2] + _checksum(b"\0\0" + flac[at:-2], FLAC_TABLE).to_bytes(4, "big")[:2]


def _checksum(data, table):
    """Remainder of the division by a polynomial of degree 32, highest bit first."""
    total = 0
    for byte in data:
        total = total << 8 & 0xFFFFFFFF ^ table[total >> 24 ^ byte]
    return total


def _table(polynomial):
    remainders = []
    for byte in range(256):
        total = byte << 24
        for _ in range(8):
            total = total << 1 & 0xFFFFFFFF ^ (polynomial if total >> 31 else 0)
        remainders.append(total)
    return remainders


OGG_TABLE = _table(0x04C11DB7)
FLAC_TABLE = _table(0x8005 << 16)  # degree 16: the remainder stands in the upper half


@cache
def found():
    """Format -> list of files as bytes. The first of each list is the plainest."""
    return {
        "mid": [midi(C4 * 8), *_own("mid"), header(2, kind=1) + track(MANY) + track(C4 * 4), riff(midi(C4))],
        "abc": [ABC, *_corpus("ryansMammoth/*.abc", 3), *_own("abc")],
        "musicxml": [MUSICXML, _corpus("demos/multiple-verses.xml", 1)[0], *_own("musicxml")],
        "mxl": [mxl(MUSICXML), *_corpus("demos/ch*.mxl", 2), *_own("mxl")],
        "wav": [
            sound_file("WAV"),
            sound_file("WAV", "PCM_U8", 2),
            sound_file("WAV", "PCM_24"),
            sound_file("WAV", "FLOAT", 2),
            sound_file("WAVEX", "PCM_16", 2),
            sound_file("WAV", "IMA_ADPCM"),
        ],
        "flac": [sound_file("FLAC"), sound_file("FLAC", "PCM_24", 2)],
        "ogg": [
            sound_file("OGG"),
            sound_file("OGG", channels=2, seconds=1.0, noise=0.4),
            sound_file("OGG", "OPUS", 2, seconds=1.0, noise=0.4),
        ],
        "mp3": [sound_file("MP3"), id3() + sound_file("MP3", channels=2), sound_file("MP3", sr=44100)],
    }


# Everything that may stand in a track: names, tempo, metre, key, program, bend, sysex, running status.
MANY = b"".join(
    (
        b"\x00\xff\x03\x05Title", b"\x00\xff\x51\x03\x07\xa1\x20", b"\x00\xff\x58\x04\x03\x02\x18\x08",
        b"\x00\xff\x59\x02\xfe\x01", b"\x00\xc0\x28", b"\x00\xe0\x00\x40", b"\x00\xf0\x03\x01\x02\xf7",
        b"\x00\x90\x3c\x50", b"\x60\x40\x50", b"\x60\x3c\x00", b"\x81\x40\x40\x00",
        b"\x00\x99\x24\x64\x30\x24\x00",
    )
)  # fmt: skip


def one_of_each():
    """Format -> (bytes, name of the reader that takes it)."""
    return {form: (files[0], "audio" if form in AUDIO else "score") for form, files in found().items()}


def _own(suffix):
    """Pieces written by our own writer, where there is one for this format."""
    from musicml import score
    from musicml.errors import MusicMLError

    pieces = [
        score.melody([60, 62, None, 64, 65], [1, F(1, 2), F(1, 2), F(1, 3), 3], title="Café", program=40),
        score.Score(
            [
                score.Part([score.Note(0, 67, 2), score.Note(2, 69, 2)], name="Sopran"),
                score.Part([score.Note(0, 48, 4)], name="Baß", program=42),
            ],
            title="Two parts",
            tempos=((F(0), 100.0), (F(2), 80.0)),
            time_signatures=((F(0), (3, 4)), (F(3), (4, 4))),
            keys=((F(0), "Gm"),),
        ),
    ]
    written = []
    with tempfile.TemporaryDirectory() as folder:
        for piece in pieces:
            path = Path(folder, f"piece.{suffix}")
            try:
                score.save(piece, path)
            except MusicMLError:
                continue  # not a format that is written
            written.append(path.read_bytes())
    return written


def _corpus(pattern, count):
    """The smallest files of the music21 package that match, without importing it."""
    folder = Path(importlib.util.find_spec("music21").origin).parent / "corpus"
    files = sorted(folder.glob(pattern), key=lambda path: (path.stat().st_size, path.name))
    return [path.read_bytes() for path in files[:count]]
