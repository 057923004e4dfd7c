"""Likelihood, statistics of scores and distances: cases by hand, other people's code, and properties."""

import csv
import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicml import evaluate, score
from musicml.errors import MusicMLError, NotFiniteError, ShapeError
from musicml.score import Note, Part, Score

# --- Likelihood ------------------------------------------------------------------------------------


def test_masks_leave_out_padding_and_what_was_given():
    log_probs = np.log([[0.5, 0.25, 1e-9], [0.125, 1e-9, 1e-9]])
    masks = [[1, 1, 0], [1, 0, 0]]
    nats = evaluate.nats_per_note(log_probs, masks)
    np.testing.assert_allclose(nats, np.log(2) * (1 + 2 + 3) / 3)
    np.testing.assert_allclose(evaluate.perplexity(nats), 4)
    np.testing.assert_allclose(evaluate.nats_per_note(log_probs[0], masks[0]), np.log(2) * 1.5)
    with pytest.raises(MusicMLError, match="no log-probabilities"):
        evaluate.nats_per_note(log_probs, np.zeros((2, 3)))
    with pytest.raises(ShapeError, match=r"shape \(3,\) and a mask of shape \(2,\)"):
        evaluate.nats_per_note([log_probs[0]], [[1, 1]])


def test_frame_nll_is_pooled_over_frames():
    pieces = [np.array([-9.0, -1.0]), np.array([-9.0, -2.0, -2.0, -3.0])]
    np.testing.assert_allclose(evaluate.frame_nll(pieces), (1 + 2 + 2 + 3) / 4)
    np.testing.assert_allclose(evaluate.frame_nll(pieces, score_first=True), (9 + 1 + 9 + 2 + 2 + 3) / 6)
    # A coin for each of 88 notes: the row "Random" of the published table.
    coin = evaluate.frame_log_probs(np.full((3, 88), 0.5), np.zeros((3, 88)))
    assert round(evaluate.frame_nll([coin]), 2) == 61.00


def test_frame_nll_refuses_nonsense():
    with pytest.raises(ShapeError, match=r"frame_log_probs\(p, roll\)"):
        evaluate.frame_nll([np.zeros((4, 88))])
    with pytest.raises(ShapeError, match="a list with one array for each piece"):
        evaluate.frame_nll(np.zeros(5))
    with pytest.raises(MusicMLError, match="no frame to score"):
        evaluate.frame_nll([np.zeros(1)])
    with pytest.raises(MusicMLError, match="no frame to score"):
        evaluate.frame_nll([])
    with pytest.raises(NotFiniteError, match="1 log-probabilities of 2"):
        evaluate.frame_nll([np.array([0.0, -1.0, -np.inf])])


class TestTestLog:
    look = ("jsb", "GRU, 88 units", "frame NLL", 8.43211, "python train.py")

    def test_it_appends(self, tmp_path):
        path = tmp_path / "log.csv"
        evaluate.log_test(*self.look, path=path)
        evaluate.log_test(*self.look, split="test of 2018", path=path)
        with path.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert [row["split"] for row in rows] == ["test", "test of 2018"]
        assert rows[0]["model"] == "GRU, 88 units" and rows[0]["value"] == "8.4321"
        assert len(rows[0]["date"]) == 10 and rows[0]["metric"] == "frame NLL"

    def test_it_does_not_mix_columns(self, tmp_path):
        path = tmp_path / "log.csv"
        path.write_text("date,model,nats\n2026-11-22,a,1.0\n", encoding="utf-8")
        with pytest.raises(MusicMLError, match="has the columns date, model, nats; expected date, commit"):
            evaluate.log_test(*self.look, path=path)
        assert path.read_text(encoding="utf-8").count("\n") == 2

    def test_without_a_clone(self, tmp_path):
        with pytest.raises(MusicMLError, match="pass path="):
            evaluate.log_test(*self.look, path=tmp_path / "none" / "log.csv")

    def test_the_log_of_the_course_has_its_columns(self):
        from musicml.evaluate import log

        with log.LOG.open(encoding="utf-8") as file:
            rows = list(csv.reader(file))
        assert tuple(rows[0]) == log.COLUMNS and {len(row) for row in rows} == {len(log.COLUMNS)}


# --- Statistics of scores --------------------------------------------------------------------------


def piece(*parts, **about):
    """Parts as lists of (onset, pitch, duration)."""
    made = [Part([Note(Fraction(o), p, Fraction(d)) for o, p, d in notes]) for notes in parts]
    return Score(made, **about)


CHORDS = piece([(0, 60, 2), (3, 60, 1)], [(1, 64, 2), (3, 67, 1)])  # 1, 2, 1, 2 pitches in four beats


def test_polyphony_by_hand():
    np.testing.assert_allclose(evaluate.polyphony(CHORDS), 6 / 4)
    np.testing.assert_allclose(evaluate.polyphony_rate(CHORDS), 2 / 4)
    np.testing.assert_allclose(evaluate.simultaneous_notes(CHORDS), 2 / 4)
    late = piece([(2, 60, 1)], [(2, 64, 1)])  # silence at first counts for the rate only
    assert evaluate.polyphony(late) == 2 and evaluate.polyphony_rate(late) == 1 / 3


def test_a_pitch_in_two_parts_is_one_pitch():
    doubled = piece([(0, 60, 2)], [(0, 60, 1), (1, 72, 1)])
    np.testing.assert_allclose(evaluate.polyphony(doubled), (1 + 2) / 2)
    assert evaluate.simultaneous_notes(doubled) == 2 / 3


notes = st.tuples(st.integers(0, 20), st.integers(60, 66), st.integers(1, 6))


@given(st.lists(notes, min_size=1, max_size=15))
def test_polyphony_is_that_of_the_pianoroll(drawn):
    """MusPy's definition, on a grid on which every note fits."""
    made = piece([(Fraction(o, 4), p, Fraction(d, 4)) for o, p, d in drawn])
    together = score.pianoroll(made, 4).sum(axis=1)
    np.testing.assert_allclose(evaluate.polyphony(made), together[together > 0].mean())
    np.testing.assert_allclose(evaluate.polyphony_rate(made), (together > 1).mean())


def bars(*rhythms, length=4, **about):
    """One part, with a short note at each of the sixteenths that are listed for a bar."""
    return piece(
        [
            (about.get("pickup", 0) + length * bar + Fraction(step, 4), 60, Fraction(1, 4))
            for bar, steps in enumerate(rhythms)
            for step in steps
        ],
        **about,
    )


def test_groove_by_hand():
    assert evaluate.groove_consistency(bars([0, 4, 8], [0, 4, 8])) == 1
    np.testing.assert_allclose(evaluate.groove_consistency(bars([0, 4], [0], [0])), 1 - 1 / 32)
    np.testing.assert_allclose(evaluate.groove_consistency(bars([0, 4], [0], [0]), pairs="all"), 1 - 2 / 48)
    waltz = ((Fraction(0), (3, 4)),)
    np.testing.assert_allclose(
        evaluate.groove_consistency(bars([0, 4], [0, 2], length=3, time_signatures=waltz)), 1 - 2 / 12
    )
    # A pickup is no bar, whatever stands in it.
    assert evaluate.groove_consistency(bars([0, 4], [0, 4], pickup=Fraction(1))) == 1
    with_pickup = bars([0, 4], [0, 4], pickup=Fraction(1))
    upbeat = Part([*with_pickup.parts[0].notes, Note(Fraction(1, 2), 60, Fraction(1, 4))])
    assert evaluate.groove_consistency(Score([upbeat], pickup=Fraction(1))) == 1
    assert np.isnan(evaluate.groove_consistency(bars([0, 4])))


def test_groove_compares_only_bars_of_one_length():
    change = ((Fraction(0), (4, 4)), (Fraction(8), (2, 4)))
    made = piece([(o, 60, 1) for o in (0, 4, 8, 9, 10, 11)], time_signatures=change)
    assert [length for _, length in evaluate.rhythm.bar_lines(made)] == [4, 4, 2, 2]
    assert evaluate.groove_consistency(made) == evaluate.groove_consistency(made, pairs="all") == 1


def test_groove_refuses_nonsense():
    for options in ({"pairs": "some"}, {"steps_per_beat": 0}):
        with pytest.raises(MusicMLError, match='expected "neighbours" or "all"'):
            evaluate.groove_consistency(CHORDS, **options)


@given(st.lists(st.sets(st.integers(0, 15), min_size=1), min_size=2, max_size=6))
def test_groove_of_all_pairs_is_the_mean_over_pairs(rhythms):
    differ = [len(a ^ b) / 16 for a, b in itertools.combinations(rhythms, 2)]
    np.testing.assert_allclose(evaluate.groove_consistency(bars(*rhythms), pairs="all"), 1 - np.mean(differ))
    differ = [len(a ^ b) / 16 for a, b in itertools.pairwise(rhythms)]
    np.testing.assert_allclose(evaluate.groove_consistency(bars(*rhythms)), 1 - np.mean(differ))


def test_entropy_of_bars():
    made = score.melody([60, 60, 64, 64, 67, 67, 60, 64], 2)  # four bars of two notes
    np.testing.assert_allclose(evaluate.pitch_class_entropy_of_bars(made), (0 + 0 + 0 + 1) / 4)
    np.testing.assert_allclose(evaluate.pitch_class_entropy_of_bars(made, 2), (1 + 1 + 1.5) / 3)
    whole = evaluate.pitch_class_entropy(made)
    np.testing.assert_allclose(evaluate.pitch_class_entropy_of_bars(made, 4), whole)
    np.testing.assert_allclose(evaluate.pitch_class_entropy_of_bars(made, 9), whole)


def test_repetition_by_hand():
    assert evaluate.repetition(score.melody(range(60, 72))) == 0
    twice = [60, 62, 64, 65, 67] * 2
    np.testing.assert_allclose(evaluate.repetition(score.melody(twice)), 2 / 7)
    np.testing.assert_allclose(evaluate.repetition(score.melody(twice), notes=2), 4 / 9)
    assert np.isnan(evaluate.repetition(score.melody([60, 62])))
    # The same notes in another part are no repetition.
    assert evaluate.repetition(piece(*[[(n, 60 + n, 1) for n in range(6)]] * 2)) == 0


def test_histograms():
    made = score.melody([60, 62, 60, 62, 74], [1, 0.5, 0.5, 1, 1])
    assert evaluate.interval_histogram(made) == {2: 2, -2: 1, 12: 1}
    assert evaluate.duration_histogram(made) == {1: 3, Fraction(1, 2): 2}


@pytest.mark.parametrize("semitones", [-7, 5])
def test_all_statistics_are_the_same_in_every_key(semitones):
    before, after = (evaluate.all_statistics(s) for s in (CHORDS, CHORDS.transpose(semitones)))
    np.testing.assert_allclose(list(before.values()), list(after.values()))


def test_drums_have_no_pitch():
    drums = Part([Note(Fraction(n, 2), 38, Fraction(1, 4)) for n in range(8)], is_drums=True)
    with_drums = Score([*CHORDS.parts, drums])
    pitched = (evaluate.polyphony, evaluate.polyphony_rate, evaluate.repetition, evaluate.pitch_class_entropy)
    for measure in pitched:
        np.testing.assert_equal(measure(with_drums), measure(CHORDS))


def test_more_bars_than_any_piece_has():
    tiny = piece([(0, 60, 3600)], time_signatures=((Fraction(0), (1, 128)),))
    with pytest.raises(MusicMLError, match="more than 100,000 bars"):
        evaluate.groove_consistency(tiny)


# --- Distances -------------------------------------------------------------------------------------

counts = st.lists(st.integers(0, 30), min_size=4, max_size=4).filter(any)


@given(counts, counts)
def test_jensen_shannon_is_that_of_scipy(p, q):
    from scipy.spatial.distance import jensenshannon

    distance = evaluate.jensen_shannon_distance(p, q)
    # scipy gives nan where rounding makes a divergence of zero negative.
    np.testing.assert_allclose(distance, np.nan_to_num(jensenshannon(p, q, base=2)), atol=1e-7)
    assert 0 <= distance <= 1 + 1e-12
    as_dicts = [{key: count for key, count in enumerate(h) if count} for h in (p, q)]
    np.testing.assert_allclose(evaluate.jensen_shannon_distance(*as_dicts), distance)


def test_jensen_shannon_by_hand():
    assert evaluate.jensen_shannon_distance([1, 0], [0, 7]) == 1
    assert evaluate.jensen_shannon_distance({"a": 2, "b": 2}, {"b": 5, "a": 5}) == 0
    for p, q in (([0, 0], [1, 1]), ([1], [1, 1]), ([-1, 2], [1, 1])):
        with pytest.raises(MusicMLError, match="expected the same shape"):
            evaluate.jensen_shannon_distance(p, q)


def test_pairwise_distances():
    np.testing.assert_allclose(evaluate.pairwise_distances([1, 4, 9]), [3, 8, 5])
    np.testing.assert_allclose(evaluate.pairwise_distances([[0, 0], [3, 4]], [[0, 0]]), [0, 5])


@pytest.mark.parametrize("shift, spread", [(0, 1), (1, 1), (3, 0.2), (0, 0.01)])
def test_overlapping_area_is_that_of_scipy(shift, spread):
    from scipy import stats

    rng = np.random.default_rng(3)
    a, b = rng.normal(size=80), shift + spread * rng.normal(size=50)
    f, g = stats.gaussian_kde(a), stats.gaussian_kde(b)
    x = np.linspace(-15, 15, 100_001)
    expected = np.trapezoid(np.minimum(f(x), g(x)), x)
    np.testing.assert_allclose(evaluate.overlapping_area(a, b), expected, atol=2e-4)


def test_overlapping_area_at_its_ends():
    a = np.random.default_rng(0).normal(size=60)
    np.testing.assert_allclose(evaluate.overlapping_area(a, a), 1, atol=1e-5)
    assert evaluate.overlapping_area(a, a + 1000) < 1e-9
    assert np.isnan(evaluate.overlapping_area(a, [2.0, 2.0])) and np.isnan(evaluate.overlapping_area([], a))


# --- Tables ----------------------------------------------------------------------------------------


def random_tune(seed, notes=40, high=8):
    rng = np.random.default_rng(seed)
    return score.melody(60 + rng.integers(0, high, notes), rng.choice([1, 0.5], notes))


def test_compare_leaves_nan_out():
    groups = {"tunes": [score.melody([60, 62]), score.melody([60, 62, 64, 65, 60, 62, 64, 65])]}
    comparison = evaluate.compare(groups, of=evaluate.all_statistics)
    mean, deviation = comparison["repetition"]["tunes"]
    np.testing.assert_allclose([mean, deviation], [1 / 5, 0])
    assert set(evaluate.statistics(groups["tunes"][0])) < set(comparison)


def test_report_shows_where_a_model_differs():
    real = [random_tune(seed) for seed in range(12)]
    flat = [score.melody([60] * 40, 1) for _ in range(6)]
    lines = evaluate.report({"real": real, "like": [random_tune(s) for s in range(50, 62)], "flat": flat},
                            train=[*real[:3], *flat[:1]], run=5).split("\n")  # fmt: skip
    of = {}
    for line in lines:
        of.setdefault(line[:22].strip(), []).append(
            [line[n : n + 22].strip() for n in range(22, len(line), 22)]
        )
    assert of["repetition"][0][2].endswith("*") and not of["repetition"][0][1].endswith("*")
    distances = [float(cell) for cell in of["intervals"][0]]
    assert distances[2] > 0.5 > max(distances[:2])
    real_area, like_area, flat_area = (float(cell) for cell in of["pitch-class entropy"][1])
    assert min(real_area, like_area) > 0.7 > flat_area
    assert of["runs of 5 copied"][0][2] == "1.00 [1.00, 1.00]"
    assert of["longest run, notes"][0][2] == "40.0 [40.0, 40.0]"
    with pytest.raises(MusicMLError, match="no score for model"):
        evaluate.report({"real": real, "model": []})


@pytest.mark.parametrize("notes, star", [(24, False), (26, True), (6, False), (4, True)])
def test_the_star_is_for_two_deviations(notes, star):
    real = [score.melody([60, 64] * (n // 2)) for n in (10, 20, 10, 20)]  # 15 notes, deviation 5
    (line,) = [
        line
        for line in evaluate.report({"real": real, "model": [score.melody([60, 64] * (notes // 2))]}).split(
            "\n"
        )
        if line.startswith("notes") and "(" in line
    ]
    assert line.endswith(f"{notes}.00 (0.00)" + " *" * star)
