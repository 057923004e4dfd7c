"""What stack_layers says is so: the claims it prints, what it says of all lines and folds, and its voices."""

import itertools

import lesson_cells
import numpy as np
import pytest
from lesson_cells import run

from musicml import nn

TOY = ("hear", "clock", "line", "dense", "two-layers")
ALTO = ("hear", "clock", "chorales", "contest", "test")


@pytest.fixture(scope="module")
def sources():
    return lesson_cells.sources("04_stack_layers")


@pytest.fixture(autouse=True)
def short_numbers_again():
    """The lesson computes in float64; the tests after it shall not."""
    yield
    nn.set_floatx("float32")


@pytest.mark.parametrize(("learning_rate", "earned"), [("0.3", True), ("0.0", False)])
def test_the_twelve_notes_are_learned_not_given(capsys, sources, learning_rate, earned):
    assert sources["bend"].startswith("learning_rate = 0.3\n")
    sources = sources | {"bend": sources["bend"].replace("0.3", learning_rate, 1)}
    run(sources, (*TOY, "bend"))
    assert f"all twelve right: {earned}\n" in capsys.readouterr().out


def test_every_start_learns_the_twelve_notes(sources):
    """The lesson shows one start, chosen because its picture is clear; the others arrive too."""
    names = run(sources, TOY)
    x, black = names["circle"](range(12)), names["black"]
    for seed in range(5):
        layers = [nn.Dense(8, activation="tanh"), nn.Dense(2), nn.Dense(1)]
        z = names["trained"](layers, x, 2000, 0.3, seed).predict(x)[:, 0]
        assert np.array_equal(z > 0, black)


@pytest.mark.parametrize(("learning_rate", "earned"), [("0.01", True), ("0.0", False)])
def test_layers_help_the_alto_only_when_they_learn(capsys, sources, learning_rate, earned):
    changed = sources["contest"].replace("nn.Adam(0.01)", f"nn.Adam({learning_rate})")
    assert changed.count(f"nn.Adam({learning_rate})") == 1
    run(sources | {"contest": changed}, ALTO)
    assert f"hidden layers add more than 10 points: {earned}\n" in capsys.readouterr().out


def test_no_line_does_better_than_8_on_any_of_many_lines(sources):
    """The lesson counts runs of neighbours; here lines in all directions are laid through the plane."""
    names = run(sources, TOY[:2])
    x, black = names["circle"](range(12)), names["black"]
    angles = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    heights = x @ np.stack([np.sin(angles), np.cos(angles)])  # (12, 720)
    called = heights[:, :, None] > np.linspace(-1.1, 1.1, 221)
    assert (called == black[:, None, None]).sum(axis=0).max() == 8
    fifths = names["circle"](range(12), 7) @ np.stack([np.sin(angles), np.cos(angles)])
    assert ((fifths[:, :, None] > np.linspace(-1.1, 1.1, 221)) == black[:, None, None]).all(axis=0).any()


def test_four_notes_need_two_units_and_get_them(sources):
    names = run(sources, (*TOY, "two-units"))
    z = names["two_layers"](names["circle"](range(4)), *(names[k] for k in ("W1", "b1", "W2", "b2")))
    np.testing.assert_allclose(z[:, 0], [-1, 1, -1, 1], atol=0.02)


def test_a_keyboard_is_its_own_mirror_at_d_and_g_sharp(sources):
    names = run(sources, TOY[:1])
    keys = np.arange(-60, 61)
    for middle, same in ((62, True), (68, True), (60, False), (65, False)):
        left, right = names["black"][(middle - keys) % 12], names["black"][(middle + keys) % 12]
        assert np.array_equal(left, right) == same


def test_hinges_go_through_their_points(sources):
    names = run(sources, (*TOY, "hinges"))
    x, y = np.array([-1.0, 0.0, 0.5, 2.0, 3.0]), np.array([0.3, -1.0, 2.0, 2.0, 5.0])
    np.testing.assert_allclose(names["two_layers"](x[:, None], *names["hinges"](x, y))[:, 0], y, atol=1e-12)


def test_the_sung_notes_are_those_that_the_lesson_counts(sources):
    names = run(sources, (*ALTO, "alto"))
    bach, network, plain = ([n.pitch for n in names["sung"][k].parts[1].notes] for k in ("Bach", "A", "B"))
    agree = [sum((p - q) % 12 == 0 for p, q in zip(bach, other, strict=True)) for other in (network, plain)]
    assert agree == [12, 8]
    assert 'which = "A"' in sources["which"]


def test_no_chorale_is_on_both_sides(sources):
    """Neither by name nor note for note in another key."""
    names = run(sources, ("hear", "clock", "chorales"))
    chorales, beats = names["chorales"], names["beats"]
    for one, other in itertools.combinations((chorales.train, chorales.valid, chorales.test), 2):
        assert not {c.name for c in one} & {c.name for c in other}
        music = [{((beats(c) - 7 * c.sharps) % 12).tobytes() for c in pieces} for pieces in (one, other)]
        assert not music[0] & music[1]
