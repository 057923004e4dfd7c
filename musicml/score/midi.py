"""Read Standard MIDI Files. The bytes are mido's work; what they mean as notes is here.

A MIDI file counts time in ticks, so many to a beat: ticks / ticks_per_beat is an exact fraction.
A note is two events, "on" and "off"; an "on" with velocity 0 is an "off" too.
Writing is done by `midi_writer`.
"""

from collections import defaultdict
from fractions import Fraction

from ..errors import FileFormatError
from . import midi_chunks
from .midi_writer import DRUMS, write_midi
from .notes import Note, Part, Score

__all__ = ["read_midi", "read_midi_all", "write_midi"]

LONGEST_METRE = 128  # below the line
MAX_DELTA = 2**28 - 1  # ticks between two events: four bytes of seven bits


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
    name, division, pieces = _pieces(source, max_bytes)
    if len(pieces) > 1:
        raise FileFormatError(
            f"{name} is a MIDI file of format 2 with {len(pieces)} separate pieces, expected one. "
            "Use read_midi_all, or score.load_all(path): a list."
        )
    return _read(name, division, pieces[0], max_seconds, max_notes)


def read_midi_all(source, *, max_seconds=4 * 3600, max_notes=200_000, max_bytes=2_000_000):
    """Read every piece of a MIDI file: list of Score. One, but for format 2, where each track is a piece.

    Tracks of format 2 without notes are left out. Arguments and errors as in `read_midi`.
    """
    name, division, pieces = _pieces(source, max_bytes)
    if len(pieces) == 1:
        return [_read(name, division, pieces[0], max_seconds, max_notes)]
    scores = [
        _read(f"{name}, piece {number}", division, tracks, max_seconds, max_notes)
        for number, tracks in enumerate(pieces, 1)
    ]
    return [score for score in scores if score.parts]


def _pieces(source, max_bytes):
    """(name for messages, division, lists of tracks that belong together)."""
    name, data = midi_chunks.content(source, max_bytes)
    kind, division, tracks = midi_chunks.chunks(name, data)
    return name, division, [[track] for track in tracks] if kind == 2 else [tracks]


def _read(name, division, tracks, max_seconds, max_notes):
    """The Score of some tracks."""
    file = midi_chunks.parse(name, tracks)
    ticks_per_beat = midi_chunks.ticks_per_beat(name, division)
    fixed_tempo = division < 0  # film time runs in seconds and knows no tempo

    maps = {"set_tempo": {}, "time_signature": {}, "key_signature": {}}
    found = {}  # (track, channel) -> notes as [start, end, pitch, velocity], in ticks
    programs, track_names, count = {}, {}, 0
    for track_number, track in enumerate(file.tracks):
        tick, sounding = 0, defaultdict(list)
        for message in track:
            tick += message.time
            if message.time > MAX_DELTA:
                raise FileFormatError(
                    f"{name}, track {track_number + 1}: a wait of more than {MAX_DELTA:,} ticks, which MIDI "
                    f"cannot say. {midi_chunks.AGAIN}"
                )
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
    metres = {  # some files have 0/4, or 4 over a power of two without end
        beat: (m.numerator, m.denominator)
        for beat, m in maps["time_signature"].items()
        if m.numerator and m.denominator <= LONGEST_METRE
    }
    metres, pickup = _pickup(changes(metres, (4, 4)))
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
        tempos=changes(tempos, 120.0),
        time_signatures=metres,
        keys=changes({beat: m.key for beat, m in maps["key_signature"].items()}, None),
        pickup=pickup,
    )
    seconds = score.seconds(score.duration)
    if seconds > max_seconds:
        raise FileFormatError(
            f"{name} lasts {seconds:,.0f} s ({seconds / 86400:,.1f} days); "
            f"the limit is {max_seconds / 3600:g} h. Pass max_seconds= if it is real."
        )
    return score


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
            f"{name} has a tempo of 0 microseconds a beat, expected more. {midi_chunks.AGAIN}"
        )
    bpm = 60e6 / microseconds
    for digits in range(7):
        if round(bpm, digits) > 0 and round(60e6 / round(bpm, digits)) == microseconds:
            return round(bpm, digits)
    return bpm


def changes(values, default):
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
