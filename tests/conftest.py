"""Shared set-up of the tests: Hypothesis runs derandomised, so that every run is the same run."""

import os

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
