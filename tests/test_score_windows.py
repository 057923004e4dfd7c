"""Bars and windows of bars."""

from fractions import Fraction as F

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicml import corpora
from musicml.errors import MusicMLError
from musicml.score import (
    Note,
    Part,
    Score,
    bar_length,
    bar_spans,
    bar_windows,
    bars,
    cut_windows,
    melody,
    place_in_bar,
)


def tune(beats, metres=((0, (3, 4)),), pickup=0):
    """A note on each half beat, each with its own pitch."""
    notes = [Note(F(i, 2), i, F(1, 2)) for i in range(2 * beats)]
    return Score([Part(notes)], time_signatures=tuple((F(b), m) for b, m in metres), pickup=F(pickup))


def test_lengths_of_bars():
    assert [bar_length(m) for m in ((3, 4), (6, 8), (2, 2), (7, 8))] == [3, 3, 4, F(7, 2)]
    for metre in ((0, 4), (4, 0), (-3, 4)):
        with pytest.raises(MusicMLError, match="a metre of"):
            bar_length(metre)


def test_bars_begin_after_the_pickup_and_follow_the_metre():
    score = tune(14, [(0, (3, 4)), (7, (2, 4)), (10, (4, 4))], pickup=1)
    found = [(bar.start, bar.length, bar.metre, bar.is_whole) for bar in bars(score)]
    assert found == [
        (1, 3, (3, 4), True),
        (4, 3, (3, 4), True),
        (7, 2, (2, 4), True),
        (9, 1, (2, 4), False),  # cut by the change
        (10, 4, (4, 4), True),
    ]
    assert [bar.start for bar in bars(tune(4, pickup=F(7, 2)))] == [F(1, 2), F(7, 2)]
    assert bars(Score()) == [] and bars(tune(1, pickup=2)) == []


@given(
    st.lists(st.sampled_from([(2, 4), (3, 4), (6, 8), (5, 8)]), min_size=1, max_size=5),
    st.lists(st.integers(0, 5), min_size=5, max_size=5),
    st.sampled_from([F(0), F(1, 2), F(1), F(3, 2)]),
)
def test_bars_join_without_gaps(metres, counts, pickup):
    beat, changes = pickup, []
    for metre, count in zip(metres, counts, strict=False):
        changes.append((beat if changes else F(0), metre))
        beat += count * bar_length(metre)
    score = Score(melody([60], [beat + F(1, 4)]).parts, time_signatures=tuple(changes), pickup=pickup)
    found = bars(score)
    assert found[0].start == pickup and all(bar.is_whole for bar in found)
    assert all(a.end == b.start for a, b in zip(found, found[1:], strict=False))
    assert found[-1].start < score.duration <= found[-1].end


def test_windows_of_a_score_begin_at_bar_lines():
    score = tune(11, pickup=1)  # bars at 1, 4, 7, 10; the last one breaks off
    windows = bar_windows(score, size=2)
    assert [[n.pitch for n in w.notes][:1] for w in windows] == [[2], [14]]
    assert [(w.notes[0].onset, w.duration, w.pickup) for w in windows] == [(0, 6, 0), (0, 4, 0)]
    assert [w.notes[0].pitch for w in bar_windows(score, size=2, hop=1)] == [2, 8, 14]
    early = bar_windows(score, size=2, upbeat=True)
    assert [(w.notes[0].pitch, w.pickup) for w in early] == [(0, 1), (12, 1)]
    assert [bar.start for bar in bars(early[0])] == [1, 4]
    assert bar_windows(score, size=5) == bar_windows(Score(), size=1) == []


def test_windows_keep_the_metre_they_stand_in():
    score = tune(14, [(0, (3, 4)), (6, (4, 4))])
    windows = bar_windows(score, size=2)
    assert [w.time_signatures for w in windows] == [((0, (3, 4)),), ((0, (4, 4)),)]
    assert bar_windows(score, size=3)[0].time_signatures == ((0, (3, 4)), (6, (4, 4)))


def test_spans_on_a_grid():
    starts, length = [4, 20, 36, 52], 64  # a quarter of pickup; the last bar lacks it
    assert bar_spans(starts, length, 1).tolist() == [[4, 20], [20, 36], [36, 52]]
    assert bar_spans(starts, length, 1, upbeat=True).tolist() == [[0, 16], [16, 32], [32, 48], [48, 64]]
    assert bar_spans(starts, 68, 2).tolist() == [[4, 36], [36, 68]]
    assert bar_spans(starts, 68, 3, hop=1).tolist() == [[4, 52], [20, 68]]
    assert bar_spans(starts, 68, 5).shape == bar_spans([], 8).shape == (0, 2)
    assert bar_spans([0], 16, 1).shape == (0, 2)  # how long one lonely bar is, nobody knows


def test_windows_of_an_array_have_one_length():
    grid = np.arange(40).reshape(20, 2)
    spans = bar_spans([0, 4, 8, 14, 18], 20, 1)
    assert (spans[:, 1] - spans[:, 0]).tolist() == [4, 4, 6, 4]
    windows = cut_windows(grid, spans)
    assert windows.shape == (3, 4, 2) and windows[:, 0, 0].tolist() == [0, 8, 28]
    assert cut_windows(grid, spans, steps=6)[:, 0, 0].tolist() == [16]
    assert cut_windows(grid, np.zeros((0, 2))).shape == (0, 0, 2)
    windows[0] = -1
    assert grid[0, 0] == 0  # a copy


def test_places_in_the_bar():
    assert place_in_bar([4, 20], 24).tolist() == [12, 13, 14, 15, *range(16), *range(4)]
    assert place_in_bar([0, 3, 8], 9).tolist() == [0, 1, 2, 0, 1, 2, 3, 4, 0]
    assert place_in_bar([], 2).tolist() == [0, 1]


def test_chorales_are_cut_at_their_bars():
    for chorale in corpora.load("chorales").valid:
        length = len(chorale.grid)
        place = place_in_bar(chorale.bars, length)
        assert place.shape == (length,) and (place[chorale.bars] == 0).all()
        assert np.isin(np.flatnonzero(place == 0), [0, *chorale.bars]).all()
        for upbeat in (False, True):
            spans = bar_spans(chorale.bars, length, 4, upbeat=upbeat)
            assert np.isin(spans[:, 0] + upbeat * chorale.pickup, chorale.bars).all()
            windows = cut_windows(chorale.grid, spans)
            for (start, end), window in zip(spans, windows, strict=False):
                if len(windows) == len(spans):
                    assert np.array_equal(window, chorale.grid[start:end])
        scores = bar_windows(chorale.score(), 4)
        assert len(scores) >= len(bar_spans(chorale.bars, length, 4))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bar_windows(tune(4), 0), "windows of 0 bars every 0 bars"),
        (lambda: bar_spans([0, 4], 8, 1, hop=-1), "windows of 1 bars every -1 bars"),
        (lambda: bar_spans([4, 4], 8), "bars that begin at .4, 4. on 8 steps"),
        (lambda: bar_spans([4, 8], 8), "from 0 to 7"),
        (lambda: place_in_bar([-1], 8), "bars that begin at"),
        (lambda: cut_windows(np.zeros(4), [[0, 5]]), "spans from 0 to 5 on an array of 4 steps"),
        (lambda: bars(melody([60, 60], [10**12, 1])), "bars or more; the limit is 100,000"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(MusicMLError, match=message):
        call()
