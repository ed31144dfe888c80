"""Set-up of the tests that hold other frameworks against ours."""

import sys

import pytest


@pytest.fixture
def peers(pytestconfig, monkeypatch):
    """Make `import peers` mean examples/peers."""
    monkeypatch.syspath_prepend(str(pytestconfig.rootpath / "examples"))
    _forget()
    yield
    _forget()


def _forget():
    for name in [name for name in sys.modules if name.split(".")[0] == "peers"]:
        del sys.modules[name]
