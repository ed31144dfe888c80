"""Shared set-up of the tests: Hypothesis runs derandomised, so that every run is the same run."""

import os
import shutil
from collections import Counter

# Two workers share the cores: BLAS threads of both would only wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("nightly", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("REFSNN_HYPOTHESIS", "ci"))


@pytest.fixture(scope="session")
def need():
    """Skip without some programs; fail where REFSNN_REQUIRE_HDL=1 says they must be there."""

    def check(*programs):
        missing = [program for program in programs if shutil.which(program) is None]
        if missing and os.environ.get("REFSNN_REQUIRE_HDL") == "1":
            pytest.fail(f"REFSNN_REQUIRE_HDL=1 requires {missing}")
        if missing:
            pytest.skip(f"not installed: {missing}")

    return check


@pytest.fixture(scope="session")
def require_iverilog(need):
    """Icarus Verilog: compiler and simulator."""
    need("iverilog", "vvp")


LESSONS = {
    "test_lesson_runs_and_makes_one_figure": "lessons run",
    "test_the_lesson_asserts_what_it_says": "spoilt lessons stopped",
    "test_the_solution_passes": "solutions accepted",
    "test_another_right_solution_passes": "other right ones accepted",
    "test_the_stub_fails": "blanks refused",
    "test_a_wrong_solution_fails": "wrong ones refused",
}
"""Tests of the lessons to what a pass of one counts."""


def pytest_terminal_summary(terminalreporter):
    """Print what was counted."""
    lessons_tried(terminalreporter)
    files_fuzzed(terminalreporter)


def lessons_tried(terminalreporter):
    """Print how many exercises were accepted, how many blanks and wrong solutions refused."""
    passed = [report.nodeid for report in terminalreporter.getreports("passed")]
    names = [test.rsplit("::", 1)[-1].split("[")[0] for test in passed if "/tutorials/" in test]
    counts = [f"{names.count(test)} {said}" for test, said in LESSONS.items() if test in names]
    if counts:
        terminalreporter.write_line("tutorials: " + ", ".join(counts))


def files_fuzzed(terminalreporter):
    """How many files of each kind the fuzz tests made, and what became of them."""
    tried = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for key, value in getattr(report, "user_properties", ()):
                if key == "fuzz" and report.when == "call":
                    tried[value[0], value[1]] += value[2]
    for reader in sorted({reader for reader, _ in tried}):
        read, refused = tried[reader, "read"], tried[reader, "refused"]
        terminalreporter.line(
            f"fuzzed {reader}: {read + refused} files, {read} read, {refused} refused"
        )
