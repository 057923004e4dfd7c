"""Write a Score as a Standard MIDI File."""

import io
import re
from fractions import Fraction
from math import lcm
from pathlib import Path

from ..errors import MusicMLError
from .atomic import write_atomically
from .midi_chunks import MAX_TICKS_PER_BEAT

DRUMS = 9  # channel 10, counted from 0
FINE_TICKS = 27720  # divided by every number up to 12
POWERS_OF_TWO = (1, 2, 4, 8, 16, 32, 64, 128)  # what a metre in MIDI can have below the line

# Steps to the left on the circle of fifths from a mode's tonic to the major key with its signature.
MODES = {" dorian": 2, " phrygian": 4, " lydian": -1, " mixolydian": 1, " locrian": 5}
CIRCLE = "Fb Cb Gb Db Ab Eb Bb F C G D A E B F# C# G# D# A# E# B#".split()
MIDI_KEYS = {*CIRCLE[1:16], *(f"{tonic}m" for tonic in CIRCLE[4:19])}  # at most seven sharps or flats


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
    write_atomically(path, buffer.getvalue())


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
