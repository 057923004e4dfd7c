"""Baselines, sampling and statistics: properties, and small cases worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicml import baselines, evaluate, generate, recipes, score
from musicml.errors import MusicMLError
from musicml.nn import Sequential

V = 6
TRAIN = [[0, 1, 2, 1, 2, 3], [0, 1, 2, 2, 5]]
MODELS = {
    "chance": lambda: baselines.Chance(V),
    "copy": lambda: baselines.CopyPrevious(V).fit(TRAIN),
    **{f"order {n}": lambda n=n: baselines.MarkovChain(n, V).fit(TRAIN) for n in range(4)},
}
every_model = pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)


@every_model
@pytest.mark.parametrize("context", [[0], [0, 1], [4, 4, 4], [0, 1, 2, 1]])
def test_probabilities_sum_to_one(make, context):
    p = np.exp(make().next_log_probs(np.array(context)))
    assert p.shape == (V,) and (p > 0).all()
    np.testing.assert_allclose(p.sum(), 1)


@every_model
def test_log_probs_are_those_of_the_whole_distribution(make):
    model, tokens = make(), np.array([0, 1, 4, 2, 1, 5])
    expected = [model.next_log_probs(tokens[:n])[tokens[n]] for n in range(1, len(tokens))]
    np.testing.assert_allclose(model.log_probs(tokens), expected)


def test_bigram_by_hand():
    model = baselines.MarkovChain(1, V, strength=2).fit(TRAIN)
    unigram_2 = (4 + 2 / V) / (9 + 2)  # 2 came four times among nine tokens after the first
    after_1 = (3 + 2 * unigram_2) / (3 + 2)  # after 1 always came 2, three times
    np.testing.assert_allclose(np.exp(model.next_log_probs([1])[2]), after_1)


def test_longer_memory_fits_its_own_data_better():
    nats = [evaluate.nats_per_note([MODELS[f"order {n}"]().log_probs(t) for t in TRAIN]) for n in range(3)]
    assert nats[0] > nats[1] > nats[2]
    np.testing.assert_allclose(
        evaluate.perplexity(evaluate.nats_per_note([baselines.Chance(V).log_probs(TRAIN[0])])), V
    )


def test_copy_previous_counts_repeats():
    p = np.exp(MODELS["copy"]().next_log_probs([3]))
    np.testing.assert_allclose(p[3], 1 / 9)
    with pytest.raises(MusicMLError, match="no pair"):
        baselines.CopyPrevious(V).fit([[1]])


logits = st.lists(st.floats(-20, 20), min_size=2, max_size=12).map(np.array)


@given(logits, st.floats(0.1, 5))
def test_temperature_keeps_order_and_sums_to_one(z, temperature):
    p = generate.to_probabilities(z, temperature)
    np.testing.assert_allclose(p.sum(), 1)
    assert (np.diff(p[np.argsort(z)]) >= -1e-12).all()


@given(logits, st.integers(1, 12))
def test_top_k_keeps_k(z, k):
    before = generate.to_probabilities(z)
    after = generate.keep_top_k(before, k)
    np.testing.assert_allclose(after.sum(), 1)
    assert (after > 0).sum() <= min(k, len(z)) and before[after > 0].max() == before.max()


@given(logits, st.floats(0.01, 1))
def test_nucleus_is_the_smallest_set(z, top_p):
    p = generate.to_probabilities(z)
    kept = generate.keep_nucleus(p, top_p) > 0
    assert p[kept].sum() >= top_p - 1e-9
    assert p[kept].sum() - p[kept].min() < top_p


def test_sampling_follows_the_probabilities():
    p = np.array([0.1, 0.2, 0.7])
    drawn = generate.sample(lambda tokens: np.log(p), [0], 5000, seed=1)[1:]
    np.testing.assert_allclose(np.bincount(drawn, minlength=3) / 5000, p, atol=0.02)
    cold = generate.sample(lambda tokens: np.log(p), [0], 20, temperature=0)
    assert set(cold[1:]) == {2}
    assert set(generate.sample(lambda tokens: np.log(p), [0], 200, top_k=2)[1:]) == {1, 2}
    stopped = generate.sample(lambda tokens: np.log(p), [0], 5000, stop=0, seed=2)
    assert stopped[-1] == 0 and 0 not in stopped[1:-1]
    again = [generate.sample(lambda tokens: np.log(p), [0], 30, seed=s).tolist() for s in (3, 3, 4)]
    assert again[0] == again[1] != again[2]


def test_sampling_refuses_nonsense():
    for options in ({"temperature": -1}, {"top_k": 0}, {"top_p": 0}, {"top_p": 1.5}):
        with pytest.raises(MusicMLError, match="expected temperature"):
            generate.sample(lambda tokens: np.zeros(3), [0], 1, **options)
    with pytest.raises(MusicMLError, match="empty prompt"):
        generate.sample(lambda tokens: np.zeros(3), [], 1)
    with pytest.raises(MusicMLError, match="pretrained network"):
        generate.pretrained("bach_in_a_box")


SHIPPED = sorted(path.stem for path in generate.WEIGHTS.glob("*.npz"))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_weights_are_small_and_their_card_says_how_to_make_them(name):
    """Data whose terms allow it, a command that exists, the seed, the time; and no more than 4 MB."""
    assert (generate.WEIGHTS / f"{name}.npz").stat().st_size <= 4_000_000
    model, card = generate.pretrained(name)
    assert model.count_params() == card["weights"]
    python, command = card["made_by"].split()[:2]
    assert python == "python" and (generate.WEIGHTS.parents[1] / command).is_file()
    assert card["data"] and card["terms"] and card["cpu_minutes"] > 0 and card["seed"] >= 0


def test_windows_show_only_the_past():
    x, y = generate.windows([7, 8, 9, 10], context=3, pad=0)
    np.testing.assert_array_equal(x, [[0, 0, 7], [0, 7, 8], [7, 8, 9]])
    np.testing.assert_array_equal(y, [8, 9, 10])


def test_generation_sees_the_window_that_training_saw():
    from musicml import nn

    model = recipes.melody_mlp(nn, V, width=3, units=4)
    tokens = np.array([0, 3, 1, 4, 2])
    x, _ = generate.windows(tokens, context=3)
    rows = model(x)
    step = generate.next_token_logits(model, context=3)
    for n in range(1, len(tokens)):
        np.testing.assert_allclose(step(tokens[:n]), rows[n - 1], rtol=1e-5)
    assert isinstance(model, Sequential)


class TestStatistics:
    scale = score.melody([60, 62, 64, 65, 67, 69, 71, 72])
    chromatic = score.melody(range(60, 72))

    def test_by_hand(self):
        s = evaluate.statistics(self.scale)
        assert s["scale consistency"] == 1 and s["notes"] == 8 and s["pitch range"] == 12
        assert s["steps"] == 1 and s["leaps"] == 0 and s["on the beat"] == 1
        np.testing.assert_allclose(evaluate.pitch_class_entropy(self.chromatic), np.log2(12))
        np.testing.assert_allclose(evaluate.scale_consistency(self.chromatic), 7 / 12)
        np.testing.assert_array_equal(evaluate.melodic_intervals(score.melody([60, 60, 72])), [0, 12])

    @pytest.mark.parametrize("semitones", range(-5, 7))
    def test_transposing_changes_nothing(self, semitones):
        before, after = (evaluate.statistics(s) for s in (self.scale, self.scale.transpose(semitones)))
        for key in before:
            np.testing.assert_allclose(before[key], after[key])

    def test_compare_and_table(self):
        comparison = evaluate.compare({"real": [self.scale, self.scale], "random": [self.chromatic]})
        assert comparison["pitch range"]["real"] == (12, 0)
        assert "1.00 (0.00)" in evaluate.table(comparison)
        with pytest.raises(MusicMLError, match="no score for real"):
            evaluate.compare({"real": []})

    def test_empty_score(self):
        with pytest.raises(MusicMLError, match="no pitched notes"):
            evaluate.statistics(score.melody([None]))

    def test_bootstrap_covers_the_mean(self):
        values = np.random.default_rng(0).normal(3, 1, 200)
        low, high = evaluate.bootstrap_interval(values)
        assert low < values.mean() < high and abs((high - low) - 2 * 1.96 / 200**0.5) < 0.06
        longer_first = evaluate.bootstrap_interval([0] * 50 + [1] * 50, weights=[3] * 50 + [1] * 50)
        assert longer_first[0] < 0.25 < longer_first[1] < 0.5, (
            "a piece of three times the notes counts three times"
        )
