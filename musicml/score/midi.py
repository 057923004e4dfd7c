"""Read and write Standard MIDI Files. The bytes are mido's work; what they mean as notes is here.

A MIDI file counts time in ticks, so many to a beat: ticks / ticks_per_beat is an exact fraction.
A note is two events, "on" and "off"; an "on" with velocity 0 is an "off" too.
"""

import io
import re
import struct
from collections import defaultdict
from fractions import Fraction
from math import lcm
from pathlib import Path

from ..errors import FileFormatError, MusicMLError
from .notes import Note, Part, Score

DRUMS = 9  # channel 10, counted from 0
MAX_TICKS_PER_BEAT = 32767
FINE_TICKS = 27720  # divided by every number up to 12
POWERS_OF_TWO = (1, 2, 4, 8, 16, 32, 64, 128)  # what a metre in MIDI can have below the line

# Steps to the left on the circle of fifths from a mode's tonic to the major key with its signature.
MODES = {" dorian": 2, " phrygian": 4, " lydian": -1, " mixolydian": 1, " locrian": 5}
CIRCLE = "Fb Cb Gb Db Ab Eb Bb F C G D A E B F# C# G# D# A# E# B#".split()
MIDI_KEYS = {*CIRCLE[1:16], *(f"{tonic}m" for tonic in CIRCLE[4:19])}  # at most seven sharps or flats


def read_midi(source, *, max_seconds=4 * 3600, max_notes=200_000, max_bytes=2_000_000):
    """Read a MIDI file.

    Args:
        source: path, or the bytes of the file.
        max_seconds, max_notes, max_bytes: larger files are refused, because they are as a rule damaged.

    Returns:
        Score with one Part for each channel of each track that has notes; onsets and durations are exact.
        Channel 10 is drums. A part keeps the first instrument (program) of its channel. A file in film
        time (SMPTE) is read at 120 beats a minute. A first bar of its own, shorter metre is the pickup.

    Raises:
        FileFormatError: not a MIDI file, damaged, or over a limit.
    """
    name, data = _content(source, max_bytes)
    data, division = _check_chunks(name, data)
    file = _parse(name, data)
    ticks_per_beat = _ticks_per_beat(name, division)
    fixed_tempo = division < 0  # film time runs in seconds and knows no tempo

    maps = {"set_tempo": {}, "time_signature": {}, "key_signature": {}}
    found = {}  # (track, channel) -> notes as [start, end, pitch, velocity], in ticks
    programs, track_names, count = {}, {}, 0
    for track_number, track in enumerate(file.tracks):
        tick, sounding = 0, defaultdict(list)
        for message in track:
            tick += message.time
            if message.type in ("note_on", "note_off"):
                waiting = sounding[message.channel, message.note]
                if message.type == "note_on" and message.velocity > 0:
                    note = [tick, None, message.note, message.velocity]
                    waiting.append(note)
                    found.setdefault((track_number, message.channel), []).append(note)
                    count += 1
                elif waiting:
                    waiting.pop(0)[1] = tick
            elif message.type == "program_change":
                programs.setdefault((track_number, message.channel), message.program)
                programs.setdefault(message.channel, message.program)
            elif message.type == "track_name":
                track_names.setdefault(track_number, _text(message.name))
            elif message.type in maps:
                maps[message.type][Fraction(tick) / ticks_per_beat] = message
        for note in (note for waiting in sounding.values() for note in waiting):
            note[1] = tick  # never switched off: it ends with the track
        if count > max_notes:
            raise FileFormatError(f"{name} has more than {max_notes:,} notes. Pass max_notes= if it is real.")

    tempos = {} if fixed_tempo else {beat: _bpm(name, m.tempo) for beat, m in maps["set_tempo"].items()}
    metres = {beat: (m.numerator, m.denominator) for beat, m in maps["time_signature"].items() if m.numerator}
    metres, pickup = _pickup(_changes(metres, (4, 4)))
    score = Score(
        parts=[
            Part(
                [
                    Note(
                        Fraction(start) / ticks_per_beat,
                        pitch,
                        Fraction(end - start) / ticks_per_beat,
                        velocity,
                    )
                    for start, end, pitch, velocity in notes
                    if end > start
                ],
                name=track_names.get(track, ""),
                program=programs.get((track, channel), programs.get(channel, 0)),
                is_drums=channel == DRUMS,
            )
            for (track, channel), notes in found.items()
            if any(end > start for start, end, _, _ in notes)
        ],
        title=track_names.get(0, ""),
        tempos=_changes(tempos, 120.0),
        time_signatures=metres,
        keys=_changes({beat: m.key for beat, m in maps["key_signature"].items()}, None),
        pickup=pickup,
    )
    seconds = score.seconds(score.duration)
    if seconds > max_seconds:
        raise FileFormatError(
            f"{name} lasts {seconds:,.0f} s ({seconds / 86400:,.1f} days); "
            f"the limit is {max_seconds / 3600:g} h. Pass max_seconds= if it is real."
        )
    return score


def write_midi(score, path):
    """Write a Score as a MIDI file: a first track with title, tempo, metre and key, then a track a part.

    Reading the file gives the same score, exactly, except for what MIDI does not know: parts without notes,
    metadata, a pickup across a change of metre, a mode other than major and minor (the key with the same
    sharps or flats is written), and two notes of one part that sound together on one pitch (the first ends
    where the second starts).
    """
    import mido

    path = Path(path)
    ticks, metres = _resolution(score), _with_pickup(score)
    head = [(0, mido.MetaMessage("track_name", name=score.title))] if score.title else []
    for beat, bpm in score.tempos:
        if not 60e6 / 0xFFFFFF <= bpm <= 60e6:
            raise MusicMLError(f"{path}: a tempo of {bpm} beats a minute, expected from 4 to 60,000,000.")
        head.append((beat, mido.MetaMessage("set_tempo", tempo=round(60e6 / bpm))))
    for beat, (top, bottom) in metres:
        if not 0 < top < 256 or bottom not in POWERS_OF_TWO:
            raise MusicMLError(
                f"{path}: a metre of {top}/{bottom}, MIDI needs 1 to 255 over a power of two up to 128."
            )
        head.append((beat, mido.MetaMessage("time_signature", numerator=top, denominator=bottom)))
    for beat, key in score.keys:
        if key is not None:
            head.append((beat, mido.MetaMessage("key_signature", key=_midi_key(key))))

    # Sixteen channels, and channel 10 is taken: the 16th part shares a channel, but keeps its own track.
    channels = [channel for channel in range(16) if channel != DRUMS]
    file = mido.MidiFile(type=1, ticks_per_beat=ticks, charset="utf-8")
    file.tracks.append(_track(head, ticks, path))
    parts = [part for part in score.parts if part.notes]
    for number, part in enumerate(parts):
        channel = DRUMS if part.is_drums else channels[number % len(channels)]
        events = [(0, mido.MetaMessage("track_name", name=part.name))] if part.name else []
        if not 0 <= part.program <= 127:
            raise MusicMLError(
                f"{path}: part {number + 1} has program {part.program}, expected 0 to 127; 0 is piano."
            )
        events.append((0, mido.Message("program_change", channel=channel, program=part.program)))
        events += _note_events(part, channel, ticks)
        file.tracks.append(_track(events, ticks, path))
    buffer = io.BytesIO()
    file.save(file=buffer)
    path.write_bytes(buffer.getvalue())


# ---- reading -------------------------------------------------------------------------------------


def _content(source, max_bytes):
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


def _check_chunks(name, data):
    """Walk the chunks: returns (data with only the header and the tracks, division)."""
    if data[:4] == b"RIFF" and data[8:12] == b"RMID":  # MIDI wrapped in Microsoft's container
        data = data[20:]
    if data[:4] != b"MThd":
        raise FileFormatError(f"{name} is not a MIDI file: it begins with {data[:8]!r}, expected b'MThd'.")
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
    if kind == 2 and len(tracks) > 1:
        raise FileFormatError(
            f"{name} is a MIDI file of format 2 ({len(tracks)} separate pieces in one file), "
            "expected format 0 or 1. Save each piece as its own file."
        )
    if kind > 2:
        raise FileFormatError(
            f"{name} says it is MIDI format {kind}, expected 0, 1 or 2. The file is damaged."
        )
    # A division mido can take; the real one is used by the caller.
    return b"MThd" + struct.pack(">LHHh", 6, min(kind, 1), len(tracks), 480) + b"".join(tracks), division


def _parse(name, data):
    import mido

    for attempt in (data, _without_bad_keys(data)):
        try:
            # latin1 maps every byte to a character, so that no text can fail; _text repairs it.
            return mido.MidiFile(file=io.BytesIO(attempt), charset="latin1")
        except mido.KeySignatureError as error:
            reason = error
        except Exception as error:  # mido raises OSError, EOFError, ValueError, IndexError, ... on damage
            reason = error
            break
    raise FileFormatError(
        f"{name} is damaged: {type(reason).__name__} {reason}. Download it again, "
        "or open it in a notation program and export it as MIDI."
    ) from reason


def _without_bad_keys(data):
    """Turn key signatures of impossible keys, which some programs write, into texts."""

    def repair(match):
        sharps, mode = struct.unpack("bB", match[1])
        return match[0] if -7 <= sharps <= 7 and mode <= 1 else b"\xff\x01\x02??"

    return re.sub(rb"\xff\x59\x02(..)", repair, data, flags=re.DOTALL)


def _ticks_per_beat(name, division):
    if division == 0:
        raise FileFormatError(
            f"{name} says 0 ticks per beat, expected 1 to {MAX_TICKS_PER_BEAT:,}. It is damaged."
        )
    if division > 0:
        return Fraction(division)
    # Film time: frames a second, and ticks a frame. At 120 beats a minute a beat is half a second.
    frames, ticks = -(division >> 8), division & 0xFF
    if frames not in (24, 25, 29, 30) or ticks == 0:
        raise FileFormatError(
            f"{name} counts {frames} frames a second of {ticks} ticks, expected 24, 25, 29 or 30."
        )
    rate = Fraction(30000, 1001) if frames == 29 else Fraction(frames)
    return rate * ticks / 2


def _text(raw):
    """What was read as latin1, as UTF-8 where it is that."""
    try:
        return raw.encode("latin1").decode("utf-8")
    except UnicodeError:
        return raw


def _bpm(name, microseconds):
    """Beats a minute, with the fewest decimals that give the same microseconds a beat."""
    if microseconds == 0:
        raise FileFormatError(
            f"{name} has a tempo of 0 microseconds a beat, expected more. The file is damaged."
        )
    bpm = 60e6 / microseconds
    for digits in range(7):
        if round(bpm, digits) > 0 and round(60e6 / round(bpm, digits)) == microseconds:
            return round(bpm, digits)
    return bpm


def _changes(values, default):
    """{beat: value} -> ((0, value), (beat, value), ...), only where the value changes."""
    rows = [(Fraction(0), values.get(0, default))]
    for beat in sorted(values):
        if values[beat] != rows[-1][1]:
            rows.append((beat, values[beat]))
    return tuple(rows)


def _pickup(metres):
    """A first bar of its own, shorter metre is how MIDI files show a pickup."""
    if len(metres) > 1:
        (_, (top, bottom)), (beat, second) = metres[:2]
        if beat == Fraction(4 * top, bottom) < Fraction(4 * second[0], second[1]):
            return ((Fraction(0), second), *metres[2:]), beat
    return metres, Fraction(0)


# ---- writing -------------------------------------------------------------------------------------


def _resolution(score):
    """Ticks per beat: the smallest number that makes every time whole, if the format can hold it."""
    times = {time for part in score.parts for note in part.notes for time in (note.onset, note.end)}
    times.update(beat for changes in (score.tempos, score.time_signatures, score.keys) for beat, _ in changes)
    exact = 1
    for time in times:
        exact = lcm(exact, Fraction(time).denominator)
        if exact > MAX_TICKS_PER_BEAT:
            return FINE_TICKS  # times are rounded
    return lcm(exact, 480) if lcm(exact, 480) <= MAX_TICKS_PER_BEAT else exact


def _with_pickup(score):
    """The metres, with a bar of the pickup's own length in front."""
    (_, first), *later = score.time_signatures
    bars = Fraction(score.pickup) / 4  # of a whole note
    metre_stays = not later or later[0][0] > score.pickup
    if metre_stays and 0 < bars < Fraction(*first) and bars.denominator in POWERS_OF_TWO:
        return [(0, (bars.numerator, bars.denominator)), (score.pickup, first), *later]
    return score.time_signatures


def _midi_key(key):
    """'G mixolydian' -> 'C': the major key with the same sharps or flats; major and minor stay."""
    match = re.fullmatch(r"([A-G][#b]?)(m?| \w+)", key)
    if match and match[2] in MODES and (place := CIRCLE.index(match[1]) - MODES[match[2]]) >= 0:
        key = CIRCLE[place] if place < len(CIRCLE) else ""
    if key not in MIDI_KEYS:
        raise MusicMLError(
            f'the key "{key}" cannot be written to MIDI, expected one like G, Em or "D mixolydian".'
        )
    return key


def _note_events(part, channel, ticks):
    import mido

    spans = {}
    for note in part.notes:  # sorted: the longest of equal notes comes last and stays
        start, end = round(note.onset * ticks), round(note.end * ticks)
        spans.setdefault(note.pitch, {})
        spans[note.pitch][start] = (max(end, start + 1, spans[note.pitch].get(start, (0,))[0]), note.velocity)
    events = []
    for pitch, starts in spans.items():
        following = [*sorted(starts)[1:], None]
        for (start, (end, velocity)), next_start in zip(sorted(starts.items()), following, strict=True):
            if next_start is not None:
                end = min(end, next_start)
            # At the same tick ends come before starts (0 before 1), or a repeated note would be lost.
            events.append((start, 1, mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)))
            events.append((end, 0, mido.Message("note_off", channel=channel, note=pitch, velocity=0)))
    events.sort(key=lambda event: (event[0], event[1], event[2].note))
    return [(Fraction(tick, ticks), message) for tick, _, message in events]


def _track(events, ticks, path):
    """[(beat, message)] in order -> mido track with the time since the event before."""
    import mido

    track, now = mido.MidiTrack(), 0
    for beat, message in sorted(events, key=lambda event: event[0]):
        tick = round(Fraction(beat) * ticks)
        if tick - now >= 2**28:
            raise MusicMLError(
                f"{path}: a gap of {float((tick - now) / ticks):,.0f} beats is too long for a MIDI file."
            )
        track.append(message.copy(time=tick - now))
        now = tick
    return track
