"""What was copied: the automaton against a search by hand, and cases that a reader can follow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicml import evaluate, score
from musicml.errors import MusicMLError

TUNE = [60, 62, 64, 65, 67, 69, 71, 72, 71, 67]


def test_a_transposed_copy_is_found():
    original = evaluate.Originality([score.melody(TUNE)])
    copied = score.melody([50, 51, *[pitch + 5 for pitch in TUNE[2:8]], 50])
    assert original.longest_run(copied) == 6
    assert original.longest_run(score.melody(TUNE).transpose(-9)) == 10
    np.testing.assert_allclose(original.overlap(copied, notes=6), 1 / 4)
    np.testing.assert_allclose(original.overlap(copied, notes=5), 2 / 5)
    assert original.overlap(copied, notes=7) == 0
    assert np.isnan(original.overlap(copied, notes=10))


def test_another_rhythm_is_no_copy():
    original = evaluate.Originality([score.melody(TUNE, 1)])
    assert original.longest_run(score.melody(TUNE, 0.5)) == 0
    # From onset to onset: how long the last note before a rest is held makes no difference.
    short = score.melody([60, None, 62, None, 64], [0.5, 0.5, 0.5, 0.5, 1])
    assert original.longest_run(short) == 3


def test_no_run_goes_on_from_one_piece_or_part_to_the_next():
    halves = [score.melody(TUNE[:5]), score.melody(TUNE[5:])]
    assert evaluate.Originality(halves).longest_run(score.melody(TUNE)) == 5
    two_parts = score.Score([part for half in halves for part in half.parts])
    assert evaluate.Originality([two_parts]).longest_run(score.melody(TUNE)) == 5


def test_frames():
    roll = np.zeros((6, 20), bool)
    for t, notes in enumerate([(3, 7), (5,), (), (4, 8, 11), (2,), (2, 9)]):
        roll[t, list(notes)] = True
    original = evaluate.Originality([roll], steps=evaluate.frame_steps)
    higher = np.roll(roll, 4, axis=1)
    assert original.longest_run(higher) == 6 and original.overlap(higher, notes=6) == 1
    higher[3, 19] = True
    assert original.longest_run(higher) == 3
    assert evaluate.frame_steps(roll)[0][:2] == [(2,), ()]


sequences = st.lists(st.integers(0, 2), min_size=1, max_size=12)


@given(st.lists(sequences, min_size=1, max_size=5), sequences)
def test_the_automaton_finds_what_a_search_finds(train, query):
    original = evaluate.Originality(train, steps=lambda steps: [steps])
    known = {tuple(s[a:b]) for s in train for a in range(len(s)) for b in range(a + 1, len(s) + 1)}
    expected = [
        max([end - start for start in range(end) if tuple(query[start:end]) in known], default=0)
        for end in range(1, len(query) + 1)
    ]
    (found,) = original.matches(query)
    assert found.tolist() == expected
    assert original.longest_run(query) == (max(expected) + 1 if max(expected) else 0)
    for n in range(2, len(query) + 2):
        runs = [tuple(query[start : start + n - 1]) in known for start in range(len(query) - n + 2)]
        np.testing.assert_allclose(original.overlap(query, notes=n), np.mean(runs))


def test_states_grow_with_the_notes():
    steps = [[int(digit) for digit in np.random.default_rng(0).integers(0, 3, 3000)]]
    original = evaluate.Originality(steps, steps=lambda sequence: [sequence])
    assert len(original.next) <= 2 * 3001


def test_band():
    np.testing.assert_allclose(evaluate.band(range(101)), (2.5, 97.5))
    assert evaluate.band([3, np.nan, 3], level=0.5) == (3, 3)
    with pytest.raises(MusicMLError, match="no number"):
        evaluate.band([np.nan])


def test_nonsense_is_refused():
    with pytest.raises(MusicMLError, match="2 parts without two notes"):
        evaluate.Originality([score.melody([60]), score.melody([62])])
    with pytest.raises(MusicMLError, match="expected training data"):
        evaluate.Originality([])
    with pytest.raises(MusicMLError, match="notes=1"):
        evaluate.Originality([score.melody(TUNE)]).overlap(score.melody(TUNE), notes=1)
