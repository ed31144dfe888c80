"""The tables of docs/fixedpoint.md, computed: every mode on the cases that tell modes apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from importlib.resources import files

from fixedpoint.formats import Format
from fixedpoint.modes import OVERFLOW_ALIASES, OVERFLOWS, ROUNDING_ALIASES, ROUNDINGS
from fixedpoint.oracle import overflow_code, round_value

TELLING = tuple(Fraction(n, 4) for n in (-14, -11, -10, -9, -8, -6, -2, 2, 6, 8, 9, 10, 11, 14))
"""Values of the rounding table; -2.5 is the one on which tools disagree."""
OVERFLOWING = (-21, -9, -8, -7, 7, 8, 9, 21)
"""Integers of the overflow table; its format is s4.0, -8..7."""


def roundings(values: Sequence[Fraction] = TELLING) -> list[list[str]]:
    """One row for each mode: its name, and what it makes of each value."""
    return [[mode, *(str(round_value(value, mode)) for value in values)] for mode in ROUNDINGS]


def overflows(codes: Sequence[int], target: Format) -> list[list[str]]:
    """One row for each mode, ``error`` left out: its name, and what it makes of each integer."""
    return [
        [mode, *(str(overflow_code(code, target, mode)) for code in codes)]
        for mode in OVERFLOWS
        if mode != "error"
    ]


def names(modes: Sequence[str], aliases: Mapping[str, str]) -> list[list[str]]:
    """One row for each mode: its name, and what other tools call it."""
    rows = []
    for mode in modes:
        others = [f"`{alias}`" for alias, canonical in aliases.items() if canonical == mode]
        rows.append([mode, ", ".join(others) or "-"])
    return rows


def page() -> str:
    """The page, tables filled in."""
    both = (Format(True, 4), Format(False, 4))
    facts = {
        "ROUNDINGS": _table(["mode", *(str(float(v)) for v in TELLING)], roundings()),
        "ROUNDING_NAMES": _table(["mode", "elsewhere"], names(ROUNDINGS, ROUNDING_ALIASES)),
        "OVERFLOW_NAMES": _table(["mode", "elsewhere"], names(OVERFLOWS, OVERFLOW_ALIASES)),
    }
    for fmt in both:
        head = [f"into {fmt} ({fmt.low}..{fmt.high})", *map(str, OVERFLOWING)]
        facts[f"INTO_{fmt}"] = _table(head, overflows(OVERFLOWING, fmt))
    text = files("fixedpoint").joinpath("modes.mdin").read_text()
    for key, value in facts.items():
        text = text.replace(f"@{key}@", value)
    return text


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)] if len(head) > 2 else ["---"] * len(head)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))
