"""Fixtures of the folders that write bundles: each names its own."""

import shutil
from pathlib import Path

import pytest


def written_once(writers):
    """A fixture: one bundle of each kind, written once; not to be changed."""

    @pytest.fixture(scope="session")
    def written(tmp_path_factory):
        root = tmp_path_factory.mktemp("bundles")
        for kind, write in writers.items():
            write(root / kind)
        return root

    return written


@pytest.fixture
def copy(written, tmp_path):
    """Give a copy of a bundle, free to be damaged."""
    return lambda kind="neuron": Path(shutil.copytree(written / kind, tmp_path / kind))
