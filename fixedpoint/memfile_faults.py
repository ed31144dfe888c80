"""The slow reader of memory files: it names the first fault, its line, and what was expected."""

from __future__ import annotations

import re
from typing import NamedTuple

from fixedpoint.errors import InputError


class Fault(NamedTuple):
    """Why a file is no memory file, and on which line."""

    line: int
    reason: str
    expected: object
    got: object = None

    @property
    def text(self) -> str:
        """Reason, expectation and finding in one clause."""
        got = "" if self.got is None else f", got {self.got}"
        return f"{self.reason}: expected {self.expected}{got}"

    def error(self, where: str) -> InputError:
        """The same as an error."""
        place = f"{where}:{self.line}"
        return InputError(self.reason, where=place, expected=self.expected, got=self.got)


def first_fault(data: bytes, width: int, count: int) -> Fault | None:
    """Find the first fault of a file of ``count`` words of ``width`` bits, line by line."""
    lines = data.split(b"\n")
    last = lines.pop()
    for number, line in enumerate(lines, 1):
        if reason := _line_fault(line, width):
            text = line[:40].decode("ascii", "backslashreplace")
            expected = f"{-(-width // 4)} lower-case hex digits for {width} bits"
            return Fault(number, reason, expected, repr(text))
    if last:
        return Fault(len(lines) + 1, "the last line has no newline", "final newline")
    if len(lines) != count:
        first = min(len(lines), count) + 1
        return Fault(first, "wrong number of words", count, len(lines))
    return None


_FOREIGN = (
    (rb"\r$", "CR LF line end"),
    (rb"/|#", "comment"),
    (rb"^[-+]", "sign"),
    (rb"^(0[xX]|[0-9]*')", "prefix"),
    (rb"@", "address"),
    (rb"_", "underscore"),
    (rb"[xXzZ?]", "unknown bit"),
    (rb"\s", "blank"),
    (rb"[^0-9a-fA-F]", "no hex digit"),
    (rb"[A-F]", "upper-case digit"),
)


def _line_fault(line: bytes, width: int) -> str | None:
    for pattern, reason in _FOREIGN:
        if re.search(pattern, line):
            return reason
    if len(line) != -(-width // 4):
        return "wrong number of digits"
    return "unused top bits are not zero" if int(line, 16) >> width else None
