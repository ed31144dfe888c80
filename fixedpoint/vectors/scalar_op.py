"""Scalar operations of one or two integers: what they are, twice, and operands that test them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from fixedpoint import oracle
from fixedpoint.arith import add, bring_in_range, mul, round_shift
from fixedpoint.errors import InputError, nearest
from fixedpoint.formats import Format
from fixedpoint.modes import OVERFLOWS, ROUNDINGS
from fixedpoint.stimuli import integers, substream
from fixedpoint.typing import IntArray

OPS = {
    "round": "y = round(a / 2^drop)",
    "overflow": "y = a, brought into the output format",
    "cast": "y = round(a / 2^drop), brought into the output format",
    "requantise": "y = round(a * mult / 2^shift), brought into the output format",
    "add_sat": "y = a + b, brought into the output format",
    "mul": "y = round(a * b / 2^drop), brought into the output format",
}
BINARY = ("add_sat", "mul")
WRITTEN_OVERFLOWS = tuple(mode for mode in OVERFLOWS if mode != "error")
EXHAUSTIVE = 10
"""Operand bits up to which every combination is a case."""


@dataclass(frozen=True, kw_only=True)
class ScalarOp:
    """One operation: ``y = overflow(round(wide / 2^drop))``, for several modes at once.

    ``wide`` is ``a``, ``a * mult``, ``a + b`` or ``a * b``, exactly.
    """

    op: str
    in_format: Format
    out_format: Format
    drop: int
    mult: int
    roundings: tuple[str, ...]
    overflows: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.op not in OPS:
            raise InputError(f"unknown operation {self.op!r}", fix=nearest(self.op, list(OPS)))
        most = 0 if self.op in ("overflow", "add_sat") else 60
        if not 0 <= self.drop <= most:
            expected = f"0..{most}"
            raise InputError("bits to drop", where="drop", expected=expected, got=self.drop)
        widest = max(self.wide_format.width, self.out_format.width)
        if widest > 62:
            raise InputError("too wide for int64 codes", expected="<= 62 bits", got=widest)
        for name, modes, known in (
            ("roundings", self.roundings, ROUNDINGS),
            ("overflows", self.overflows, WRITTEN_OVERFLOWS),
        ):
            if not modes or set(modes) - set(known):
                raise InputError("modes", where=name, expected=", ".join(known), got=modes)

    @property
    def binary(self) -> bool:
        """Whether there are two operands."""
        return self.op in BINARY

    @property
    def wide_format(self) -> Format:
        """Signed, one bit wider than an operand at least, and holds every exact result."""
        low, high = self.in_format.low, self.in_format.high
        ends = [self._exact(a, b) for a, b in product((low, high), repeat=2)]
        width = Format.holding(min(ends), max(ends), signed=True).width
        return Format(True, max(width, self.in_format.width + 1))

    def _exact(self, a: int, b: int) -> int:
        if self.op == "add_sat":
            return a + b
        return a * b if self.op == "mul" else a * self.mult

    def wide(self, operands: tuple[IntArray, ...]) -> IntArray:
        """Exact result by the array code."""
        if self.op == "add_sat":
            return add(*operands)
        return mul(operands[0], operands[1] if self.binary else self.mult)

    def computed(self, operands: tuple[IntArray, ...]) -> tuple[IntArray, IntArray]:
        """Rounded values (rounding, case) and results (rounding, overflow, case), by array code."""
        wide, out = self.wide(operands), self.out_format
        rounded = [round_shift(wide, self.drop, mode) for mode in self.roundings]
        modes = self.overflows
        rows = [[bring_in_range(r, out.signed, out.width, m) for m in modes] for r in rounded]
        return np.array(rounded, np.int64), np.array(rows, np.int64)

    def coverage(self, wide: IntArray, rounded: IntArray) -> dict[str, int]:
        """Count the cases, or at the limits the pairs of case and rounding, of each kind."""
        rest, out = wide & ((1 << self.drop) - 1), self.out_format
        tie = rest * 2 == 1 << self.drop
        hits = {
            "tie_positive": tie & (wide > 0),
            "tie_negative": tie & (wide < 0),
            "exact": rest == 0,
            "zero_input": wide == 0,
            "plus_sat": rounded > out.high,
            "minus_sat": rounded < out.low,
            "at_high": rounded == out.high,
            "at_low": rounded == out.low,
        }
        return {name: int(found.sum()) for name, found in hits.items()}

    def ties(self, hits: dict[str, int]) -> int:
        """Results that came from a tie, in all modes."""
        pairs = len(self.roundings) * len(self.overflows)
        return pairs * (hits["tie_positive"] + hits["tie_negative"])

    def expected(self, operands: tuple[IntArray, ...]) -> tuple[IntArray, IntArray]:
        """Rounded values (rounding, case) and results (rounding, overflow, case), by fractions."""
        pairs = zip(*(o.tolist() for o in (operands[0], operands[-1])), strict=True)
        wides = [self._exact(a, b) for a, b in pairs]
        out = self.out_format
        rounded = [[oracle.round_code(w, self.drop, r) for w in wides] for r in self.roundings]
        rows = [
            [[oracle.overflow_code(c, out, mode) for c in row] for mode in self.overflows]
            for row in rounded
        ]
        return np.array(rounded, np.int64), np.array(rows, np.int64)

    def operands(self, samples: int, seed: int) -> tuple[IntArray, ...]:
        """Every combination where that is little, else corner cases and random ones."""
        fmt, arity = self.in_format, 2 if self.binary else 1
        if fmt.width * arity <= EXHAUSTIVE:
            return _columns(product(range(fmt.low, fmt.high + 1), repeat=arity), arity)
        corners = _columns(self._corners(), arity)
        names = ("a", "b")[:arity]
        drawn = [integers(substream(seed, name), fmt.low, fmt.high, samples) for name in names]
        return tuple(np.concatenate(pair) for pair in zip(corners, drawn, strict=True))

    def _corners(self) -> Iterator[tuple[int, ...]]:
        fmt = self.in_format
        ends = [c for e in (fmt.low, 0, fmt.high) for c in range(e - 2, e + 3) if fmt.contains(c)]
        if not self.binary:
            yield from ((c,) for c in dict.fromkeys([*ends, *self._around_boundaries()]))
            return
        yield from product(ends, repeat=2)
        yield from (pair for c in self._around_boundaries() for pair in ((c, 1), (1, c)))

    def _around_boundaries(self) -> Iterator[int]:
        """Operands near every output limit and near ties around it and around zero."""
        out, half = self.out_format, 1 << max(self.drop - 1, 0)
        levels = [c for e in (out.low, 0, out.high) for c in range(e - 2, e + 4)]
        factor = self.mult or 1
        for level, side in product(levels, (0, half)):
            for near in range(-1, 2):
                operand = ((level << self.drop) + side) // factor + near
                if self.in_format.contains(operand):
                    yield operand


def _columns(rows: Iterator[tuple[int, ...]], arity: int) -> tuple[IntArray, ...]:
    table = np.array(list(rows), np.int64).reshape(-1, arity)
    return tuple(np.ascontiguousarray(column) for column in table.T)
