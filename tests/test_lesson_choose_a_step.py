"""What choose_a_step says is so: its claims, from other starts too, and its code beside the library's."""

import inspect

import lesson_cells
import numpy as np
import pytest
from lesson_cells import run

from musicml import nn

SETUP = ("setup", "clocks", "singer", "hear")


@pytest.fixture(scope="module")
def cells():
    return lesson_cells.sources("06_choose_a_step")


@pytest.fixture(scope="module", autouse=True)
def precision():
    before = nn.floatx()
    yield
    nn.set_floatx(before)


@pytest.fixture(scope="module")
def opening(cells):
    return run(cells, SETUP)


@pytest.fixture
def names(opening):
    """What the opening defines; a test may change it, and the lesson's functions keep their own."""
    nn.set_floatx("float64")
    return dict(opening)


def test_the_rates_of_the_beginning_are_those_of_the_grid(capsys, cells, names):
    run(cells, ["hear-picture", "grid"], names)
    assert "as at the beginning: True\n" in capsys.readouterr().out
    assert names["chosen"] == names["best"]


def test_that_claim_is_false_without_learning(capsys, cells, names):
    names["rules"] = {name: lambda rate, L=nn: L.SGD(0.0) for name in names["rules"]}
    run(cells, ["hear-picture", "grid"], names)
    assert "as at the beginning: False\n" in capsys.readouterr().out


def test_adam_is_ahead_of_plain_descent_from_other_starts_too(names):
    for seed in (11, 12):
        errors = {
            name: names["practise"](rule(names["best"][name]), 51, seed)[1][-1]
            for name, rule in names["rules"].items()
        }
        assert min(errors, key=errors.get) in ("Adam", "momentum")
        assert errors["Adam"] < errors["SGD"] / 3 and errors["Adam"] < errors["RMSprop"] / 2


def silent(names, model):
    """The part of each hidden layer's units that fire at no note."""
    h, parts = names["x"], []
    for layer in model.layers[:6]:
        h = layer(h)
        parts.append(np.mean(np.sum(h > 0, axis=0) == 0))
    return parts


def test_a_fresh_singer_has_a_few_dead_units_and_long_steps_kill_a_layer(names):
    assert f"{np.mean(silent(names, names['singer']())):.0%}" == "4%"
    model, _ = names["practise"](nn.Adam(0.3), 100, seed=1)  # from another start too
    assert max(silent(names, model)) == 1 and np.ptp(names["sung"](model)) < 1e-6


def test_the_promise_of_the_first_weights_holds_on_average_over_starts(names):
    factors = []
    for seed in range(8):
        h, sums = names["x"], []
        for layer in names["singer"](seed).layers[:6]:
            sums.append(h @ layer.kernel)
            h = np.maximum(sums[-1], 0)
        factors.append((sums[5].std() / sums[0].std()) ** (1 / 5))
    assert abs(np.mean(factors) - 1) < 0.05 and min(factors) < 1 < max(factors)


def test_warm_up_and_clipping_rescue_from_other_starts_too(cells, names):
    exec(cells["schedule"].split("\n\n\ndef after_400")[0], names)
    practise, wrong, sung = names["practise"], names["wrong"], names["sung"]
    assert wrong(sung(practise(nn.Adam(0.15), 400, seed=3)[0])) > 3
    assert wrong(sung(practise(nn.Adam(names["schedule"](0.15, 40)), 400, seed=3)[0])) < 0.01
    assert np.isinf(practise(nn.SGD(0.3), 50, seed=3)[1][-1])
    assert wrong(sung(practise(nn.SGD(0.3, global_clipnorm=1.0), 400, seed=3)[0])) < 0.01


def test_warm_up_is_no_licence(cells, names):
    exec(cells["schedule"].split("\n\n\ndef after_400")[0], names)
    make = lambda: nn.Adam(names["schedule"](0.2, 40))  # noqa: E731
    lost = [names["wrong"](names["sung"](names["practise"](make(), 400, seed)[0])) > 3 for seed in range(4)]
    assert sum(lost) == 2


def test_the_schedule_is_the_library_s(cells, names):
    exec(cells["schedule"].split("\n\n\ndef after_400")[0], names)
    ours, library = names["schedule"](0.1, 40), nn.CosineDecay(0.0, 360, warmup_target=0.1, warmup_steps=40)
    steps = range(0, 450, 7)
    np.testing.assert_allclose([ours(t) for t in steps], [library(t) for t in steps], atol=1e-15)


def test_clip_leaves_short_gradients_alone(cells, names):
    run(cells, ["clip"], names)
    gradients = [np.array([[0.3, -0.4]]), np.array([1.2])]  # together of length 1.3
    for limit in (0.5, 1.3, 4.0):
        ours = names["clip"](gradients, limit)
        for a, b in zip(ours, nn.SGD(global_clipnorm=limit).clipped(gradients), strict=True):
            np.testing.assert_allclose(a, b)
    np.testing.assert_array_equal(names["clip"](gradients, 4.0)[0], gradients[0])


def test_the_momentum_that_is_shown_is_the_library_s(cells):
    shown = cells["rmsprop-intro"].split("```python\n")[1].split("```")[0]
    library = inspect.getsource(nn.SGD.update)
    assert len(shown.splitlines()) == 5
    assert all(line.strip() in library for line in shown.splitlines())


def test_the_best_beta_of_the_slider(cells, names):
    run(cells, ["hear-picture", "valley"], names)
    needed = {
        beta: names["run"](nn.SGD(0.3, momentum=beta), *names["valley"](0))[1]
        for beta in np.arange(0, 0.99, 0.02).round(2)
    }
    assert 0.86 <= min(needed, key=needed.get) <= 0.9
