"""Which compiled loop adds up the rows of an accumulator, and what it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from fixedpoint.arith import increments, peak
from fixedpoint.errors import InputError
from fixedpoint.formats import Cast
from fixedpoint.register import Register
from fixedpoint.typing import AnyArray, IntArray

Loop = Callable[[IntArray], IntArray]
SATURATE = ("saturate", "saturate_sym")


class Rows(NamedTuple):
    """Rows that are summed product by product.

    Attributes
    ----------
    columns : int64 (in, out)
        Weights, one row for each input.
    begin, last : int64 (out,)
        What a register holds before the first product, and what is added after the last.
    register : Register
    x_range : (low, high)
        Of every input.
    out : Cast or None
        What is made of a sum of ``frac`` fractional bits.
    """

    columns: IntArray
    begin: IntArray
    last: IntArray
    register: Register
    x_range: tuple[int, int]
    out: Cast | None
    frac: int

    def finish(self, acc: IntArray) -> IntArray:
        """What is given of the sums of all products: the rest is added, held and cast."""
        return given(self.register.hold(acc + self.last), self.out, self.frac)


def given(sums: IntArray, out: Cast | None, frac: int) -> IntArray:
    """What is given of sums of ``frac`` fractional bits: themselves, or cast."""
    return sums if out is None else out.cast(sums, frac)


def loop_of(rows: Rows) -> Loop | None:
    """The fastest compiled loop that takes these rows: inputs (N, in) to what is given (N, out)."""
    if rows.register.overflow not in SATURATE:
        return None
    if _fits_16(rows):
        return _narrow_loop(rows)
    return _wide_loop(rows) if peak(rows.columns) < 1 << 31 else None


def _fits_16(rows: Rows) -> bool:
    """Whether weights and inputs have 16 bits, and registers 32."""
    w, reach = rows.columns, max(abs(end) for end in rows.x_range)
    fits = w.min(initial=0) >= -(1 << 15) and w.max(initial=0) < 1 << 15
    return bool(fits and reach <= 1 << 15 and rows.register.width <= 32)


def _narrow_loop(rows: Rows) -> Loop:
    ends = range_of(rows.register)
    fused = _fused_cast(rows)
    drop, table, out_ends = fused or (0, np.zeros(16, np.int8), ends)
    begin, columns = rows.begin.astype(np.int32), rows.columns.astype(np.int16)
    rest = (begin, columns, rows.last, ends, drop, table, out_ends)
    finished = rows.out is None or fused is not None

    def loop(x: IntArray) -> IntArray:
        from fixedpoint.kernels import rescaled_sums

        sums = np.empty((len(x), len(rows.begin)), np.int64)
        x = np.ascontiguousarray(x)
        if not rescaled_sums(x, rows.x_range, *rest, sums):
            require_range(x, rows.x_range)
        return sums if finished else given(sums, rows.out, rows.frac)

    return loop


def _fused_cast(rows: Rows) -> tuple[int, AnyArray, tuple[int, int]] | None:
    """Bits to drop, rounding as a table, ends: of a cast that the loop can do itself."""
    if rows.out is None or rows.out.overflow not in SATURATE:
        return None
    drop = rows.frac - rows.out.format.frac
    if not 0 <= drop <= 62:
        return None
    table = increments(rows.out.rounding) if drop else np.zeros(16, np.int8)
    return drop, table, range_of(rows.out)


def _wide_loop(rows: Rows) -> Loop:
    columns, ends = rows.columns.astype(np.int32), range_of(rows.register)

    def loop(x: IntArray) -> IntArray:
        from fixedpoint.kernels import add_in_order

        require_range(x, rows.x_range)
        acc = np.full((len(x), len(rows.begin)), rows.begin)
        add_in_order(acc, np.ascontiguousarray(x), columns, *ends)
        return rows.finish(acc)

    return loop


def range_of(into: Register | Cast) -> tuple[int, int]:
    """The codes that a saturating register or cast leaves."""
    symmetric = into.format.signed and into.overflow == "saturate_sym"
    return into.format.low + symmetric, into.format.high


def require_range(x: IntArray, x_range: tuple[int, int]) -> None:
    """Raise an `InputError` if an input is outside its range."""
    low, high = x_range
    if x.size and not low <= int(x.min()) <= int(x.max()) <= high:
        expected, got = f"{low}..{high}", f"{int(x.min())}..{int(x.max())}"
        fix = "give the range of the inputs when the weights are loaded"
        raise InputError("input outside its range", where="x", expected=expected, got=got, fix=fix)
