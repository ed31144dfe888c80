"""Bundles of every level, written once, and the forger's tools."""

import os
import shutil
from pathlib import Path

import pytest
from vectors.bundles import WRITERS


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """One bundle of each kind; not to be changed."""
    root = tmp_path_factory.mktemp("vectors")
    for kind, write in WRITERS.items():
        write(root / kind)
    return root


@pytest.fixture
def copy(written, tmp_path):
    """Give a copy of a bundle, free to be damaged."""
    return lambda kind="neuron": Path(shutil.copytree(written / kind, tmp_path / kind))


def _require(*tools):
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing and os.environ.get("REFSNN_REQUIRE_HDL") == "1":
        pytest.fail(f"REFSNN_REQUIRE_HDL=1 requires {missing}")
    if missing:
        pytest.skip(f"not installed: {missing}")


@pytest.fixture(scope="session")
def require_iverilog():
    """Skip without Icarus Verilog; fail where REFSNN_REQUIRE_HDL=1 says there must be one."""
    _require("iverilog", "vvp")


@pytest.fixture(scope="session")
def require_cc():
    """The same for a C compiler."""
    _require("cc")


@pytest.fixture(scope="session")
def require_verilator():
    """The same for Verilator."""
    _require("verilator")
