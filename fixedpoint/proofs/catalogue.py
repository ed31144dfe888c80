"""All claims, and those that were asked for."""

from __future__ import annotations

from collections.abc import Sequence

from fixedpoint.errors import InputError, nearest
from fixedpoint.hdl.tools import require_tool
from fixedpoint.proofs import (
    accumulate,
    bit_serial,
    burst_claims,
    dual_claims,
    integrate_fire,
    miter_claims,
    pascal,
    rounding,
    rtl_claims,
    width_safety,
)
from fixedpoint.proofs.base import Claim
from fixedpoint.proofs.smtbmc import require_solver
from fixedpoint.proofs.solve import z3

CLAIMS: tuple[Claim, ...] = (
    *pascal.CLAIMS,
    *accumulate.CLAIMS,
    *bit_serial.CLAIMS,
    *integrate_fire.CLAIMS,
    *dual_claims.CLAIMS,
    *burst_claims.CLAIMS,
    *width_safety.CLAIMS,
    *rounding.CLAIMS,
)
"""Decided by z3 alone."""
RTL_CLAIMS: tuple[Claim, ...] = (*rtl_claims.CLAIMS, *miter_claims.CLAIMS)
"""Decided on the shipped modules by Yosys."""


def chosen(names: Sequence[str] = (), rtl: bool = False) -> tuple[Claim, ...]:
    """The claims of these names; without names all of z3, and with ``rtl`` those of Yosys too.

    Raises
    ------
    InputError
        A name is unknown, or the solver or a program is not installed.
    """
    known = {claim.name: claim for claim in (*CLAIMS, *RTL_CLAIMS)}
    for name in names:
        if name not in known:
            fix = nearest(name, sorted(known))
            raise InputError("unknown claim", where="prove", got=repr(name), fix=fix)
    claims = tuple(known[name] for name in names) or CLAIMS + (RTL_CLAIMS if rtl else ())
    _require(claims)
    return claims


def _require(claims: Sequence[Claim]) -> None:
    if any(not claim.needs for claim in claims):
        z3()
    for tool in sorted({tool for claim in claims for tool in claim.needs}):
        require_tool(tool)
        if tool == "yosys-smtbmc":
            require_solver()
