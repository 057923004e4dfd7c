"""Files are known by their content, and a folder with bad files still loads."""

import os
import sys

import pytest

from musicml.errors import FileFormatError, MusicMLError
from musicml.score import load, load_all, load_folder, melody, save

TUNE = "X:{}\nT:Tune\nK:D\nDEFG ABcd|\n"


@pytest.fixture
def folder(tmp_path):
    save(melody([60, 62], title="Two"), tmp_path / "good.mid")
    (tmp_path / "named.txt").write_bytes((tmp_path / "good.mid").read_bytes())
    (tmp_path / "one.abc").write_text(TUNE.format(1), encoding="utf-8")
    (tmp_path / "two.abc").write_text(
        TUNE.format(1) + "\n" + TUNE.format(2) + "\nX:3\nK:H\nA|\n", encoding="utf-8"
    )
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "latin.abc").write_bytes(TUNE.replace("Tune", "Caf\xe9").format(9).encode("latin-1"))
    (tmp_path / "page.mid").write_text("<!DOCTYPE html><html><body>404</body></html>", encoding="utf-8")
    (tmp_path / "picture.mid").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    (tmp_path / "empty.mid").write_bytes(b"")
    (tmp_path / "cut.mid").write_bytes((tmp_path / "good.mid").read_bytes()[:40])
    (tmp_path / "song.mp3").write_bytes(b"ID3" + bytes(50))
    (tmp_path / "score.mxl").write_bytes(b"PK\x03\x04" + bytes(50))
    (tmp_path / "score.xml").write_text(
        '<?xml version="1.0"?>\n<score-partwise version="3.1">', encoding="utf-8"
    )
    save(melody([64], title="Three"), tmp_path / "three.mxl")
    (tmp_path / "three.dat").write_bytes((tmp_path / "three.mxl").read_bytes())
    (tmp_path / "wide.abc").write_bytes(TUNE.replace("Tune", "Wide").format(1).encode("utf-16"))
    (tmp_path / "packed.mid.gz").write_bytes(b"\x1f\x8b\x08" + bytes(50))
    (tmp_path / "binary.dat").write_bytes(bytes(range(256)))
    return tmp_path


def test_content_decides_not_the_name(folder):
    assert load(folder / "named.txt") == load(folder / "good.mid") == melody([60, 62], title="Two")
    assert load(str(folder / "one.abc")).title == "Tune"
    assert load(folder / "sub" / "latin.abc").title == "Caf\xe9"
    assert load(folder / "three.dat") == load(folder / "three.mxl") == melody([64], title="Three")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_encodings_of_abc(tmp_path, encoding):
    (tmp_path / "a.abc").write_bytes(TUNE.replace("Tune", "Caf\xe9").format(1).encode(encoding))
    assert load(tmp_path / "a.abc").title == "Caf\xe9"


def test_a_midi_file_of_three_pieces(tmp_path):
    from test_score_midi import FORMAT_2

    (tmp_path / "a.mid").write_bytes(FORMAT_2)
    with pytest.raises(FileFormatError, match="a.mid is a MIDI file of format 2 with 3 .*load_all"):
        load(tmp_path / "a.mid")
    assert [score.title for score in load_all(tmp_path / "a.mid")] == ["Lark", "Lark"]
    scores, skipped = load_folder(tmp_path)
    assert len(scores) == 2 and not skipped


def test_a_file_of_many_tunes(folder):
    with pytest.raises(FileFormatError, match="two.abc holds 3 tunes.*load_all"):
        load(folder / "two.abc")
    with pytest.raises(FileFormatError, match=r'two.abc: ABC tune 3, line 12: expected a key .* came "H"'):
        load_all(folder / "two.abc")
    assert len(load_all(folder / "one.abc")) == len(load_all(folder / "good.mid")) == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("page.mid", "page.mid is a web page"),
        ("picture.mid", "picture.mid is a picture"),
        ("empty.mid", "is empty"),
        ("cut.mid", "cut off"),
        ("song.mp3", "a sound, not notes. Use sound.load_audio"),
        ("score.mxl", "packed score that is damaged"),
        ("score.xml", "line 2: the XML is damaged or cut off.*export it as MusicXML"),
        ("packed.mid.gz", "packed. Unpack it first"),
        ("binary.dat", "neither MIDI .* nor ABC"),
        ("missing.mid", "not there"),
        ("sub", "not there, or is not a file"),
    ],
)
def test_each_bad_file_gets_its_sentence(folder, name, message):
    for read in (load, load_all):
        with pytest.raises(FileFormatError, match=message):
            read(folder / name)


def test_a_folder_gives_the_good_and_the_reasons(folder):
    scores, skipped = load_folder(folder)
    assert [s.title for s in scores] == [
        "Two", "Two", "Tune", "Caf\xe9", "Three", "Three", "Tune", "Tune", "Wide",
    ]  # fmt: skip
    assert {path.name for path, _ in skipped} == {
        "page.mid", "picture.mid", "empty.mid", "cut.mid", "song.mp3", "score.mxl", "score.xml",
        "binary.dat", "two.abc", "packed.mid.gz",
    }  # fmt: skip
    assert all(reason for _, reason in skipped)
    with pytest.raises(FileFormatError, match="not a folder"):
        load_folder(folder / "good.mid")


def test_save_needs_a_known_suffix_and_a_folder(folder):
    with pytest.raises(MusicMLError, match='ends in .mid, .abc, .musicxml or .mxl, came ".wav"'):
        save(melody([60]), folder / "a.wav")
    with pytest.raises(MusicMLError, match="there is no folder"):
        save(melody([60]), folder / "nowhere" / "a.mid")


SCORE = melody([60, 62, 64])


@pytest.mark.skipif(os.name != "posix", reason="the slow reader is put in place with PYTHONPATH")
def test_a_folder_stops_a_slow_file_and_goes_on(tmp_path, monkeypatch):
    """music21 that never comes back, and one that dies: the next file is read all the same."""
    fake = tmp_path / "fake" / "music21"
    fake.mkdir(parents=True)
    (fake / "__init__.py").write_text(
        "import os, time\n"
        "class converter:\n"
        "    def parseData(text, format):\n"
        "        time.sleep(600 if '<step>C' in text else 0)\n"
        "        os._exit(3) if '<step>D' in text else None\n"
        "        raise KeyError\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path / "fake"), *sys.path])
    music = tmp_path / "music"
    music.mkdir()
    for name, pitch in (("a.mxl", 60), ("b.mxl", 62), ("c.mxl", 64)):
        save(melody([pitch]), music / name)
    save(SCORE, music / "d.mid")
    scores, skipped = load_folder(music, seconds=3)
    assert [score.notes for score in scores] == [SCORE.notes]
    assert [reason for _, reason in skipped] == [
        "a.mxl took longer than 3 s. Load it alone with load(path), or leave it out.",
        "b.mxl stopped the process that read it. Load it alone with load(path), or leave it out.",
        "c.mxl has something in it that music21, which reads MusicXML for us, cannot read. Open it in a "
        "notation program and export it as MusicXML again.",
    ]


def test_a_folder_survives_a_reader_with_a_fault(folder, monkeypatch):
    def fault(_):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("musicml.score.midi.read_midi_all", fault)
    scores, skipped = load_folder(folder / "sub")
    assert len(scores) == 1 and not skipped
    _, skipped = load_folder(folder)
    assert "good.mid: ZeroDivisionError oh. Please report it." in [reason for _, reason in skipped]
