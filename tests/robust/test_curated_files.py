"""Every reader faces files made to break it: each loads as what it is, or is refused in words that help."""

import re

import pytest

from musicml.score import melody, save

from . import bad_abc, bad_audio, bad_midi, bad_musicxml, bad_mxl, good_files
from .mutation import READERS
from .verdict import message_faults, verdict
from .worker import LINUX

TABLES = {"MIDI": bad_midi, "ABC": bad_abc, "MusicXML": bad_musicxml, ".mxl": bad_mxl, "sound": bad_audio}
CASES = [case for table in TABLES.values() for case in table.CASES]


def judge(worker, folder, case):
    path = folder / case.name
    path.write_bytes(case.content())
    return verdict(worker.read(case.reader, path), case.name, case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_file_loads_as_what_it_is_or_is_refused_in_words(case, worker, tmp_path):
    assert not judge(worker, tmp_path, case)


def test_there_are_many_and_each_once():
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)) > 300
    assert all(case.says or case.holds for case in CASES)


@pytest.mark.parametrize("form", good_files.FORMATS)
def test_a_file_cut_off_anywhere(form, worker, tmp_path):
    path, loaded = tmp_path / f"cut.{form}", 0
    whole = good_files.found()[form][0]
    places = sorted(
        {*range(min(len(whole), 24)), *range(0, len(whole), len(whole) // 30 + 1), len(whole) - 1}
    )
    for place in places:
        path.write_bytes(whole[:place])
        outcome = worker.read(READERS.get(form, "score"), path)
        assert not verdict(outcome, path.name), f"cut after {place} of {len(whole)} bytes"
        loaded += outcome.kind == "loaded"
    assert loaded < len(places) or form == "abc"
    path.write_bytes(whole)
    assert worker.read(READERS.get(form, "score"), path).kind == "loaded"


def test_a_folder_of_bad_files_gives_the_good_ones_and_a_table_of_the_rest(worker, tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "hang", 120)
    refused = {
        case.name: case
        for case in CASES
        if case.holds is None and case.reader == "score" and "load_all" not in case.says
        if len(content := case.content()) < 1 << 17
        if (tmp_path / case.name).write_bytes(content) or not content
    }
    for name in ("a_good.mid", "m_good.mid", "z_good.mid"):
        save(melody([60, 62, 64], title=name), tmp_path / name)
    outcome = worker.read("folder", tmp_path)
    assert outcome.kind == "loaded" and not outcome.noise, outcome
    scores, skipped = outcome.value
    assert [score.title for score in scores] == ["a_good.mid", "m_good.mid", "z_good.mid"]
    assert {path.name for path, _ in skipped} == set(refused) and len(refused) > 100
    for path, reason in skipped:
        assert not message_faults(reason, path.name)
        assert re.search(refused[path.name].says, reason.replace(path.name, ""))


# ---- the tests can fail ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reader", "fault"),
    [
        ("hang", "^hung: .*not done after 2 s"),
        ("spin", "processor time"),
        ("flood", "memory grew by 3[0-9][0-9] MB"),
        ("drown", "^raised: .*MemoryError"),
        ("stumble", "^raised: KeyError 'P1'"),
        ("warn", "noise: warning: DeprecationWarning: old"),
        ("forget", "noise: warning: ResourceWarning"),
        ("chat", "noise: printed: Note: trying to resync"),
        ("litter", "noise: left behind.*half_written.part"),
        ("call_home", "noise: network"),
        ("say_nothing", "does not name the file"),
        ("say_little", "has no next step"),
        ("good", "^$"),
    ],
)
def test_the_worker_sees_what_no_reader_may_do(reader, fault, worker, tmp_path, monkeypatch):
    if reader == "drown" and not LINUX:
        pytest.skip("address space is limited on Linux only")
    if reader == "hang":
        monkeypatch.setattr(worker, "hang", 2)
    monkeypatch.setattr("robust.verdict.MAX_CPU", 0.5)
    path = tmp_path / "file.mid"
    path.write_bytes(b"")
    wrong = verdict(worker.read(reader, path), path.name)
    assert any(re.search(fault, sentence) for sentence in wrong or [""]), wrong
    assert bool(wrong) == (reader != "good")


def test_after_a_death_the_next_file_is_read(worker, tmp_path):
    outcome = worker.read("die", tmp_path / "file.mid")
    assert outcome.kind == "died" and "exit code 3" in outcome.value
    assert not verdict(worker.read("good", tmp_path / "file.mid"), "file.mid")
