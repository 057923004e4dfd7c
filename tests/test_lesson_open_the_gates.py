"""What open_the_gates says is so: the library's code, gates that keep, chords whose chances sum to 1."""

import ast
import csv
import inspect
import textwrap
from pathlib import Path
from types import SimpleNamespace

import lesson_cells
import numpy as np
import pytest
from lesson_cells import methods, run

from musicml import corpora, nn

LAYERS = ("setup", "rolls", "loop", "step", "back", "gru", "lstm-bug", "lstm-back", "lstm", "chords")
TRAINED = ("pieces", "learn", "network", "claim")
CLAIMS = ("separate notes beat the regression", "the joint network beats counting whole frames")

COPIES = Path(__file__).parent.parent / "benchmarks" / "frame_copies.csv"

pytestmark = pytest.mark.usefixtures("restored_floatx")


@pytest.fixture(scope="module")
def sources():
    return lesson_cells.sources("15_open_the_gates")


@pytest.fixture(scope="module")
def few():
    """A few chorales, for what does not need them all."""
    whole = corpora.load("chorales")
    return SimpleNamespace(train=whole.train[::6], valid=whole.valid[::3], test=whole.test[:2])


@pytest.fixture(scope="module")
def layers(sources, few):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpora, "load", lambda name: few)
        return run(sources, LAYERS)


@pytest.mark.parametrize("Class", [nn.GRU, nn.LSTM])
def test_the_lesson_prints_the_code_of_the_library(sources, Class):
    mine = methods(ast.parse(sources[Class.__name__.lower()]).body[0])
    library = methods(ast.parse(textwrap.dedent(inspect.getsource(Class))).body[0])
    assert {"step", "step_backward"} <= mine.keys()
    assert mine.items() <= library.items()


def test_the_loop_over_one_piece_is_the_library_s_gru(layers):
    names = layers
    gru = nn.GRU(names["H"], return_sequences=True)
    gru.build(names["x"].shape)
    gru.set_weights(
        [np.concatenate(list(names[w]), axis=-1) for w in ("W", "U")] + [names["b"].reshape(2, -1)]
    )
    assert gru(names["x"]) == pytest.approx(names["saved"], abs=1e-12)


def test_the_lstm_s_step_back_is_the_library_s(layers):
    rng, (B, T, D, H) = np.random.default_rng(1), (2, 5, 3, 4)
    lstm, x, dy = nn.LSTM(H, return_sequences=True), rng.normal(size=(B, T, D)), rng.normal(size=(B, T, H))
    y = lstm(x, training=True)
    dx = lstm.backward(dy)
    W, U, b = (lstm.by_gate(w) for w in (lstm.kernel, lstm.recurrent_kernel, lstm.bias))
    h, c, kept = np.zeros((B, H)), np.zeros((B, H)), []
    for t in range(T):
        before, a = c, x[:, t] @ W + h @ U + b[:, None]
        i, f, g, o = *layers["sigmoid"](a[:2]), np.tanh(a[2]), layers["sigmoid"](a[3])
        c = f * c + i * g
        h = o * np.tanh(c)
        kept.append((before, c, i, f, g, o))
        assert h == pytest.approx(y[:, t], abs=1e-12)
    dh, dc = np.zeros((B, H)), np.zeros((B, H))
    for t in reversed(range(T)):
        da, dc = layers["lstm_step_back"](dy[:, t] + dh, dc, *kept[t])
        dh = (da @ U.swapaxes(1, 2)).sum(axis=0)
        assert (da @ W.swapaxes(1, 2)).sum(axis=0) == pytest.approx(dx[:, t], abs=1e-12)


def test_the_way_back_of_the_student_is_right_for_one_note_and_wrong_for_more(layers):
    rng = np.random.default_rng(2)
    given = rng.uniform(0.1, 0.9, (8, 2, 3))
    student, right = layers["short_memory"], layers["lstm_step_back"]
    alone = [given[0], 0 * given[1], *given[2:]]
    assert all(np.allclose(a, b) for a, b in zip(student(*alone), right(*alone), strict=True))
    assert not np.allclose(student(*given)[1], right(*given)[1])


@pytest.mark.parametrize("joint", [False, True])
def test_a_score_hangs_on_the_notes_above_and_on_no_other(layers, joint):
    chords, rng = layers["Chords"](joint), np.random.default_rng(3)
    x = rng.normal(size=(1, 5 + 88))
    before = chords(x)
    other = x.copy()
    other[0, 5 + 40] += 1
    changed = (chords(other) != before)[0]
    assert changed.tolist() == [joint and n < 40 for n in range(88)]


def test_in_turn_a_third_is_one_of_the_two_and_apart_it_is_not(sources, layers):
    run(sources, ["draw-frame"], layers)
    rng, s = (
        np.random.default_rng(4),
        np.array([20.0, 0.0]),
    )  # E sounds half of the time; E flat, unless E does
    A = np.array([[0.0, 0.0], [-40.0, 0.0]])
    in_turn = np.array([layers["draw_frame"](s, A, rng.random(2)) for _ in range(200)])
    assert (in_turn.sum(axis=1) == 1).all() and 60 < in_turn[:, 1].sum() < 140
    apart = np.array([layers["draw_frame"](np.zeros(2), 0 * A, rng.random(2)) for _ in range(200)])
    assert 60 < (apart.sum(axis=1) != 1).sum() < 140


def test_gates_recall_what_the_plain_network_does_not(sources, layers):
    names = run(
        sources, ["recall"], layers | {"loss_function": nn.SparseCategoricalCrossentropy(from_logits=True)}
    )
    plain, gated = (names["recall"](Memory, 1, after=(40,))[0] for Memory in (nn.SimpleRNN, nn.GRU))
    assert plain < 0.6 < 0.9 < gated


def claims(sources, layers, learning_rate, capsys):
    names = layers | {"learning_rate": learning_rate}
    learn = sources["learn"].replace("learning_rate=0.015", f"learning_rate={learning_rate}")
    assert learning_rate == 0.015 or learn != sources["learn"]
    capsys.readouterr()
    run(sources | {"learn": learn}, TRAINED, names)
    printed = capsys.readouterr().out
    return {claim: f"{claim}: True" in printed for claim in CLAIMS if f"{claim}: " in printed}, names


def test_the_claims_hold_only_if_the_networks_learn(sources, layers, capsys):
    assert claims(sources, layers, 0.0, capsys)[0] == dict.fromkeys(CLAIMS, False)


def test_the_joint_network_learns_on_a_sixth_of_the_pieces_and_stays_a_distribution(sources, layers, capsys):
    names = claims(sources, layers, 0.015, capsys)[1]
    assert names["nats"]["GRU, joint"] < names["nats"]["GRU, separate"] - 1
    log_probs, past = names["models"]["GRU, joint"], names["valid"][0][:9]
    future = past.copy()
    future[6:] ^= np.random.default_rng(0).random(future[6:].shape) < 0.1
    assert np.array_equal(log_probs(past)[:6], log_probs(future)[:6])


def test_models_that_copy_are_marked_in_the_table_and_no_other(sources, layers):
    names = dict(layers)
    table = sources["table"].partition("def draw_table")[0]
    exec(table, names)
    for row in names["records"]("literature.csv"):
        copies = row["source"] == "python benchmarks/frame_models.py"
        assert ("copy of earlier" in row["model"]) == copies
        assert row["by"] == "course" or any(letter.isdigit() for letter in names["label"](row))


def test_the_lesson_says_how_often_music_repeats(sources):
    rows = {row["corpus"]: row for row in csv.DictReader(COPIES.read_text(encoding="utf-8").splitlines())}
    percent = {
        key: f"{100 * float(rows[corpus][column]):.0f} %"
        for key, corpus, column in (
            ("nottingham", "nottingham", "follow_a_match_of_4"),
            ("jsb", "jsb", "follow_a_match_of_4"),
            ("right", "nottingham", "copy_is_right"),
        )
    }
    text = sources["listen"]
    assert f"{percent['nottingham']} of Nottingham's" in text
    assert f"(JSB: {percent['jsb']})" in text and f"right in {percent['right']}" in text


def test_the_figures_in_the_prose_are_those_of_the_published_table(sources, layers):
    names = dict(layers)
    exec(sources["table"].partition("def draw_table")[0], names)
    test = {}
    for row in names["records"]("literature.csv"):
        bare = row["source"].endswith("--without-copy")
        test[row["corpus"], names["label"](row), row["kind"], bare] = f"{float(row['test']):.2f}"
    one = "one network for all notes"
    plain, gru, lstm = (test["jsb", memory, "factorised", False] for memory in ("SimpleRNN", "GRU", "LSTM"))
    bare, copies = (test["nottingham", one, "factorised", bare] for bare in (True, False))
    for text in (
        f"plain network gets {plain}, the GRU {gru}, the LSTM {lstm}:",
        f"{test['nottingham', 'GRU', 'factorised', False]} against 3.46",
        f"gets {bare} for {copies} there",
        f"{test['nottingham', one, 'joint', True]} against 2.31",
        f"on JSB {test['jsb', one, 'joint', True]} against 5.19",
    ):
        assert text in sources["listen"]
