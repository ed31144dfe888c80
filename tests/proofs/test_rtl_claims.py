"""The claims about the shipped RTL; skipped without Yosys."""

from dataclasses import replace

import pytest

from fixedpoint.errors import InputError
from fixedpoint.proofs import RTL_CLAIMS, run_claim
from fixedpoint.proofs.miter import _judged, _mended
from fixedpoint.proofs.rtl_benches import ACCUMULATE, IF
from fixedpoint.proofs.smtbmc import require_solver, yosys

SLOW = ("rtl-pascal", "rtl-bit-serial", "rtl-if")
TIMEOUT = 120.0


@pytest.fixture(scope="module")
def programs(need):
    """Skip without the programs, or without the solver."""
    need("yosys", "yosys-smtbmc", "ghdl")
    try:
        require_solver()
    except InputError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param(c, marks=[pytest.mark.nightly] * (c.name in SLOW), id=c.name)
        for c in RTL_CLAIMS
    ],
)
def test_claim(programs, claim):
    row = run_claim(claim, TIMEOUT)
    assert row.ok, (row.verdict, [(c.fault, c.verdict, c.replay) for c in row.caught])


def test_an_end_that_is_never_reached_is_vacuous(programs):
    verdict, _ = replace(ACCUMULATE, reached="emitted == 2 && count == 3").check(TIMEOUT)
    assert verdict.outcome == "vacuous"


def test_without_invariants_the_induction_proves_nothing(programs):
    verdict, _ = replace(IF, invariants="").check(TIMEOUT)
    assert verdict == ("unknown", ("induction",), {})


def test_no_time_is_no_proof(programs):
    assert ACCUMULATE.check(0.01)[0].outcome == "unknown"


def test_an_error_of_yosys_is_said(programs, tmp_path):
    with pytest.raises(InputError, match="yosys failed"):
        yosys("read_verilog nothing.v", tmp_path, TIMEOUT)


def test_log_of_a_miter():
    assert _judged(None).outcome == "unknown"
    assert _judged("Reached maximum number of time steps -> proof failed.").outcome == "unknown"
    assert _judged("Induction step proven: SUCCESS!").outcome == "proved"


def test_arithmetic_shift_of_a_translation():
    line = "assign n30_o = $signed(threshold) >> 31'b1; assign n28_o = worth >> 31'b1;"
    assert _mended(line) == line.replace("$signed(threshold) >>", "$signed(threshold) >>>")
