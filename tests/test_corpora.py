"""The corpora: what is in them, how they are split, and how they are built."""

import json
import os
import runpy
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from musicml import corpora
from musicml.corpora import cache, cards, splits, tunes
from musicml.errors import DataError, MusicMLError
from musicml.score import Note, Part, Score, melody, read_abc_all

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def chorales():
    return corpora.load("chorales")


@pytest.fixture(scope="module")
def irish():
    return corpora.load("irish")


def pieces(corpus):
    return [*corpus.train, *corpus.valid, *corpus.test]


def by_name(corpus, name):
    name_of = (lambda p: p.name) if corpus.name == "chorales" else (lambda p: p.metadata["name"])
    return next(piece for piece in pieces(corpus) if name_of(piece) == name)


# What is in them


def test_article():
    article = corpora.load("article")
    assert article.x.tolist() == [1, 2, 3, 4, 5]
    assert article.y.tolist() == [2, 3, 4, 5, 6]
    assert article.x.dtype == article.y.dtype == np.float64


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(MusicMLError, match='unknown corpus "choral"; did you mean "chorales"'):
        corpora.load("choral")
    with pytest.raises(MusicMLError, match='unknown corpus "irsh"; did you mean "irish"'):
        corpora.info("irsh")


def test_chorale_arrays_are_consistent(chorales):
    assert len(pieces(chorales)) == 362
    for piece in pieces(chorales):
        grid, onset, fermata = piece.grid, piece.onset, piece.fermata
        assert grid.shape == onset.shape == fermata.shape == (len(grid), 4), piece
        assert (grid.dtype, onset.dtype, fermata.dtype) == (np.int16, bool, bool), piece
        sounding = grid != -1
        assert 36 <= grid[sounding].min() and grid.max() <= 81, piece
        assert not (onset & ~sounding).any() and not (fermata & ~sounding).any(), piece
        changed = np.diff(grid, axis=0, prepend=-1) != 0
        assert onset[changed & sounding].all(), piece  # a new pitch is a new note
        assert piece.bars[0] == piece.pickup < 16 and (np.diff(piece.bars) > 0).all(), piece
        assert piece.bars[-1] < len(grid), piece


def test_chorale_scores_are_what_music21_reads(chorales):
    """Notes, fermatas, key and bars; with and without pickup and repeats, and in a long piece."""
    from music21 import converter

    for name in ("bwv269", "bwv99.6", "bwv36.8-2", "bwv371"):
        piece = by_name(chorales, name)
        path = cache.music21_corpus("bach") / f"{name}.mxl"
        theirs = converter.parse(path, forceSource=True, storePickle=False)
        bars = [4 * measure.offset for measure in theirs.parts[0].getElementsByClass("Measure")]
        assert piece.bars[:3].tolist() == bars[piece.pickup > 0 :][:3]
        assert piece.sharps == theirs.parts[0].recurse().getElementsByClass("KeySignature")[0].sharps
        fermatas = [n for n in theirs.recurse().notes if any("Fermata" in e.classes for e in n.expressions)]
        assert piece.fermata.sum() == 4 * sum(n.quarterLength for n in fermatas)
        for voice, (ours, part) in enumerate(zip(piece.score().parts, theirs.parts, strict=True)):
            assert [(n.onset, n.pitch, n.duration) for n in ours.notes] == [
                (n.offset, n.pitch.midi, n.quarterLength) for n in part.flatten().stripTies().notes
            ], (name, voice)


def test_first_bars_of_a_chorale_as_a_reader_of_the_score_sees_them(chorales):
    """Checked by eye: G major, 3/4, a quarter of pickup; the soprano repeats G, holds it, and leaps to D."""
    piece = by_name(chorales, "bwv269")
    assert (piece.title, piece.key, piece.time_signature) == ("Aus meines Herzens Grunde", "G", (3, 4))
    assert piece.pickup == 4 and piece.bars[:3].tolist() == [4, 16, 28]
    assert piece.grid[[0, 4, 12, 16], 0].tolist() == [67, 67, 74, 71]
    assert piece.grid[0].tolist() == [67, 62, 59, 43]
    assert piece.onset[:8, 0].tolist() == [True, False, False, False, True, False, False, False]
    score = piece.score()
    assert score.tempo == 72 and score.pickup == 1 and score.keys == ((0, "G"),)
    assert [part.name for part in score.parts] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert score.duration == Fraction(len(piece.grid), 4)


def test_a_repeated_note_is_two_notes_and_a_held_note_one():
    grid = np.array([[60, 48, 40, 36], [60, 48, 40, -1], [60, 50, 40, 36]], np.int16)
    onset = np.array([[1, 1, 1, 1], [1, 0, 0, 0], [0, 1, 0, 1]], bool)
    piece = corpora.Chorale(
        "x", "x", grid, onset, np.zeros_like(onset), np.array([0]), 0, ((0, (4, 4)),), sharps=-3, mode="minor"
    )
    lengths = [[4 * note.duration for note in part.notes] for part in piece.score().parts]
    assert lengths == [[1, 2], [2, 1], [3], [1, 1]]
    assert piece.key == "Cm"


def test_irish_tunes_are_all_there_and_are_what_the_reader_reads(irish):
    assert len(pieces(irish)) == 2009 and irish.left_out == {}
    names = {tune.metadata["name"] for tune in pieces(irish)}
    assert len(names) == 2009 and "0732-2" in names
    path = tunes.sources("irish")[20]
    mine = {t.metadata["number"]: t for t in pieces(irish) if t.metadata["file"] == path.name}
    for theirs in read_abc_all(path.read_text(encoding="utf-8")):
        ours = mine.pop(theirs.metadata["number"])
        assert ours == theirs
        assert theirs.metadata.items() - {("rhythm", theirs.metadata.get("rhythm"))} <= ours.metadata.items()
    assert not mine


def test_haste_to_the_wedding(irish):
    tune = by_name(irish, "0987")
    assert (tune.title, tune.key, tune.time_signature) == ("Haste to the Wedding", "D", (6, 8))
    assert tune.metadata["rhythm"] == "double jig"


def test_tunes_are_a_sequence(irish):
    assert irish.train[-1] is irish.train[len(irish.train) - 1]
    assert [tune.title for tune in irish.train[3:5]] == [irish.train[3].title, irish.train[4].title]
    assert len(list(irish.valid)) == len(irish.valid)
    with pytest.raises(IndexError):
        irish.test[len(irish.test)]


def test_a_row_gives_the_score_back():
    notes = [Note(Fraction(k, 3), 60 + k, Fraction(1, 3)) for k in range(3)] + [Note(1, 70, Fraction(3, 8))]
    score = Score(
        [Part(notes)],
        title="Trois",
        tempos=((Fraction(0), 90.0), (Fraction(1, 2), 60.0)),
        time_signatures=((Fraction(0), (3, 8)),),
        keys=((Fraction(0), None),),
        pickup=Fraction(1, 3),
        metadata={"name": "x"},
    )
    columns = {column: [] for column in tunes.COLUMNS}
    row = json.loads(json.dumps(tunes.to_row(score, columns)))
    again = tunes.from_row(row, {column: np.array(values) for column, values in columns.items()})
    assert again == score and again.metadata == score.metadata


def test_names_of_second_transcriptions():
    score = Score(metadata={"number": "7"})
    taken = {}
    for _ in range(3):
        taken[tunes.tune_name("irish", Path("a.abc"), score, taken)] = score
    assert list(taken) == ["0007", "0007-2", "0007-3"]


# The splits


@pytest.fixture(scope="module")
def split_of():
    """dict of "corpus/name" -> (split, melody), read from what `load` gives."""
    rows = {}
    for corpus in map(corpora.load, corpora.EMBEDDED):
        for split in splits.SPLITS:
            for piece in getattr(corpus, split):
                if corpus.name == "chorales":
                    name = piece.name
                    line = [int(p) for p, new in zip(piece.grid[:, 0], piece.onset[:, 0], strict=True) if new]
                else:
                    name = piece.metadata["name"]
                    notes = sorted(piece.notes, key=lambda n: (n.onset, n.pitch))
                    line = [
                        n.pitch
                        for n, following in zip(notes, [*notes[1:], None], strict=True)
                        if following is None or following.onset != n.onset
                    ]
                assert f"{corpus.name}/{name}" not in rows, "a piece is in two splits"
                rows[f"{corpus.name}/{name}"] = split, line
    return rows


def shared_matrix(lines):
    """(n, n) shares of the shorter one's 6-grams, by a product of sparse matrices."""
    from scipy import sparse

    vocabulary, rows, columns = {}, [], []
    for row, line in enumerate(lines):
        moves = [b - a for a, b in zip(line, line[1:], strict=False)]
        for gram in {tuple(moves[i : i + 6]) for i in range(len(moves) - 5)}:
            rows.append(row)
            columns.append(vocabulary.setdefault(gram, len(vocabulary)))
    ones, shape = np.ones(len(rows), np.float32), (len(lines), len(vocabulary))
    has = sparse.csr_array((ones, (rows, columns)), shape=shape)
    sizes = np.asarray(has.sum(axis=1)).ravel()
    return (has @ has.T).toarray() / np.maximum(np.minimum.outer(sizes, sizes), 1)


def test_no_two_pieces_of_different_splits_share_half_a_melody(split_of):
    assert len(split_of) > 3400
    where = np.array([split for split, _ in split_of.values()])
    share = shared_matrix([line for _, line in split_of.values()])
    apart = where[:, None] != where[None, :]
    assert share[apart].max() < 0.5
    # The test can fail: within a split there are such pairs, and many.
    np.fill_diagonal(share, 0)
    assert (share[~apart] >= 0.5).sum() > 1000


def test_splits_are_about_80_10_10(split_of):
    for corpus in ("irish", "fiddle"):
        mine = [split for name, (split, _) in split_of.items() if name.startswith(corpus)]
        assert 0.77 < mine.count("train") / len(mine) < 0.83
        assert 0.07 < mine.count("valid") / len(mine) < 0.13


def test_published_test_chorales_are_in_test(chorales):
    assert len(splits.JSB_TEST) == 69
    assert splits.JSB_TEST | splits.JSB_TEST_MELODIES <= {piece.name for piece in chorales.test}


def published():
    for folder in filter(None, os.environ.get("MUSICML_DATA", "").split(os.pathsep)):
        if (path := Path(folder) / "jsb16").is_dir():
            return [json.loads((path / f).read_text()) for f in ("Jsb16thSeparated.json", "to_music21.json")]
    pytest.skip("MUSICML_DATA names no folder with the published benchmark")


def test_the_69_are_those_of_the_benchmark(chorales):
    _, names = published()
    assert {Path(row["music21"]).stem for row in names["test"] if row["music21"]} == splits.JSB_TEST


def once(line):
    """A soprano without rests, and repeated notes as one: the benchmark does not tell them from held ones."""
    return [p for p, last in zip(line, [-1, *line[:-1]], strict=True) if p not in (last, -1)]


def test_no_benchmark_test_soprano_was_trained_on(chorales):
    theirs = [once([step[0] for step in piece]) for piece in published()[0]["test"]]
    for part in (chorales.train, chorales.valid):
        ours = [once(piece.grid[:, 0].tolist()) for piece in part]
        assert shared_matrix(ours + theirs)[: len(ours), len(ours) :].max() < 0.5


def test_the_published_split_leaks_as_the_card_says():
    data, _ = published()
    train, test = (
        [once([step[0] for step in piece]) for piece in data[split]] for split in ("train", "test")
    )
    leaks = (shared_matrix(train + test)[: len(train), len(train) :].max(axis=0) >= 0.5).sum()
    card = " ".join(cards.path("chorales").read_text(encoding="utf-8").split())
    assert f"{leaks} of its {len(test)} test sopranos share half with a published training piece" in card


def test_grids_agree_with_the_benchmark_where_it_is_the_same_setting(chorales):
    """Another encoding of the same pieces, step by step, where the lengths tell that no repeat was played."""
    data, names = published()
    grids = {piece.name: piece.grid for piece in pieces(chorales)}
    equal = []
    for split, rows in names.items():
        for row in rows:
            if row["music21"] and row["score"] > 0.95 and Path(row["music21"]).stem in grids:
                ours, theirs = grids[Path(row["music21"]).stem], np.array(data[split][row["index"]])
                if abs(len(ours) - len(theirs)) <= 4:
                    n = min(len(ours), len(theirs))
                    equal.append((ours[:n] == theirs[:n]).mean())
    assert len(equal) > 100
    assert np.median(equal) > 0.98


def test_groups_close_transitively_and_ignore_the_key():
    rng = np.random.default_rng(0)
    long = 60 + rng.integers(-5, 6, 40).cumsum() % 20
    head, tail, other = long[:22] + 3, long[18:], 60 + rng.integers(-5, 6, 40).cumsum() % 20
    found = splits.groups({"head": head, "tail": tail, "other": other, "long": long, "short": [60, 62]})
    assert sorted(found) == [["head", "long", "tail"], ["other"], ["short"]]


def test_a_new_tune_moves_no_other_group():
    rng = np.random.default_rng(1)
    lines = {f"irish/{k:04d}": rng.integers(60, 80, 30) for k in range(300)}
    before = splits.assign(lines)
    after = splits.assign({**lines, "fiddle/new": rng.integers(60, 80, 30)})
    assert before.items() <= after.items()
    counts = [list(before.values()).count(split) for split in splits.SPLITS]
    assert abs(counts[0] - 240) < 25 and abs(counts[1] - 30) < 20 and abs(counts[2] - 30) < 20


@pytest.mark.parametrize("name", corpora.EMBEDDED)
def test_hash_and_card_are_in_step(name):
    corpus = corpora.load(name)
    assert corpora.info(name)["published_splits"], f"splits of {name}: {corpus.splits_hash}"
    text = cards.path(name).read_text(encoding="utf-8")
    assert splits.PUBLISHED[name] in text
    again = f"run: python -m musicml.corpora card {name} --write"
    assert cards.with_facts(text, corpus) == text, again


def test_every_corpus_has_a_card():
    for name in corpora.available():
        assert cards.path(name).is_file()


# The cache

RUN = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"

# Loads a small real corpus, prints what it read, and logs what it built.
SMALL = RUN + runpy.run_path(str(ROOT / "benchmarks" / "cache_race.py"))["READER"]


def start(code, *arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "MUSICML_PROGRESS": "0", **environment},
    )


def finish(process, timeout=300):
    out, errors = process.communicate(timeout=timeout)
    assert process.returncode == 0, errors
    return out.strip()


def test_eight_processes_on_an_empty_cache_build_once(tmp_path):
    """With four chorales and four tune files, so that it takes seconds; everything else is the real thing."""
    log = tmp_path / "log"
    running = [start(SMALL, log, "small", MUSICML_CACHE=str(tmp_path / "cache")) for _ in range(8)]
    answers = {finish(process) for process in running}
    assert len(answers) == 1
    assert sorted(log.read_text().split()) == ["chorales", "tunes", "tunes"]
    assert not list((tmp_path / "cache" / "corpora").glob("building-*"))


TOY = (
    RUN
    + """
import pathlib, sys, time
from musicml.corpora import cache

def build(folder):
    (folder / "first").write_text("half")
    pathlib.Path(sys.argv[1]).touch()  # half built
    time.sleep(float(sys.argv[2]))
    (folder / "second").write_text("whole")

folder = cache.folder("toy", build)
print(sorted(path.name for path in folder.iterdir()))
"""
)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_build_leaves_nothing_that_is_taken_for_a_corpus(tmp_path):
    mark, environment = tmp_path / "mark", {"MUSICML_CACHE": str(tmp_path / "cache")}
    victim = start(TOY, mark, 600, **environment)
    while not mark.exists():
        assert victim.poll() is None
        time.sleep(0.01)
    assert list((tmp_path / "cache" / "corpora").glob("building-*/toy/first"))
    assert not (tmp_path / "cache" / "corpora" / "toy").exists()
    waiting = start(TOY, tmp_path / "other", 0, **environment)
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    assert finish(waiting, 60) == "['first', 'second', 'sha256.json']"
    assert sorted(p.name for p in (tmp_path / "cache" / "corpora").iterdir()) == ["lock", "toy"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_chorales_killed_while_being_read_load_afterwards(tmp_path):
    """The workers of the killed process end with it, too: their input closes."""
    environment = {"MUSICML_CACHE": str(tmp_path / "cache")}
    log = tmp_path / "log"
    victim = start(SMALL, log, "small", **environment)
    while not log.exists():
        assert victim.poll() is None
        time.sleep(0.01)
    victim.send_signal(signal.SIGKILL)
    victim.communicate()  # returns when the workers, too, have closed what they inherited
    assert list((tmp_path / "cache" / "corpora").glob("building-*"))
    assert not list((tmp_path / "cache" / "corpora").glob("chorales-*"))
    clean = finish(start(SMALL, log, "small", MUSICML_CACHE=str(tmp_path / "clean")))
    assert finish(start(SMALL, log, "small", **environment)) == clean
    assert not list((tmp_path / "cache" / "corpora").glob("building-*"))


SLOW = (
    RUN
    + """
import sys, time
from musicml.corpora import cache

def build(folder):
    for k in range(20):
        (folder / f"{k:02d}").write_text("x" * 1000)
        time.sleep(float(sys.argv[1]))

print("ready", flush=True)
folder = cache.folder("toy", build)
print(sum(len(path.read_text()) for path in folder.glob("??")), len(cache.verify(folder)))
"""
)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_at_any_moment_a_corpus_is_whole_or_not_there(tmp_path):
    moments, half = np.linspace(0, 0.7, 8), 0
    victims = [start(SLOW, 0.02, MUSICML_CACHE=str(tmp_path / str(k))) for k in range(len(moments))]
    for victim, moment in zip(victims, moments, strict=True):
        victim.stdout.readline()
        time.sleep(moment / len(moments))
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
    for k in range(len(moments)):
        folder = tmp_path / str(k) / "corpora"
        half += any(folder.glob("building-*"))
        if (folder / "toy").exists():
            assert len(cache.verify(folder / "toy")) == 20
    assert half > 0  # otherwise nothing was tried
    for after in [start(SLOW, 0, MUSICML_CACHE=str(tmp_path / str(k))) for k in range(len(moments))]:
        assert finish(after, 60) == "ready\n20000 20"
    assert not list(tmp_path.glob("*/corpora/building-*/toy/*"))


def test_leftovers_are_removed_even_when_nothing_needs_building(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSICML_CACHE", str(tmp_path))
    cache.folder("toy", lambda folder: (folder / "x").touch())
    (tmp_path / "corpora" / "building-abc" / "toy").mkdir(parents=True)
    cache.clean()
    assert sorted(path.name for path in (tmp_path / "corpora").iterdir()) == ["lock", "toy"]


def test_a_build_that_fails_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSICML_CACHE", str(tmp_path))

    def build(folder):
        (folder / "half").touch()
        raise DataError("no")

    with pytest.raises(DataError, match="no"):
        cache.folder("toy", build)
    assert [path.name for path in (tmp_path / "corpora").iterdir()] == ["lock"]
    assert cache.folder("toy", lambda folder: (folder / "x").touch()).is_dir()


def test_a_cache_that_cannot_be_written_is_explained(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("MUSICML_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match="cannot be written .* set the variable MUSICML_CACHE"):
        cache.folder("toy", lambda folder: None)


def test_changed_code_never_meets_an_old_cache(tmp_path):
    code = tmp_path / "code.py"
    code.write_bytes(b"a = 1\r\n")
    first = cache.stamp(code)
    code.write_bytes(b"a = 1\n")
    assert cache.stamp(code) == first
    code.write_bytes(b"a = 2\n")
    assert cache.stamp(code) != first


def test_loading_does_not_import_music21():
    code = RUN + "from musicml import corpora\n"
    code += "[corpora.load(name) for name in corpora.available() if name not in corpora.DOWNLOADED]\n"
    code += "print('music21' in sys.modules)"
    corpora.prepare()
    assert finish(start(code)) == "False"


def test_top_notes_are_the_melody():
    score = Score([Part([Note(0, 60, 1), Note(0, 67, 1), Note(1, 62, 1)])])
    assert splits.melody(score) == [67, 62]
    assert splits.melody(melody([60, None, 62])) == [60, 62]
