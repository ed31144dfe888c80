"""Shared set-up of the tests: Hypothesis runs derandomised, so that every run is the same run."""

import os
from collections import Counter

# Two workers share the cores: BLAS threads of both would only wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

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


def pytest_terminal_summary(terminalreporter):
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
