"""The command line: what it tells, what it writes, what it refuses, and that it never shows a traceback."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

from musicml import cli, corpora, score, sound
from musicml.cli import music, reading
from musicml.errors import DataError
from musicml.score import Note, Part, Score

SR = 22050
ABC = "X:1\nT:First\nM:3/4\nL:1/4\nK:Em\nE G B|e3|\nX:2\nT:Second\nM:4/4\nL:1/4\nK:D\nD F A d|\n"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder with one file of each kind, and no sound device."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(music.shutil, "which", lambda name: None)
    monkeypatch.setattr(reading, "RATE", SR)
    parts = [
        Part([Note(k, 60 + k, 1) for k in range(8)], "Flute", 73),
        Part([Note(2 * k, 48, 2) for k in range(4)], "Cello", 42),
        Part([Note(k, 42, 1) for k in range(8)], "Kit", is_drums=True),
    ]
    score.save(Score(parts, title="Duet"), "duet.mid")
    (tmp_path / "tunes.abc").write_text(ABC)
    (tmp_path / "second.abc").write_text(ABC[ABC.index("X:2") :])
    sound.save_audio("tone.wav", sound.tone(440, 1.0), SR)
    return tmp_path


def run(capsys, *arguments):
    """(exit code, stdout, stderr) of a command."""
    code = cli.main([str(argument) for argument in arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def refused(capsys, *arguments):
    """The sentence with which a command is refused."""
    code, _, err = run(capsys, *arguments)
    assert code == 1 and err.count("\n") == 1 and "Traceback" not in err
    return err


def rms(path):
    samples, _ = sound.load_audio(path)
    return np.sqrt((samples**2).mean())


# ---------------------------------------------------------------- show


def test_show_tells_what_is_in_a_score(capsys):
    code, out, _ = run(capsys, "show", "duet.mid")
    assert code == 0
    for line in (
        "title     Duet",
        "metre     4/4",
        "tempo     120 quarter",
        "2 bars, 8 beats, 4.0 s",
        "parts     3",
        "Flute: 8 notes, C4 to G4, flute",
        "Cello: 4 notes, C3 to C3, strings",
        "Kit: 8 notes, drums",
    ):
        assert line in out


def test_show_tells_what_is_in_a_sound(capsys):
    code, out, _ = run(capsys, "show", "tone.wav")
    assert code == 0
    assert (
        "1.0 s, 22,050 samples at 22,050 a second" in out and "1 (mono)" in out and "peak      0.567" in out
    )


def test_show_lists_the_tunes_of_a_file_and_one_can_be_chosen(capsys):
    code, out, _ = run(capsys, "show", "tunes.abc")
    assert code == 0 and "2 tunes" in out and "1  First" in out and "2  Second" in out
    code, out, _ = run(capsys, "show", "tunes.abc", "--tune", 1)
    assert code == 0 and "title     First" in out and "E minor" in out and "3/4" in out
    assert "from 1 to 2" in refused(capsys, "show", "tunes.abc", "--tune", 3)
    assert "--tune 1" in refused(capsys, "show", "tunes.abc", "-o", "x.svg")


def test_show_draws_a_score_a_roll_and_a_spectrogram(capsys, here):
    code, out, _ = run(capsys, "show", "second.abc", "-o", "x.svg")
    svg = (here / "x.svg").read_text()
    assert code == 0 and svg.startswith("<svg") and svg.count('class="note"') == 4
    assert "Wrote x.svg: Score: 1 bar in 4/4, D major, starting D4 F#4 A4 D5" in out
    for source, picture in (("duet.mid", "roll.png"), ("tone.wav", "spectrogram.png")):
        code, out, _ = run(capsys, "show", source, "-o", picture)
        assert code == 0 and f"Wrote {picture}: " in out
        assert (here / picture).read_bytes().startswith(b"\x89PNG")
    assert "most energy near 4" in out and "(A4)" in out
    assert "drawn as .png" in refused(capsys, "show", "tone.wav", "-o", "tone.svg")


def test_a_spectrogram_is_dark_where_the_sound_is():
    import matplotlib

    matplotlib.use("Agg")
    from musicml.show.spectrogram import draw_spectrogram

    y = np.concatenate([sound.tone(440, 1.0), sound.tone(1760, 1.0)])
    fig, told = draw_spectrogram(y, SR, "two tones")
    mesh = fig.axes[0].collections[0]
    picture = mesh.get_array()
    hertz = np.arange(picture.shape[0]) * SR / (2 * (picture.shape[0] - 1))
    for column, frequency in ((picture.shape[1] // 4, 440), (3 * picture.shape[1] // 4, 1760)):
        assert abs(hertz[picture[:, column].argmax()] - frequency) < 15
    assert told.startswith("Spectrogram of two tones: 2.0 s")


# ---------------------------------------------------------------- play


@pytest.mark.parametrize("source", ["duet.mid", "second.abc", "tone.wav"])
def test_without_a_sound_device_play_writes_a_file_and_says_where(capsys, here, source):
    code, out, err = run(capsys, "play", source)
    name = source.rpartition(".")[0] + ".mp3"
    assert code == 0 and f"Wrote {name}, " in out and "No sound device" in err
    assert 0.02 < rms(name) < 0.5
    assert "exists and is not written over" in refused_last(capsys, "play", source)
    assert run(capsys, "play", source, "--force")[0] == 0


def refused_last(capsys, *arguments):
    code, _, err = run(capsys, *arguments)
    assert code == 1
    return err.splitlines()[-1]


def test_play_hands_the_sound_to_a_player(capsys, monkeypatch, here):
    played = []

    def call(command):
        played.append((command, sound.load_audio(command[-1], mono=False)))
        return 0

    monkeypatch.setattr(music.shutil, "which", lambda name: name == "aplay")
    monkeypatch.setattr(music.subprocess, "call", call)
    code, out, _ = run(capsys, "play", "duet.mid", "--seconds", 2)
    assert code == 0 and "Playing duet.mid, 2.0 s" in out
    (command, (samples, sr)) = played[0]
    assert command[0] == "aplay" and samples.shape == (2, 2 * sr)
    assert np.abs(samples[:, -20:]).max() < 0.01 < np.abs(samples).max()  # it fades where it is cut
    assert not list(here.glob("*.mp3"))


def test_a_player_that_fails_is_no_end(capsys, monkeypatch):
    monkeypatch.setattr(music.shutil, "which", lambda name: name == "ffplay")
    monkeypatch.setattr(music.subprocess, "call", lambda command: 1)
    code, out, err = run(capsys, "play", "second.abc")
    assert code == 0 and "ffplay could not play it" in err and "Wrote second.mp3" in out


def test_play_uses_the_instrument_and_the_output_that_are_named(capsys):
    for instrument in ("piano", "flute"):
        code, _, _ = run(capsys, "play", "second.abc", "--instrument", instrument, "-o", f"{instrument}.wav")
        assert code == 0
    a, b = (sound.load_audio(f"{name}.wav")[0] for name in ("piano", "flute"))
    assert not np.array_equal(a[:5000], b[:5000])
    assert 'did you mean "piano"' in refused(capsys, "play", "second.abc", "--instrument", "paino")
    assert "expected more than 0" in refused(capsys, "play", "second.abc", "--seconds", "-1")


def test_stereo_survives_every_format(capsys):
    """The melody stands left and the bass right; an encoder that breaks stereo makes noise of both."""
    score.save(Score([Part([Note(0, 72, 4)], program=19), Part([Note(0, 50, 4)], program=19)]), "two.mid")
    for ending in ("wav", "flac", "ogg", "mp3"):
        assert run(capsys, "convert", "two.mid", f"two.{ending}")[0] == 0
        samples, sr = sound.load_audio(f"two.{ending}", mono=False)
        assert samples.shape[0] == 2 and np.abs(samples).max() < 1
        for channel, pitch in ((0, 72), (1, 50)):
            spectrum = np.abs(np.fft.rfft(samples[channel][:sr]))
            assert spectrum.argmax() == pytest.approx(score.pitch_to_frequency(pitch), abs=2), ending


# ---------------------------------------------------------------- convert


def test_convert_between_notes(capsys):
    for new in ("x.mid", "x.abc", "x.musicxml"):
        assert run(capsys, "convert", "tunes.abc", new, "--tune", 1)[0] == 0
        back = score.load(new)
        assert [(n.pitch, n.onset) for n in back.notes] == [(64, 0), (67, 1), (71, 2), (76, 3)]


def test_convert_between_sounds(capsys):
    for new in ("x.flac", "x.ogg", "x.mp3", "x.wav"):
        assert run(capsys, "convert", "tone.wav", new)[0] == 0
        assert rms(new) == pytest.approx(rms("tone.wav"), rel=0.05)
    sound.save_audio("high.wav", sound.tone(440, 0.5, 96_000), 96_000)
    assert run(capsys, "convert", "high.wav", "high.mp3")[0] == 0  # MP3 has no such rate


def test_convert_makes_pictures(capsys):
    for source, new in (("duet.mid", "a.svg"), ("duet.mid", "a.png"), ("tone.wav", "b.png")):
        assert run(capsys, "convert", source, new)[0] == 0
    assert "which needs notes" in refused(capsys, "convert", "tone.wav", "c.mid")


def test_nothing_is_written_over_unless_it_is_asked_for(capsys, here):
    before = (here / "tone.wav").read_bytes()
    for command in (["convert", "duet.mid", "tone.wav"], ["play", "duet.mid", "-o", "tone.wav"]):
        assert "add --force" in refused(capsys, *command)
        assert (here / "tone.wav").read_bytes() == before
    assert run(capsys, "convert", "duet.mid", "tone.wav", "--force")[0] == 0
    assert (here / "tone.wav").read_bytes() != before


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["show", "absent.mid"], "absent.mid"),
        (["show", "."], "."),
        (["show", "noise.bin"], "noise.bin"),
        (["play", "empty.mid"], "empty.mid"),
        (["convert", "duet.mid", "duet.doc"], 'ends in ".doc"'),
        (["convert", "duet.mid", "no/duet.wav"], 'no folder "no"'),
        (["convert", "tunes.abc", "x.mid"], "holds 2 tunes"),
        (["play", "cut.wav"], "cut.wav"),
        (["data", "info", "chorale"], 'did you mean "chorales"'),
        (["data", "path", "article"], "has no files"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(capsys, here, arguments, said):
    (here / "noise.bin").write_bytes(bytes(range(256)))
    (here / "empty.mid").write_bytes(b"")
    (here / "cut.wav").write_bytes((here / "tone.wav").read_bytes()[:20])
    before = sorted(here.iterdir())
    assert said in refused(capsys, *arguments)
    assert sorted(here.iterdir()) == before  # no half-made file


def test_an_endless_score_is_not_rendered_but_its_beginning_is(capsys):
    score.save(Score([Part([Note(0, 60, 1), Note(20_000, 62, 1)])]), "endless.mid")
    assert "lasts 166 min 40 s, expected at most 30 min 00 s. Add --seconds" in refused(
        capsys, "play", "endless.mid"
    )
    assert run(capsys, "play", "endless.mid", "--seconds", 1)[0] == 0


def test_a_score_without_notes_is_said_to_have_none(capsys):
    score.save(Score(title="Silence"), "silence.mid")
    assert "no notes" in refused(capsys, "play", "silence.mid")
    assert "no notes" in run(capsys, "show", "silence.mid")[1]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["data"],
        ["show"],
        ["sing"],
        ["convert", "x.mid"],
        ["doctor", "-q"],
        ["show", "x.mid", "--bars", "0"],
        ["show", "x.abc", "--tune", "-1"],
    ],
)
def test_what_is_not_understood_ends_with_2(capsys, arguments):
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == 2
    assert "usage: musicml" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["play", "show", "convert", "data"])
def test_help_has_examples(capsys, command):
    with pytest.raises(SystemExit) as stop:
        cli.main([command, "--help"])
    assert stop.value.code == 0
    assert f"examples:\n  musicml {command} " in capsys.readouterr().out


def test_ctrl_c_and_a_full_disk_are_no_tracebacks(capsys, monkeypatch):
    def raises(error):
        def stop(*arguments):
            raise error

        return stop

    monkeypatch.setattr(music, "describe_score", raises(KeyboardInterrupt()))
    assert run(capsys, "show", "duet.mid")[::2] == (130, "\nStopped.\n")
    monkeypatch.setattr(music, "describe_score", raises(OSError(28, "No space left on device", "roll.png")))
    assert "roll.png: No space left on device. Look at the folder" in refused(capsys, "show", "duet.mid")


def test_a_reader_that_goes_away_is_no_traceback():
    command = f'"{sys.executable}" -m musicml show tunes.abc | true'
    run = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert "Traceback" not in run.stderr and "Exception" not in run.stderr


# ---------------------------------------------------------------- data


def test_data_list_names_every_corpus(capsys):
    code, out, _ = run(capsys, "data", "list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(corpora.available())
    assert "article       ready" in out


def test_data_info_tells_what_is_known(capsys):
    code, out, _ = run(capsys, "data", "info", "article")
    assert code == 0 and "points            5" in out


def test_data_get_and_path_print_the_folder(capsys, monkeypatch, here):
    monkeypatch.setattr(corpora, "get", lambda name: here / name)
    monkeypatch.setattr(corpora, "path", lambda name: here / name)
    for action in ("get", "path"):
        assert run(capsys, "data", action, "jsb") == (0, f"{here / 'jsb'}\n", "")


def test_data_verify_goes_on_after_a_problem(capsys, monkeypatch):
    def verify(name):
        if name == "irish":
            raise DataError("irish: tunes.npz is damaged. Run: musicml data get irish")
        return {"a.npz": "0" * 64}

    monkeypatch.setattr(corpora, "verify", verify)
    monkeypatch.setattr(corpora, "is_ready", lambda name: name != "lastfm")
    code, out, _ = run(capsys, "data", "verify")
    assert code == 1 and "irish         PROBLEM  irish: tunes.npz is damaged" in out
    assert "jsb           ok, files checked: 1" in out and "lastfm        not on this computer" in out
    assert run(capsys, "data", "verify", "jsb")[0] == 0


# ---------------------------------------------------------------- compose


@pytest.mark.parametrize(
    "model, suffix, key", [("chorale", ".mid", "G minor"), ("tune", ".musicxml", "D"), ("tune", ".abc", "Am")]
)
def test_compose_writes_notes_in_the_key_and_of_the_length_that_was_asked_for(capsys, model, suffix, key):
    code, out, _ = run(capsys, "compose", "--model", model, "--key", key, "--seconds", "12", f"new{suffix}")
    assert code == 0 and f"Wrote new{suffix}" in out
    new = score.load(f"new{suffix}")
    assert len(new.parts) == (4 if model == "chorale" else 1)
    assert 9 < new.seconds(new.duration) < 15
    tonic, _ = score.read_key(key)
    assert min(note.pitch for note in new.notes if note.end == new.duration) % 12 == tonic


@pytest.mark.parametrize("suffix", [".wav", ".mp3"])
def test_compose_writes_sound_that_is_neither_silent_nor_cut(capsys, suffix):
    code, _, _ = run(capsys, "compose", "--model", "tune", "--seconds", "6", f"new{suffix}")
    samples, _ = sound.load_audio(f"new{suffix}", mono=False)
    assert code == 0 and rms(f"new{suffix}") > 0.02 and np.abs(samples).max() < 1


def test_compose_draws_a_score(capsys, here):
    code, out, _ = run(capsys, "compose", "--seconds", "8", "--seed", "3", "new.svg")
    assert code == 0 and "4 parts" in out
    assert (here / "new.svg").read_text(encoding="utf-8").count('class="note"') > 10


def test_compose_makes_the_same_from_the_same_seed(capsys, here):
    for name, seed in (("a.mid", 1), ("b.mid", 1), ("c.mid", 2)):
        assert run(capsys, "compose", "--model", "tune", "--seed", seed, "--seconds", 6, name)[0] == 0
    a, b, c = ((here / name).read_bytes() for name in ("a.mid", "b.mid", "c.mid"))
    assert a == b != c


def test_compose_hands_on_the_temperature(capsys, here):
    """A very cold tune repeats what is likeliest, so that seeds hardly matter; a hot one is another."""
    for name, temperature in (("cold.mid", 0.1), ("hot.mid", 2), ("own.mid", 0.9), ("without.mid", None)):
        words = () if temperature is None else ("--temperature", temperature)
        assert run(capsys, "compose", "--model", "tune", *words, "--seconds", 6, name)[0] == 0
    cold, hot, own, without = ((here / f"{n}.mid").read_bytes() for n in ("cold", "hot", "own", "without"))
    assert cold != hot != own == without != cold


@pytest.mark.parametrize("ending", ["svg", "png", "mid", "wav"])
def test_a_file_is_written_whole_or_not_at_all(capsys, monkeypatch, here, ending):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device", ".half_written")

    name = f"old.{ending}"
    (here / name).write_text("mine", encoding="utf-8")
    before, told = sorted(here.iterdir()), rf"{name}.*No space left"
    monkeypatch.setattr(os, "replace", full)
    assert re.search(told, refused(capsys, "convert", "duet.mid", name, "--force"))
    assert sorted(here.iterdir()) == before and (here / name).read_text(encoding="utf-8") == "mine"
    monkeypatch.setattr(os, "unlink", full)  # and what was half written cannot be taken away
    assert re.search(told, refused(capsys, "convert", "duet.mid", name, "--force"))


@pytest.mark.parametrize(
    "words, told",
    [
        (("--key", "H moll", "x.mid"), '"H moll" is not a key. Write one like "G"'),
        (("--model", "coral", "x.mid"), 'did you mean "chorale"?'),
        (("--seconds", "0", "x.mid"), "compose_chorale received seconds=0.0, expected 4 to 300. Ask for 30"),
        (("--seconds", "-3", "x.mid"), "seconds=-3.0, expected 4 to 300. Ask for 30"),
        (("--seconds", "nan", "x.mid"), "seconds=nan, expected 4 to 300. Ask for 30"),
        (("--seconds", "1e9", "x.mid"), "seconds=1000000000.0, expected 4 to 300. Ask for 30"),
        (("--model", "tune", "--seconds", "1e9", "x.mid"), "seconds=1000000000.0, expected 4 to 300"),
        (("--seed", "-1", "x.mid"), "seed=-1, expected a whole number, 0 or more"),
        (("--temperature", "0", "x.mid"), "temperature=0.0, expected 0.1 to 3"),
        (("--temperature", "nan", "x.mid"), "temperature=nan, expected 0.1 to 3"),
        (("--instrument", "kazoo", "x.wav"), 'unknown instrument "kazoo"'),
        (("x.docx",), 'ends in ".docx"'),
        (("nowhere/x.mid",), "there is no folder"),
        (("duet.mid",), "exists and is not written over"),
    ],
)
def test_compose_refuses_what_cannot_be_done_and_writes_nothing(capsys, here, words, told):
    before = sorted(here.iterdir()), (here / "duet.mid").read_bytes()
    assert told in refused(capsys, "compose", *words)
    assert (sorted(here.iterdir()), (here / "duet.mid").read_bytes()) == before


def test_no_progress_bar_stands_beside_a_refusal(capsys, monkeypatch, here):
    monkeypatch.setenv("MUSICML_PROGRESS", "1")
    assert "seed=-1" in refused(capsys, "compose", "--seed", "-1", "x.mid")
