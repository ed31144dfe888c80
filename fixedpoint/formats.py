"""Number formats, and the conversion from one to another.

A `Format` is a set of values; it says nothing about how a value gets into it. A `Cast` is the way
in: round, then overflow, in this order (7.75 in s4.0 with half_up and wrap is -8, not 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from fixedpoint.arith import as_codes, bring_in_range, round_shift
from fixedpoint.errors import InputError
from fixedpoint.modes import OVERFLOWS, ROUNDINGS, overflow, rounding
from fixedpoint.typing import IntArray

__all__ = ["OVERFLOWS", "ROUNDINGS", "Cast", "Format", "overflow", "rounding"]


@dataclass(frozen=True)
class Format:
    """The values ``code * 2**-frac`` with an integer code of ``width`` bits.

    Parameters
    ----------
    signed : bool
        Two's complement if true.
    width : int >= 1
        Bits, the sign included.
    frac : int
        Bits right of the point; may be negative or exceed ``width``.

    Examples
    --------
    >>> f = Format(True, 8, 4)
    >>> str(f), f.low, f.high, f.step
    ('s8.4', -128, 127, Fraction(1, 16))
    """

    signed: bool
    width: int
    frac: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.signed, bool):
            raise InputError("signed must be true or false", where="Format", got=repr(self.signed))
        for name, value in (("width", self.width), ("frac", self.frac)):
            if not isinstance(value, int) or isinstance(value, bool):
                raise InputError(f"{name} must be an integer", where="Format", got=repr(value))
        if self.width < 1:
            raise InputError("no bits", where="Format", expected="width >= 1", got=self.width)

    @classmethod
    def parse(cls, text: str) -> Format:
        """Read what ``str`` writes: ``s8.4`` is signed, 8 bits in all, 4 of them fractional."""
        kind, (width, dot, frac) = text[:1], text[1:].partition(".")
        if kind not in ("s", "u") or not dot or not width.isdecimal() or not _is_int(frac):
            raise InputError("no number format", expected="text like s8.4 or u5.0", got=repr(text))
        return cls(kind == "s", int(width), int(frac))

    @classmethod
    def holding(cls, low: int, high: int, *, signed: bool | None = None, frac: int = 0) -> Format:
        """Give the narrowest format that holds the codes low..high; signed where low < 0."""
        with_sign = low < 0 if signed is None else signed
        if low > high or (low < 0 and not with_sign):
            raise InputError("no format holds this range", where="Format", got=f"{low}..{high}")
        bits = max(high.bit_length(), (-low - 1).bit_length() if low < 0 else 0)
        return cls(with_sign, max(bits + with_sign, 1), frac)

    @property
    def low(self) -> int:
        """Smallest code."""
        return -(1 << (self.width - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        """Largest code."""
        return (1 << (self.width - self.signed)) - 1

    @property
    def step(self) -> Fraction:
        """Distance of two neighbouring values."""
        return Fraction(2) ** -self.frac

    def contains(self, codes: npt.ArrayLike) -> bool:
        """Tell whether every code lies in ``low..high``."""
        array = np.asarray(codes)
        return bool(np.all((array >= self.low) & (array <= self.high)))

    def require(self, codes: npt.ArrayLike, where: str) -> IntArray:
        """Give the codes as int64, or an `InputError` that names the first one outside."""
        array = as_codes(codes, where)
        if not self.contains(array):
            first = next(int(c) for c in array.flat if not self.low <= c <= self.high)
            raise InputError(
                f"value outside {self}", where=where, expected=f"{self.low}..{self.high}", got=first
            )
        return array

    def __str__(self) -> str:
        return f"{'s' if self.signed else 'u'}{self.width}.{self.frac}"


@dataclass(frozen=True)
class Cast:
    """The conversion into ``format``: round first, then overflow.

    Parameters
    ----------
    format : Format
        Where the values go; at most 62 bits.
    rounding, overflow : str
        A canonical mode or an alias with its name space; stored as the canonical name.
    """

    format: Format
    rounding: str = "floor"
    overflow: str = "error"

    def __post_init__(self) -> None:
        object.__setattr__(self, "rounding", rounding(self.rounding))
        object.__setattr__(self, "overflow", overflow(self.overflow))
        if self.format.width > 62:
            raise InputError(
                "format too wide for int64 codes",
                where="Cast",
                expected="width <= 62",
                got=self.format.width,
                fix="use fixedpoint.oracle, which works on Python integers",
            )

    def cast(self, codes: npt.ArrayLike, frac_in: int) -> IntArray:
        """Convert codes with ``frac_in`` fractional bits into codes of ``format``.

        Parameters
        ----------
        codes : integer array
            Any shape, |code| < 2^62.
        frac_in : int
            Fractional bits of the codes.

        Returns
        -------
        IntArray
            Same shape.

        Raises
        ------
        InputError
            A left shift leaves int64, or a value leaves the format in mode ``error``.

        Notes
        -----
        Exact: equal to `fixedpoint.oracle.cast` on every value.
        """
        rounded = round_shift(codes, frac_in - self.format.frac, self.rounding)
        return bring_in_range(rounded, self.format.signed, self.format.width, self.overflow)

    def __str__(self) -> str:
        return f"{self.format}/{self.rounding}/{self.overflow}"


def _is_int(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and text.isascii()
