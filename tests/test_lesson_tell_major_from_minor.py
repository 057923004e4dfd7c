"""What tell_major_from_minor says is so: labels, derivatives, the claim it prints, and its figures."""

import lesson_cells
import numpy as np
import pytest
from lesson_cells import run

from musicml import nn, score

DATA = ("setup", "shares", "read-labels", "sigmoid", "logistic", "softmax")
MODES = (*DATA, "train-modes")
KEYS = (*MODES, "train-keys", "test", "test-keys")


@pytest.fixture(scope="module")
def sources():
    return lesson_cells.sources("03_tell_major_from_minor")


@pytest.fixture(scope="module")
def lesson(sources):
    names = {"phrase": None}
    names.update(run({**sources, "shares": _before_the_plot(sources["shares"])}, KEYS))
    return names


def _before_the_plot(source):
    return source.partition("\n\n\nfig, ax")[0]


@pytest.mark.parametrize(("learning_rate", "earned"), [("1.0", True), ("0.0", False)])
def test_the_claim_is_false_without_learning(capsys, sources, learning_rate, earned):
    assert sources["train-modes"].startswith("learning_rate = 1.0\n")
    changed = sources | {
        "train-modes": sources["train-modes"].replace("1.0", learning_rate, 1),
        "shares": _before_the_plot(sources["shares"]),
    }
    run(changed, MODES)
    assert f"more than 97 in 100 right: {earned}\n" in capsys.readouterr().out


def test_the_label_is_not_the_third_of_the_last_chord(lesson):
    """173 training chorales end on a major third; half of them are in minor."""
    train = lesson["chorales"].train
    thirds = [score.final_third(c) for c in train]
    assert (thirds.count("major"), thirds.count("minor")) == (173, 8)
    assert lesson["y"].sum() == 90 and len(train) == 181
    assert all(score.signature_third(c.sharps, score.final_tonic(c)) for c in train)  # each has a label


def test_the_two_pieces_that_the_machine_misses_have_wrong_signatures(lesson):
    """No flat in the signature, and the minor third sounds at least five times as long as the major one."""
    p = lesson["sigmoid"](lesson["x"] @ lesson["w"] + lesson["b"])
    missed = [lesson["chorales"].train[i] for i in np.flatnonzero((p > 0.5) != lesson["y"])]
    assert [c.name for c in missed] == ["bwv4.8", "bwv62.6"]
    for piece in missed:
        tonic = score.final_tonic(piece)
        heard = np.roll(score.pitch_class_histogram(piece), -tonic)
        assert piece.sharps >= 0 and heard[3] > 5 * heard[4]


def test_the_functions_of_the_lesson_are_those_of_the_library(lesson):
    z = np.array([[0.5, -2.0, 3.0], [1.0, 1.0, -4.0]])
    np.testing.assert_allclose(lesson["sigmoid"](z), nn.activations.get("sigmoid")(z), rtol=1e-12)
    np.testing.assert_allclose(lesson["softmax"](z), nn.activations.get("softmax")(z), rtol=1e-12)
    two = lesson["softmax"](z[:, :2])[:, 0]
    np.testing.assert_allclose(two, lesson["sigmoid"](z[:, 0] - z[:, 1]), rtol=1e-12)  # (3.11)


def test_the_template_is_the_same_model_with_other_weights(lesson):
    """Correlating with 24 profiles chooses as a weighted sum does."""
    heard = lesson["there"]
    profiles = np.array([[np.roll(p, t) for t in range(12)] for p in score.keys.PROFILES["kostka-payne"]])
    W = profiles.reshape(24, 12).T
    W = (W - W.mean(axis=0)) / np.linalg.norm(W - W.mean(axis=0), axis=0)
    assert ((heard @ W).argmax(axis=1) == lesson["template_keys"](heard, "kostka-payne")).all()


def test_wilson_agrees_with_scipy(lesson):
    from scipy.stats import binomtest

    for right, n in ((156, 156), (118, 156), (14, 156)):
        share, low, high = lesson["wilson"](np.arange(n) < right)
        expected = binomtest(right, n).proportion_ci(method="wilson")
        assert share == right / n
        np.testing.assert_allclose((low, high), (expected.low, expected.high), atol=1e-4)


def test_mistakes_are_neighbours_and_no_decision_hangs_on_the_last_digits(lesson):
    guess, key = lesson["guess"], lesson["key_test"]
    wrong = guess != key
    steps = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
    scales = [{(k + s) % 12 for s in steps[k // 12]} for k in range(24)]
    common = [len(scales[a] & scales[b]) for a, b in zip(guess[wrong], key[wrong], strict=True)]
    assert len(common) == 38 and sum(n >= 6 for n in common) == 36
    assert ((guess == 9 + 12) & (key == 4 + 12)).sum() == 6  # E minor called A minor
    for model, hear in lesson["ears"].values():
        heard = lesson["inputs"](lesson["chorales"].test, 0 * key, hear)
        z = np.sort(model.predict(heard), axis=1)
        assert (z[:, -1] - z[:, -2]).min() > 1e-4
