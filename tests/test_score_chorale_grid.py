"""Chorales as tokens: nothing is lost on the real ones, and every sequence is music in four voices."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicml import corpora
from musicml.errors import MusicMLError
from musicml.score import (
    ChoraleTokens,
    allowed_transpositions,
    chorale_facts,
    grid_score,
    read_midi,
    transpose_grid,
    write_midi,
)

TOKENS = ChoraleTokens()
PITCHES = ChoraleTokens(holds=False)
any_tokens = st.lists(st.integers(0, TOKENS.size - 1), max_size=60)


@pytest.fixture(scope="module")
def chorales():
    corpus = corpora.load("chorales")
    return [*corpus.train, *corpus.valid, *corpus.test]


def test_the_vocabulary():
    assert TOKENS.size == 62 and len({TOKENS.name(t) for t in range(62)}) == 62
    assert [TOKENS.name(t) for t in (0, 1, 2, 3, 4, 61)] == ["START", "END", "REST", "HOLD", "F#1", "D#6"]
    assert all(TOKENS.token(TOKENS.pitch(t)) == t for t in range(4, 62))
    for pitch in (29, 88):
        with pytest.raises(MusicMLError, match=f"pitch {pitch} has no token, expected 30 to 87"):
            TOKENS.token(pitch)


def test_two_steps_written_by_hand():
    grid = np.array([[72, 67, 64, 48], [72, 67, 62, -1], [72, 67, 62, 48]])
    onset = np.array([[1, 1, 1, 1], [0, 1, 1, 0], [0, 0, 0, 1]], bool)
    tokens = TOKENS.encode(grid, onset, ends=True)
    assert [TOKENS.name(t) for t in tokens] == (
        "START C5 G4 E4 C3 HOLD G4 D4 REST HOLD HOLD HOLD C3 END".split()
    )
    lengths = [[4 * n.duration for n in part.notes] for part in TOKENS.decode(tokens).parts]
    assert lengths == [[3], [1, 2], [1, 2], [1, 1]]
    assert [PITCHES.name(t) for t in PITCHES.encode(grid, onset)[:8]] == "C5 G4 E4 C3 C5 G4 D4 REST".split()


def test_all_chorales_come_back(chorales):
    assert len(chorales) == 362
    for chorale in chorales:
        tokens = TOKENS.encode(chorale)
        grid, onset = TOKENS.grid(tokens)
        assert len(tokens) == 4 * len(chorale.grid)
        assert np.array_equal(grid, chorale.grid) and grid.dtype == chorale.grid.dtype
        assert np.array_equal(onset, chorale.onset)
        assert np.array_equal(PITCHES.grid(PITCHES.encode(chorale, ends=True))[0], chorale.grid)


def test_the_score_is_the_one_of_the_corpus(chorales):
    for chorale in chorales[::20]:
        assert TOKENS.decode(TOKENS.encode(chorale)).parts == chorale.score().parts
        assert grid_score(chorale.grid, chorale.onset).parts == chorale.score().parts


def test_every_chorale_can_move_to_all_twelve_keys(chorales):
    for chorale in chorales[::10]:
        tokens = TOKENS.encode(chorale)
        for semitones in (-6, 6):
            moved = TOKENS.transpose(tokens, semitones)
            assert np.array_equal(
                moved, TOKENS.encode(transpose_grid(chorale.grid, semitones), chorale.onset)
            )
            assert np.array_equal(TOKENS.transpose(moved, -semitones), tokens)
    assert all(
        {*range(-6, 7)} <= {*allowed_transpositions(c, TOKENS.LOWEST, TOKENS.HIGHEST)} for c in chorales
    )


def test_facts_stand_beside_the_tokens(chorales):
    chorale = next(c for c in chorales if c.name == "bwv269")  # 3/4, a quarter of pickup
    tokens, facts = TOKENS.encode(chorale), chorale_facts(chorale)
    assert {len(values) for values in facts.values()} == {len(tokens)}
    assert facts["voice"][:5].tolist() == [0, 1, 2, 3, 0]
    assert facts["place"][::4][:18].tolist() == [8, 9, 10, 11, *range(12), 0, 1]
    assert np.array_equal(facts["fermata"].reshape(-1, 4), chorale.fermata.any(1)[:, None].repeat(4, 1))
    assert 0 < facts["fermata"].mean() < 0.5


@pytest.mark.parametrize("vocabulary", [TOKENS, PITCHES], ids=["holds", "pitches"])
@given(sequence=any_tokens)
def test_every_sequence_decodes(vocabulary, sequence):
    grid, onset = vocabulary.grid(sequence)
    said = sequence[: sequence.index(1)] if 1 in sequence else sequence
    said = [t for t in said if t != 0]
    assert grid.shape == onset.shape == (-(-len(said) // 4), 4) and grid.dtype == np.int16
    now = [-1] * 4
    for i, token in enumerate(said):  # the rule, one token at a time
        now[i % 4] = {2: -1, 3: now[i % 4]}.get(token, token + 26)
        assert grid[i // 4, i % 4] == now[i % 4]
        if vocabulary.holds:
            assert onset[i // 4, i % 4] == (token >= 4)
    if said:
        assert grid[-1].tolist() == now  # the voices that the last step lacks are held
    tokens = vocabulary.encode(grid, onset)
    assert all(np.array_equal(a, b) for a, b in zip(vocabulary.grid(tokens), (grid, onset), strict=True))
    assert np.array_equal(vocabulary.encode(*vocabulary.grid(tokens)), tokens)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("chorale") / "any.mid"


@settings(max_examples=50)
@given(sequence=any_tokens)
def test_every_sequence_can_be_saved_and_loaded(path, sequence):
    score = TOKENS.decode(sequence, tempo=60, title="Any")
    write_midi(score, path)
    again = read_midi(path)
    assert again.notes == score.notes and (again.tempo, again.title) == (60, "Any")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[60, 55, 52, 29]],), "step 0, Bass: pitch 29 has no token, expected 30 to 87"),
        (([[60, 55, 52]],), r"grid of shape \(1, 3\), expected \(T, 4\)"),
        (([[60, 55, 52, -2]],), "step 0, voice 3 of the grid is -2"),
        (([[60.0, 55, 52, 48]],), "type float64, expected integers"),
        (([[60, 55, 52, 48]], [[True]]), r"onset of shape \(1, 1\)"),
        (([[60, 55, 52, 48]], [[1, 1, 0, 1]]), "step 0, Tenor: a new pitch without an onset"),
        (([[60, 55, -1, 48]], [[1, 1, 1, 1]]), "step 0, Tenor: an onset at a rest"),
    ],
)
def test_what_does_not_fit_is_named(arguments, message):
    with pytest.raises(MusicMLError, match=message):
        TOKENS.encode(*arguments)


def test_tokens_outside_the_vocabulary_are_named():
    with pytest.raises(MusicMLError, match="token 62 at place 1"):
        TOKENS.decode([0, 62])
    with pytest.raises(MusicMLError, match="token 62 is outside"):
        TOKENS.name(62)
    with pytest.raises(MusicMLError, match="at place 1 is D#6, and moved by 1"):
        TOKENS.transpose([3, 61], 1)


def test_a_grid_without_onsets():
    """As the data of jsb16 comes: a pitch that stays is one note."""
    score = grid_score(np.array([[60], [60], [-1], [60]]), steps_per_beat=1)
    assert [(n.onset, n.duration) for n in score.notes] == [(0, 2), (3, 1)]
    with pytest.raises(MusicMLError, match="expected the same"):
        grid_score(np.array([[60]]), np.array([[1, 1]]))


def test_jsb16_comes_back():
    folders = os.environ.get("MUSICML_DATA", "").split(os.pathsep)
    found = [f for folder in folders for f in Path(folder).glob("jsb16/Jsb16thSeparated.json")]
    if not found:
        pytest.skip("the download corpus jsb16 is not here")
    for pieces in json.loads(found[0].read_text(encoding="utf-8")).values():
        for piece in pieces:
            grid = np.array(piece)
            for vocabulary in (TOKENS, PITCHES):
                assert np.array_equal(vocabulary.grid(vocabulary.encode(grid))[0], grid)
