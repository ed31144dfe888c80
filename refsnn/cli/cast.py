"""``refsnn cast``: what a number becomes in a format, under one mode or all of them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import typer

from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from refsnn.cli.console import JSON, answering, say, show_json, table

EXAMPLE = "Example: refsnn cast s4.0 --values=-2.5,2.5,7.75 --overflow saturate"


def cast(
    to: str = typer.Argument("s8.0", help="Format: s8.4 is signed, 8 bits, 4 fractional."),
    values: str = typer.Option("-2.5,-1.5,1.5,2.5", help="Numbers: --values=-2.5,3/8"),
    rounding: str | None = typer.Option(None, help="One mode, as half_up or qonnx:HALF_UP."),
    overflow: str = typer.Option("saturate", help="Mode for what does not fit."),
    page: Path | None = typer.Option(None, help="Write docs/fixedpoint.md here."),
    as_json: bool = JSON,
) -> None:
    """Round, then bring into range; computed in fractions, so exact."""
    from fixedpoint import modes, modes_page

    with answering(as_json):
        target, numbers = Format.parse(to), [_number(text) for text in values.split(",")]
        chosen = modes.ROUNDINGS if rounding is None else (modes.rounding(rounding),)
        rows = {mode: [_into(v, target, mode, overflow) for v in numbers] for mode in chosen}
        if as_json:
            codes = {mode: [int(v * 2**target.frac) for v in row] for mode, row in rows.items()}
            show_json({"format": to, "overflow": modes.overflow(overflow), "codes": codes})
        else:
            head = ["mode", *values.split(",")]
            title = f"into {to}, {modes.overflow(overflow)}"
            table(title, head, [[mode, *map(_text, row)] for mode, row in rows.items()])
        if page is not None:
            page.write_text(modes_page.page(), encoding="utf-8")
            say(f"wrote {page}")


def _into(value: Fraction, target: Format, mode: str, overflow: str) -> Fraction:
    from fixedpoint.oracle import overflow_code, round_value

    code = overflow_code(round_value(value / target.step, mode), target, overflow)
    return code * target.step


def _number(text: str) -> Fraction:
    try:
        return Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        raise InputError(
            "not a number", where="--values", expected="-2.5 or 3/8", got=repr(text)
        ) from None


def _text(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else str(float(value))
