"""write_music_as_tokens: what it writes inline is the library's code, and what it says is so."""

import ast
import inspect
import io
import textwrap
from collections import Counter
from fractions import Fraction

import lesson_cells
import mido
import numpy as np
import pytest
from lesson_cells import methods, run

from musicml import baselines, score

NAME = "12_write_music_as_tokens"


@pytest.fixture(scope="module")
def sources():
    return lesson_cells.sources(NAME)


def test_the_chain_is_the_librarys_code(sources):
    mine = methods(next(node for node in ast.parse(sources["chain"]).body if isinstance(node, ast.ClassDef)))
    library = methods(ast.parse(textwrap.dedent(inspect.getsource(baselines.MarkovChain))).body[0])
    assert mine == {name: library[name] for name in ("__init__", "fit", "next_probs", "next_log_probs")}
    assert set(library) - set(mine) == {"log_probs"}, "the lesson says that this is all the library adds"


@pytest.fixture(scope="module")
def counting(sources):
    """The lesson's counting on every eighth tune."""
    few = {**sources, "setup": sources["setup"] + "\ntrain, valid = train[::8], valid[::8]\n"}
    return run(few, ("setup", "count", "smoothed", "array", "nats", "chain"))


def test_three_ways_give_the_same_surprise(counting):
    chain = counting["MarkovChain"](3, 702, strength=0.7).fit(counting["train"])
    for tune in counting["valid"][:3]:
        surprise = []
        for t in range(1, len(tune)):
            p = np.full(702, 1 / 702)
            for k in range(min(3, t) + 1):
                seen = chain.counts[k].get(tuple(tune[t - k : t]), Counter())
                p = counting["smoothed"](seen, p, 0.7)
            surprise.append(-np.log(p[tune[t]]))
        c, n = counting["counted"]([tune], chain)
        assert counting["nats"](c, n, 3, 0.7) == pytest.approx(np.mean(surprise), abs=1e-9)
        assert -chain.log_probs(tune).mean() == pytest.approx(np.mean(surprise), abs=1e-9)


def test_count_gives_the_tables_of_the_class(counting):
    chain = counting["MarkovChain"](2, 702).fit(counting["train"][:20])
    for order in range(3):
        assert counting["count"](counting["train"][:20], order) == chain.counts[order]


def test_little_smoothing_overfits_and_much_does_not(counting):
    chain = counting["MarkovChain"](5, 702).fit(counting["train"])
    known = counting["counted"](counting["train"], chain)
    new = counting["counted"](counting["valid"], chain)
    nats = counting["nats"]
    on_train, on_valid = ([nats(*of, order, 0.1) for order in range(6)] for of in (known, new))
    assert np.all(np.diff(on_train) < 0)
    assert on_valid[5] > on_valid[0] > on_valid[1]
    assert nats(*new, 5, 80) <= nats(*new, 2, 80) + 0.02 < on_valid[1]
    chance = np.log(702)
    assert nats(*new, 5, 1e9) == pytest.approx(chance, abs=1e-2), "nothing counted, nothing gained"


def test_the_bytes_are_a_midi_file_of_two_notes(sources):
    names = run(sources, ("setup", "dump", "read-time", "events"))
    notes = score.read_midi(names["data"]).notes
    assert [(n.onset, n.pitch, n.duration) for n in notes] == [(0, 62, 1), (1, 66, Fraction(1, 2))]
    messages = list(mido.MidiFile(file=io.BytesIO(names["data"])).tracks[0])[:4]
    ticks = np.cumsum([message.time for message in messages]).tolist()
    assert [(tick, key) for tick, _, key in names["key_events"](names["track"])] == [
        (tick, message.note) for tick, message in zip(ticks, messages, strict=True)
    ]


def test_read_time_reads_every_wait_that_mido_writes(sources):
    read_time = run(sources, ("setup", "read-time"))["read_time"]
    for ticks in (0, 1, 127, 128, 480, 16383, 16384, 2**21, 2**28 - 1):
        track = mido.MidiTrack([mido.Message("note_on", note=60, time=ticks)])
        file = io.BytesIO()
        mido.MidiFile(tracks=[track]).save(file=file)
        value, after = read_time(file.getvalue(), 22)
        assert (value, file.getvalue()[after]) == (ticks, 0x90)


def test_the_orange_notes_are_those_from_beat_11_on(sources):
    """The opening tune is a copied run, and then an earlier part of that run again."""
    names = run(sources, ("setup", "longest-shared"))
    library = baselines.MarkovChain(5, 702, strength=0.1).fit(names["train"])
    written = names["generate"].sample(library.next_log_probs, [0], 48, seed=252, stop=1)[1:].tolist()
    found = [names["longest_shared"](written, tune[1:-1])[0] for tune in names["train"]]
    best = int(np.argmax(found))
    assert (names["kept"][best].title, found[best]) == ("The Londonderry Hornpipe", 34)
    assert written[34:] == written[18:32]
    notes = names["tokens"].decode(written).notes
    assert float(notes[34].onset) == pytest.approx(21, abs=0.3)
    assert float(notes[18].onset) == pytest.approx(11, abs=0.3)
