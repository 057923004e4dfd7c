"""What send_errors_back says is so: the numbers on paper, the claim it prints, and the slip that trains."""

import lesson_cells
import numpy as np
import pytest
from lesson_cells import run

from musicml import nn

SETUP = ("setup", "hear", "ear", "tiny", "dense-backward", "two-layers", "data")
TRAINED = (*SETUP, "slip", "chorale", "train", "accuracy")


@pytest.fixture(scope="module")
def sources():
    found = lesson_cells.sources("05_send_errors_back")
    found["slip"], _ = found["slip"].split("\n\n\ntry:")  # the class alone: the rest wants float64
    return found


@pytest.fixture(scope="module")
def trained(sources):
    return run(sources, TRAINED)


def test_the_claim_is_false_without_learning(capsys, sources):
    assert sources["train"].startswith("learning_rate = 0.3\n")
    changed = sources | {"train": sources["train"].replace("0.3", "0.0", 1)}
    run(changed, TRAINED)
    assert "more than eight in ten right: False\n" in capsys.readouterr().out


def test_the_claim_is_true_as_printed(trained):
    assert trained["right"](trained["model"]).mean() > 0.8


def test_the_forgetful_layer_is_hardly_better_than_none_from_another_seed_too(trained):
    x, y, right = trained["x"], trained["y"], trained["right"]
    for seed in (2,):
        shares = []
        for hidden in ([], [trained["Forgetful"](16, activation="relu")], [nn.Dense(16, activation="relu")]):
            model = nn.Sequential([*hidden, nn.Dense(12)], seed=seed)
            criterion = nn.SparseCategoricalCrossentropy(from_logits=True)
            model.compile(optimizer=nn.SGD(0.3), loss=criterion)
            model.fit(x, y, epochs=100, verbose=0)
            shares.append(right(model).mean())
        none, forgetful, ours = shares
        assert forgetful < none + 0.05 and ours > none + 0.6


def test_the_numbers_of_exercise_1(sources):
    names = run(sources, ("setup", "tiny"))
    names["b1"][:] = 0, -0.5
    slopes = names["touched"](names["W1"], names["tiny_loss"])
    np.testing.assert_allclose(slopes[1, 1], 6, atol=1e-5)
    assert "predict_blame = 6.0" in sources["predict"]
