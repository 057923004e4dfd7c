"""What walk_downhill says is so: the claim it prints, and two that no output shows."""

import lesson_cells
import pytest
from lesson_cells import run

CELLS = ("setup", "gradient", "band", "walks", "fit")


@pytest.fixture
def sources():
    return lesson_cells.sources("02_walk_downhill")


@pytest.mark.parametrize(("learning_rate", "earned"), [("0.05", True), ("0.0", False)])
def test_the_claim_is_false_without_learning(capsys, sources, learning_rate, earned):
    assert sources["fit"].startswith("learning_rate = 0.05\n")
    sources["fit"] = sources["fit"].replace("0.05", learning_rate, 1)
    run(sources, CELLS)
    assert f"within 1 cent of the closed form: {earned}\n" in capsys.readouterr().out


def test_one_full_step_of_a_half_arrives_at_the_closed_form(sources):
    names = run(sources, CELLS[:-1])
    dw, db = names["gradient"](0, 0, names["x_train"], names["y_train"])
    assert names["apart"](-0.5 * dw, -0.5 * db) < 1e-6


def test_the_notes_come_from_the_tunes_that_the_lesson_names(sources):
    """400 notes: four tunes and the start of a fifth. 200 notes: two tunes, none of them in the 400."""
    names = run(sources, CELLS[:3])
    train, test = names["irish"].train[:5], names["irish"].valid[:2]
    assert sum(len(t.notes) for t in train[:4]) < 400 < sum(len(t.notes) for t in train)
    assert len(test[0].notes) < 200 < sum(len(t.notes) for t in test)
    assert not {t.title for t in train} & {t.title for t in test}
    assert (len(names["p_train"]), len(names["p_test"])) == (400, 200)
    assert names["p_test"].mean() - names["p_train"].mean() == pytest.approx(3.5, abs=0.1)
