"""Hypothesis without a clock; the parity tests: both number types, and a report of what they measured."""

import pytest
from hypothesis import HealthCheck, settings

# Tests check, they do not time. All else stays as it is here: on a CI machine, the same examples each time.
settings.register_profile("untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(params=["float32", "float64"])
def floatx(request):
    """The test runs twice, in the number type in which networks are trained and in the exact one."""
    from keras_gradients import number_type

    with number_type(request.param):
        yield request.param


@pytest.fixture(scope="module")
def restored_floatx():
    """A lesson may set the number type; after the module it is what it was."""
    from musicml import nn

    before = nn.floatx()
    yield
    nn.set_floatx(before)


def pytest_addoption(parser):
    parser.addoption(
        "--parity-report",
        metavar="FILE",
        help="write the largest differences from Keras as CSV, when all tests have passed",
    )


def pytest_sessionfinish(session, exitstatus):
    path = session.config.getoption("--parity-report")
    if path and exitstatus == 0:
        from parity import write_report

        write_report(path)
