"""Models of four voices: what they know, that they know no more, and that their probabilities sum to 1."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from musicml import nn, recipes
from musicml.apps import four_voices
from musicml.baselines import VoiceCopy, VoiceCounts
from musicml.errors import MusicMLError, ShapeError
from musicml.score import voice_choices as choices
from musicml.score import voice_facts as facts

FOLDER = str(Path(__file__).parent.parent / "benchmarks")
with pytest.MonkeyPatch.context() as patch:  # a benchmark imports others from its folder
    patch.syspath_prepend(FOLDER)
    BENCHMARK = runpy.run_path(f"{FOLDER}/jsb16.py")
STEPS = 40


def piece(seed, steps=STEPS, rests=True):
    """Four voices that wander by steps, rest now and then, leap far once, and repeat their first half."""
    rng = np.random.default_rng(seed)
    leaps = rng.choice([-2, -1, 1, 2, 5, -5], (steps // 2, 4)) * (rng.random((steps // 2, 4)) < 0.4)
    half = (np.array([70, 65, 58, 50]) + np.cumsum(leaps, axis=0)).clip(34, 84)
    half[5, 3] -= 17
    if rests:
        half[7:9, 1] = -1
    return np.concatenate([half, half]).astype(np.int16)


def other_from(grid, t, v):
    """The piece with other music from voice v of step t on; all before it stays."""
    other, new = grid.copy(), piece(9, rests=False)
    new[new == grid] += 1
    other[t + 1 :], other[t, v:] = new[t + 1 :], new[t, v:]
    return other


@pytest.fixture(scope="module")
def network():
    """The network with weights that are far from zero, so that everything it is told matters."""
    model, rng = four_voices.network(units=5, hidden=6), np.random.default_rng(0)
    model.set_weights([0.5 * rng.standard_normal(w.shape) for w in model.get_weights()])
    return model


@pytest.fixture(scope="module")
def counts():
    return VoiceCounts().fit([piece(seed) for seed in range(5)])


@pytest.fixture(scope="module", params=["network", "counts", "copy"])
def class_log_probs(request, network, counts):
    """grid -> (T, 4, 27), of each kind of model."""
    copy = VoiceCopy().fit([piece(0), piece(1)])
    return {
        "network": lambda grid: four_voices.class_log_probs(network, grid),
        "counts": counts.class_log_probs,
        "copy": copy.class_log_probs,
    }[request.param]


@pytest.mark.parametrize("t", [0, 1, 8, 21, STEPS - 1])
@pytest.mark.parametrize("v", range(4))
def test_neither_the_future_nor_the_voices_below_are_known(class_log_probs, t, v):
    grid = piece(3)
    other = other_from(grid, t, v)
    assert (other[t, v:] != grid[t, v:]).all()
    a, b = class_log_probs(grid), class_log_probs(other)
    np.testing.assert_allclose(a[:t], b[:t], rtol=0, atol=1e-5)
    np.testing.assert_allclose(a[t, : v + 1], b[t, : v + 1], rtol=0, atol=1e-5)


@pytest.mark.parametrize("v", range(4))
def test_the_facts_end_where_the_voice_is_written(v):
    grid = piece(3)
    for t in (0, 1, 8, 21, STEPS - 1):
        other = other_from(grid, t, v)
        np.testing.assert_array_equal(facts.view(grid, v)[: t + 1], facts.view(other, v)[: t + 1])
        np.testing.assert_array_equal(facts.step_facts(grid)[: t + 1], facts.step_facts(other)[: t + 1])
        # What is known of a piece is known of its beginning: the length is not told.
        np.testing.assert_array_equal(facts.view(grid[: t + 1], v)[t], facts.view(grid, v)[t])


def test_what_is_known_is_heard(network):
    """The past, the voices above at this step, and the place since the beginning change the answer."""
    grid, t = piece(3), 25
    p = four_voices.class_log_probs(network, grid)
    for change in (lambda g: g.__setitem__((t, 0), g[t, 0] + 1), lambda g: g.__setitem__((t - 1, 3), 47)):
        other = grid.copy()
        change(other)
        assert np.abs(four_voices.class_log_probs(network, other)[t, 1:] - p[t, 1:]).max(axis=1).min() > 1e-3
    later = np.vstack([grid[:2], grid])  # the same music, two steps later
    assert not np.allclose(facts.view(later, 1)[t + 2], facts.view(grid, 1)[t])


def test_probabilities_of_all_choices_sum_to_one(class_log_probs):
    grid = piece(4)
    p = choices.pitch_log_probs(class_log_probs(grid), choices.homes(grid))
    assert p.shape == (STEPS, 4, 129)
    np.testing.assert_allclose(np.exp(p).sum(axis=-1), 1, rtol=1e-9)


def test_what_was_sung_is_one_of_the_choices(class_log_probs):
    grid = piece(4)
    p = choices.pitch_log_probs(class_log_probs(grid), choices.homes(grid))
    took = np.where(grid == -1, 128, grid).astype(int)
    assert (choices.answers(grid) == choices.ELSEWHERE).any() and (grid == -1).any()
    sung = np.take_along_axis(p, took[..., None], axis=-1)[..., 0]
    np.testing.assert_allclose(choices.sung_log_probs(class_log_probs(grid), grid), sung, rtol=1e-12)


def test_composing_asks_what_scoring_asks(network, monkeypatch):
    """Each probability that a note was drawn from is the one that the finished piece is scored with."""
    asked, draw = [], four_voices.draw
    monkeypatch.setattr(four_voices, "draw", lambda *a: asked.append(a[1]) or draw(*a))
    grid = four_voices.compose(network, 24, seed=1, prompt=piece(3)[:4])
    scored = choices.pitch_log_probs(four_voices.class_log_probs(network, grid), choices.homes(grid))
    np.testing.assert_array_equal(grid[:4], piece(3)[:4])
    np.testing.assert_allclose(np.reshape(asked, (20, 4, 129)), scored[4:], atol=1e-4)
    np.testing.assert_array_equal(grid, four_voices.compose(network, 24, seed=1, prompt=piece(3)[:4]))
    assert (grid != four_voices.compose(network, 24, seed=2, prompt=piece(3)[:4])).any()


def test_voices_keep_to_their_ranges(network):
    learned = [np.array([[72, 65, 60, 50], [74, -1, 60, 48]]), np.array([[71, 66, 60, 50]])]
    ranges = four_voices.ranges(learned)
    assert ranges.tolist() == [[71, 74], [65, 66], [60, 60], [48, 50]]
    kept, free = (four_voices.compose(network, 24, ranges=r) for r in (ranges, None))
    fits = lambda grid: (grid == -1) | ((ranges[:, 0] <= grid) & (grid <= ranges[:, 1]))  # noqa: E731
    assert fits(kept).all() and (kept[:, 2] == 60).any() and not fits(free).all()
    with pytest.raises(ShapeError, match=r"ranges of shape \(2,\), expected \(4, 2\)"):
        four_voices.compose(network, 4, ranges=(40, 80))


@pytest.mark.parametrize("prompt", [np.zeros((3, 2), int), np.zeros((9, 4), int)])
def test_a_prompt_that_does_not_fit_is_refused(network, prompt):
    with pytest.raises(ShapeError, match="of 8 steps, expected"):
        four_voices.compose(network, 8, prompt=prompt)


@pytest.mark.parametrize("grid", [np.zeros((5, 3), int), np.zeros((0, 4), int)])
def test_a_grid_that_is_not_four_voices_is_refused(network, grid):
    for asked in (lambda: four_voices.log_probs(network, grid), lambda: choices.answers(grid)):
        with pytest.raises(ShapeError, match=r"expected \(T, 4\) with at least one step"):
            asked()


@pytest.mark.parametrize(
    "wrong", [{"steps": -1}, {"steps": 2.5}, {"temperature": -1}, {"temperature": np.nan}]
)
def test_a_piece_of_no_length_or_temperature_is_refused(network, wrong):
    with pytest.raises(
        MusicMLError, match="expected a whole number of sixteenths and a temperature of 0 or more"
    ):
        four_voices.compose(network, **{"steps": 4, **wrong})


def test_weights_come_back_from_a_file(network, tmp_path):
    nn.save_weights(network, tmp_path / "voices.npz")
    again = four_voices.load(tmp_path / "voices.npz", units=5, hidden=6)
    np.testing.assert_array_equal(
        four_voices.log_probs(again, piece(3)), four_voices.log_probs(network, piece(3))
    )


def test_branches_need_a_width_each():
    with pytest.raises(MusicMLError, match="a trunk and 2 branches, but 2 widths"):
        nn.Branches(nn.Dense(2), [nn.Dense(3), nn.Dense(3)], [2, 1])


def test_numpy_and_keras_agree(network):
    from musicml import twin

    model = four_voices.network(twin, units=5, hidden=6)
    twin.copy_weights(network, model)
    x = facts.inputs(piece(3))[None]
    theirs = np.asarray(twin.keras.ops.convert_to_numpy(model(x)))
    np.testing.assert_allclose(network(x), theirs, atol=1e-4)


def test_moved_music_is_seen_alike(monkeypatch):
    """When the places where the voices begin move too, nothing tells how high the music is."""
    grid = piece(3)
    here = facts.inputs(grid)
    monkeypatch.setattr(choices, "FIRST", tuple(pitch + 1 for pitch in choices.FIRST))
    np.testing.assert_array_equal(facts.inputs(np.where(grid == -1, -1, grid + 1)), here)


def test_counting_beats_copying_and_chance(counts):
    held_out = [piece(seed) for seed in range(20, 24)]
    loss = {
        model: -np.mean([model.log_probs(g) for g in held_out])
        for model in (counts, VoiceCopy().fit(held_out))
    }
    counted, copied = loss.values()
    assert counted < copied < np.log(129)


@pytest.mark.parametrize("v", range(4))
def test_pointers_find_what_was_heard(v):
    """In the second half, note for note the first, the longest stretch points at what comes."""
    grid, late = piece(5), np.arange(STEPS) >= STEPS // 2 + 8
    again, length = facts.pointers(grid, v)[0]
    assert (again == choices.answers(grid)[:, v])[late].all() and (length[late] >= 8).all()
    grid = grid + 3 * (grid != -1) * (np.arange(STEPS) >= STEPS // 2)[:, None]
    again, length = facts.pointers(grid, v)[1]  # three semitones higher: found at any pitch
    assert (again == choices.answers(grid)[:, v])[late].all() and (length[late] >= 7).all()


def test_widths_are_those_of_the_rows():
    assert sum(facts.widths()) == facts.inputs(piece(0)).shape[1]
    model = recipes.four_voices(nn, facts.widths(), units=3, hidden=2)
    assert model(facts.inputs(piece(0))[None]).shape == (1, STEPS, 4, choices.CLASSES)


def test_each_step_is_trained_on_once_an_epoch():
    """Windows cut every piece, elsewhere in each epoch; what is shorter than a window has no weight."""
    grids = [piece(0, 300), piece(1, 130), piece(2, 40)]
    pieces = [(facts.inputs(grid), choices.answers(grid)) for grid in grids]
    rng = np.random.default_rng(0)
    one, two = BENCHMARK["windows"](pieces, rng), BENCHMARK["windows"](pieces, rng)
    assert sorted(one) != sorted(two)
    for n, grid in enumerate(grids):
        steps = np.concatenate([np.arange(a, b) for k, a, b in one if k == n])
        assert sorted(steps) == list(range(len(grid)))
    assert max(b - a for _, a, b in one) <= BENCHMARK["STEPS"]
    x, y, weight = next(BENCHMARK["batches"](pieces * 8, rng))
    assert x.shape[:2] == y.shape[:2] == weight.shape[:2]
    assert weight.mean() == pytest.approx(1) and (y[weight == 0] == 0).all()


def test_changes_and_hits_are_counted_by_hand():
    grid = np.array([[72, 65, 60, 50], [72, 67, 60, 50], [74, 67, -1, 50]], np.int16)
    changed = BENCHMARK["changes"](grid)
    assert np.argwhere(changed).tolist() == [[1, 1], [2, 0], [2, 2]]
    staying = np.log(np.eye(choices.CLASSES)[np.full((3, 4), choices.STAY)] + 1e-9)
    right, where = BENCHMARK["hits"]([staying], [grid])
    assert not right[where].any() and right[1:][~where[1:]].all()


def test_the_page_is_made_from_the_table():
    rows = BENCHMARK["read"]()
    assert BENCHMARK["page"](rows) == BENCHMARK["PAGE"].read_text(encoding="utf-8")
    losses = [float(row["test"]) for row in rows]
    assert losses == sorted(losses, reverse=True) and losses[-1] <= 0.40
