"""Bundles of every level, written once, and the programs that judge them."""

import pytest
from bundle_fixtures import copy, written_once
from vectors.bundles import WRITERS

__all__ = ["copy", "written"]

written = written_once(WRITERS)


@pytest.fixture(scope="session")
def require_cc(need):
    """A C compiler."""
    need("cc")


@pytest.fixture(scope="session")
def require_verilator(need):
    """Verilator, which also lints."""
    need("verilator")
