"""benchmarks/parity.md has the whole table for every engine, and says what was measured."""

import runpy
from pathlib import Path

import pytest
from parity import KINDS, PACKAGES, TOLERANCE

BENCHMARK = runpy.run_path(str(Path(__file__).parent.parent / "benchmarks" / "parity.py"))


@pytest.mark.parametrize("backend", PACKAGES)
@pytest.mark.parametrize("floatx", TOLERANCE)
@pytest.mark.parametrize("kind", KINDS)
def test_every_case_was_measured(backend, floatx, kind):
    asked = {"backend": backend, "floatx": floatx, "kind": kind}
    rows = [row for row in BENCHMARK["read"]() if row.items() >= asked.items()]
    assert [row["name"] for row in rows] == KINDS[kind], "run: make parity"
    for row in rows:
        found = [float(row[quantity]) for quantity in BENCHMARK["QUANTITIES"] if row[quantity]]
        assert found and max(found) <= float(row["tolerance"]), row


def test_the_page_is_current():
    page = BENCHMARK["PAGE"].read_text(encoding="utf-8")
    assert BENCHMARK["page"](BENCHMARK["read"]()) == page, "run: make parity"
    listed = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")]
    for names in KINDS.values():
        for name in names:
            assert listed.count(name) == 2, name  # once in float32 and once in float64
