"""The chorale composer: the facts it reads, the network that comes with the course, and what it writes."""

import numpy as np
import pytest

from musicml import corpora, generate, nn, recipes
from musicml.apps.compose import chorale as composer
from musicml.apps.compose import compose_chorale, part_writing
from musicml.errors import MusicMLError
from musicml.score import (
    ChoralePlan,
    ChoraleTokens,
    chorale_example,
    chorale_inputs,
    chorale_plan,
    fact_names,
    final_chord,
    final_tonic,
    find_key,
    key_name,
)
from musicml.score.chorale_plan import NUM_FACTS

TOKENS = ChoraleTokens()


def random_tokens(steps, seed=0):
    rng = np.random.default_rng(seed)
    tokens = rng.integers(2, TOKENS.size, 4 * steps)
    return np.where(rng.random(4 * steps) < 0.6, TOKENS.HOLD, tokens)


def small_model(context=16):
    model = recipes.chorale_transformer(nn, width=16, heads=2, blocks=2, context=context)
    model.build((None, context, NUM_FACTS))
    rng = np.random.default_rng(1)
    model.set_weights([w + rng.normal(0, 0.3, w.shape) for w in model.get_weights()])
    return model


# --- facts


def test_facts_of_a_token_do_not_know_it_nor_what_follows():
    plan, tokens = composer.chorale_form(2, 7, "minor"), random_tokens(32)
    rows = chorale_inputs(tokens, plan)
    for n in (0, 1, 6, 50, 127):
        changed = tokens.copy()
        changed[n:] = random_tokens(32, seed=n + 1)[n:]
        np.testing.assert_array_equal(chorale_inputs(changed, plan)[: n + 1], rows[: n + 1])
        np.testing.assert_array_equal(chorale_inputs(tokens[:n], plan, n)[0], rows[n])


def test_every_earlier_token_of_the_last_step_is_known():
    plan, tokens = composer.chorale_form(2, 0, "major"), np.full(40, TOKENS.HOLD)
    for back in 1, 2, 3, 4:
        changed = tokens.copy()
        changed[-back] = TOKENS.token(60)
        assert (chorale_inputs(changed, plan)[-1] != chorale_inputs(tokens, plan)[-1]).any()


def test_facts_in_words():
    plan = ChoralePlan(np.arange(12, 24) % 16, 16, np.arange(12) >= 8, 2, "minor")
    tokens = TOKENS.encode(np.array([[72, 67, 63, 48], [72, 65, 63, -1]]))
    names = fact_names(chorale_inputs(tokens[:6], plan)[6])
    assert names == [
        "voice Tenor", "place 13", "metre 4/4", "until 7", "end 2", "tonic 2", "mode minor",
        "before 1 F4", "before 2 C5", "before 3 C3", "before 4 D#4",
        "struck 1", "struck 3", "struck 4", "held 1", "chord 0", "chord 5",
    ]  # fmt: skip
    assert "before 1 REST" in fact_names(chorale_inputs(tokens, plan)[8])


def test_a_plan_moves_with_its_music():
    plan = composer.chorale_form(1, 9, "minor")
    assert plan.shift == 3 and plan.transpose(3).shift == 0 and plan.transpose(9).tonic == 6
    assert [plan.transpose(k).shift + (plan.tonic + k) % 12 in (0, 12) for k in range(12)] == [True] * 12


def test_only_a_chorale_has_a_plan():
    chorale = corpora.load("chorales").valid[0]
    for other in (chorale.score(), chorale.grid, None):
        with pytest.raises(MusicMLError, match="expected a Chorale: only its bars and fermatas"):
            chorale_plan(other)


def test_too_many_tokens_for_a_plan():
    with pytest.raises(MusicMLError, match="68 tokens and a plan of 16 steps"):
        chorale_inputs(random_tokens(17), composer.chorale_form(1, 0, "major"))


# --- writing


def test_the_cache_changes_nothing_and_goes_on_when_it_is_full(monkeypatch):
    model, plan = small_model(context=16), composer.chorale_form(1, 4, "minor")
    seen, real = [], generate.to_probabilities
    monkeypatch.setattr(generate, "to_probabilities", lambda z, temperature: seen.append(z) or real(z))
    tokens = composer.write(model, 16, plan, pieces=2, seed=3)
    rows = [chorale_inputs(piece, plan) for piece in tokens]
    start = 0
    for n in range(tokens.shape[1]):
        if n - start == 16:
            start = n - 8
        for piece in 0, 1:
            z, full = seen[2 * n + piece], model(rows[piece][None, start : n + 1])[0, -1]
            may = np.isfinite(z)
            assert may.any()
            np.testing.assert_allclose(z[may], full[may], rtol=1e-3, atol=1e-3)


def test_a_network_that_knows_nothing_keeps_the_plan_in_all_keys():
    model = small_model()
    for tonic in range(12):
        for mode in "major", "minor":
            plan = composer.chorale_form(1, tonic, mode, seed=tonic)
            score = composer.as_score(composer.write(model, 16, plan, seed=tonic)[0], plan)
            classes = {(pitch - tonic) % 12 for pitch in final_chord(score)}
            assert final_tonic(score) == tonic
            assert classes in ({0, 4}, {0, 4, 7}) or (mode == "minor" and classes in ({0, 3}, {0, 3, 7}))
            assert score.duration == 4 and score.key == key_name(tonic, mode)
            for part, low, high in zip(score.parts, composer.LOW, composer.HIGH, strict=True):
                assert all(low <= note.pitch <= high for note in part.notes)
                assert sum(note.duration for note in part.notes) == 4  # no rest


@pytest.mark.parametrize(
    "mode, sung, classes",
    [
        ("major", [], {0, 4, 7}),
        ("minor", [72], {0, 3, 4, 7}),
        ("minor", [75], {0, 3, 7}),  # with a minor third no major one
        ("minor", [76], {0, 4, 7}),
        ("minor", [72, 67], {3, 4}),  # the tenor brings the third that is missing
        ("major", [72, 64], {0, 4, 7}),
        ("major", [72, 64, 55], {0}),
    ],
)
def test_the_last_chord_is_the_tonic_chord(mode, sung, classes):
    plan = composer.chorale_form(1, 0, mode, seed=1)
    last = part_writing.line_ends(plan.fermata)[0]
    # The voices stand apart before, so that nothing they can do is parallel.
    before = np.repeat([TOKENS.token(p) for p in (73, 68, 59, 50)], last).reshape(4, last).T.reshape(-1)
    may = composer.allowed(np.append(before, [TOKENS.token(p) for p in sung]).astype(int), plan)
    pitches = {TOKENS.pitch(token) for token in np.flatnonzero(may).tolist()}
    assert {pitch % 12 for pitch in pitches} == classes
    assert len(sung) < 3 or max(pitches) < 55
    held = np.append(before, [TOKENS.token(p) for p in (72, 64, 55, 48)]).astype(int)
    assert np.flatnonzero(composer.allowed(held, plan)).tolist() == [TOKENS.HOLD]


def test_parallel_fifths_and_octaves_are_forbidden():
    plan = composer.chorale_form(1, 0, "major")
    # Soprano C5 to D5; the alto, a fifth below, may not go along, but may stay, or fall, or go elsewhere.
    tokens = TOKENS.encode(np.array([[72, 65, 60, 48], [74, 65, 60, 48]]))[:5]
    may = composer.allowed(tokens, plan)
    assert not may[TOKENS.token(67)] and may[TOKENS.HOLD] and may[TOKENS.token(65)] and may[TOKENS.token(69)]
    # The bass, octaves below soprano and tenor, may go anywhere but to a D with them.
    tokens = TOKENS.encode(np.array([[72, 65, 60, 48], [74, 65, 62, 48]]))[:7]
    assert np.flatnonzero(composer.parallel(tokens)).tolist() == [TOKENS.token(p) for p in (50, 62, 74, 86)]


@pytest.mark.parametrize("bars", [1, 2, 3, 9, 90])
def test_a_form_has_lines_to_its_end(bars):
    for seed in range(6):
        plan = composer.chorale_form(bars, 0, "major", seed)
        ends = part_writing.line_ends(plan.fermata)
        assert len(plan.place) == 16 * bars and plan.fermata[-1]
        assert (plan.place[ends[:-1]] == 8).all() and plan.place[ends[-1]] in (0, 8)
        assert len(ends) == max(bars // 2, 1) and ends[0] >= 8
        assert set(np.diff(ends)) <= {32, 48, 24, 40} and set(np.diff(ends[:-1])) <= {32, 48}


# --- the network that comes with the course


def test_the_network_scores_real_chorales_as_its_card_says():
    model, card = composer.network()
    real = {piece.name: piece for piece in corpora.load("chorales").valid}
    assert len(card["valid_nats_of_pieces"]) == 3
    for name, nats in card["valid_nats_of_pieces"].items():
        x, y = chorale_example(real[name])
        log_p = composer.log_probs(model, x, card["context"])
        assert log_p.shape == (len(y), TOKENS.size)
        np.testing.assert_allclose(np.exp(log_p).sum(axis=1), 1)
        assert -log_p[np.arange(len(y)), y].mean() == pytest.approx(nats, abs=2e-4)
    assert card["valid"]["nats_per_token"] < 0.55 < min(card["valid_baselines_nats_per_token"].values())


def test_scores_see_half_a_window_and_no_future():
    model, rows = (
        small_model(context=16),
        chorale_inputs(random_tokens(16), composer.chorale_form(1, 2, "minor")),
    )
    log_p = composer.log_probs(model, rows, 16)
    for n in (3, 17, 40, 63):
        start = 0 if n < 16 else 8 * (n // 8 - 1)
        z = model(rows[None, start : n + 1])[0, -1].astype("float64")
        np.testing.assert_allclose(log_p[n], z - np.log(np.exp(z).sum()), rtol=1e-4, atol=1e-4)


def test_the_same_seed_gives_the_same_piece_and_another_seed_another():
    one, again, other = (compose_chorale("D", 7, seed=seed) for seed in (4, 4, 5))
    assert one == again
    assert one.notes != other.notes
    assert one.title == "Chorale in D major" and one.key == "D"


@pytest.mark.parametrize("key, name", [("G minor", "Gm"), ("F# major", "F#"), ("Bb", "Bb"), ("c#m", "C#m")])
def test_a_piece_is_in_the_key_asked_for(key, name):
    score = compose_chorale(key, 14, seed=2)
    assert score.key == name
    assert name in [found for found, _ in find_key(score).ranking()[:4]]
    assert final_tonic(score) == composer.read_key(name)[0]


def test_of_the_pieces_the_one_with_the_fewest_faults_is_kept(monkeypatch):
    judged, count = [], composer.faults

    def faults(tokens, plan):
        judged.append((count(tokens, plan), composer.as_score(tokens, plan).notes))
        return judged[-1][0]

    monkeypatch.setattr(composer, "faults", faults)
    kept = compose_chorale("C", 8, seed=2)
    found = [number for number, _ in judged]
    assert len(found) == composer.PIECES and min(found) < max(found)
    assert kept.notes == judged[found.index(min(found))][1]


@pytest.mark.parametrize("seconds, tempo", [(4, 72), (6.3, 90), (11, 120), (5, 45)])
def test_the_length_is_right_to_half_a_bar(seconds, tempo):
    steps = []
    score = compose_chorale(
        None, seconds, tempo=tempo, progress=lambda done, total: steps.append((done, total))
    )
    bar = 4 * 60 / tempo
    assert abs(score.seconds(score.duration) - seconds) <= bar / 2 + 1e-9 or score.duration == 4
    assert steps[-1][0] == steps[-1][1] == len(steps) == 4 * score.duration


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"key": "H minor"}, '"H minor" is not a key'),
        ({"key": "D dorian"}, 'major and minor. Write "D" or "D minor"'),
        ({"key": ""}, "is not a key"),
        ({"seconds": 3}, "compose_chorale received seconds=3, expected 4 to 300"),
        ({"seconds": 1e9}, "expected 4 to 300"),
        ({"seconds": float("nan")}, "expected 4 to 300"),
        ({"tempo": 0}, "tempo=0, expected 40 to 160. These are quarter notes a minute"),
        ({"temperature": 0}, "temperature=0, expected 0.1 to 3"),
        ({"seconds": "long"}, "seconds='long', expected 4 to 300"),
        ({"seconds": None}, "expected 4 to 300"),
        ({"tempo": "fast"}, "tempo='fast', expected 40 to 160"),
        ({"temperature": None}, "temperature=None, expected 0.1 to 3"),
        ({"seed": -1}, "seed=-1, expected a whole number"),
        ({"seed": 1.5}, "seed=1.5, expected a whole number"),
    ],
)
def test_what_cannot_be_composed_gets_a_sentence(wrong, message):
    with pytest.raises(MusicMLError, match=message):
        compose_chorale(**{"key": "C", "seconds": 4, **wrong})


# --- part writing


def test_parallels_crossings_and_triads_are_counted():
    grid = np.array([[67, 64, 60, 48], [69, 65, 62, 50], [69, 65, 62, 50], [67, 64, 71, 48]])
    # A fifth from soprano to tenor and to bass, an octave from tenor to bass; and the same once more.
    assert part_writing.parallels(grid[:2]) == 3
    assert part_writing.parallels(grid[1:3]) == 0  # nothing moves
    assert part_writing.crossings(grid) == 1
    assert part_writing.is_triad((48, 64, 67, 72)) and not part_writing.is_triad((48, 65, 67, 72))
    assert part_writing.is_triad((50, 65, 72, -1)) is False and not part_writing.is_triad((48, 60, 72, 84))
    assert part_writing.line_ends([True, True, False, True]).tolist() == [0, 3]
