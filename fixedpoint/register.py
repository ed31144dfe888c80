"""The membrane register: its width, and what an addition does that leaves it."""

from __future__ import annotations

from dataclasses import dataclass

from fixedpoint.arith import bring_in_range
from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.modes import overflow
from fixedpoint.typing import IntArray

KINDS = ("saturate", "saturate_sym", "wrap", "error")


@dataclass(frozen=True)
class Register:
    """A signed register.

    Parameters
    ----------
    width : int, 2..62
        Bits.
    overflow : {"saturate", "saturate_sym", "wrap", "error"}
        An overflow mode of `fixedpoint.modes`, or an alias.
    """

    width: int
    overflow: str = "saturate"

    def __post_init__(self) -> None:
        object.__setattr__(self, "overflow", overflow(self.overflow))
        if self.overflow not in KINDS:
            expected = " or ".join(KINDS)
            raise InputError("no mode of a membrane", where="overflow", expected=expected,
                             got=repr(self.overflow))  # fmt: skip
        if type(self.width) is not int or not 2 <= self.width <= 62:
            raise InputError("width", where="register", expected="2..62 bits", got=self.width)

    @property
    def format(self) -> Format:
        """Of the codes it holds."""
        return Format(True, self.width)

    def hold(self, total: IntArray) -> IntArray:
        """What the register keeps of a sum."""
        return bring_in_range(total, True, self.width, self.overflow)
