"""A page of figures says what its table says: it was made from it, by the command that it names."""

import importlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from musicml import corpora
from musicml.apps.compose import tune
from musicml.score import Note, Part, Score, chorale_plan, melody

FOLDER = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def load(monkeypatch):
    """Function of a name: that benchmark as a module."""
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module


@pytest.mark.parametrize("name", ["literature", "generated_music"])
def test_the_page_is_made_from_the_table(name, load):
    module = load(name)
    assert module.page(module.read()) == module.PAGE.read_text(encoding="utf-8")


class TestGeneratedMusic:
    def test_each_family_is_in_the_table(self, load):
        module = load("generated_music")
        found = {(row["family"], row["group"]): int(row["pieces"]) for row in module.read()}
        assert {family for family, _ in found} == set(module.FAMILIES)
        assert all(pieces >= module.SAMPLES for (_, group), pieces in found.items() if group != "real")

    def test_a_mean_outside_gets_a_star_and_a_word(self, load):
        """Real tunes have 3 to 5 notes; one model writes 4, the other 9, and has no number for "odd"."""
        module = load("generated_music")
        scores = {n: melody([60, 62] * n, [1] * 2 * n) for n in (3, 4, 5, 9)}
        groups = {"real": [scores[n] for n in (3, 4, 5)], "near": [scores[4]], "far": [scores[9]]}
        extra = lambda piece: {"odd": 1.0} if len(piece.notes) < 18 else {}  # noqa: E731
        table = {}
        for row in module.rows("tunes", groups, [scores[3]], extra=extra):
            if row["mean"]:
                table.setdefault(row["statistic"], {})[row["group"]] = row
        lines = module.tell(table).splitlines()
        assert "| notes | 8.00 (1.63) | 8.00 (0.00) | 18.00 (0.00) * |" in lines
        assert "| odd | 1.00 (0.00) | 1.00 (0.00) | - |" in lines
        assert lines[-2] == "- *near*: inside the human spread in all."
        assert lines[-1].startswith("- *far*: outside the human spread in notes")

    def test_to_copy_more_than_people_do_gets_a_star(self, load):
        module, real = load("generated_music"), {"high": "20.0"}
        for mean, above, star in (("9.0", "0.04", False), ("9.0", "0.06", True), ("21.0", "0.00", True)):
            assert module.is_outside(module.RUN, {"mean": mean, "above": above}, real) == star

    def test_silence_and_loudness_are_heard(self, load):
        """Two notes two seconds apart; each lasts half a second and then fades."""
        module = load("generated_music")
        apart = melody([60, None, 62], [1, 4, 1], tempo=120)
        numbers, long = module.heard(apart), module.heard(melody([60, None, 62], [1, 6, 1], tempo=120))
        assert 0 < numbers["longest silence, s"] < 2
        assert long["longest silence, s"] == pytest.approx(numbers["longest silence, s"] + 1, abs=0.11)
        assert module.heard(melody([60, 62]))["longest silence, s"] == 0
        assert -40 < numbers["loudness, dB"] < 20 * np.log10(numbers[module.PEAK]) < 0
        assert module.is_outside(module.PEAK, {"above": "0.02"}, {})
        assert not module.is_outside(module.PEAK, {"above": "0.00"}, {})

    def test_a_piece_without_notes_counts_in_notes_alone(self, load):
        tune = melody([60, 62] * 5, [1] * 10)
        groups = {"real": [tune], "model": [melody([], []), tune]}
        rows = load("generated_music").rows("tunes", groups, groups["real"])
        means = {row["statistic"]: row["mean"] for row in rows if row["group"] == "model"}
        assert means["notes"] == "5.0000" and means["pitch range"] == "2.0000"

    @pytest.mark.parametrize("number", [13, 14, 15, 16, 17])
    def test_a_lesson_is_run_up_to_its_network_and_looks_at_no_test_tune(self, number, load):
        module = load("music_families")
        name = next(name for name in module.CELLS if name.startswith(str(number)))
        cells = module.cells(name)
        assert list(cells)[0] == "setup" and set(module.CELLS[name]) <= set(cells)
        assert "test" not in cells
        if number != 15:  # its rolls are made for all three splits at once, and those of test not used
            assert not any(".test" in source for source in cells.values())


class TestExtraNumbers:
    def test_the_page_names_the_settings_of_the_composer(self, load):
        told = f"temperature {tune.TEMPERATURE:g}, nucleus {tune.TOP_P:g}"
        assert told in load("music_families").dances.__doc__

    def test_how_a_tune_ends(self, load):
        """3/4 with an upbeat: the second note crosses a bar line, the third begins between sixteenths."""
        notes = [(0, 67, 1), (1, 69, Fraction(25, 8)), (Fraction(33, 8), 71, Fraction(7, 8)), (5, 67, 2)]
        tune = replace(
            Score([Part([Note(Fraction(on), pitch, Fraction(lasts)) for on, pitch, lasts in notes])]),
            time_signatures=((Fraction(0), (3, 4)),), keys=((Fraction(0), "G"),), pickup=Fraction(1),
        )  # fmt: skip
        assert load("music_families").ending(tune) == {
            "ends on the tonic": 1.0, "beats of the last note": 2.0,
            "notes over a bar line": 0.25, "notes off the sixteenths": 0.25,
        }  # fmt: skip
        higher = replace(tune, keys=((Fraction(0), "D"),))
        assert load("music_families").ending(higher)["ends on the tonic"] == 0

    def test_part_writing(self, load):
        module = load("music_families")
        piece = corpora.load("chorales").valid[0]
        plan, grid = chorale_plan(piece), piece.grid
        good = module.part_writing_of(module.told(piece.score(), grid, plan))
        assert good["ends on its tonic triad"] == 1 and good["parallels in 100 beats"] < 2
        doubled = np.stack([grid[:, 0], grid[:, 0] - 12, grid[:, 3], grid[:, 2]], axis=1)
        bad = module.part_writing_of(module.told(piece.score(), doubled))
        assert bad["parallels in 100 beats"] > 50 and bad["steps with crossed voices"] > 0.5
        assert len(bad) == 2  # without a plan nothing is said of its lines and its key


def test_the_memory_of_the_roll_network_is_carried_on(load):
    """Frame by frame it draws from the probabilities that it has when it reads the whole roll at once."""
    module = load("roll_gru")
    model, starts = module.build("GRU", 0.5), np.eye(88, dtype=bool)[[40, 50]]
    rng = np.random.default_rng(0)
    model.set_weights([rng.standard_normal(weight.shape) / 8 for weight in model.get_weights()])
    roll = module.sample(model, starts, 12, seed=3)
    p = 1 / (1 + np.exp(-model(roll[None, :-1].astype(np.float32))[0].astype(float)))
    rng = np.random.default_rng(3)
    first = starts[rng.integers(2)]
    assert roll.shape == (13, 88) and (roll[0] == first).all()
    assert (roll[1:] == (rng.random((12, 88)) < p)).all()
    assert 0.2 < roll[1:].mean() < 0.8
