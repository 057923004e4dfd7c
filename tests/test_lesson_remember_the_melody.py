"""remember_the_melody: its claims can fail, and what it writes inline is what the library computes."""

import ast
import inspect
import textwrap
from types import SimpleNamespace

import numpy as np
import pytest
from lesson_cells import run, sources, tree

from musicml import corpora, generate, nn
from musicml.nn.recurrent import SimpleRNN

CLAIM = "better than counting on held-out tunes"


@pytest.fixture(scope="module")
def cells():
    return sources("14_remember_the_melody")


@pytest.fixture
def quarter(monkeypatch):
    """Every fourth tune."""
    irish = corpora.load("irish")
    part = SimpleNamespace(train=irish.train[::4], valid=irish.valid[::4])
    monkeypatch.setattr(corpora, "load", lambda name: part)


DATA = ("setup", "pieces", "network", "clip")


def without_looking(cells):
    """The cells, but without what needs the Keras twin or is only seen."""
    changed = dict(cells)
    head, _, _ = cells["pieces"].partition("odd = ")
    changed["pieces"] = head + "\nloss_function = nn.SparseCategoricalCrossentropy(from_logits=True)"
    changed["clip"] = cells["clip"].partition("fig, ax")[0]
    return changed


@pytest.mark.parametrize(("learning_rate", "earned"), [(0.008, True), (0.0, False)])
def test_the_claim_is_false_without_learning(cells, quarter, capsys, learning_rate, earned):
    changed = without_looking(cells)
    changed["clip"] = changed["clip"].partition("def descend")[0]
    changed["train"] = cells["train"].replace("learning_rate = 0.008", f"learning_rate = {learning_rate}")
    assert learning_rate == 0.008 or changed["train"] != cells["train"]
    run(changed, (*DATA, "train", "asked", "claim"))
    assert f"{CLAIM}: {earned}" in capsys.readouterr().out
    nn.set_floatx("float32")


@pytest.mark.parametrize(("rate", "explodes"), [(3.0, True), (0.0, False)])
def test_without_a_limit_it_explodes_only_where_it_learns(cells, quarter, capsys, rate, explodes):
    changed = without_looking(cells)
    changed["clip"] = changed["clip"].replace("nn.SGD(3.0,", f"nn.SGD({rate},")
    run(changed, DATA)
    out = capsys.readouterr().out
    assert f"above three times ln V: {explodes}" in out
    assert f"radius of U in the end above 10: {explodes}" in out
    nn.set_floatx("float32")


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (3, 6, 4, 5), (2, 40, 3, 7)], ids=str)
def test_the_loop_of_the_lesson_is_the_layer_of_the_library(cells, shape):
    B, T, D, H = shape
    rng = np.random.default_rng(T)
    x, dy = rng.standard_normal((B, T, D)), rng.standard_normal((B, T, H))
    W, U, b = rng.normal(0, 0.5, (D, H)), rng.normal(0, 0.5, (H, H)), rng.normal(0, 0.5, H)
    names = {"np": np, "Layer": nn.Layer}
    run(cells, ("forward", "backward", "layer"), names)
    nn.set_floatx("float64")
    try:
        layers = names["LoopRNN"](H), nn.SimpleRNN(H, return_sequences=True)
    finally:
        nn.set_floatx("float32")
    found = []
    for layer in layers:
        layer.build(x.shape)
        layer.set_weights([W, U, b])
        found.append([layer(x, training=True), layer.backward(dy), *(g for *_, g in layer.named_weights())])
    for mine, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-10)


def test_the_class_shown_is_the_library_s(cells):
    mine = next(node for node in ast.parse(cells["library"]).body)
    theirs = ast.parse(textwrap.dedent(inspect.getsource(SimpleRNN))).body[0]
    assert tree(mine) == tree(theirs)


def test_a_question_has_the_same_window_and_two_answers_a_semitone_apart(cells, quarter):
    names = run(cells, ("setup",))
    function = cells["questions"].partition("for size in (4, 8)")[0]
    exec(function, names)
    valid, found = names["valid"], names["sharp_or_not"](names["valid"], 4)
    assert len(found) > 20
    for (s, m), (t, n) in found:
        windows = [generate.windows(valid[i][: k + 1], 4)[0][-1] for i, k in ((s, m), (t, n))]
        assert np.array_equal(*windows)
        first, second = (names["tokens"].split(valid[i][k]) for i, k in ((s, m), (t, n)))
        assert abs(first[0] - second[0]) == 1 and first[1] == second[1]
    nn.set_floatx("float32")
