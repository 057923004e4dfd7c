"""The program of choose_an_engine: on NumPy and Keras, from notes and recordings, and when it cannot."""

import os
import subprocess
import sys

import numpy as np
import pytest

from musicml import nn, recipes, score, sound
from musicml.apps import hear_pitch, heard_notes


@pytest.fixture(scope="module")
def notes_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("notes") / "notes.npz"
    assert hear_pitch.main(["--notes", "300", "--write-notes", str(path)]) == 0
    return path


def program(*options):
    """The program as a learner starts it."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "musicml.apps.hear_pitch", *map(str, options)],
        capture_output=True,
        text=True,
        env=os.environ | {"KERAS_BACKEND": "jax"},
    )
    return run.returncode, run.stdout, run.stderr


def errors_in(text):
    """{(contestant, notes): mean error in cents} of what the program printed."""
    rows = [line for line in text.splitlines() if " cents " in line]
    return {(row[:12].strip(), row[12:38].strip()): float(row[38:].split()[0]) for row in rows}


@pytest.mark.parametrize("engine, name", [("numpy", "NumPy"), ("keras", "Keras on jax")])
def test_it_runs_on_each_engine_and_beats_both_baselines(engine, name, notes_file):
    code, out, err = program("--engine", engine, "--read-notes", notes_file, "--epochs", 15)
    assert (code, err) == (0, "") and out.startswith(f"{name}: 1,200 notes, loss ")
    found = errors_in(out)
    for notes in ("new tunes", "new tunes on a clarinet"):
        assert found["network", notes] < 0.6 * min(found["mean pitch", notes], found["loudest", notes])


def test_without_learning_it_does_not_beat_the_mean(notes_file):
    groups = heard_notes.read(notes_file)
    lines = hear_pitch.report(hear_pitch.build("numpy"), groups)
    found = errors_in("\n".join(lines))
    assert found["network", "new tunes"] > 0.9 * found["mean pitch", "new tunes"]


def test_both_engines_start_from_the_same_weights(notes_file):
    ours, theirs = hear_pitch.build("numpy"), hear_pitch.build("keras")
    groups = heard_notes.read(notes_file)
    answers = [
        hear_pitch.predict(model, groups["new tunes"].spectra, groups["train"]) for model in (ours, theirs)
    ]
    np.testing.assert_allclose(*answers, atol=1e-4)


def test_notes_come_back_from_the_file_as_they_were(notes_file):
    made, read = heard_notes.load(300), heard_notes.read(notes_file)
    assert list(made) == list(read) == ["train", "new tunes", "new tunes on a clarinet"]
    for name in made:
        for a, b in zip(made[name], read[name], strict=True):
            np.testing.assert_array_equal(a, b)


def test_each_target_belongs_to_its_own_sound(notes_file):
    train = heard_notes.read(notes_file)["train"]
    assert train.spectra.shape == (1200, 112) and train.pitch.shape == (1200,)
    assert len(set(train.pitch)) == 300  # each through four loudspeakers
    # The loudest frequency is the note or a partial, never between: the target belongs to its own sound.
    octaves = 2 ** ((train.loudest - train.pitch) / 12)
    assert np.mean(np.abs(octaves - np.round(octaves)) < 0.05) > 0.95


def test_statistics_come_from_training_alone():
    train = np.array([[0.0, 5.0], [2.0, 5.0]])
    np.testing.assert_allclose(hear_pitch.standardise(np.array([[3.0, 6.0]]), train), [[2 / 1.001, 1000.0]])


def test_the_saved_network_needs_no_statistics(tmp_path, notes_file):
    groups = heard_notes.read(notes_file)
    path = tmp_path / "pitch.npz"
    model = hear_pitch.build("keras", steps=380)
    hear_pitch.train(model, groups["train"], epochs=10)
    hear_pitch.save(path, model, groups["train"])
    whole = recipes.pitch_from_spectrum(nn)
    whole.build((None, 112))
    nn.load_weights(whole, path)
    spectra = groups["new tunes"].spectra
    np.testing.assert_allclose(
        whole.predict(spectra)[:, 0], hear_pitch.predict(model, spectra, groups["train"]), atol=2e-3
    )


@pytest.fixture
def recordings(tmp_path):
    """Ten notes of an organ, eight of a piano, and files that are no notes."""
    for instrument, last in (("organ", 70), ("piano", 68)):
        for pitch in range(60, last):
            tone = sound.tone(score.pitch_to_frequency(pitch), 0.6, sr=16000, instrument=instrument)
            note = pitch if pitch % 2 else score.pitch_to_name(pitch)
            sound.save_audio(tmp_path / f"{instrument}-{note}.wav", 0.5 * tone, 16000)
    sound.save_audio(tmp_path / "organ-72.wav", 0.5 * sound.tone(523, 0.2, sr=16000), 16000)
    sound.save_audio(tmp_path / "noname.wav", 0.5 * sound.tone(523, 0.6, sr=16000), 16000)
    sound.save_audio(tmp_path / "organ-H9.wav", 0.5 * sound.tone(523, 0.6, sr=16000), 16000)
    (tmp_path / "organ-75.wav").write_bytes(b"no sound")
    return tmp_path


def test_a_folder_of_recordings(recordings):
    groups, skipped = heard_notes.load_folder(recordings)
    assert list(groups) == ["train", "piano"]
    assert sorted(groups["train"].pitch) == list(range(60, 70))
    assert sorted(groups["piano"].pitch) == list(range(60, 68))
    assert np.abs(groups["piano"].loudest - groups["piano"].pitch).max() < 0.3  # read at the right rate
    assert [name for name, _ in skipped] == ["noname.wav", "organ-72.wav", "organ-75.wav", "organ-H9.wav"]
    assert list(heard_notes.load_folder(recordings, "organ")[0]) == ["train", "organ"]


def test_the_program_on_a_folder(recordings, capsys):
    assert hear_pitch.main(["--engine", "numpy", "--folder", str(recordings), "--epochs", "2"]) == 0
    printed = capsys.readouterr()
    assert ("network", "piano") in errors_in(printed.out)
    assert printed.err.count("left out: ") == 4


@pytest.mark.parametrize(
    "options, message",
    [
        (("--folder", "EMPTY"), "recordings of 0 instruments"),
        (("--folder", "EMPTY", "--held-out", "violin"), "hold out violin"),
        (("--read-notes", "EMPTY/none.npz"), "holds no notes"),
        (("--read-notes", "EMPTY/text.npz"), "holds no notes"),
        (("--notes", "0"), "--notes"),
        (("--epochs", "0"), "--epochs"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(options, message, tmp_path, capsys):
    (tmp_path / "text.npz").write_text("no arrays")
    assert hear_pitch.main(["--engine", "numpy", *(o.replace("EMPTY", str(tmp_path)) for o in options)]) == 1
    assert message in capsys.readouterr().err
