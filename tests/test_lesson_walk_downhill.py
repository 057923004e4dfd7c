"""The claim that walk_downhill prints is earned: without learning it is false."""

from pathlib import Path

import pytest

from musicml.classroom import build

SOLUTION = Path(__file__).parent.parent / "solutions" / "02_walk_downhill.ipynb"
CELLS = ("setup", "gradient", "band", "walks", "fit")


@pytest.mark.parametrize(("learning_rate", "earned"), [("0.05", True), ("0.0", False)])
def test_the_claim_is_false_without_learning(capsys, learning_rate, earned):
    sources = {cell.id: cell.source for cell in build.read(SOLUTION).cells}
    assert sources["fit"].startswith("learning_rate = 0.05\n")
    sources["fit"] = sources["fit"].replace("0.05", learning_rate, 1)
    names = {}
    for id in CELLS:
        exec(compile(sources[id], id, "exec"), names)
    assert f"within 1 cent of the closed form: {earned}\n" in capsys.readouterr().out
