"""guess_the_next_note: its claims can fail, and what it writes inline is the library's code."""

import ast
import inspect
import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest
from lesson_cells import tree

from musicml import corpora, generate, nn
from musicml.classroom import build

NOTEBOOK = Path(__file__).parent.parent / "solutions" / "13_guess_the_next_note.ipynb"
CLAIMS = ("better than the bigram on held-out tunes", "better than each of the tables on held-out tunes")


@pytest.fixture(scope="module")
def cells():
    return {cell.id: cell.source for cell in build.read(NOTEBOOK).cells if cell.cell_type == "code"}


def claims(cells, learning_rate, monkeypatch, capsys):
    """What the lesson prints about its network, trained at another rate on every fourth tune."""
    irish = corpora.load("irish")
    part = SimpleNamespace(train=irish.train[::4], valid=irish.valid[::4])
    monkeypatch.setattr(corpora, "load", lambda name: part)
    train = cells["train"].replace("learning_rate = 0.005", f"learning_rate = {learning_rate}")
    assert learning_rate == 0.005 or train != cells["train"]
    needed = ("setup", "tunes", "pairs", "counting", "windows", "loop", "vector", "layer", "network")
    names = {"__name__": "lesson"}
    for source in (*(cells[id] for id in needed), train, cells["claim"]):
        exec(source, names)
    printed = capsys.readouterr().out
    return {claim: f"{claim}: True" in printed for claim in CLAIMS if f"{claim}: " in printed}


def test_the_claims_hold_only_if_the_network_learns(cells, monkeypatch, capsys):
    assert claims(cells, 0.0, monkeypatch, capsys) == dict.fromkeys(CLAIMS, False)


def test_the_claim_holds_on_a_quarter_of_the_tunes(cells, monkeypatch, capsys):
    assert claims(cells, 0.005, monkeypatch, capsys)[CLAIMS[0]]


@pytest.mark.parametrize(
    ("id", "library"),
    [
        ("layer", nn.Embedding),
        ("windows", generate.windows),
        ("controls", generate.to_probabilities),
        ("controls", generate.keep_top_k),
        ("nucleus", generate.keep_nucleus),
        ("sample", generate.sample),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_what_the_lesson_writes_is_what_the_library_runs(cells, id, library):
    mine = next(node for node in ast.parse(cells[id]).body if getattr(node, "name", "") == library.__name__)
    theirs = ast.parse(textwrap.dedent(inspect.getsource(library))).body[0]
    assert tree(mine) == tree(theirs)
