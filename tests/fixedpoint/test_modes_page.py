"""The page of fixed-point arithmetic is what the code computes, and ``refsnn cast`` says the same."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fixedpoint import modes_page
from fixedpoint.formats import Cast, Format
from fixedpoint.modes import OVERFLOWS, ROUNDINGS
from refsnn.cli import app

PAGE = Path(__file__).parents[2] / "docs" / "fixedpoint.md"
HALF = Fraction(-5, 2)


def answer(*arguments):
    return CliRunner().invoke(app, ["cast", *arguments])


def test_the_page_is_current():
    assert PAGE.read_text() == modes_page.page(), "run: refsnn cast --page docs/fixedpoint.md"


def test_what_minus_two_and_a_half_becomes():
    """By hand: the modes' own words."""
    column = {row[0]: int(row[1]) for row in modes_page.roundings([HALF])}
    minus_two = {"ceil", "to_zero", "half_up", "half_to_zero", "half_even", "mag_trunc"}
    assert column == {mode: -2 if mode in minus_two else -3 for mode in ROUNDINGS}


def test_every_mode_has_its_own_row():
    rows = [tuple(row[1:]) for row in modes_page.roundings()]
    assert len(set(rows)) == len(rows), "values that tell all modes apart"
    rows = [tuple(row[1:]) for row in modes_page.overflows(modes_page.OVERFLOWING, Format(True, 4))]
    assert len(set(rows)) == len(rows) == len(OVERFLOWS) - 1


@pytest.mark.parametrize("overflow", [mode for mode in OVERFLOWS if mode != "error"])
def test_the_command_says_what_the_array_code_computes(overflow):
    said = answer("s4.1", "--values=-9.75,-2.25,0.75,7", "--overflow", overflow, "--json")
    codes = json.loads(said.stdout)["codes"]
    for mode in ROUNDINGS:
        cast = Cast(Format(True, 4, 1), mode, overflow)
        assert codes[mode] == cast.cast([-39, -9, 3, 28], 2).tolist()


def test_one_mode_for_people():
    said = answer("s4.0", "--values=7.75", "--rounding", "half_up", "--overflow", "wrap")
    assert said.exit_code == 0
    assert "half_up" in said.stdout
    assert "-8" in said.stdout
    assert "floor" not in said.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["s4"], "no number format"),
        (["s4.0", "--values=1,x"], "--values: not a number: expected -2.5 or 3/8, got 'x'"),
        (["s4.0", "--values=1/0"], "not a number"),
        (["s4.0", "--rounding", "HALF_UP"], "unknown rounding mode"),
        (["s4.0", "--overflow", "satturate"], "saturate"),
        (["s4.0", "--values=9", "--overflow", "error"], "value outside its format"),
    ],
)
def test_bad_input(arguments, message):
    said = answer(*arguments)
    assert said.exit_code == 2
    assert message in said.stderr
