"""The composer of dance tunes: what it is told, what it may write, and how well its network predicts."""

from fractions import Fraction

import numpy as np
import pytest

from musicml import corpora, evaluate, generate
from musicml.apps.compose import tune, tune_facts
from musicml.apps.compose.tune_facts import GROUPS, METRES, STARTS, TICKS, TONIC, VOCABULARY, Plan, facts
from musicml.errors import MusicMLError
from musicml.score import bar_length, melody, read_key

SCALES = {"major": {0, 2, 4, 5, 7, 9, 11}, "minor": {0, 2, 3, 5, 7, 8, 10}}


@pytest.fixture(scope="module")
def held_out():
    """Tunes of the validation split: a list of (tokens with END, plan)."""
    tunes = corpora.load("irish").valid
    found = [tune_facts.learnable(tunes[n]) for n in range(0, len(tunes), 6)]
    return [pair for pair in found if pair is not None]


@pytest.fixture(scope="module")
def network():
    return generate.pretrained("tune_gru")


def group(row, name):
    """The places that are 1 in one group of a row."""
    return np.flatnonzero(row[STARTS[name] : STARTS[name] + GROUPS[name]]).tolist()


class TestFacts:
    def test_no_row_depends_on_a_later_note(self, held_out):
        rng = np.random.default_rng(0)
        for tokens, plan in held_out[:6]:
            notes = tokens[:-1]
            whole = facts(notes, plan)
            for t in rng.integers(0, len(notes), 12):
                assert (facts(notes[:t], plan)[-1] == whole[t]).all()
                changed = notes.copy()
                changed[t:] = rng.integers(2, VOCABULARY.size, len(notes) - t)
                assert (facts(changed, plan)[: t + 1] == whole[: t + 1]).all()

    def test_every_earlier_note_is_seen(self, held_out):
        """The test above could pass because nothing is looked at."""
        tokens, plan = held_out[0]
        notes = tokens[:9]
        changed = notes.copy()
        changed[-1] = VOCABULARY.token("C4", Fraction(1, 8))
        assert (facts(notes, plan)[-1] != facts(changed, plan)[-1]).any()

    def test_each_group_says_one_thing(self, held_out):
        for tokens, plan in held_out[:4]:
            for row in facts(tokens[:-1], plan):
                for name in GROUPS:
                    found = len(group(row, name))
                    is_note = name in ("last", "copy") or name.endswith("back")
                    assert found == 1 or (is_note and found == 2)

    def test_place_and_bar(self):
        """6/8 with an upbeat of an eighth: the first note stands on the sixth eighth of the bar before."""
        plan = Plan((6, 8), "minor", Fraction(1, 2), 16)
        eighth, dotted = VOCABULARY.token("G4", Fraction(1, 2)), VOCABULARY.token("A4", Fraction(3, 2))
        rows = facts([eighth, dotted, dotted, eighth], plan)
        assert [group(row, "place") for row in rows] == [[10], [0], [6], [0], [2]]  # quarters of a beat
        assert [group(row, "bar of 8") for row in rows] == [[8], [0], [0], [1], [1]]
        assert group(rows[0], "metre") == [METRES.index((6, 8))] and group(rows[0], "mode") == [1]
        assert [group(row, "to go") for row in rows] == [[9]] * 5

    def test_what_stood_there_a_bar_ago(self):
        """Where the same place one bar earlier has a note, it is told; where it has none, that is told."""
        plan = Plan((2, 4), "major", Fraction(0), 8)
        g, a, long = (VOCABULARY.token(*note) for note in (("G4", 1), ("A4", 1), ("B4", 2)))
        rows = facts([g, a, g, a, long, g, a], plan)
        none = tune_facts.ROWS + tune_facts.COLUMNS
        pair = lambda token: [(token - 2) // 14, tune_facts.ROWS + (token - 2) % 14]  # noqa: E731
        seen = [group(row, "1 back") for row in rows]
        assert seen == [[none], [none], pair(g), pair(a), pair(g), pair(long), [none], pair(g)]
        assert [group(row, "1 back, agreed")[0] for row in rows] == [0, 0, 0, 1, 2, 0, 0, 0]

    def test_the_tonic_is_moved(self):
        for score in corpora.load("irish").valid[:10]:
            tonic, _ = read_key(score.key)
            assert (tonic + tune_facts.from_tonic(score)) % 12 == TONIC
            assert -6 <= tune_facts.from_tonic(score) <= 5

    def test_a_tune_without_tokens(self):
        assert tune_facts.learnable(melody([30, 100])) is None


class TestNetwork:
    def test_it_predicts_as_well_as_its_card_says(self, network, held_out):
        model, card = network
        found = []
        for tokens, plan in held_out:
            z = model(facts(tokens[:-1], plan)[None])[0].astype(float)
            found.append((z - np.logaddexp.reduce(z, axis=1)[:, None])[np.arange(len(tokens)), tokens])
        assert evaluate.nats_per_note(found) == pytest.approx(card["valid_nats_per_note"], abs=0.12)
        assert card["valid_nats_per_note"] < 1.8  # melody_mlp, which sees 16 notes and nothing else: 2.36

    def test_step_by_step_as_all_at_once(self, network, held_out):
        model, _ = network
        tokens, plan = held_out[1]
        rows, memory = facts(tokens[:-1], plan), None
        whole = model(rows[None])[0]
        for t, row in enumerate(rows[:40]):
            logits, memory = generate.recurrent_step(model, row, memory)
            np.testing.assert_allclose(logits, whole[t], atol=1e-4)

    def test_weights_are_small(self):
        assert (generate.WEIGHTS / "tune_gru.npz").stat().st_size <= 4_000_000


class TestForm:
    @pytest.mark.parametrize("metre", METRES)
    @pytest.mark.parametrize("seconds", [4, 7.3, 30, 61, 300])
    def test_without_a_tempo_whole_bars_fill_the_time(self, metre, seconds):
        tunes, tempo = tune.form(seconds, metre, Fraction(1, 2))
        played = sum(bars + 8 * repeats for bars, repeats in tunes)
        assert float(played * bar_length(metre) + Fraction(1, 2)) * 60 / tempo == pytest.approx(seconds)
        assert 1 / 1.5 < tempo / tune.TEMPOS[metre] < 1.5

    def test_two_parts_each_twice(self):
        assert tune.form(32, (6, 8), Fraction(0))[0] == [(16, 2)]

    def test_with_a_tempo_it_is_right_to_half_a_bar(self):
        for seconds in np.linspace(8, 200, 23):
            tunes, _ = tune.form(seconds, (4, 4), Fraction(1), 100)
            played = sum(bars + 8 * repeats for bars, repeats in tunes)
            assert abs((4 * played + 1) * 0.6 - seconds) <= 1.2 + 1e-9
            assert all(bars >= 8 * repeats for bars, repeats in tunes)

    def test_a_part_is_played_twice(self):
        bar = 2 * TICKS
        token = {name: VOCABULARY.token(name, 2) for name in ("G4", "A4", "B4")}
        notes = tune.play([token["G4"]] * 8 + [token["A4"]] * 8 + [token["B4"]], bar, 1)
        assert [pitch for _, pitch, _ in notes] == [67] * 16 + [69] * 8 + [71]
        assert [onset for onset, _, _ in notes] == [bar * n for n in range(25)]
        notes = tune.play([token["G4"]] * 8 + [token["A4"]] * 8 + [token["B4"]], bar, 2)
        assert [pitch for _, pitch, _ in notes] == [67] * 16 + [69] * 16 + [71]
        assert [onset for onset, _, _ in notes] == [bar * n for n in range(33)]


def lines_crossed(score):
    bar = bar_length(score.time_signature)
    place = [(note.onset - score.pickup) % bar for note in score.notes]
    return sum(at + note.duration > bar for at, note in zip(place, score.notes, strict=True))


class TestTunes:
    @pytest.mark.parametrize("metre", METRES)
    def test_length_bars_and_ending(self, metre):
        score = tune.compose_tune("A minor", 12, seed=3, metre=metre)
        bar = bar_length(metre)
        assert score.seconds(score.duration) == pytest.approx(12)
        assert score.time_signature == metre and score.key == "Am"
        assert (score.duration - score.pickup) % bar == 0  # the last bar is full
        assert lines_crossed(score) == 0
        assert score.notes[-1].pitch % 12 == 9
        assert 55 <= min(n.pitch for n in score.notes) and max(n.pitch for n in score.notes) <= 88
        assert all(a.end <= b.onset for a, b in zip(score.notes, score.notes[1:], strict=False))

    def test_thirty_seconds_and_repeats(self):
        score = tune.compose_tune("D", 30, seed=1, metre="6/8")
        assert score.seconds(score.duration) == pytest.approx(30)
        eight = [score.slice(start, start + 24).notes for start in (0, 24, 48, 72)]
        assert eight[0] == eight[1] != eight[2]
        assert eight[2] == eight[3][:-1] + (eight[2][-1],)  # the last note fills its bar
        assert len(eight[0]) > 20

    @pytest.mark.parametrize("key", ["Bb", "F#", "G minor", "E dorian", "D mixolydian", "C"])
    def test_every_key(self, key):
        tonic, mode = read_key(key)
        score = tune.compose_tune(key, 8, seed=2, metre=(4, 4))
        assert read_key(score.key) == (tonic, mode)
        scale = {
            "dorian": {0, 2, 3, 5, 7, 9, 10},
            "mixolydian": {0, 2, 4, 5, 7, 9, 10},
            **SCALES,
        }[mode]
        inside = [(note.pitch - tonic) % 12 in scale for note in score.notes]
        assert np.mean(inside) >= 0.75
        assert score.notes[-1].pitch % 12 == tonic

    def test_another_key_is_the_same_tune_moved(self):
        first, second = (tune.compose_tune(key, 8, seed=5, metre=(6, 8)) for key in ("G", "A"))
        moved = {b.pitch - a.pitch for a, b in zip(first.notes, second.notes, strict=True)}
        assert len(moved) == 1 and moved.pop() % 12 == 2

    def test_it_is_moved_by_octaves_into_the_range_of_a_fiddle(self):
        assert tune.best_shift([50, 60], 2) == 14
        assert tune.best_shift([67, 79], 5) == -7  # the middle stays near C5
        assert tune.best_shift([55, 88], 0) == 0

    def test_the_same_seed_the_same_tune(self):
        first, again, other = (tune.compose_tune("G", 6, seed=seed) for seed in (4, 4, 5))
        assert first == again != other

    def test_without_a_key_one_is_drawn(self):
        assert len({tune.compose_tune(seconds=4, seed=seed).key for seed in range(12)}) > 2

    def test_progress_reaches_the_end(self):
        seen = []
        tune.compose_tune("G", 20, seed=0, metre="6/8", progress=lambda *pair: seen.append(pair))
        assert seen == sorted(seen) and len({total for _, total in seen}) == 1
        assert seen[-1][0] == seen[-1][1] and seen[0][0] <= 1

    def test_a_tune_as_the_book_has_it(self):
        score = tune.write_tune(seed=1)
        bar = bar_length(score.time_signature)
        assert score.duration == 16 * bar  # the upbeat is taken from the last bar
        assert score.notes[-1].pitch % 12 == TONIC

    @pytest.mark.parametrize(
        "arguments, words",
        [
            ({"key": "H"}, 'not a key. Write one like "G"'),
            (
                {"key": "D phrygian"},
                'too few phrygian tunes.*expected major, minor, mixolydian, dorian.*"Dm"',
            ),
            ({"seconds": 1}, "seconds=1, expected 4 to 300"),
            ({"seconds": 4000}, "seconds=4000, expected 4 to 300"),
            ({"seconds": float("nan")}, "seconds=nan"),
            ({"seconds": None}, "seconds=None, expected 4 to 300. Ask for 30"),
            ({"metre": "7/8"}, 'unknown metre of a tune "7/8".*6/8'),
            ({"metre": (5, 4)}, 'unknown metre of a tune "5/4"'),
            ({"metre": 6}, 'unknown metre of a tune "6"'),
            ({"tempo": 5}, "tempo=5, expected 40 to 400"),
            ({"seconds": 4, "tempo": 60, "metre": "4/4"}, "less than two bars of 4/4.*at least"),
            ({"temperature": 0}, "temperature=0, expected 0.1 to 3"),
            ({"seed": -1}, "seed=-1, expected a whole number"),
            ({"seed": 1.5}, "seed=1.5, expected a whole number"),
        ],
    )
    def test_what_cannot_be(self, arguments, words):
        with pytest.raises(MusicMLError, match=words):
            tune.compose_tune(**arguments)


class TestAllowed:
    PLAN = Plan((2, 4), "major", Fraction(1, 2), 8)

    def may(self, name, duration, beat):
        """Whether a token may start at a beat after the first full bar."""
        end = 16 * TICKS - TICKS // 2
        mask = tune.allowed([2], int(beat * TICKS), end, self.PLAN)
        return bool(mask[VOCABULARY.token(name, Fraction(duration))])

    def test_bar_lines_hold(self):
        assert self.may("A4", 1, 1) and not self.may("A4", "3/2", 1)

    def test_no_gap_that_no_note_fills(self):
        """From 11/6 of a beat to the bar line at 2 is a sixth; less an eighth of a beat, a 24th."""
        assert self.may("A4", "1/6", Fraction(11, 6)) and not self.may("A4", "1/8", Fraction(11, 6))

    def test_it_ends_on_the_tonic(self):
        assert self.may("G4", 1, Fraction(29, 2)) and not self.may("A4", 1, Fraction(29, 2))
        assert not self.may(None, 1, Fraction(29, 2))
        assert self.may("A4", 1, 13)  # not the last

    def test_it_ends_with_a_beat_or_more(self):
        assert not self.may("A4", "1/2", Fraction(29, 2)) and not self.may("G4", "1/2", Fraction(15))
        assert self.may("A4", "1/2", 14)

    def test_what_notes_can_fill(self):
        reached = {0}
        for ticks in range(1, 121):
            if any(ticks - lasts in reached for lasts in tune_facts.DURATION_TICKS):
                reached.add(ticks)
        assert np.flatnonzero(tune.fillable(np.arange(121))).tolist() == sorted(reached)
        assert not tune.fillable(np.arange(-9, 0)).any()

    def test_no_start_no_end(self):
        assert not tune.allowed([], 0, 16 * TICKS, self.PLAN)[:2].any()
