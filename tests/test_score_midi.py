"""MIDI: written and read back exactly; any bytes at all are read or refused in words."""

import struct
from fractions import Fraction as F

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicml.errors import FileFormatError, MusicMLError
from musicml.score import Note, Part, Score, melody, read_midi, read_midi_all, write_midi
from musicml.score.notes import NAMES


def hexdump(text):
    return bytes.fromhex("".join(line.split("#")[0] for line in text.splitlines()))


HEADER = hexdump("""
4d 54 68 64  # MThd
00 00 00 06  # six bytes follow
00 00        # format 0
00 01        # one track
00 60        # 96 ticks per beat
""")


def track(events):
    body = hexdump(events)
    return b"MTrk" + struct.pack(">L", len(body)) + body


SCALE = track("""
00 ff 03 04 4c 61 72 6b     # name: Lark
00 ff 51 03 07 a1 20        # 500,000 microseconds a beat
00 ff 58 04 06 03 18 08     # 6/8
00 ff 59 02 ff 01           # one flat, minor
00 c0 28                    # program 40, violin
00 90 3c 50                 # C4 on
60 3c 00                    # running status: C4 off, by velocity 0, after 96 ticks
20 3e 51                    # D4 on after a rest of 32 ticks
20 80 3e 40                 # D4 off
00 99 24 64                 # bass drum on, channel 10
18 89 24 40                 # off
00 ff 2f 00                 # end of track
""")


def test_reads_a_file_byte_by_byte():
    score = read_midi(HEADER + SCALE)
    tune, drums = score.parts
    assert tune.notes == (Note(0, 60, 1, 80), Note(F(4, 3), 62, F(1, 3), 81))
    assert (tune.name, tune.program, tune.is_drums) == ("Lark", 40, False)
    assert drums.is_drums and drums.notes == (Note(F(5, 3), 36, F(1, 4), 100),)
    assert (score.title, score.tempo, score.time_signature, score.key) == ("Lark", 120.0, (6, 8), "Dm")


def test_reads_film_time():
    data = (
        HEADER[:-2] + bytes([0x100 - 25, 40]) + track("00 90 3c 50 87 68 80 3c 00")
    )  # 25 * 40 = 1000 ticks = 1 s
    score = read_midi(data)
    assert score.seconds(score.duration) == 1.0


def test_skips_alien_chunks_and_the_riff_container():
    alien = b"XFIH" + struct.pack(">L", 3) + b"abc"
    data = HEADER + alien + SCALE
    assert read_midi(data) == read_midi(HEADER + SCALE)
    riff = b"RIFF" + struct.pack("<L", len(data) + 12) + b"RMIDdata" + struct.pack("<L", len(data)) + data
    assert read_midi(riff) == read_midi(HEADER + SCALE)


NAMED = track("00 ff 03 04 4c 61 72 6b 00 90 3c 50 60 80 3c 00")
FORMAT_2 = HEADER[:8] + b"\0\x02\0\x03" + HEADER[12:] + SCALE + track("00 ff 2f 00") + NAMED


def test_format_2_is_a_file_of_pieces():
    one, two = read_midi_all(FORMAT_2)
    assert one == read_midi(HEADER + SCALE)
    assert (two.title, two.notes) == ("Lark", (Note(0, 60, 1),))
    assert read_midi_all(HEADER + SCALE) == [read_midi(HEADER + SCALE)]


def test_format_1_shares_its_tempo_among_tracks():
    tempo = track("00 ff 51 03 0f 42 40 00 ff 2f 00")  # 1,000,000 microseconds a beat
    score = read_midi(HEADER[:8] + b"\0\x01\0\x03" + HEADER[12:] + tempo + NAMED + NAMED)
    assert score.tempo == 60 and [part.name for part in score.parts] == ["Lark", "Lark"]


def test_running_status_goes_on_through_many_notes():
    data = HEADER + track("00 90 3c 50 60 3e 50 60 3c 00 00 3e 00 00 40 50 30 40 00")
    assert read_midi(data).notes == (Note(0, 60, 2), Note(1, 62, 1), Note(2, 64, F(1, 2)))


@pytest.mark.parametrize(
    ("frames", "seconds"), [(24, 1000 / 960), (25, 1.0), (29, 1001 / 1200), (30, 1000 / 1200)]
)
def test_film_time_counts_frames(frames, seconds):
    """1000 ticks of a fortieth of a frame; 29 stands for 30000/1001."""
    data = (
        HEADER[:-2] + bytes([0x100 - frames, 40]) + track("00 ff 51 03 01 00 00 00 90 3c 50 87 68 80 3c 00")
    )
    score = read_midi(data)
    assert score.seconds(score.duration) == pytest.approx(seconds)


def test_a_note_never_switched_off_ends_with_its_track():
    assert read_midi(HEADER + track("00 90 3c 50 83 00 ff 2f 00")).notes == (Note(0, 60, 4),)


def test_an_impossible_key_signature_is_left_out():
    data = HEADER + track("00 ff 59 02 7f 05 00 90 3c 50 60 80 3c 00")
    assert read_midi(data).key is None and len(read_midi(data).notes) == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a MIDI file: it begins with b''"),
        (b"<!DOCTYPE html><html>", "not a MIDI file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not a MIDI file"),
        (HEADER[:10], "cut off: 10 bytes"),
        (HEADER, "without tracks"),
        ((HEADER + SCALE)[:-9], "track 1: 58 bytes promised, 49 there"),
        (HEADER[:-1] + b"\0" + SCALE, "0 ticks per beat"),
        (HEADER[:-2] + bytes([0x100 - 7, 40]) + SCALE, "7 frames a second"),
        (HEADER[:8] + b"\0\x02" + HEADER[10:] + SCALE + SCALE, "format 2 with 2 .*read_midi_all"),
        (HEADER[:8] + b"\0\x03" + HEADER[10:] + SCALE, "format 3, expected 0, 1 or 2"),
        (HEADER + track("ff ff ff ff 7f 90 3c 50 60 80 3c 00"), "track 1: a wait of more than 268,435,455"),
        (
            HEADER + track("ff " * 20_000 + "7f 90 3c 50"),
            "track 1 is damaged: a number of thousands of bytes",
        ),
        (HEADER + track("00 90 3c c0"), "damaged"),
        (HEADER + track("00 ff 51 03 00 00 00 00 90 3c 50 60 80 3c 00"), "tempo of 0"),
        (
            HEADER + track("00 ff 51 03 ff ff ff 00 90 3c 50 ff ff ff 7f 80 3c 00"),
            r"days\); the limit is 4 h",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refuses_what_is_not_a_sound_midi_file(data, message):
    with pytest.raises(FileFormatError, match=message):
        read_midi(data)


def test_limits(tmp_path):
    with pytest.raises(FileFormatError, match="max_bytes"):
        read_midi(HEADER + bytes(3_000_000))
    with pytest.raises(FileFormatError, match="more than 1 notes"):
        read_midi(HEADER + SCALE, max_notes=1)
    with pytest.raises(FileFormatError, match="lasts 1 s"):
        read_midi(HEADER + SCALE, max_seconds=0.5)
    with pytest.raises(FileFormatError, match="not there"):
        read_midi(tmp_path / "nothing.mid")


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_track_is_read_or_refused(body):
    try:
        read_midi(HEADER + b"MTrk" + struct.pack(">L", len(body)) + body)
    except FileFormatError as error:
        assert str(error)


@settings(max_examples=200)
@given(st.integers(0, len(HEADER + SCALE) - 1), st.integers(0, 255))
def test_one_wrong_byte_is_read_or_refused(place, byte):
    data = bytearray(HEADER + SCALE)
    data[place] = byte
    try:
        read_midi(data)
    except FileFormatError as error:
        assert str(error)


beats = st.builds(F, st.integers(0, 400), st.sampled_from([1, 2, 3, 4, 5, 7, 8, 12]))
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@st.composite
def parts(draw):
    """Notes of one pitch follow each other; different pitches overlap freely."""
    notes = []
    for pitch in draw(st.lists(st.integers(0, 127), unique=True, min_size=1, max_size=4)):
        now = F(0)
        for gap, length in draw(st.lists(st.tuples(beats, beats.filter(bool)), min_size=1, max_size=5)):
            notes.append(Note(now + gap, pitch, length, draw(st.integers(1, 127))))
            now = notes[-1].end
    return Part(notes, name=draw(text), program=draw(st.integers(0, 127)), is_drums=draw(st.booleans()))


@st.composite
def changes(draw, values):
    rows = [(F(0), draw(values))]
    for step, value in draw(st.lists(st.tuples(beats.filter(bool), values), max_size=3)):
        if value != rows[-1][1]:
            rows.append((rows[-1][0] + step, value))
    return tuple(rows)


metres = st.sampled_from([(4, 4), (6, 8), (2, 2), (3, 4), (9, 8)])
scores = st.builds(
    Score,
    parts=st.lists(parts(), min_size=1, max_size=20),
    title=text,
    tempos=changes(st.integers(30, 300).map(float) | st.integers(300, 3000).map(lambda n: n / 10)),
    time_signatures=changes(metres).filter(lambda rows: len(rows) == 1 or rows[1][0].denominator in (5, 7)),
    keys=changes(st.sampled_from(["C", "Em", "F#", "Bbm", "Eb"])),
    pickup=st.sampled_from([F(0), F(1, 2), F(1), F(3, 4)]),
).filter(lambda score: len(score.time_signatures) == 1 or score.pickup < score.time_signatures[1][0])


@settings(max_examples=60)
@given(scores)
def test_what_is_written_is_read_back_exactly(tmp_path_factory, score):
    path = tmp_path_factory.mktemp("midi") / "score.mid"
    write_midi(score, path)
    assert read_midi(path) == score


def test_a_part_repeats_a_pitch_while_it_sounds(tmp_path):
    score = Score([Part([Note(0, 60, 4), Note(1, 60, 1), Note(1, 60, 2)])])
    write_midi(score, tmp_path / "a.mid")
    assert read_midi(tmp_path / "a.mid").notes == (Note(0, 60, 1), Note(1, 60, 2))


def test_times_that_no_file_can_hold_are_rounded(tmp_path):
    score = melody(range(60, 64), [F(1, 101), F(1, 103), F(1, 107), F(1, 109)])
    write_midi(score, tmp_path / "a.mid")
    back = read_midi(tmp_path / "a.mid")
    assert [n.pitch for n in back.notes] == [60, 61, 62, 63]
    assert all(abs(a.onset - b.onset) <= F(1, 27720) for a, b in zip(score.notes, back.notes, strict=True))


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("D", "D"),
        ("F#m", "F#m"),
        ("G mixolydian", "C"),
        ("A dorian", "G"),
        ("Bb lydian", "F"),
        ("B phrygian", "G"),
    ],
)
def test_modes_become_the_key_with_the_same_signature(tmp_path, key, written):
    score = Score([Part([Note(0, 60, 1)])], keys=((F(0), key),))
    write_midi(score, tmp_path / "a.mid")
    assert read_midi(tmp_path / "a.mid").key == written


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"keys": ((F(0), "H moll"),)}, "H moll"),
        ({"keys": ((F(0), "G#"),)}, "G#"),
        ({"tempos": ((F(0), 0.0),)}, "tempo of 0"),
        ({"time_signatures": ((F(0), (4, 5)),)}, "metre of 4/5"),
        ({"parts": [Part([Note(0, 60, 1)], program=200)]}, "program 200"),
        ({"parts": [Part([Note(10**9, 60, 1)])]}, "gap"),
    ],
)
def test_writing_refuses_what_midi_cannot_say(tmp_path, changed, message):
    with pytest.raises(MusicMLError, match=message):
        write_midi(Score(**{"parts": [Part([Note(0, 60, 1)])], **changed}), tmp_path / "a.mid")
    assert not (tmp_path / "a.mid").exists()


def test_a_tone_row_comes_back_through_mido_alone(tmp_path):
    """Another reader of our file: mido itself, not our code."""
    import mido

    write_midi(melody(range(60, 72), F(1, 3), tempo=90, title="row"), tmp_path / "row.mid")
    file = mido.MidiFile(tmp_path / "row.mid")
    played = [m.note for m in file if m.type == "note_on"]
    assert [NAMES[p % 12] for p in played] == list(NAMES)
    assert file.length == pytest.approx(12 / 3 * 60 / 90, abs=1e-4)
