"""Files are known by their content, and a folder with bad files still loads."""

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
    (tmp_path / "binary.dat").write_bytes(bytes(range(256)))
    return tmp_path


def test_content_decides_not_the_name(folder):
    assert load(folder / "named.txt") == load(folder / "good.mid") == melody([60, 62], title="Two")
    assert load(str(folder / "one.abc")).title == "Tune"
    assert load(folder / "sub" / "latin.abc").title == "Caf\xe9"


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
        ("score.mxl", "export it as MIDI"),
        ("score.xml", "MusicXML"),
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
    assert [s.title for s in scores] == ["Two", "Two", "Tune", "Caf\xe9", "Tune", "Tune"]
    assert {path.name for path, _ in skipped} == {
        "page.mid", "picture.mid", "empty.mid", "cut.mid", "song.mp3", "score.mxl", "score.xml",
        "binary.dat", "two.abc",
    }  # fmt: skip
    assert all(reason for _, reason in skipped)
    with pytest.raises(FileFormatError, match="not a folder"):
        load_folder(folder / "good.mid")


def test_save_needs_a_known_suffix_and_a_folder(folder):
    with pytest.raises(MusicMLError, match='ends in .mid, came ".wav"'):
        save(melody([60]), folder / "a.wav")
    with pytest.raises(MusicMLError, match="there is no folder"):
        save(melody([60]), folder / "nowhere" / "a.mid")
