"""What each fuzz test tried goes into its report; the last lines of the run show the sums."""

import shutil

import pytest
from fuzz.readers import home
from fuzz.watching import TALLY


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    try:
        return (yield)
    finally:
        for (reader, outcome), number in TALLY.items():
            item.user_properties.append(("fuzz", [reader, outcome, number]))
        TALLY.clear()


@pytest.fixture(scope="session", autouse=True)
def clean_up():
    yield
    shutil.rmtree(home(), ignore_errors=True)
