"""The baselines: probabilities sum to 1, no look at the future, cases by hand, and the published numbers."""

import itertools
import os
from pathlib import Path

import numpy as np
import pytest

from musicml import baselines, corpora, evaluate
from musicml.baselines import regression, whole_frames
from musicml.errors import MusicMLError, NotFiniteError, ShapeError

# --- Tokens ----------------------------------------------------------------------------------------

V = 6
TRAIN = [[0, 1, 2, 1, 2, 3], [0, 1, 2, 2, 5]]


@pytest.mark.parametrize("order", range(5))
@pytest.mark.parametrize("context", [[0], [0, 1], [4, 4, 4], [0, 1, 2, 1], [3, 1, 2]])
def test_kneser_ney_sums_to_one(order, context):
    p = np.exp(baselines.KneserNey(order, V).fit(TRAIN).next_log_probs(np.array(context)))
    assert p.shape == (V,) and (p > 0).all()
    np.testing.assert_allclose(p.sum(), 1)


@pytest.mark.parametrize("order", range(5))
def test_kneser_ney_along_a_sequence(order):
    model, tokens = baselines.KneserNey(order, V).fit(TRAIN), np.array([0, 1, 4, 2, 1, 2, 3, 5])
    expected = [model.next_log_probs(tokens[:n])[tokens[n]] for n in range(1, len(tokens))]
    np.testing.assert_allclose(model.log_probs(tokens), expected)


def test_kneser_ney_by_hand():
    model = baselines.KneserNey(1, V).fit(TRAIN)
    # After one token: 0 1 (twice), 1 2 (three times), 2 1, 2 3, 2 2, 2 5: four counts of 1, one of 2.
    D = 4 / (4 + 2 * 1)
    np.testing.assert_allclose(model.discounts[1], D)
    # Without a memory, how many different tokens each one follows: 1 after 0 and 2; 2 after 1 and 2; 3, 5.
    assert model.counts[0][()] == {1: 2, 2: 2, 3: 1, 5: 1}
    D0 = 2 / (2 + 2 * 2)
    unigram_2 = (2 - D0) / 6 + D0 * 4 / 6 / V
    np.testing.assert_allclose(np.exp(model.next_log_probs([1])[2]), (3 - D) / 3 + D / 3 * unigram_2)


def test_kneser_ney_prefers_what_follows_many():
    """ "Francisco" comes often, but always after "San": it is not what to expect after something new."""
    san, francisco, the = 1, 2, 3
    train = [[san, francisco] * 20, [4, the, 5, the, 6, the, 7, the]]
    p = np.exp(baselines.KneserNey(1, 9).fit(train).next_log_probs([8]))
    assert p[the] > p[francisco]
    assert baselines.MarkovChain(1, 9).fit(train).next_log_probs([8])[francisco] > np.log(p[francisco])


def test_kneser_ney_refuses_a_negative_memory():
    with pytest.raises(MusicMLError, match="order=-1"):
        baselines.KneserNey(-1, V)


# --- Frames ----------------------------------------------------------------------------------------

N = 3
RNG = np.random.default_rng(0)


def rolls(pieces, length=30):
    """Small pieces in which notes tend to stay, and note 0 tends to sound with note 1."""
    made = []
    for _ in range(pieces):
        roll = RNG.random((length, N)) < 0.4
        for t in range(1, length):
            roll[t] = np.where(RNG.random(N) < 0.6, roll[t - 1], roll[t])
            roll[t, 1] |= roll[t, 0]
        made.append(roll)
    return made


LEARN, CHOOSE, HOLD = rolls(8), rolls(4), rolls(2)
FACTORISED = {
    "unigram": lambda: baselines.NoteUnigram().fit(LEARN),
    "copy": lambda: baselines.NoteCopy().fit(LEARN),
    "markov": lambda: baselines.NoteMarkov().fit(LEARN),
    "regression": lambda: baselines.LogisticRegression(2).fit(LEARN),
}
FRAME_MODELS = FACTORISED | {
    "bigram": lambda: baselines.FrameBigram(baselines.NoteMarkov().fit(LEARN)).fit(LEARN, CHOOSE)
}
every_model = pytest.mark.parametrize("make", FRAME_MODELS.values(), ids=FRAME_MODELS)
ALL_FRAMES = np.array(list(itertools.product([False, True], repeat=N)))


@every_model
@pytest.mark.parametrize("t", [0, 1, 2, 7])
def test_the_probabilities_of_all_frames_sum_to_one(make, t):
    model, roll, total = make(), HOLD[0][: t + 1].copy(), 0
    for frame in ALL_FRAMES:
        roll[t] = frame
        total += np.exp(model.log_probs(roll)[t])
    np.testing.assert_allclose(total, 1)


@every_model
def test_the_future_changes_nothing(make):
    model, roll = make(), HOLD[0].copy()
    before = model.log_probs(roll)
    roll[20:] = ~roll[20:]
    after = model.log_probs(roll)
    np.testing.assert_array_equal(before[:20], after[:20])
    assert abs(before[20] - after[20]) > 1e-3


@pytest.mark.parametrize("make", FACTORISED.values(), ids=FACTORISED)
def test_probabilities_give_the_log_probs(make):
    model, roll = make(), HOLD[0]
    p = model.probabilities(roll)
    assert p.shape == roll.shape
    np.testing.assert_allclose(evaluate.frame_log_probs(p, roll), model.log_probs(roll))


def test_better_models_fit_better():
    nll = {
        name: evaluate.frame_nll([make().log_probs(r) for r in LEARN]) for name, make in FRAME_MODELS.items()
    }
    assert nll["unigram"] > nll["markov"] > nll["regression"] > nll["bigram"]
    assert nll["copy"] > nll["markov"]


def test_counts_by_hand():
    roll = np.array([[1, 0], [1, 0], [0, 0], [1, 0]], bool)
    np.testing.assert_allclose(baselines.NoteUnigram().fit([roll]).probabilities(roll)[2], [4 / 6, 1 / 6])
    # After a sounding note 0: once on, once off. After a silent one: once on. Note 1: silent three times.
    markov = baselines.NoteMarkov().fit([roll]).probabilities(roll)
    np.testing.assert_allclose(markov, [[2 / 3, 1 / 5], [2 / 4, 1 / 5], [2 / 4, 1 / 5], [2 / 3, 1 / 5]])
    copy = baselines.NoteCopy().fit([roll]).probabilities(roll)
    np.testing.assert_allclose(copy[:2], [[2 / 6, 2 / 6], [2 / 4, 2 / 6]])


def test_no_pair_goes_from_one_piece_to_the_next():
    on, off = np.ones((3, 1), bool), np.zeros((3, 1), bool)
    p = baselines.NoteMarkov().fit([on, off, on]).probabilities(np.array([[1], [1], [0]], bool))
    np.testing.assert_allclose(p[1:], [[5 / 6], [5 / 6]])


class TestLogisticRegression:
    def test_the_gradient(self):
        x = np.concatenate([RNG.random((7, 4)) < 0.5, np.ones((7, 1))], axis=1).astype("float64")
        times, w = RNG.integers(1, 5, (7, 1)).astype("float64"), RNG.normal(size=10)
        on = np.minimum(RNG.integers(0, 5, (7, 2)), times)
        _, gradient = regression.loss_and_gradient(w, x, on, times, 3.0)
        step = 1e-2  # the loss is computed in float32
        numeric = [
            (
                regression.loss_and_gradient(w + step * e, x, on, times, 3.0)[0]
                - regression.loss_and_gradient(w - step * e, x, on, times, 3.0)[0]
            )
            / (2 * step)
            for e in np.eye(10)
        ]
        np.testing.assert_allclose(gradient, numeric, atol=2e-4)

    def test_equal_contexts_are_put_together(self):
        x, y = RNG.random((60, 3)) < 0.5, RNG.random((60, 2)) < 0.5
        together, on, times = regression.put_together(x, y)
        assert len(together) == len(np.unique(x, axis=0)) and times.sum() == 60
        w = RNG.normal(size=8)
        apart = np.concatenate([x, np.ones((60, 1))], axis=1).astype("float32")
        expected = regression.loss_and_gradient(
            w, apart, y.astype("float32"), np.ones((60, 1), "float32"), 1.0
        )
        for a, b in zip(regression.loss_and_gradient(w, together, on, times, 1.0), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)

    def test_it_finds_the_weights_that_made_the_data(self):
        W, b = np.array([[2.0, -1.0], [0.0, 3.0]]), np.array([-1.0, 0.0])
        roll = np.zeros((20000, 2), bool)
        for t in range(1, len(roll)):
            roll[t] = RNG.random(2) < 1 / (1 + np.exp(-(roll[t - 1] @ W + b)))
        model = baselines.LogisticRegression(1, penalty=0.01).fit([roll])
        np.testing.assert_allclose(model.kernel, W, atol=0.15)
        np.testing.assert_allclose(model.bias, b, atol=0.1)

    def test_more_penalty_smaller_weights(self):
        sizes = [np.abs(baselines.LogisticRegression(2, p).fit(LEARN).kernel).sum() for p in (0.1, 1, 100)]
        assert sizes[0] > sizes[1] > sizes[2] > 0

    def test_the_constant_is_free(self):
        """With all weights shrunk to nothing, each note sounds as often as it did."""
        p = baselines.LogisticRegression(2, penalty=1e4).fit(LEARN).probabilities(HOLD[0])
        often = np.concatenate([roll[1:] for roll in LEARN]).mean(axis=0)
        np.testing.assert_allclose(p, np.broadcast_to(often, p.shape), atol=0.01)

    def test_a_note_that_never_sounded_is_possible(self):
        silent = np.concatenate([LEARN[0], np.zeros((30, 1), bool)], axis=1)
        heard = silent.copy()
        heard[5, 3] = True
        model = baselines.LogisticRegression().fit([silent])
        np.testing.assert_allclose(model.probabilities(heard)[5, 3], 1 / 31)
        assert np.isfinite(model.log_probs(heard)).all()

    @pytest.mark.parametrize("options", [{"frames": 0}, {"penalty": -1}])
    def test_it_refuses_nonsense(self, options):
        with pytest.raises(MusicMLError, match="expected frames >= 1"):
            baselines.LogisticRegression(**options)


class TestFrameBigram:
    def test_mixture_weights_are_the_best(self):
        p = RNG.dirichlet(np.ones(3), size=40)
        best = whole_frames.mixture_weights(np.log(p), np.full(3, 1 / 3), 500)
        np.testing.assert_allclose(best.sum(), 1)
        grid = [
            np.array([a, b, 1 - a - b])
            for a in np.arange(0, 1.01, 0.05)
            for b in np.arange(0, 1.01 - a, 0.05)
        ]
        assert np.log(p @ best).mean() >= max(np.log(p @ np.clip(w, 0, 1)).mean() for w in grid) - 1e-6

    def test_what_was_seen_is_likelier(self):
        """A bar that always follows another one."""
        roll = np.array([[1, 0, 0], [0, 1, 0]] * 20, bool)
        model = baselines.FrameBigram(baselines.NoteUnigram().fit([roll])).fit([roll], [roll])
        np.testing.assert_allclose(model.log_probs(roll)[1:], 0, atol=1e-3)

    def test_frames_never_seen_are_possible(self):
        roll = np.zeros((20, N), bool)
        model = baselines.FrameBigram(baselines.NoteUnigram().fit([roll])).fit([roll], [roll])
        new = roll.copy()
        new[4] = True
        assert np.isfinite(model.log_probs(new)).all()
        assert model.log_probs(new)[4] < -5

    def test_it_needs_validation_music(self):
        with pytest.raises(MusicMLError, match="no validation piece"):
            baselines.FrameBigram(baselines.NoteUnigram().fit(LEARN)).fit(LEARN, [LEARN[0][:1]])


@pytest.mark.parametrize("make", [baselines.NoteUnigram, baselines.NoteMarkov, baselines.LogisticRegression])
@pytest.mark.parametrize(
    "wrong", [[], [np.zeros(3)], [np.zeros((4, 2)), np.zeros((4, 3))], [np.zeros((0, 2))]]
)
def test_wrong_rolls_are_refused(make, wrong):
    with pytest.raises(ShapeError, match="expected at least one array"):
        make().fit(wrong)


class TestFrameLogProbs:
    roll = np.array([[True, False], [False, False]])

    def test_by_hand(self):
        p = np.array([[0.5, 0.25], [0.1, 0.2]])
        expected = [np.log(0.5) + np.log(0.75), np.log(0.9) + np.log(0.8)]
        np.testing.assert_allclose(evaluate.frame_log_probs(p, self.roll), expected)
        logits = np.log(p / (1 - p))
        np.testing.assert_allclose(evaluate.frame_log_probs(logits, self.roll, from_logits=True), expected)

    def test_without_a_prediction_for_frame_0(self):
        values = evaluate.frame_log_probs(np.array([[0.1, 0.2]]), self.roll)
        assert np.isnan(values[0])
        np.testing.assert_allclose(values[1], np.log(0.9 * 0.8))
        np.testing.assert_allclose(evaluate.frame_nll([values]), -np.log(0.9 * 0.8))
        with pytest.raises(NotFiniteError, match="score_first=False"):
            evaluate.frame_nll([values], score_first=True)

    def test_large_logits_stay_finite(self):
        values = evaluate.frame_log_probs(np.full((2, 2), 200.0), self.roll, from_logits=True)
        np.testing.assert_allclose(values, [-200, -400])

    def test_wrong_input_is_refused(self):
        with pytest.raises(ShapeError, match=r"shape \(2, 3\)"):
            evaluate.frame_log_probs(np.full((2, 3), 0.5), self.roll)
        with pytest.raises(MusicMLError, match="from_logits=True"):
            evaluate.frame_log_probs(np.full((2, 2), 1.5), self.roll)
        with pytest.raises(NotFiniteError, match="frame 1, note 0, p = 1.0, while the note is silent"):
            evaluate.frame_log_probs(np.array([[0.5, 0.5], [1.0, 0.5]]), self.roll)


# --- The published data ----------------------------------------------------------------------------

FILES = {"jsb": "jsb/JSB_Chorales.mat", "nottingham": "nottingham/Nottingham.mat"}
FOLDERS = [Path(folder) for folder in os.environ.get("MUSICML_DATA", "").split(os.pathsep) if folder]


def published(name):
    if not any((folder / FILES[name]).is_file() for folder in FOLDERS):
        pytest.skip(f"no folder of MUSICML_DATA has {FILES[name]}")
    return corpora.load(name)


def nll(model, corpus, score_first=False):
    return evaluate.frame_nll([model.log_probs(roll) for roll in corpus.test], score_first)


@pytest.mark.parametrize(
    "name, unigram, with_frame_0, markov", [("jsb", 11.09, 11.06, 10.49), ("nottingham", 10.26, 10.25, 5.15)]
)
def test_the_published_rows(name, unigram, with_frame_0, markov):
    """Boulanger-Lewandowski et al. 2012 print 11.06 and 10.25, with frame 0, as "Note 1-gram"."""
    corpus = published(name)
    model = baselines.NoteUnigram().fit(corpus.train)
    assert round(nll(model, corpus), 2) == unigram
    assert round(nll(model, corpus, score_first=True), 2) == with_frame_0
    assert round(nll(baselines.NoteMarkov().fit(corpus.train), corpus), 2) == markov


def test_regression_and_whole_frames_on_the_chorales():
    corpus = published("jsb")
    regression_2 = baselines.LogisticRegression(2, penalty=2).fit(corpus.train)
    assert nll(regression_2, corpus) <= 8.90
    joint = baselines.FrameBigram(regression_2).fit(corpus.train, corpus.valid)
    assert abs(nll(joint, corpus) - 5.93) < 0.03
