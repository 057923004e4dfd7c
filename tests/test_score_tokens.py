"""Melody tokens: every sequence decodes; every melody in the vocabulary comes back."""

from fractions import Fraction as F

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicml.errors import MusicMLError
from musicml.score import MelodyTokens, Note, Part, Score, melody, melody_line

TOKENS = MelodyTokens()
any_tokens = st.lists(st.integers(0, TOKENS.size - 1), max_size=40)


def test_the_vocabulary_is_the_product():
    assert TOKENS.size == 2 + 50 * 14 == 702
    pairs = [TOKENS.split(t) for t in range(2, TOKENS.size)]
    assert len(set(pairs)) == 700
    assert [TOKENS.token(*pair) for pair in pairs] == list(range(2, TOKENS.size))
    assert len({TOKENS.name(t) for t in range(TOKENS.size)}) == TOKENS.size


def test_names():
    assert TOKENS.name(TOKENS.token("D5", F(1, 2))) == "D5 1/2"
    assert TOKENS.name(TOKENS.token(None, 1)) == "rest 1"
    assert (TOKENS.name(0), TOKENS.name(1)) == ("START", "END")


@given(any_tokens)
def test_every_sequence_decodes(sequence):
    score = TOKENS.decode(sequence, tempo=90)
    sung = sequence[: sequence.index(TOKENS.END)] if TOKENS.END in sequence else sequence
    pairs = [TOKENS.split(t) for t in sung if t != TOKENS.START]
    assert [n.pitch for n in score.notes] == [p for p, _ in pairs if p is not None]
    assert score.duration <= sum(d for _, d in pairs)
    assert score.tempo == 90


@given(any_tokens)
def test_canonical_sequences_come_back(sequence):
    """Canonical: no START or END, no two rests in a row, no rest at the end."""
    canonical = []
    for token in sequence:
        rest = token > 1 and TOKENS.split(token)[0] is None
        if token > 1 and not (rest and canonical and TOKENS.split(canonical[-1])[0] is None):
            canonical.append(token)
    while canonical and TOKENS.split(canonical[-1])[0] is None:
        canonical.pop()
    score = TOKENS.decode(canonical)
    assert TOKENS.fits(score)
    assert TOKENS.encode(score).tolist() == canonical
    assert TOKENS.encode(score, ends=True).tolist() == [TOKENS.START, *canonical, TOKENS.END]


def test_the_top_of_a_chord_stays_and_an_overlap_is_cut():
    chord = Score(
        [
            Part(),
            Part([Note(0, 36, 1)], is_drums=True),
            Part([Note(0, 60, 1), Note(0, 64, 2), Note(1, 67, 1)]),
        ]
    )
    assert [TOKENS.name(t) for t in TOKENS.encode(chord)] == ["E4 1", "G4 1"]
    assert TOKENS.encode(Score()).shape == (0,) and TOKENS.encode(Score()).dtype == np.int64


@pytest.mark.parametrize(
    ("score", "message"),
    [
        (melody([60, 47], title="Low"), '"Low", note B2 at beat 1: the pitch B2 .* expected C3 to C7'),
        (melody([60], [F(1, 7)]), "note C4 at beat 0: a duration of 1/7 beats"),
        (melody([None, 60], [F(9, 4), 1]), "rest at beat 0: a duration of 9/4 beats"),
    ],
)
def test_what_does_not_fit_is_named(score, message):
    assert not TOKENS.fits(score)
    with pytest.raises(MusicMLError, match=message):
        TOKENS.encode(score)


@pytest.mark.parametrize("bad", [[702], [-1], [[1, 2]], [0.5]])
def test_decode_refuses_other_arrays(bad):
    with pytest.raises(MusicMLError, match="expected integers|outside the vocabulary"):
        TOKENS.decode(bad)


def test_start_is_not_a_note():
    with pytest.raises(MusicMLError, match="token 0 is not a note"):
        TOKENS.split(TOKENS.START)


def test_the_ids_stay():
    """Weights that are shipped were trained on these."""
    tune = melody([62, None, 67, 48, 96, None], [1, 0.5, F(1, 8), 5, F(1, 6), 1])
    assert TOKENS.encode(tune, ends=True).tolist() == [0, 219, 7, 282, 29, 689, 1]
    assert [TOKENS.name(t) for t in (2, 15, 16, 701)] == ["rest 1/8", "rest 5", "C3 1/8", "C7 5"]


def test_the_line_is_exact_whatever_the_fractions():
    notes = [Note(F(1, 7), 60, F(1, 3)), Note(F(1, 2), 62, 9), Note(F(11, 5), 59, F(1, 13))]
    assert melody_line(Score([Part(notes)])) == [
        (0, None, F(1, 7)),
        (F(1, 7), 60, F(1, 3)),
        (F(10, 21), None, F(1, 42)),
        (F(1, 2), 62, F(17, 10)),
        (F(11, 5), 59, F(1, 13)),
    ]


@given(any_tokens, st.integers(-20, 20))
def test_tokens_move_as_scores_do(sequence, semitones):
    score = TOKENS.decode(sequence)
    if all(48 <= n.pitch + semitones <= 96 for n in score.notes) and TOKENS.END not in sequence:
        moved = TOKENS.transpose(sequence, semitones)
        assert TOKENS.decode(moved).notes == score.transpose(semitones).notes
        assert TOKENS.transpose(moved, -semitones).tolist() == sequence


def test_a_token_that_would_leave_the_vocabulary_is_named():
    tokens = [TOKENS.token(None, 1), TOKENS.token("C3", 1)]
    with pytest.raises(MusicMLError, match="at place 1 is C3 1, and moved by -1 semitones"):
        TOKENS.transpose(tokens, -1)
