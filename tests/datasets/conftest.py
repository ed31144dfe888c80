"""No test of this folder sees the network, the data of this machine, or its cache folder."""

import os
import socket

import pytest

ORIGINALS = os.environ.get("REFSNN_DATA")


def _refuse(*args, **kwargs):
    raise OSError("the network is refused in tests")


@pytest.fixture(autouse=True)
def isolated(monkeypatch, tmp_path):
    monkeypatch.setattr(socket, "getaddrinfo", _refuse)
    monkeypatch.setattr(socket.socket, "connect", _refuse)
    monkeypatch.delenv("REFSNN_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))


@pytest.fixture
def originals(monkeypatch):
    """The user's own data folder, for the optional checks."""
    if not ORIGINALS:
        pytest.skip("REFSNN_DATA is not set: no original files to check")
    monkeypatch.setenv("REFSNN_DATA", ORIGINALS)
    return ORIGINALS
