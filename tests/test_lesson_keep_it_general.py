"""keep_it_general: its claim can fail, its code is the one that runs elsewhere, its words fit the record."""

import ast
import csv
import inspect
import textwrap
from pathlib import Path

import numpy as np
import pytest
from lesson_cells import tree

from musicml import nn
from musicml.classroom import build
from musicml.nn import normalization

ROOT = Path(__file__).parent.parent
BENCHMARK = ROOT / "benchmarks" / "keep_it_general.py"
DATA = ("setup", "jigs", "windows", "learn")


@pytest.fixture(scope="module")
def sources():
    cells = build.read(ROOT / "solutions" / "07_keep_it_general.ipynb").cells
    found = {cell.id: cell.source for cell in cells if cell.cell_type == "code"}
    # What is only heard takes time: the data alone is needed here.
    found["jigs"] = found["jigs"].replace("show.listen(", "dict(score=")
    return found


def run(sources, cells, names=None):
    """The names that these cells of the lesson define."""
    names = {} if names is None else names
    for id in cells:
        exec(compile(sources[id], id, "exec"), names)
    return names


def claims(sources, learning_rate, capsys):
    """What the curves cell prints about a network that has had five epochs."""
    learn = sources["learn"].replace("learning_rate = 0.002", f"learning_rate = {learning_rate}")
    assert learning_rate == 0.002 or learn != sources["learn"]
    names = run(sources | {"learn": learn}, DATA)
    names["losses"] = names["learn"](names["network"](0), names["data"], 5)
    run(sources, ["curves"], names)
    return "below the bigram there: True\n" in capsys.readouterr().out


@pytest.mark.parametrize(("learning_rate", "earned"), [(0.002, True), (0.0, False)])
def test_the_claim_is_false_without_learning(sources, learning_rate, earned, capsys):
    assert claims(sources, learning_rate, capsys) == earned


def definitions(text):
    return {node.name: node for node in ast.walk(ast.parse(text)) if hasattr(node, "name")}


@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("jigs", "on_eighths"),
        ("jigs", "eighths"),
        ("windows", "look"),
        ("windows", "pairs"),
        ("learn", "network"),
        ("two-networks", "moved"),
    ],
)
def test_the_benchmark_measures_what_the_lesson_shows(sources, id, name):
    theirs = definitions(BENCHMARK.read_text(encoding="utf-8"))[name]
    if name == "network":  # the benchmark gives its number of units a name
        theirs.args.defaults[0] = ast.Constant(256)
    assert tree(definitions(sources[id])[name]) == tree(theirs)


@pytest.mark.parametrize(
    ("id", "library"),
    [
        ("layer", nn.LayerNormalization),
        ("normalized-backward", normalization.normalized_backward),
    ],
)
def test_what_the_lesson_writes_is_what_the_library_runs(sources, id, library):
    mine = definitions(sources[id])[library.__name__]
    assert tree(mine) == tree(ast.parse(textwrap.dedent(inspect.getsource(library))).body[0])


def test_the_rule_of_exercise_5_is_the_early_stopping_of_the_library(sources):
    stop = run(sources, ["stop"])["stop"]
    rng = np.random.default_rng(0)
    for losses in rng.integers(0, 9, (50, 12)) / 4:  # with ties
        for patience in (1, 2, 3):
            callback, epoch = nn.EarlyStopping(patience=patience), 0
            callback.model = nn.Sequential([])
            callback.on_train_begin(12, 1)
            while epoch < 12 and not callback.model.stop_training:
                callback.on_epoch_end(epoch, {"val_loss": losses[epoch]})
                epoch += 1
            assert stop(list(losses), patience) == (callback.state["best_epoch"] + 1, epoch)


def test_the_recorded_runs_are_whole():
    """Five seeds for each setting, and the words about them: who gains, who loses, beyond the interval."""
    with BENCHMARK.with_suffix(".csv").open(encoding="utf-8") as file:
        runs = list(csv.DictReader(file))
    settings = {}
    for run in runs:
        key = tuple(run[column] for column in ("part", "name", "stopping", "tunes", "units"))
        settings.setdefault(key, []).append(int(run["seed"]))
    assert all(seeds == [0, 1, 2, 3, 4] for seeds in settings.values())

    def gain(name):
        test = {
            (r["name"], r["seed"]): float(r["test"])
            for r in runs
            if r["part"] == "remedy" and r["stopping"] == "1"
        }
        gains = np.array([test[name, str(seed)] - test["nothing", str(seed)] for seed in range(5)])
        return gains.mean(), 2.78 * gains.std(ddof=1) / np.sqrt(5)

    for name in ("weight decay", "dropout", "other keys", "other keys, dropout"):
        mean, half = gain(name)
        assert mean + half < 0, name
    for name in ("batch normalisation", "layer normalisation"):
        mean, half = gain(name)
        assert mean - half > 0, name
