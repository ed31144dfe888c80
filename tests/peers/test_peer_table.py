"""docs/implementations.md against a fresh run of the other frameworks (extra ``peers``)."""

import importlib.util
import os
import re
import subprocess
import sys

import pytest

PACKAGES = ("torch", "spikingjelly", "snntorch", "norse", "sinabs")
MISSING = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(
        bool(MISSING) and os.environ.get("REFSNN_REQUIRE_PEERS") != "1",
        reason=f"not installed: {', '.join(MISSING)}",
    ),
]
VERSIONED = re.compile(r"^Versions: .*$|(?<=^### )(\w+) .*$", re.MULTILINE)


@pytest.fixture(scope="module")
def run(pytestconfig):
    """Run ``python -m peers`` in a process of its own: other packages warn and set threads."""

    def in_examples(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "peers", *arguments],
            cwd=pytestconfig.rootpath / "examples", capture_output=True, text=True,
            env=os.environ | {"PYTHONPATH": str(pytestconfig.rootpath), "OMP_NUM_THREADS": "1"},
        )  # fmt: skip

    return in_examples


@pytest.fixture(scope="module")
def fresh(run, tmp_path_factory):
    page = tmp_path_factory.mktemp("peers") / "implementations.md"
    done = run("--page", str(page))
    assert done.returncode == 0, done.stderr[-2000:]
    return page.read_text("utf-8")


def comparable(page):
    """Leave out the versions, and what rounding does (it depends on the machine)."""
    lines = VERSIONED.sub(r"\1", page).splitlines()
    kept = [line for line in lines if "| rounded |" not in line]
    return [re.sub(r"\| \d+ spikes, \d+ membranes \|$", "|", line) for line in kept]


def test_the_page_is_what_a_fresh_run_writes(fresh, pytestconfig):
    page = (pytestconfig.rootpath / "docs" / "implementations.md").read_text("utf-8")
    assert comparable(fresh) == comparable(page)


def test_a_change_of_the_page_would_be_seen(fresh):
    """Planted fault: one comparison, one setting, one count of one row."""
    for old, new in (("v > theta", "v >= theta"), ("v_init=0.5", "v_init=0.0"), ("| 0 | 0 | 0 |",
                     "| 0 | 1 | 0 |")):  # fmt: skip
        assert old in fresh
        assert comparable(fresh.replace(old, new, 1)) != comparable(fresh)


def test_networks_of_dyadic_weights_agree_in_every_bit(fresh):
    rows = [line.split(" | ") for line in fresh.splitlines() if " | dyadic | " in line]
    assert len(rows) >= 10
    for row in rows:
        assert [cell.strip(" |") for cell in row[-3:]] == ["0", "0", "0"], row
        assert int(row[-4]) > 10000


RIGHT = [
    ("spikingjelly", "neuron.IFNode(v_reset=None)", "IF(theta=1.0, compare='ge', v_init=0.0)"),
    ("snntorch", "snn.Leaky(beta=1.0)", "IF(theta=1.0, compare='gt', v_init=0.0)"),
    ("norse", "norse.IAFCell()", "IF(theta=1.0, compare='gt', reset='zero', v_init=0.0)"),
    ("sinabs", "sl.IAF()", "LIF(theta=1.0, most=127)"),
]
WRONG = [
    ("spikingjelly", "neuron.IFNode(v_reset=None)", "IF(theta=1.0, compare='gt', v_init=0.0)"),
    ("snntorch", "snn.Leaky(beta=1.0)", "IF(theta=1.0, compare='gt', v_init=0.5)"),
    ("snntorch", "snn.Leaky(beta=1.0, reset_delay=False)", "IF(theta=1.0, compare='gt', v_init=0.0)"),
    ("norse", "norse.IAFCell()", "IF(theta=1.0, compare='gt', reset='subtract', v_init=0.0)"),
    ("sinabs", "sl.IAF()", "LIF(theta=1.0, most=2)"),
]  # fmt: skip


@pytest.mark.parametrize("trial", RIGHT, ids=lambda trial: trial[1])
def test_the_right_setting_is_accepted(run, trial):
    done = run("--try", *trial)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "agree: spikes and membranes" in done.stdout


@pytest.mark.parametrize("trial", WRONG, ids=lambda trial: trial[1])
def test_a_wrong_setting_is_not_accepted(run, trial):
    done = run("--try", *trial)
    assert done.returncode == 1, done.stderr[-2000:]
    assert "part: Parting(" in done.stdout


LOST = ("The file has no place for it.", "Its writer leaves", "The file holds", "No leak")


def test_what_a_nir_file_holds_arrives_here_whole(fresh):
    """Ours part from the neuron that was written only where a note says what the file lost."""
    lines = fresh.split("## Through a NIR file")[1].splitlines()
    told = [line for line in lines if "`--semantics" in line and "refused: NIR" not in line]
    rows = [line.split(" | ") for line in told]
    assert len(rows) >= 15
    for row in rows:
        assert row[4] == "0" or any(lost in row[-1] for lost in LOST), row
    assert sum(row[4] == "0" for row in rows) >= 11
    assert sum(row[3] != "0" for row in rows) >= 5  # back into their own readers: not
