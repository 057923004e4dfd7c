"""The bytes of a MIDI file, checked before and while mido reads them."""

import io
import re
import struct
from fractions import Fraction
from pathlib import Path

from ..errors import FileFormatError

MAX_TICKS_PER_BEAT = 32767
AGAIN = "Download it again, or open it in a notation program and export it as MIDI."
LONG_NUMBER = re.compile(rb"[\x80-\xff]{10000}")  # mido would build one number of all these bytes


def content(source, max_bytes):
    """Path or bytes -> (name for messages, bytes), after the size is known to be sane."""
    if isinstance(source, bytes | bytearray | memoryview):
        name, size = "the MIDI data", len(source)
    else:
        source = Path(source)
        name = source.name
        if not source.is_file():
            raise FileFormatError(f"{source} is not there, or is not a file. Check the path.")
        size = source.stat().st_size
    if size > max_bytes:
        raise FileFormatError(
            f"{name} has {size:,} bytes; the limit is {max_bytes:,} (a symphony has about 500,000). "
            "Pass max_bytes= if it is real."
        )
    return name, bytes(source) if not isinstance(source, Path) else source.read_bytes()


def chunks(name, data):
    """Walk the chunks: returns (format, division, the tracks as bytes); other chunks are skipped."""
    if data[:4] == b"RIFF" and data[8:12] == b"RMID":  # MIDI wrapped in Microsoft's container
        data = data[20:]
    if data[:4] != b"MThd":
        raise FileFormatError(
            f"{name} is not a MIDI file: it begins with {data[:8]!r}, expected b'MThd'. {AGAIN}"
        )
    if len(data) < 14:
        raise FileFormatError(
            f"{name} is cut off: {len(data)} bytes, expected at least 14. Download it again."
        )
    kind, _, division = struct.unpack(">HHh", data[8:14])
    tracks, at = [], 8 + int.from_bytes(data[4:8], "big")
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "big")
        if data[at : at + 4] == b"MTrk":
            if at + 8 + size > len(data):
                raise FileFormatError(
                    f"{name}, track {len(tracks) + 1}: {size:,} bytes promised, "
                    f"{len(data) - at - 8:,} there. The file is cut off: download it again."
                )
            tracks.append(data[at : at + 8 + size])
        at += 8 + size  # the standard says to skip chunks of other kinds
    if not tracks:
        raise FileFormatError(
            f"{name} is a MIDI file without tracks, expected at least one. Download it again."
        )
    if kind > 2:
        raise FileFormatError(f"{name} says it is MIDI format {kind}, expected 0, 1 or 2. {AGAIN}")
    for number, track in enumerate(tracks, 1):
        if LONG_NUMBER.search(track):
            raise FileFormatError(
                f"{name}, track {number} is damaged: a number of thousands of bytes, expected at most 4. "
                f"{AGAIN}"
            )
    return kind, division, tracks


def parse(name, tracks):
    """The mido.MidiFile of some tracks; its ticks_per_beat is not the real one."""
    import mido

    file = mido.MidiFile(type=1)
    for number, track in enumerate(tracks, 1):
        file.tracks.append(_parse_track(f"{name}, track {number}", track))
    return file


def _parse_track(place, track):
    import mido

    head = b"MThd" + struct.pack(
        ">LHHh", 6, 0, 1, 480
    )  # a division mido can take; the caller knows the real one
    for attempt in (track, _without_bad_keys(track)):
        try:
            # latin1 maps every byte to a character, so that no text can fail; _text repairs it.
            return mido.MidiFile(file=io.BytesIO(head + attempt), charset="latin1").tracks[0]
        except mido.KeySignatureError as error:
            reason = error
        except Exception as error:  # mido raises OSError, EOFError, ValueError, IndexError, ... on damage
            reason = error
            break
    if isinstance(reason, OSError | ValueError) and str(reason):
        words = str(reason)[:100]
    else:
        words = (
            "it ends in the middle of an event" if isinstance(reason, EOFError) else "an event is too short"
        )
    raise FileFormatError(f"{place} is damaged: {words}. {AGAIN}") from reason


def _without_bad_keys(data):
    """Turn key signatures of impossible keys, which some programs write, into texts."""

    def repair(match):
        sharps, mode = struct.unpack("bB", match[1])
        return match[0] if -7 <= sharps <= 7 and mode <= 1 else b"\xff\x01\x02??"

    return re.sub(rb"\xff\x59\x02(..)", repair, data, flags=re.DOTALL)


def ticks_per_beat(name, division):
    if division == 0:
        raise FileFormatError(f"{name} says 0 ticks per beat, expected 1 to {MAX_TICKS_PER_BEAT:,}. {AGAIN}")
    if division > 0:
        return Fraction(division)
    # Film time: frames a second, and ticks a frame. At 120 beats a minute a beat is half a second.
    frames, ticks = -(division >> 8), division & 0xFF
    if frames not in (24, 25, 29, 30) or ticks == 0:
        raise FileFormatError(
            f"{name} counts {frames} frames a second of {ticks} ticks, expected 24, 25, 29 or 30. {AGAIN}"
        )
    rate = Fraction(30000, 1001) if frames == 29 else Fraction(frames)
    return rate * ticks / 2
