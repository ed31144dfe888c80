"""``refsnn prove`` and its page."""

import json
import re
import sys
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from fixedpoint.proofs import CLAIMS, RTL_CLAIMS, page, run_claim
from refsnn.cli import app


def call(*args):
    return CliRunner().invoke(app, ["prove", *args])


def test_one_claim():
    pytest.importorskip("z3")
    done = call("pascal-level", "if-any-order")
    assert done.exit_code == 0, done.output
    assert "pascal-level | proved | " in done.output
    assert "if-any-order | refuted, as stated | " in done.output
    assert "one relaxing step fewer: refuted, replayed" in done.output
    assert "2 of 2 claims are as stated" in done.output


def test_json():
    pytest.importorskip("z3")
    done = call("if-any-order", "--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert found["ok"]
    (claim,) = found["claims"]
    assert claim["verdict"]["outcome"] == claim["stated"] == "refuted"
    replay = claim["verdict"]["replay"]
    assert replay["real"]
    assert replay["model"] == replay["logic"] == claim["verdict"]["witness"]["count"]


def test_no_time_is_not_as_stated():
    pytest.importorskip("z3")
    done = call("rounding-modes", "--timeout", "0.001")
    assert done.exit_code == 1
    assert "NOT AS STATED" in done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["pascal-levle"], "did you mean 'pascal-level'"),
        (["--timeout", "0"], "--timeout: no time"),
    ],
)
def test_bad_input(arguments, words):
    done = call(*arguments)
    assert done.exit_code == 2
    assert words in done.output


def test_without_the_solver(monkeypatch):
    monkeypatch.setitem(sys.modules, "z3", None)
    done = call("pascal-level")
    assert done.exit_code == 2
    assert "pip install 'refsnn[formal]'" in done.output


def test_without_yosys(monkeypatch):
    monkeypatch.setenv("PATH", "")
    done = call("rtl-if-pow2")
    assert done.exit_code == 2
    assert "yosys: program not found" in done.output


def test_page_is_of_these_claims(pytestconfig):
    text = (pytestconfig.rootpath / "docs" / "proofs.md").read_text(encoding="utf-8")
    frame = (pytestconfig.rootpath / "fixedpoint" / "proofs" / "page.mdin").read_text("utf-8")
    assert all(part in text for part in re.split("@[A-Z]+@", frame))
    for claim in (*CLAIMS, *RTL_CLAIMS):
        for words in ("statement", "formula", "method", "bounds"):
            assert getattr(claim, words) in text, (claim.name, words)
        assert text.count(f"| {claim.name} |") == 2
        assert all(control.fault in text for control in claim.controls)
    for failure in ("NOT AS STATED", "NOT CAUGHT", "not run here"):
        assert failure not in text


def test_page_of_a_partial_run(tmp_path):
    pytest.importorskip("z3")
    file = tmp_path / "proofs.md"
    assert call("if-constant", "--page", str(file)).exit_code == 0
    text = file.read_text(encoding="utf-8")
    assert text.count("not run here") == len(CLAIMS) + len(RTL_CLAIMS) - 1
    assert "@" not in text


def test_a_failed_row_says_so():
    """A true claim that is stated to be false, and a harmless fault."""
    pytest.importorskip("z3")
    claim = next(claim for claim in CLAIMS if claim.name == "if-conserves")
    harmless = replace(claim.controls[0], prove=claim.prove)
    row = run_claim(replace(claim, outcome="refuted", controls=(harmless,)))
    assert not row.ok
    assert page.verdict_text(row) == "NOT AS STATED: proved"
    assert page.cells(row)[3] == "reset to zero: NOT CAUGHT (proved)"
