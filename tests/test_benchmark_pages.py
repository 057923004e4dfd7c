"""A page of figures says what its table says: it was made from it, by the command that it names."""

import importlib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"


@pytest.mark.parametrize("name", ["literature", "generated_music"])
def test_the_page_is_made_from_the_table(name, monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    benchmark = importlib.import_module(name)
    assert benchmark.page(benchmark.read()) == benchmark.PAGE.read_text(encoding="utf-8")
