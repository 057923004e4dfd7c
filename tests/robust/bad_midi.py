"""MIDI files that break rules, and what must happen with each."""

import struct
from fractions import Fraction as F

from .verdict import Case

END = b"\x00\xff\x2f\x00"
C4 = b"\x00\x90\x3c\x50\x60\x80\x3c\x40"  # on, and off after 96 ticks: one beat


def header(tracks=1, division=96, kind=0, length=6, extra=b""):
    return b"MThd" + struct.pack(">LHHH", length, kind, tracks, division & 0xFFFF) + extra


def track(*events, end=END, claims=None):
    body = b"".join(events) + end
    return b"MTrk" + struct.pack(">L", len(body) if claims is None else claims) + body


def midi(*events, **options):
    """A file of one track."""
    return header(**options) + track(*events)


def variable(number):
    """A number as MIDI writes it: seven bits a byte, the last byte below 128."""
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.insert(0, number & 0x7F | 0x80)
    return bytes(groups)


def riff(data, size=None, inner=None):
    size, inner = len(data) + 12 if size is None else size, len(data) if inner is None else inner
    return b"RIFF" + struct.pack("<L", size) + b"RMIDdata" + struct.pack("<L", inner) + data


ONE = [(0, 60, 1)]  # what C4 is: onset, pitch, duration in beats
GOOD = midi(C4)


def notes(*expected):
    return lambda score: [(n.onset, n.pitch, n.duration) for n in score.notes] == list(expected)


def many(count):
    return lambda score: len(score.notes) == count


NO_NOTES = notes()
CUT = "cut off|damaged|ends"
DAMAGED = "(?s)(?=.*damaged)(?=.*track 1)"  # and where

CASES = [
    # ---- cut off
    Case("empty.mid", b"", "empty"),
    Case("one_byte.mid", b"M", "neither"),
    Case("magic_only.mid", b"MThd", CUT),
    Case("half_header.mid", GOOD[:10], CUT),
    Case("header_only.mid", GOOD[:14], "without tracks"),
    Case("half_track_header.mid", GOOD[:19], "without tracks|cut off"),
    Case("cut_in_track.mid", GOOD[:-6], CUT),
    Case("cut_in_second_track.mid", header(2, kind=1) + track(C4) + track(C4)[:-5], "track 2.*" + CUT),
    # ---- magic words
    Case("wrong_magic.mid", b"MThx" + GOOD[4:], "neither"),
    Case("wrong_track_magic.mid", GOOD.replace(b"MTrk", b"MTrx"), "without tracks"),
    Case("gzip.mid", b"\x1f\x8b\x08\x00" + bytes(40), "neither|packed"),
    Case("text.mid", b"This is a MIDI file.\n", "neither"),
    Case("spaces_in_front.mid", b"    " + GOOD, "neither"),
    # ---- header
    Case("header_length_0.mid", b"MThd" + bytes(4) + GOOD[8:], "damaged|without tracks|header"),
    Case(
        "header_length_4_billion.mid", header(length=0xFFFFFFFF) + track(C4), "damaged|without tracks|header"
    ),
    Case("longer_header.mid", header(length=10, extra=b"more") + track(C4), holds=notes(*ONE)),
    Case("division_0.mid", midi(C4, division=0), "0 ticks per beat"),
    Case("division_1.mid", midi(b"\x00\x90\x3c\x50\x02\x80\x3c\x40", division=1), holds=notes((0, 60, 2))),
    Case("film_time.mid", midi(C4, division=-25 * 256 + 96), holds=notes((0, 60, F(2, 25)))),
    Case("film_time_0_ticks.mid", midi(C4, division=-24 * 256), "frames a second"),
    Case("film_time_128_frames.mid", midi(C4, division=-128 * 256 + 4), "128 frames"),
    Case("declares_65535_tracks.mid", midi(C4, tracks=65535, kind=1), holds=notes(*ONE)),
    Case("declares_0_tracks.mid", midi(C4, tracks=0), holds=notes(*ONE)),
    Case("5000_empty_tracks.mid", header(5000, kind=1) + track() * 4999 + track(C4), holds=notes(*ONE)),
    Case("two_tracks_in_format_0.mid", header(2) + track(C4) + track(C4), holds=many(2)),
    Case("format_2.mid", header(2, kind=2) + track(C4) + track(C4), "format 2.*load_all"),
    Case("format_2_one_track.mid", midi(C4, kind=2), holds=notes(*ONE)),
    Case("format_999.mid", midi(C4, kind=999), "format 999"),
    # ---- lengths and times
    Case("track_length_0.mid", header() + track(C4, claims=0), holds=NO_NOTES),
    Case("track_length_4_billion.mid", header() + track(C4, claims=0xFFFFFFFF), CUT),
    Case("track_length_too_short.mid", header() + track(C4, claims=6), CUT),
    Case("no_end_of_track.mid", header() + track(C4, end=b""), holds=notes(*ONE)),
    Case("after_the_end.mid", header() + track(C4, END, C4), holds=lambda s: s.notes[0].pitch == 60),
    Case("giant_tick_count.mid", midi(b"\xff\xff\xff\x7f\x90\x3c\x50\x60\x80\x3c\x40", division=1), "days"),
    Case(
        "many_giant_tick_counts.mid",
        midi(b"\xff\xff\xff\x7f\x90\x3c\x50" * 5000, b"\x01\x80\x3c\x40", division=1),
        "days",
    ),
    Case("giant_note.mid", midi(b"\x00\x90\x3c\x50\xff\xff\xff\x7f\x80\x3c\x40"), "days"),
    Case(
        "giant_silence_at_the_end.mid",
        header() + track(C4, end=b"\xff\xff\xff\x7f\xff\x2f\x00"),
        holds=notes(*ONE),
    ),
    Case(
        "five_byte_number.mid", midi(b"\xff\xff\xff\xff\x7f\x90\x3c\x50\x60\x80\x3c\x40"), "days|cannot say"
    ),
    Case(
        "number_of_30000_bytes.mid",
        midi(b"\xff" * 30000 + b"\x7f\x90\x3c\x50\x60\x80\x3c\x40"),
        "damaged|long|days",
    ),
    Case("zeros_of_30000_bytes.mid", midi(b"\x80" * 30000 + C4), DAMAGED, notes(*ONE)),
    Case("endless_number.mid", header() + track(b"\x00\x90\x3c\x50", b"\xff" * 9, end=b""), CUT),
    # ---- notes
    Case("on_without_off.mid", midi(b"\x00\x90\x3c\x50\x60\xb0\x07\x40"), holds=notes(*ONE)),
    Case("off_without_on.mid", midi(b"\x00\x80\x3d\x40", C4, b"\x00\x80\x3c\x40"), holds=notes(*ONE)),
    Case("zero_length.mid", midi(b"\x00\x90\x3d\x50\x00\x80\x3d\x40", C4), holds=notes(*ONE)),
    Case("only_a_zero_length_note.mid", midi(b"\x00\x90\x3d\x50\x00\x80\x3d\x40"), holds=NO_NOTES),
    Case("no_notes.mid", midi(), holds=NO_NOTES),
    Case(
        "on_twice.mid",
        midi(b"\x00\x90\x3c\x50\x60\x90\x3c\x50\x60\x80\x3c\x40\x60\x80\x3c\x40"),
        holds=notes((0, 60, 2), (1, 60, 2)),
    ),
    Case("20000_never_off.mid", midi(b"\x00\x90\x3c\x50", b"\x01\x3c\x50" * 20000), holds=many(20000)),
    Case(
        "20000_on_then_off.mid",
        midi(b"\x00\x90\x3c\x50", b"\x00\x3c\x50" * 10000, b"\x01\x3c\x00" * 10001),
        holds=many(10001),
    ),
    Case("note_number_200.mid", midi(b"\x00\x90\xc8\x50\x60\x80\xc8\x40"), DAMAGED),
    Case("velocity_200.mid", midi(b"\x00\x90\x3c\xc8\x60\x80\x3c\x40"), DAMAGED),
    # ---- running status
    Case("running_status_at_the_start.mid", midi(b"\x00\x3c\x50\x60\x3c\x00"), DAMAGED),
    Case(
        "running_status_after_a_name.mid",
        midi(b"\x00\x90\x3c\x50\x00\xff\x01\x01x\x60\x3c\x00"),
        DAMAGED,
        notes(*ONE),
    ),
    Case("undefined_status.mid", midi(b"\x00\xf4\x00\xf5\x00\xfd", C4), DAMAGED, notes(*ONE)),
    Case("clock_and_reset.mid", midi(b"\x00\xf8\x00\xfa\x00\xfe", C4), DAMAGED, notes(*ONE)),
    # ---- meta events
    Case("meta_longer_than_track.mid", midi(b"\x00\xff\x03\x7fshort", C4), DAMAGED),
    Case("meta_of_256_megabytes.mid", midi(b"\x00\xff\x03\xff\xff\xff\x7fshort", C4), DAMAGED),
    Case("meta_into_the_next.mid", midi(b"\x00\xff\x03\x05abc", C4), DAMAGED),
    Case("unknown_meta.mid", midi(b"\x00\xff\x6b\x03abc", C4), holds=notes(*ONE)),
    Case("tempo_0.mid", midi(b"\x00\xff\x51\x03\x00\x00\x00", C4), "tempo of 0"),
    Case("tempo_of_2_bytes.mid", midi(b"\x00\xff\x51\x02\x07\xa1", C4), DAMAGED, notes(*ONE)),
    Case("tempo_of_0_bytes.mid", midi(b"\x00\xff\x51\x00", C4), DAMAGED, notes(*ONE)),
    Case(
        "tempo_1_microsecond.mid", midi(b"\x00\xff\x51\x03\x00\x00\x01", C4), holds=lambda s: s.tempo == 6e7
    ),
    Case(
        "metre_over_2_to_the_255.mid",
        midi(b"\x00\xff\x58\x04\x04\xff\x18\x08", C4),
        "damaged|metre",
        notes(*ONE),
    ),
    Case(
        "metre_0_over_4.mid",
        midi(b"\x00\xff\x58\x04\x00\x02\x18\x08", C4),
        holds=lambda s: s.time_signature == (4, 4),
    ),
    Case("metre_of_1_byte.mid", midi(b"\x00\xff\x58\x01\x04", C4), DAMAGED, notes(*ONE)),
    Case(
        "key_of_99_sharps.mid",
        midi(b"\x00\xff\x59\x02\x63\x00", C4),
        holds=lambda s: s.key is None and len(s.notes) == 1,
    ),
    Case(
        "key_of_mode_77.mid",
        midi(b"\x00\xff\x59\x02\x00\x4d", C4),
        holds=lambda s: s.key is None and len(s.notes) == 1,
    ),
    Case("key_of_1_byte.mid", midi(b"\x00\xff\x59\x01\x02", C4), DAMAGED, notes(*ONE)),
    Case(
        "smpte_offset_of_nonsense.mid",
        midi(b"\x00\xff\x54\x05\xff\xff\xff\xff\xff", C4),
        DAMAGED,
        notes(*ONE),
    ),
    Case("channel_prefix_200.mid", midi(b"\x00\xff\x20\x01\xc8", C4), DAMAGED, notes(*ONE)),
    Case(
        "name_in_shift_jis.mid",
        midi(b"\x00\xff\x03\x08" + "さくら1".encode("shift-jis")[:7] + b"x", C4),
        holds=notes(*ONE),
    ),
    Case(
        "name_in_utf8.mid",
        midi(b"\x00\xff\x03\x09" + "さくら".encode(), C4),
        holds=lambda s: s.title == "さくら",
    ),
    Case("name_of_nul_bytes.mid", midi(b"\x00\xff\x03\x04\x00\x00\x00\x00", C4), holds=notes(*ONE)),
    Case(
        "name_of_60000_bytes.mid",
        midi(b"\x00\xff\x03" + variable(60000) + b"a" * 60000, C4),
        holds=notes(*ONE),
    ),
    # ---- system exclusive
    Case("sysex_without_end.mid", midi(b"\x00\xf0\x7f\x01\x02\x03", C4), DAMAGED),
    Case("sysex_without_f7.mid", midi(b"\x00\xf0\x02\x01\x02", C4), holds=notes(*ONE)),
    Case("sysex_of_bytes_above_127.mid", midi(b"\x00\xf0\x04\x99\xaa\xbb\xf7", C4), DAMAGED, notes(*ONE)),
    Case("sysex_of_0_bytes.mid", midi(b"\x00\xf0\x00", C4), DAMAGED, notes(*ONE)),
    # ---- other chunks and containers
    Case(
        "alien_chunks.mid",
        header() + b"XFIH\x00\x00\x00\x03abc" + track(C4) + b"XFKM\x00\x00\x00\x00",
        holds=notes(*ONE),
    ),
    Case(
        "alien_chunk_of_4_billion.mid", header() + track(C4) + b"XFIH\xff\xff\xff\xffabc", holds=notes(*ONE)
    ),
    Case("rubbish_at_the_end.mid", GOOD + b"\x00\x01rubbish" * 9, holds=notes(*ONE)),
    Case("riff.rmi", riff(GOOD), holds=notes(*ONE)),
    Case("riff_of_4_billion.rmi", riff(GOOD, 0xFFFFFFFF, 0xFFFFFFFF), holds=notes(*ONE)),
    Case("riff_empty.rmi", riff(b""), "not a MIDI file|cut off"),
    Case("riff_without_midi.rmi", riff(b"nothing here that is MIDI"), "not a MIDI file"),
]
