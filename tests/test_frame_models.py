"""One network for every note of a frame: that it never looks ahead, that its probabilities sum to 1."""

import itertools

import numpy as np
import pytest

from musicml import nn, recipes, score, twin
from musicml.baselines import NoteByNote, frame_log_probs, sample_roll
from musicml.errors import MusicMLError, ShapeError
from musicml.score import notes_above, notes_see, planes

ORDERS = [(), ("down",), ("up",), ("down", "up")]
N = 8  # pitches of the toy; the outer ones are never heard, so that the network is not asked about them


def toy_roll(T=24, seed=0):
    """A roll that repeats itself, so that the copy has something to point at: (T, N)."""
    rng = np.random.default_rng(seed)
    phrase = rng.random((6, N)) < 0.35
    phrase[:, [0, -1]] = False
    phrase[0, [1, -2]] = True
    roll = np.tile(phrase, (T // 6 + 1, 1))[:T]
    roll[rng.integers(0, T, 3), 3] ^= True
    return roll


def toy_model(orders=(), seed=1, scale=3.0, L=nn):
    """A network with large random weights: not one that knows music, but one that uses all it sees."""
    model = NoteByNote(None, [toy_roll()], orders)
    model.network = recipes.note_by_note(L, units=(12, 8), dropout=0.0)
    sees = model.inputs(toy_roll(2), *orders[:1]).shape[-1]
    model.network.build((None, model.P, sees))
    rng = np.random.default_rng(seed)
    model.network.set_weights(
        [scale * rng.standard_normal(w.shape) / np.sqrt(len(w)) for w in model.network.get_weights()]
    )
    return model


@pytest.mark.parametrize("orders", ORDERS)
def test_the_future_changes_no_earlier_log_p(orders):
    model, roll = toy_model(orders), toy_roll()
    before = model.log_probs(roll)
    for t in range(1, len(roll)):
        other = roll.copy()
        other[t:] ^= np.random.default_rng(t).random(other[t:].shape) < 0.5
        other[t, 2] = ~roll[t, 2]
        after = model.log_probs(other)
        assert np.array_equal(after[:t], before[:t])
        assert after[t] != before[t]
        assert np.array_equal(model.log_probs(roll[:t]), before[:t])


def test_everything_a_note_sees_lies_before_it():
    roll = np.random.default_rng(0).random((40, 30)) < np.tile([0.2, 0.05, 0.02], 10)
    seen = notes_see(roll, lowest=20)
    for t in (1, 2, 17, 39):
        other = roll.copy()
        other[t:] ^= True
        assert np.array_equal(notes_see(other, lowest=20)[: t + 1], seen[: t + 1])
    other = roll.copy()
    other[17] ^= True
    assert (notes_see(other, lowest=20)[18] != seen[18]).any()


@pytest.mark.parametrize("order", ["down", "up"])
def test_a_note_decided_later_changes_no_earlier_decision(order):
    model, roll = toy_model((order,)), toy_roll()
    z = model.logits(model.inputs(roll, order))
    for n in range(model.P):
        other = roll.copy()
        other[-1, model.lowest + n] ^= True
        changed = model.logits(model.inputs(other, order)) != z
        decided_first = np.arange(model.P) >= n if order == "down" else np.arange(model.P) <= n
        assert not changed[:-1].any()
        assert not changed[-1][decided_first].any()
        assert changed[-1][~decided_first].any() or decided_first.all()


@pytest.mark.parametrize("orders", ORDERS)
def test_the_probabilities_of_all_frames_sum_to_1(orders):
    model, roll = toy_model(orders), toy_roll(9)
    total, unheard = 0.0, 0.0
    for frame in itertools.product([False, True], repeat=N):
        p = np.exp(model.log_probs(np.concatenate([roll, [frame]]))[-1])
        total += p
        unheard += p * (frame[0] or frame[-1])
    assert total == pytest.approx(1, abs=1e-9)
    assert 0 < unheard < 0.15  # notes outside the range of the network are possible, not likely


def test_a_joint_model_knows_that_notes_form_chords_and_a_factorised_one_does_not():
    def dependence(model):
        roll = toy_roll(9)
        p = {
            pair: sum(
                np.exp(model.log_probs(np.concatenate([roll, [[False, *pair, *rest]]]))[-1])
                for rest in itertools.product([False, True], repeat=N - 3)
            )
            for pair in itertools.product([False, True], repeat=2)
        }
        return abs(p[True, True] * p[False, False] - p[True, False] * p[False, True])

    assert dependence(toy_model(())) < 1e-12
    assert dependence(toy_model(("down",))) > 1e-6


def test_both_orders_are_mixed_with_a_half_each():
    model, roll = toy_model(("down", "up")), toy_roll()
    outside = [0, N - 1]
    alone = frame_log_probs(
        np.broadcast_to(model.z, roll.shape)[:, outside], roll[:, outside], from_logits=True
    )
    p = [
        np.exp(
            frame_log_probs(model.logits(model.inputs(roll, order)), model.asked(roll), from_logits=True)
            + alone
        )
        for order in ("down", "up")
    ]
    assert np.abs(np.log(p[0] / p[1])).max() > 0.1
    assert np.exp(model.log_probs(roll)) == pytest.approx((p[0] + p[1]) / 2, rel=1e-9)


@pytest.mark.parametrize("orders", [(), ("down", "up")])
def test_numpy_and_keras_agree_with_the_same_weights(orders):
    ours = toy_model(orders, scale=1.0)
    theirs = toy_model(orders, scale=1.0, L=twin)
    twin.copy_weights(ours.network, theirs.network)
    roll = toy_roll()
    x = ours.inputs(roll, *orders[:1])
    a, b = ours.logits(x), theirs.logits(x)
    assert np.abs(a - b).max() / (np.abs(b).max() + 1e-6) <= 2e-5
    assert ours.log_probs(roll) == pytest.approx(theirs.log_probs(roll), rel=1e-4)


@pytest.mark.parametrize("semitones", [-5, 2, 12])
def test_moved_music_looks_the_same_but_for_pitch_class_and_register(semitones):
    roll = np.zeros((30, 50), bool)
    roll[:, 12:38] = np.random.default_rng(3).random((30, 26)) < 0.15
    seen, moved = notes_see(roll), notes_see(score.transpose_roll(roll, semitones))
    notes = np.arange(max(0, -semitones), 50 - max(0, semitones))
    differ = (seen[:, notes] != moved[:, notes + semitones]).any(axis=(0, 1))
    assert differ.sum() == len(planes.REGISTERS) + 12 * (semitones % 12 != 0)
    assert np.array_equal(
        notes_above(roll)[:, notes], notes_above(score.transpose_roll(roll, semitones))[:, notes + semitones]
    )


def test_the_copy_shows_what_followed_and_how_long_the_match_is():
    roll = np.zeros((7, 20), bool)
    for t, pitch in enumerate([5, 7, 9, 12, 5, 7, 9]):
        roll[t, pitch] = True
    longer = np.concatenate([roll, np.zeros((1, 20), bool)])  # after 5 7 9 came 12
    part = planes.around_copy(longer, longer, 2)
    copied, length = part[7, :, 2], part[7, 0, 5 : 5 + len(planes.LENGTHS)]
    assert np.flatnonzero(copied).tolist() == [12]
    assert length.tolist() == [1, 1, 1, 0, 0, 0]  # at least 1, 2, 3, not 4, 6, 12
    assert part[4].sum() == 0  # 12 was never heard before, so nothing is known of what follows


def test_notes_above_counts_and_measures():
    roll = np.zeros((1, 40), bool)
    roll[0, [10, 14, 30]] = True
    seen = notes_above(roll)[0]
    assert np.flatnonzero(seen[10, :36]).tolist() == [3, 19]  # 4 and 20 semitones above
    assert seen[10, 36:41].tolist() == [1, 1, 0, 0, 0]
    assert seen[10, 41] == np.float32(4 / 36)
    assert seen[35, :41].sum() == 0 and seen[35, 41] == 1


def test_the_note_that_is_due_is_the_next_one_of_the_expected_frame():
    roll, expected = np.zeros((1, 40), bool), np.zeros((1, 40), bool)
    roll[0, [20, 30]], expected[0, [9, 18, 31]] = True, True
    seen = notes_above(roll, [expected])[0, :, 42:]
    for note, due in ((32, 31), (25, 18), (12, 9)):  # with no note, one, two decided
        assert np.flatnonzero(seen[note]).tolist() == [note - due + planes.DUE]
    more = roll.copy()
    more[0, 15] = True
    assert not notes_above(more, [expected])[0, 12, 42:].any()  # four notes where three are expected


@pytest.mark.parametrize("orders", [(), ("down",), ("down", "up")])
def test_samples_come_as_often_as_the_model_says(orders):
    model, roll = toy_model(orders, scale=1.5), toy_roll(7)
    rng, draws = np.random.default_rng(0), 1000
    longer = np.concatenate([roll, roll[:1]])
    past, expected = model.past(longer)[-1:], [other[-1:] for other in model.expected(longer)]
    drawn = np.array([model.decide(past, expected, rng) for _ in range(draws)])
    assert not drawn[:, [0, -1]].any()
    frames = [[False, *middle, False] for middle in itertools.product([False, True], repeat=N - 2)]
    p = np.array([np.exp(model.log_probs(np.concatenate([roll, [frame]]))[-1]) for frame in frames])
    p /= p.sum()
    counts = np.array([(drawn == frame).all(axis=1).sum() for frame in frames])
    assert counts.sum() == draws
    likely = p * draws > 5
    chi_square = ((counts - draws * p)[likely] ** 2 / (draws * p)[likely]).sum()
    assert chi_square < likely.sum() + 5 * np.sqrt(2 * likely.sum())


def test_a_roll_is_continued_and_becomes_a_score():
    model, prompt = toy_model(("down", "up")), toy_roll(6)
    roll = sample_roll(model, 5, prompt, seed=3)
    assert roll.shape == (11, N) and np.array_equal(roll[:6], prompt)
    assert np.array_equal(roll, sample_roll(model, 5, prompt, seed=3))
    alone = sample_roll(model, 4)
    assert alone.shape == (5, N) and np.array_equal(alone[0], toy_roll()[0])
    music = score.from_pianoroll(roll, steps_per_beat=1, lowest=60)
    assert music.duration <= 11
    with pytest.raises(MusicMLError, match="above 0"):
        sample_roll(model, 4, temperature=0)
    with pytest.raises(MusicMLError, match=r"expected \(T, 8\)"):
        sample_roll(model, 4, prompt=prompt[:, :4])


def test_a_cold_sample_is_the_likelier_decision_of_each_note():
    model, prompt = toy_model(()), toy_roll(6)
    longer = np.concatenate([prompt, np.zeros((1, N), bool)])
    z = model.logits(model.inputs(longer))[-1]
    frame = model.sample(prompt, np.random.default_rng(0), temperature=1e-6)
    assert np.array_equal(model.asked(frame[None])[0], z > 0)


def test_wrong_arguments_are_explained():
    with pytest.raises(MusicMLError, match='unknown order "dwn"; did you mean "down"'):
        NoteByNote(None, [toy_roll()], ("dwn",))
    with pytest.raises(MusicMLError, match="without a note"):
        NoteByNote(None, [np.zeros((4, 8), bool)])
    with pytest.raises(ShapeError, match=r"expected \(T, P\)"):
        notes_see(np.zeros(5))
    with pytest.raises(
        ShapeError, match=r"an expected roll of shape \(4, 8\) beside a roll of shape \(5, 8\)"
    ):
        notes_above(np.zeros((5, 8)), [np.zeros((4, 8))])
    model = toy_model(("down", "up"))
    for roll in (np.zeros((4, 5)), np.zeros(8)):
        with pytest.raises(ShapeError, match=rf"received a roll of shape .*expected \(T, {N}\)"):
            model.log_probs(roll)
        with pytest.raises(ShapeError, match=rf"expected \(T, {N}\)"):
            model.sample(roll, np.random.default_rng(0))
    with pytest.raises(MusicMLError, match="temperature=nan"):
        sample_roll(model, 4, temperature=float("nan"))
    for frames in (-3, 2.5):
        with pytest.raises(MusicMLError, match=f"frames={frames}, expected a whole number"):
            sample_roll(model, frames)
