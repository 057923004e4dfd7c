"""MusicXML: real scores against music21 alone, rules by small scores, and a door that stays closed."""

import importlib.util
import io
import warnings
import zipfile
from fractions import Fraction as F
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicml.errors import FileFormatError
from musicml.score import melody, read_musicxml, save, xml_guard

CORPUS = Path(importlib.util.find_spec("music21").submodule_search_locations[0]) / "corpus"


def note(step="C", octave=4, duration=2, more="", **attributes):
    words = "".join(f' {name}="{value}"' for name, value in attributes.items())
    before, after = ("", more) if "tie" in more else (more, "")
    pitch = f"<pitch><step>{step}</step><octave>{octave}</octave></pitch>"
    return f"<note{words}>{before}{pitch}<duration>{duration}</duration>{after}</note>"


HEAD = "<attributes><divisions>2</divisions></attributes>"


def xml(*measures, head=HEAD, listed="", before=""):
    bars = "".join(f'<measure number="{i}">{m}</measure>' for i, m in enumerate(measures, 1))
    bars = bars.replace('<measure number="1">', f'<measure number="1">{head}', 1)
    return (
        f'<?xml version="1.0"?>{before}<score-partwise version="4.0"><part-list><score-part id="P1">'
        f'<part-name>Flute</part-name>{listed}</score-part></part-list><part id="P1">{bars}</part>'
        "</score-partwise>"
    ).encode()


def line(score):
    return [(str(n.onset), n.pitch, str(n.duration)) for n in score.notes]


# ---- real scores -----------------------------------------------------------------------------------


def heard_by_music21(path):
    """(onset, pitch, duration) of every note, from music21 without our door."""
    import music21

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stream = music21.converter.parse(path, forceSource=True)
    notes = []
    for part in stream.parts:
        for element in part.stripTies(matchByPitch=True).flatten().notes:
            for one in getattr(element, "notes", (element,)):
                if element.quarterLength and one.isNote:
                    notes.append((F(element.offset), one.pitch.midi, F(element.quarterLength)))
    return sorted(notes)


@pytest.mark.parametrize(
    "name",
    ["bach/bwv66.6.mxl", "bach/bwv7.7.mxl", "bach/bwv227.1.mxl", "bach/bwv431.mxl",
     "schumann_robert/opus41no1/movement3.mxl"],
)  # fmt: skip
def test_real_scores_agree_with_music21(name):
    score = read_musicxml(CORPUS / name)
    assert sorted((n.onset, n.pitch, n.duration) for n in score.notes) == heard_by_music21(CORPUS / name)
    assert all(part.name for part in score.parts)


def test_a_chorale():
    score = read_musicxml(CORPUS / "bach" / "bwv66.6.mxl")
    assert [part.name for part in score.parts] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert (score.time_signature, score.key, score.pickup) == ((4, 4), "F#m", 1)
    assert [n.pitch for n in score.parts[3].notes[:4]] == [57, 56, 54, 56]
    assert len(score.notes) == 163


# ---- rules -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measures", "expected"),
    [
        ([note("C") + note("E", more="<chord/>")], [("0", 60, "1"), ("0", 64, "1")]),
        (
            [note("C", duration=8) + "<backup><duration>6</duration></backup>" + note("G", duration=2)],
            [("0", 60, "4"), ("1", 67, "1")],
        ),
        (["<forward><duration>3</duration></forward>" + note("C")], [("3/2", 60, "1")]),
        (
            [note("C", duration=8, more='<tie type="start"/>'), note("C", more='<tie type="stop"/>')],
            [("0", 60, "5")],
        ),
        ([note("C", duration=8, more='<tie type="start"/>'), note("D")], [("0", 60, "4"), ("4", 62, "1")]),
        ([note("D", more="<grace/>") + note("C")], [("0", 60, "1")]),
        ([note("D", more="<cue/>") + note("C")], [("1", 60, "1")]),
        ([note("C", duration="0.5")], [("0", 60, "1/4")]),
        (["<note><rest/><duration>2</duration></note>" + note("C")], [("1", 60, "1")]),
        ([note("B").replace("</step>", "</step><alter>-1</alter>")], [("0", 70, "1")]),
        ([note("B").replace("</step>", "</step><alter>0.5</alter>")], [("0", 71, "1")]),
    ],
    ids=lambda value: None,
)
def test_notes(measures, expected):
    assert line(read_musicxml(xml(*measures))) == expected


def test_what_a_score_says():
    head = (
        "<attributes><divisions>2</divisions><key><fifths>1</fifths><mode>dorian</mode></key>"
        "<time><beats>3+2</beats><beat-type>8</beat-type></time></attributes>"
        "<direction><direction-type><metronome><beat-unit>eighth</beat-unit><beat-unit-dot/>"
        "<per-minute>80</per-minute></metronome></direction-type></direction>"
    )
    tempo = '<direction><direction-type/><offset>1</offset><sound tempo="90.5"/></direction>'
    midi = '<midi-instrument id="a"><midi-program>74</midi-program></midi-instrument>'
    score = read_musicxml(
        xml(note(duration=1), note(duration=5, dynamics=100) + tempo, head=head, listed=midi)
    )
    assert (score.time_signature, score.key, score.pickup) == ((5, 8), "A dorian", F(1, 2))
    assert score.tempos == ((0, 60.0), (F(7, 2), 90.5))
    [part] = score.parts
    assert (part.name, part.program, part.is_drums) == ("Flute", 73, False)
    assert [n.velocity for n in part.notes] == [80, 90]


def test_a_transposing_instrument_sounds_as_it_sounds():
    head = (
        "<attributes><divisions>2</divisions><key><fifths>2</fifths></key><transpose><diatonic>-1</diatonic>"
        "<chromatic>-2</chromatic></transpose></attributes>"
    )
    score = read_musicxml(xml(note("D"), head=head))
    assert (score.notes[0].pitch, score.key) == (60, "C")


def test_percussion_keeps_apart():
    drum = (
        "<note><unpitched><display-step>F</display-step><display-octave>4</display-octave></unpitched>"
        '<duration>2</duration><instrument id="P1-I{}"/></note>'
    )
    listed = "".join(
        f'<midi-instrument id="P1-I{i}"><midi-channel>10</midi-channel><midi-unpitched>{i}</midi-unpitched>'
        "</midi-instrument>"
        for i in (36, 39)
    )
    [part] = read_musicxml(xml(drum.format(36) + drum.format(39), listed=listed)).parts
    assert part.is_drums and [n.pitch for n in part.notes] == [35, 38]


def test_parts_stay_together_where_one_measure_is_short():
    two = xml(note("C", duration=4), note("D", duration=8)).replace(
        b"</score-partwise>",
        b'<part id="P2"><measure number="1"><attributes><divisions>4</divisions></attributes>'
        + (note("E", duration=16) + '</measure><measure number="2">' + note("F", duration=16)).encode()
        + b"</measure></part></score-partwise>",
    )
    assert line(read_musicxml(two)) == [("0", 60, "2"), ("0", 64, "4"), ("4", 62, "4"), ("4", 65, "4")]


def test_rests_beyond_the_metre_do_not_push_the_others():
    """Some files have two whole rests in a bar of one."""
    rest = "<note><rest/><duration>8</duration></note>"
    two = xml(rest + rest, note("D", duration=8)).replace(
        b"</score-partwise>",
        f'<part id="P2"><measure number="1">{HEAD}{note("E", duration=8)}</measure><measure number="2">'
        f"{note('F', duration=8)}</measure></part></score-partwise>".encode(),
    )
    assert line(read_musicxml(two)) == [("0", 64, "4"), ("4", 62, "4"), ("4", 65, "4")]
    over = two.replace(rest.encode() * 2, (rest + note("G", duration=8)).encode())  # here it is meant
    assert line(read_musicxml(over)) == [("0", 64, "4"), ("4", 67, "4"), ("8", 62, "4"), ("8", 65, "4")]


def test_a_score_sorted_by_measure():
    timewise = (
        '<score-timewise><part-list><score-part id="P1"><part-name>A</part-name></score-part></part-list>'
        f'<measure number="1"><part id="P1">{HEAD}{note("C", duration=8)}</part></measure>'
        f'<measure number="2"><part id="P1">{note("D")}</part></measure></score-timewise>'
    )
    assert line(read_musicxml(timewise.encode())) == [("0", 60, "4"), ("4", 62, "1")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings(encoding):
    text = xml(note()).decode().replace("Flute", "Fl\xf6te")
    text = text.replace('version="1.0"', f'version="1.0" encoding="{encoding.removesuffix("-sig")}"')
    assert read_musicxml(text.encode(encoding)).parts[0].name == "Fl\xf6te"


# ---- the door --------------------------------------------------------------------------------------


def packed(*files, how=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return buffer.getvalue()


def container(path):
    return (
        "META-INF/container.xml",
        f'<container><rootfiles><rootfile full-path="{path}"/></rootfiles></container>',
    )


LIES = bytearray(packed(("a.xml", xml(note()))))
place = LIES.index(b"PK\x01\x02") + 24
LIES[place : place + 4] = b"\x0a\0\0\0"  # the directory promises ten bytes


def test_packed_scores():
    for files in ([container("a/b.xml"), ("a/b.xml", xml(note()))], [("one.musicxml", xml(note()))]):
        assert line(read_musicxml(packed(*files))) == [("0", 60, "1")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "line 1: the XML is damaged or cut off"),
        (xml(note())[:-40], "line 1: the XML is damaged or cut off"),
        (b"<svg/>", "root <svg>, expected <score-partwise>"),
        (b"<score-partwise/>", "0 parts, expected 1 to 500"),
        (xml("<note><rest/><duration>8</duration></note>"), "no notes"),
        (
            xml(note(), before='<!DOCTYPE score-partwise [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'),
            "DOCTYPE line defines names of its own",
        ),
        (b"<score-partwise>" + b"<part>" * 100 + b"</part>" * 100, "nested more than 60 deep"),
        (b"<score-partwise>" + b"<tie/>" * 600_000, "more than 500,000 elements"),
        (b"<score-partwise>" + b" " * 20_000_000, "the limit is 20,000,000"),
        (b'<?xml version="1.0" encoding="x-no"?><score-partwise/>', "cannot be read as XML|damaged"),
        (xml(note(duration=-1)), r'part 1, measure 1: <duration> is "-1", expected a number from 0 to'),
        (xml(note(), note(duration="1e9")), r'part 1, measure 2: <duration> is "1e9"'),
        (xml(note(duration=10**9)), "<duration> is"),
        (xml(note(duration="9" * 5000)), "<duration> is"),
        (xml(note(), head="<attributes><divisions>0</divisions></attributes>"), '<divisions> is "0"'),
        (xml(note("H")), '<step> is "H", expected a letter from A to G'),
        (xml(note(octave=99)), '<octave> is "99"'),
        (xml(note(octave="x")), '<octave> is "x"'),
        (xml(note("B", octave=9)), "sounds as MIDI number 131"),
        (xml(note(dynamics="loud")), '<note dynamics> is "loud"'),
        (xml(note() + '<sound tempo="-3"/>'), 'a tempo of "-3"'),
        (xml(note() + "<backup/>"), '<duration> is ""'),
        (
            xml(
                note(), head="<attributes><time><beats>x</beats><beat-type>4</beat-type></time></attributes>"
            ),
            '<beats> is "x"',
        ),
        (xml(note(), head="<attributes><key><fifths>40</fifths></key></attributes>"), '<fifths> is "40"'),
        (xml(*["<forward><duration>2000</duration></forward>" + note()] * 101), "lasts 101,101 beats"),
        (b"PK\x03\x04" + bytes(50), "packed score that is damaged"),
        (packed(("a.txt", b"x")), "0 scores and no META-INF"),
        (packed(("a.xml", xml(note())), ("b.xml", xml(note()))), "2 scores and no META-INF"),
        (packed(container("no.xml")), 'points to "no.xml", which is not in the file'),
        (packed(container("a.mscx"), ("a.mscx", b"<museScore/>")), "root <museScore>"),
        (packed(("a.xml", b" " * 30_000_000)), "unpacks to 30,000,000; the limit is 4,000,000"),
        (packed(("a.xml", xml(note() * 12_000))), "more than 10,000 notes"),
        (packed(*[(f"{i}.xml", b"") for i in range(1001)]), "packs 1,001 files"),
        (packed(("a.xml", xml(note())), how=zipfile.ZIP_LZMA), "packed in another way"),
        (packed(("a.xml", xml(note())))[:-30], "packed score that is damaged"),
        (bytes(LIES), "packed score that is damaged"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_the_door_is_closed_to(data, message):
    with pytest.raises(FileFormatError, match=message):
        read_musicxml(data)


def test_what_music21_cannot_read_is_told_in_our_words(monkeypatch):
    from music21 import converter

    def fail(*_, **__):
        raise KeyError

    monkeypatch.setattr(converter, "parseData", fail)
    with pytest.raises(FileFormatError, match="something in it that music21.*Open it in a notation program"):
        read_musicxml(xml(note()))


def test_nothing_but_time_and_pitch_reaches_music21(monkeypatch):
    """A library that never sees slurs, words and layout cannot stumble over them."""
    from music21 import converter

    seen = []
    parse = converter.parseData
    monkeypatch.setattr(converter, "parseData", lambda text, **kw: seen.append(text) or parse(text, **kw))
    read_musicxml(CORPUS / "bach" / "bwv66.6.mxl")
    tags = {element.tag for element in xml_guard.ElementTree.fromstring(seen[0]).iter()}
    slurs_and_such = {
        "notations",
        "beam",
        "stem",
        "type",
        "lyric",
        "words",
        "print",
        "barline",
        "clef",
        "voice",
    }
    assert not tags & slurs_and_such
    assert {"note", "pitch", "duration", "tie"} <= tags


GOOD = xml(note(more='<tie type="start"/>') + note("D"), note("C") + note("E", more="<chord/>"))


@settings(max_examples=150)
@given(st.data())
def test_a_mutated_score_is_read_or_refused(data):
    text = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text) - 1))
        text[place : place + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=4))
    try:
        score = read_musicxml(bytes(text))
    except FileFormatError as error:
        assert "the MusicXML data" in str(error)
    else:
        assert score.notes


def test_saving_packs_by_name(tmp_path):
    save(melody([60, 62]), tmp_path / "a.mxl")
    save(melody([60, 62]), tmp_path / "b.mxl")
    assert zipfile.is_zipfile(tmp_path / "a.mxl")
    assert (tmp_path / "a.mxl").read_bytes() == (tmp_path / "b.mxl").read_bytes()
    save(melody([60, 62]), tmp_path / "a.musicxml")
    assert (tmp_path / "a.musicxml").read_text("utf-8").startswith("<?xml")
