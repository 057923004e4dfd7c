"""The process that reads, shared by all tests here: it takes seconds to start."""

import pytest

from .worker import Worker


@pytest.fixture(scope="session")
def worker():
    with Worker() as worker:
        yield worker
