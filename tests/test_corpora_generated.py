"""The generated corpora: dances as sound, listeners, and video clips; and what all corpora have in common."""

import json
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from musicml import corpora, sound
from musicml.corpora import cache, card_tables, cards, clips, listening, splits, styles
from musicml.errors import DataError, FileFormatError, ShapeError
from musicml.score import melody

GENERATED = ("styles_audio", "listening", "clips")


@pytest.fixture(scope="module")
def dances():
    return corpora.load("styles_audio")


@pytest.fixture(scope="module")
def year():
    return corpora.load("listening")


@pytest.mark.parametrize("name", GENERATED)
def test_hash_and_card_are_in_step(name):
    corpus = corpora.load(name)
    assert corpora.info(name)["published_splits"], corpus.splits_hash
    text = cards.path(name).read_text(encoding="utf-8")
    assert splits.PUBLISHED[name] in text
    assert cards.with_facts(text, corpus) == text, f"run: python -m musicml.corpora card {name} --write"


# Dances as sound


def rows_of(corpus):
    return [(split, row) for split in splits.SPLITS for row in getattr(corpus, split).rows]


def test_dances_are_recordings(dances):
    for part in (dances.train, dances.valid, dances.test):
        assert part.samples.dtype == np.int16 and part.samples.shape == (len(part), 4 * 11025)
        assert isinstance(part.samples, np.memmap)  # nothing is read before it is asked for
        samples = part.samples / 32768
        peaks, loud = abs(samples).max(axis=1), np.sqrt(np.square(samples).mean(axis=1))
        assert abs(peaks - 0.9).max() < 0.001 and loud.min() > 0.05
        assert abs(samples[:, :5000]).max(axis=1).min() > 0.02  # it begins at once
        assert abs(samples[:, -5000:]).max(axis=1).min() > 0.02  # and goes on to the end
        assert [clip.label for clip in part] == [part.label_names[k] for k in part.labels]
    assert set(Counter(dances.train.labels).values()) == {90}
    clip = dances.test[-1]
    assert clip.sr == 11025 and clip.samples.shape == (44100,)
    assert len(dances.train[:7]) == 7 and dances.train[:7].labels.shape == (7,)


def test_dances_keep_the_splits_and_the_labels_of_their_tunes(dances):
    split_of = corpora.embedded.all_splits()
    stated = {}
    for name in ("irish", "fiddle"):
        corpus = corpora.load(name)
        for tune in (*corpus.train, *corpus.valid, *corpus.test):
            stated[f"{name}/{tune.metadata['name']}"] = tune.metadata["rhythm"]
    times = Counter()
    for split, row in rows_of(dances):
        collection, tune = row["tune"].split("/", 1)
        assert split_of[collection][tune] == split
        assert styles.DANCES[stated[row["tune"]]] == row["label"]
        times[row["tune"]] += 1
    assert max(times.values()) <= styles.EXCERPTS


def dependence(rows):
    """p that labels and instruments (chi-square), speeds and tunings (Kruskal) look so by chance."""
    from scipy import stats

    table = Counter((row["label"], row["instrument"]) for row in rows)
    labels, instruments = ({row[what] for row in rows} for what in ("label", "instrument"))
    found = {
        "instrument": stats.chi2_contingency([[table[la, i] for i in instruments] for la in labels]).pvalue
    }
    for what in ("speed", "cents", "semitones"):
        found[what] = stats.kruskal(
            *([row[what] for row in rows if row["label"] == la] for la in labels)
        ).pvalue
    return found


def test_timbre_tempo_and_tuning_do_not_tell_the_dance(dances):
    for split in splits.SPLITS:
        rows = getattr(dances, split).rows
        for label in styles.LABELS:
            mine = [row for row in rows if row["label"] == label]
            times = Counter(row["instrument"] for row in mine)
            assert max(times.values()) - min(times.values()) <= 1  # balanced by construction
            speeds = np.log([row["speed"] for row in mine])
            assert abs(speeds.mean() - np.log(styles.SPEED).mean()) < 0.02
        assert min(dependence(rows).values()) > 0.5


def test_a_dependence_is_seen(dances):
    rows = [{**row} for row in dances.train.rows]
    for row in rows:
        if row["label"] == "reel":
            row["speed"] *= 1.1
            row["instrument"] = "piano" if row["instrument"] != "organ" else "organ"
    found = dependence(rows)
    assert found["speed"] < 0.01 and found["instrument"] < 0.01 and found["cents"] > 0.5


def test_a_clip_sounds_as_its_row_says():
    """Speed and tuning are measured in the sound, not read from the row."""
    how = {"speed": 0.1, "cents": 30.0, "semitones": -2, "instrument": "organ"}
    samples = styles.render(melody([69], 3), how)  # one note of ten seconds
    assert samples.shape == (styles.SR * styles.SECONDS,) and samples.dtype == np.int16
    fine = 16 * styles.SECONDS  # lines of the spectrum for one Hz
    spectrum = abs(np.fft.rfft(samples * np.hanning(len(samples)), 16 * len(samples)))
    measured = (350 * fine + spectrum[350 * fine : 450 * fine].argmax()) / fine
    assert abs(1200 * np.log2(measured / (440 * 2 ** (-2 / 12))) - 30) < 1
    samples = styles.render(melody([69] * 80, Fraction(1, 4)), {**how, "speed": 5.0, "instrument": "pluck"})
    level = abs(samples[: len(samples) // 55 * 55].reshape(-1, 55).astype(float)).max(axis=1)
    strokes = np.flatnonzero((level[1:] > 1.5 * level[:-1]) & (level[1:] > 0.2 * level.max()))
    assert np.median(np.diff(strokes)) * 55 / styles.SR == pytest.approx(1 / 5, abs=0.006)


def test_a_tune_in_sixteenths_is_as_fast_as_one_in_eighths():
    pitches = [69, 71, 73, 74] * 20
    how = {"speed": 6.0, "cents": 0.0, "semitones": 0, "instrument": "sine"}
    short, long = (styles.render(melody(pitches, Fraction(1, k)), how) for k in (4, 2))
    np.testing.assert_array_equal(short, long)


def test_an_excerpt_begins_with_a_bar_and_is_stressed():
    (tune,) = (t for t in corpora.load("irish").train if t.metadata["name"] == "0987")  # 6/8, with a pickup
    for half in range(2):
        part = styles.excerpt(tune, half)
        notes = {note.onset: note for note in part.notes}
        start = tune.pickup + (0 if half == 0 else 3 * (int((tune.duration - tune.pickup) / 3) // 2))
        assert notes[0].pitch == next(note.pitch for note in tune.notes if note.onset == start)
        assert {notes[beat].velocity for beat in notes if beat % 3 == 0} == {112}
        assert {notes[beat].velocity for beat in notes if beat % 3 == Fraction(3, 2)} == {92}
        assert {notes[beat].velocity for beat in notes if beat % 3 == Fraction(1, 2)} == {72}


def test_evenly_covers_the_range():
    numbers = np.sort(styles.evenly(np.random.default_rng(0), 50, 4, 8))
    assert ((numbers - 4) * 50 / 4).astype(int).tolist() == list(range(50))


# Listeners


def test_listeners_are_always_the_same(year):
    again = corpora.load("listening")
    assert again.splits_hash == year.splits_hash
    np.testing.assert_array_equal(again.truth.tastes, year.truth.tastes)


def test_plays_are_whole(year):
    for part in (year.train, year.valid, year.test):
        assert len(part.user) == len(part.item) == len(part.count) == len(part)
        assert part.count.min() >= 1 and part.item.min() >= 0 and part.item.max() < len(year.items)
        assert len(set(zip(part.user.tolist(), part.item.tolist(), strict=True))) == len(part)
        assert len(np.unique(part.user)) == len(year.users) == listening.LISTENERS
    irish = {f"irish/{t.metadata['name']}": t.title for t in corpora.load("irish").test}
    titles = dict(zip(year.item_ids, year.items, strict=True))
    assert len(titles) == len(year.items) and irish.items() <= titles.items()
    some = year.test[year.test.user == 7]
    assert set(some.user) == {7} and len(some) == (year.test.user == 7).sum()


def recalls(year, part, scores):
    seen = set(zip(year.train.user.tolist(), year.train.item.tolist(), strict=True))
    new = [p for p in zip(part.user.tolist(), part.item.tolist(), strict=True) if p not in seen]
    return [card_tables.recall(year, new, score) for score in scores]


def test_true_tastes_are_the_best_guess(year):
    truth, shape = year.truth, (len(year.users), len(year.items))
    rng = np.random.default_rng(0)
    fame = np.tile(np.bincount(year.train.item, minlength=shape[1]), (shape[0], 1))
    other_people = truth.attraction[rng.permutation(shape[0])]
    best, others, famous, chance = recalls(
        year, year.test, (truth.attraction, other_people, fame, rng.random(shape))
    )
    assert best > 2 * famous > 5 * chance
    assert best > 2 * others


def test_recall_by_hand():
    plays = corpora.Plays(*np.array([[0, 1], [0, 1], [1, 1]]))
    small = corpora.Listening("x", ("a", "b"), tuple("wxyz"), (0, 1, 2, 3), plays, plays, plays)
    score = np.array([[9, 3, 2, 1], [0, 9, 1, 2]])  # the 9s were played in train
    assert card_tables.recall(small, [(0, 1), (0, 3), (1, 2)], score, k=1) == (1 / 2 + 0) / 2
    assert card_tables.recall(small, [(0, 1), (0, 3), (1, 2)], score, k=2) == (1 / 2 + 1) / 2


def test_time_orders_the_split(year):
    """A tune is found before it is played again, so what is in train is often in test, and new ones come."""
    rng = np.random.default_rng(3)
    user, item, week = listening.draw_plays(rng, year.truth)
    assert week.min() == 0 and week.max() == listening.WEEKS - 1
    first = {}
    for u, i, w in zip(user.tolist(), item.tolist(), week.tolist(), strict=True):
        first.setdefault((u, i), w)  # the finds stand before the plays that follow
        assert w >= first[u, i]


def test_features_of_a_tune():
    year_rows = corpora._all_rows()
    wedding = listening.features(*year_rows["irish/0987"])
    by_name = dict(zip(listening.FEATURES, wedding, strict=True))
    assert by_name["jig"] == 1 and by_name["reel"] == by_name["minor"] == by_name["waltz time"] == 0
    assert 5 < by_name["busy"] < 6.5  # a jig has six eighths a bar
    tune = next(t for t in corpora.load("irish").train if t.metadata["name"] == "0987")
    pitches = [note.pitch for note in tune.notes]
    assert by_name["wide"] == max(pitches) - min(pitches)


def test_kinds_like_what_they_are_said_to_like(year):
    truth = year.truth
    dreamer = np.array(truth.kinds) == "dreamer"
    played = [
        np.average(truth.features[year.train.item[who], listening.FEATURES.index("busy")])
        for who in (dreamer[year.train.user], ~dreamer[year.train.user])
    ]
    assert played[0] < played[1] - 0.5


# Clips


def test_clips_are_drawn_on_demand_and_always_the_same():
    corpus = corpora.load("clips")
    assert (len(corpus.train), len(corpus.valid), len(corpus.test)) == (16, 4, 8)
    clip, again = corpus.test[0], corpora.load("clips").test[0]
    assert "frames" not in vars(clip)
    assert clip.frames is clip.frames and clip.frames.dtype == np.uint8
    assert clip.frames.shape == (len(clip), 96, 128, 3)
    np.testing.assert_array_equal(clip.frames, again.frames)


def test_the_truth_about_a_clip():
    for clip in corpora.load("clips").valid:
        frames = clip.frames.astype(float)
        change = abs(np.diff(frames, axis=0)).mean(axis=(1, 2, 3))
        order = np.argsort(-change) + 1
        assert sorted(order[: len(clip.cuts)]) == clip.cuts.tolist()  # the largest changes are the cuts
        assert clip.motion[0] == 0 and not clip.motion[clip.cuts].any()
        luma = 0.299 * frames[..., 0] + 0.587 * frames[..., 1] + 0.114 * frames[..., 2]
        np.testing.assert_allclose(clip.brightness, luma.mean(axis=(1, 2)) / 255, rtol=1e-12)


def test_motion_follows_speed():
    every = corpora.load("clips").train
    speed, motion = (np.concatenate([getattr(clip, what) for clip in every]) for what in ("speed", "motion"))
    means = [motion[speed == pixels].mean() for pixels in sorted(clips.SPEEDS.values())]
    assert motion[speed == 0].max() < 0.0002  # the glow
    assert all(more > 2 * less for less, more in zip(means, means[1:], strict=False))


def test_speed_is_how_far_a_shape_moves():
    shot = clips.Shot(12, "lively", (0, 0, 0), (1, 1), ((30.0, 40.0, 3.0, 4.0, 6.0, True, (1, 1, 1)),))
    frames = clips.draw(shot)
    centres = np.array([np.argwhere(frame[..., 0] > 0).mean(axis=0) for frame in frames[:8]])
    np.testing.assert_allclose(np.diff(centres, axis=0), [[3, 4]] * 7, atol=0.3)


def test_shapes_bounce_off_the_edges():
    assert clips.bounce(np.array([0.0, 5, 10, 12, 20, 22]), 0, 10).tolist() == [0, 5, 10, 8, 0, 2]
    assert clips.bounce(np.array([-3.0, 8]), 2, 8).tolist() == [7, 8]


def test_a_clip_is_written_and_read(tmp_path):
    clip = corpora.load("clips").test[1]
    path = tmp_path / "clip.mp4"
    corpora.save_clip(clip, path)
    frames, fps = corpora.load_frames(path)
    assert fps == clip.fps and frames.shape == clip.frames.shape and frames.dtype == np.uint8
    assert abs(frames.astype(int) - clip.frames).mean() < 4  # of 255
    change = abs(np.diff(frames.astype(float), axis=0)).mean(axis=(1, 2, 3))
    assert sorted(np.argsort(-change)[: len(clip.cuts)] + 1) == clip.cuts.tolist()
    first = path.read_bytes()
    corpora.save_clip(clip, path)
    assert path.read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == ["clip.mp4"]


def test_videos_that_cannot_be(tmp_path):
    frames = np.zeros((2, 4, 6, 3), np.uint8)
    for wrong, said in (
        (frames[0], "cannot be a video"),
        (frames / 255, "float64"),
        (frames[:0], "at least one"),
    ):
        with pytest.raises(ShapeError, match=said):
            corpora.save_frames(wrong, 12, tmp_path / "a.mp4")
    with pytest.raises(ShapeError, match="3 rows and 6 columns .* must be even"):
        corpora.save_frames(frames[:, 1:], 12, tmp_path / "a.mp4")
    with pytest.raises(DataError, match="cannot be written"):
        corpora.save_frames(frames, 12, tmp_path / "no folder" / "a.mp4")
    for content in (b"", b"no video at all" * 100):
        (tmp_path / "b.mp4").write_bytes(content)
        with pytest.raises(FileFormatError, match="b.mp4 cannot be read as a video"):
            corpora.load_frames(tmp_path / "b.mp4")
    with pytest.raises(FileFormatError, match="c.mp4 cannot be read"):
        corpora.load_frames(tmp_path / "c.mp4")
    sound.save_audio(tmp_path / "d.wav", np.zeros(2000), 8000)
    with pytest.raises(FileFormatError, match="d.wav has no pictures"):
        corpora.load_frames(tmp_path / "d.wav")


# What all have in common


def test_every_default_is_ready_and_whole_after_prepare():
    corpora.prepare()
    for name in corpora.available():
        facts = corpora.info(name)
        assert facts["name"] == name and facts["default"] == (name not in corpora.DOWNLOADED)
        if facts["default"]:
            assert facts["ready"] and corpora.get(name) == corpora.path(name) == facts["path"]
            hashes = corpora.verify(name)
            assert bool(hashes) == (facts["path"] is not None)
            assert all(len(digest) == 64 for digest in hashes.values())


def test_a_damaged_corpus_is_found_out(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSICML_CACHE", str(tmp_path))
    folder = cache.folder("toy", lambda path: (path / "a.json").write_text("[1, 2]"))
    assert list(cache.verify(folder)) == ["a.json"]
    (folder / "a.json").write_text("[1, 2")
    with pytest.raises(DataError, match="toy is damaged .a.json: not as it was built.. Delete the folder"):
        cache.verify(folder)
    with pytest.raises(DataError, match="toy is damaged .JSONDecodeError"), cache.reading(folder):
        json.loads((folder / "a.json").read_text())
    (folder / "a.json").unlink()
    with pytest.raises(DataError, match="damaged"):
        cache.verify(folder)


def test_a_damaged_chorale_file_is_explained(tmp_path, monkeypatch):
    import shutil

    whole = corpora.get("chorales")
    splits_of = corpora.embedded.splits_folder()
    monkeypatch.setenv("MUSICML_CACHE", str(tmp_path))
    for name in corpora.EMBEDDED:
        source = whole if name == "chorales" else whole.parent / corpora.embedded.cached(name)
        shutil.copytree(source, tmp_path / "corpora" / source.name)
    shutil.copytree(splits_of, tmp_path / "corpora" / splits_of.name)
    assert len(corpora.load("chorales").train) == 181
    file = tmp_path / "corpora" / whole.name / "chorales.npz"
    file.write_bytes(file.read_bytes()[:-1000])
    with pytest.raises(DataError, match="chorales-.* is damaged .* Delete the folder"):
        corpora.load("chorales")
    with pytest.raises(DataError, match="chorales.npz: not as it was built"):
        corpora.verify("chorales")
