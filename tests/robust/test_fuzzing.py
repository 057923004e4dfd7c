"""Good files damaged at random: 300 of each format here, 2,000 of each with ``python benchmarks/fuzz.py``."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings

from .good_files import FORMATS
from .mutation import READERS, damaged
from .verdict import verdict


@pytest.mark.parametrize("form", FORMATS)
def test_a_damaged_file_loads_or_is_refused_in_words(form, worker, tmp_path):
    path, counts = tmp_path / f"damaged.{form}", Counter()

    @settings(
        max_examples=300, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(damaged(form))
    def read(data):
        path.write_bytes(data)
        outcome = worker.read(READERS.get(form, "score"), path)
        counts[outcome.kind] += 1
        assert not verdict(outcome, path.name)

    read()
    assert min(counts["loaded"], counts["refused"]) >= 5, counts  # both ways are tried
