"""docs/onnx.md is what the code says, and names every operator that is read or known to be refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

onnx = pytest.importorskip("onnx")

from onnx_models import SINGLE  # noqa: E402

from refsnn.cli import app  # noqa: E402
from refsnn.io.onnx.operators import NEEDED, OPERATORS  # noqa: E402
from refsnn.jobs.onnx_page import definitions, onnx_page  # noqa: E402

PAGE = Path(__file__).parents[3] / "docs" / "onnx.md"
KNOWN = 28
older = pytest.mark.skipif(
    onnx.defs.onnx_opset_version() < KNOWN, reason="the installed onnx knows fewer definitions"
)


@older
def test_the_page_is_current():
    assert PAGE.read_text("utf-8") == onnx_page(), "run: refsnn operators --page docs/onnx.md"


@older
def test_a_changed_limit_would_be_seen(monkeypatch):
    changed = OPERATORS["Clip"]._replace(limits="any")
    monkeypatch.setitem(OPERATORS, "Clip", changed)
    assert PAGE.read_text("utf-8") != onnx_page()


def test_every_operator_stands_on_the_page():
    text = PAGE.read_text("utf-8")
    for kind in OPERATORS:
        assert f"\n| {kind} | " in text
    for kind in NEEDED:
        assert kind in text


def test_the_page_tells_what_the_tests_allow():
    told = f"{SINGLE:.0e}".replace("e-0", "e-")
    assert f"({told} of the largest" in PAGE.read_text("utf-8")


def test_names_are_those_of_onnx():
    """A reason for an operator that does not exist would never be read."""
    known = {schema.name for schema in onnx.defs.get_all_schemas_with_history()}
    newer = {"Swish", "RMSNormalization", "Attention", "Gelu"}  # absent from older packages
    assert set(OPERATORS) | (set(NEEDED) - newer) <= known
    assert not set(OPERATORS) & set(NEEDED)


def test_definitions():
    assert definitions("Conv", 22) == [11, 22]
    assert definitions("Conv", 11) == [11]
    assert definitions("Relu", 14) == [6, 13, 14]


def test_the_command(tmp_path):
    page = tmp_path / "onnx.md"
    done = CliRunner().invoke(app, ["operators", "--page", str(page), "--json"])
    assert done.exit_code == 0, done.output
    assert {row["operator"] for row in json.loads(done.stdout)["operators"]} == set(OPERATORS)
    assert page.read_text("utf-8") == onnx_page()
    help_text = CliRunner().invoke(app, ["operators", "--help"]).output
    assert "Example: refsnn operators" in " ".join(help_text.split())
