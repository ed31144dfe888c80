"""docs/vectors.md shows what the commands print."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from refsnn.cli import app

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "vectors.md").read_text()
DEVICES = ROOT / "examples" / "dut"


def transcripts(page):
    """(arguments, lines printed) of every ``$ refsnn`` command of the page."""
    found = []
    for block in re.findall(r"^```\w*\n(.*?)^```$", page, re.DOTALL | re.MULTILINE):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *printed = part.rstrip().split("\n")
            if command.startswith("refsnn ") and printed:
                found.append((shlex.split(command)[1:], printed))
    # The change of the second device is told in words, before its block.
    told = re.search(r"changed to `>` in it:\n\n```\n(.*?)```", page, re.DOTALL)
    assert told is not None
    return found, told[1].rstrip().split("\n")


SHOWN, FAULTY = transcripts(PAGE)


def shown(*words):
    """What the page says that a command of these words prints."""
    (lines,) = [lines for given, lines in SHOWN if given == list(words)]
    return lines


def printed(*words):
    outcome = CliRunner().invoke(app, list(words))
    return outcome.exit_code, outcome.stdout.rstrip().split("\n")


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    """The bundle ``out/``, written in an empty folder beside the devices."""
    shutil.copytree(DEVICES, tmp_path / "dut")
    monkeypatch.chdir(tmp_path / "dut")
    write = ("vectors", "write", "out/", "--kind", "if")
    assert printed(*write) == (0, shown(*write))
    return tmp_path / "dut"


@pytest.mark.usefixtures("bundle")
def test_checked_and_replayed(require_iverilog):
    for words in (("check", "out/"), ("replay", "out/", "--simulate")):
        assert printed("vectors", *words) == (0, shown("vectors", *words))


def test_a_device(bundle, monkeypatch):
    monkeypatch.syspath_prepend(str(bundle))
    words = ("vectors", "replay", "out/", "--dut", "numpy_if:device")
    assert printed(*words) == (0, shown(*words))
    source = (bundle / "numpy_if.py").read_text()
    assert source.count("u >= theta") == 1
    (bundle / "strict_if.py").write_text(source.replace("u >= theta", "u > theta"))
    code, lines = printed(*words[:-1], "strict_if:device")
    assert code == 1
    assert [line.replace("strict_if", "numpy_if") for line in lines][: len(FAULTY)] == FAULTY


@pytest.mark.parametrize("kind", ["if", "pascal"])
def test_the_readme_shows_what_the_demo_prints_of_them(kind, tmp_path, require_iverilog):
    assert printed("vectors", "write", str(tmp_path / "out"), "--kind", kind)[0] == 0
    _, lines = printed("vectors", "replay", str(tmp_path / "out"), "--simulate")
    assert f"vectors {kind}: {'; '.join(lines)}\n" in (ROOT / "README.md").read_text()
