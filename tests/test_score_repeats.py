"""The longest earlier match, beside a search that tries everything."""

import numpy as np
import pytest

from musicml.errors import ShapeError
from musicml.score import earlier_match


def searched(rows, shortest):
    source, length = [], []
    for t in range(len(rows)):
        best = (0, -1)
        for s in range(1, t):
            n = 0
            while n < s and rows[s - 1 - n] == rows[t - 1 - n]:
                n += 1
            if n >= shortest:
                best = max(best, (n, s))
        length.append(best[0])
        source.append(best[1])
    return source, length


@pytest.mark.parametrize("shortest", [1, 2, 4])
@pytest.mark.parametrize("seed", range(4))
def test_it_finds_what_a_full_search_finds(seed, shortest):
    rows = np.random.default_rng(seed).integers(0, 3, 80).tolist()
    source, length = earlier_match(rows, shortest)
    assert (source.tolist(), length.tolist()) == searched(rows, shortest)


def test_moments_of_many_voices_are_equal_only_where_all_voices_are():
    rows = np.array([[60, 48], [62, 48], [64, 48], [60, 47], [60, 48], [0, 0]])
    source, length = earlier_match(rows)
    assert source.tolist() == [-1, -1, -1, -1, -1, 1] and length.tolist() == [0, 0, 0, 0, 0, 1]


def test_the_present_and_the_future_are_not_read():
    rows = np.random.default_rng(0).integers(0, 3, (60, 2))
    for t in (1, 20, 59):
        other = rows.copy()
        other[t:] = 9
        for before, after in zip(earlier_match(rows), earlier_match(other), strict=True):
            assert (before[: t + 1] == after[: t + 1]).all()


def test_nothing_and_one_moment():
    assert [len(part) for part in earlier_match([])] == [0, 0]
    assert earlier_match([5])[0].tolist() == [-1]


def test_a_batch_is_refused():
    with pytest.raises(ShapeError, match="one piece at a time"):
        earlier_match(np.zeros((2, 3, 4)))
