"""What a simulation has to say before it is believed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fixedpoint.hdl.tools import Done


@dataclass(frozen=True)
class SimResult:
    """Result of a simulation."""

    words: int  # the words a bench has to compare
    checked: int | None  # n of the line "PASS n"; None without such a line
    exit_code: int
    warnings: str  # what the compiler said; empty for a clean compile
    log: str
    compiled: bool = True

    @property
    def ok(self) -> bool:
        """Whether the simulator ended well, said PASS, and compared every word."""
        return self.exit_code == 0 and self.checked == self.words

    @property
    def mismatches(self) -> tuple[str, ...]:
        """The MISMATCH lines; a bench prints the first five."""
        return tuple(line for line in self.log.splitlines() if line.startswith("MISMATCH"))


def judged(words: int, compiled: Done, ran: Done | None) -> SimResult:
    """Read a compilation and, where it succeeded, the run that followed.

    A simulator's status alone proves nothing: it is 0 after an unreadable hex file, and after a
    bench that compared less.
    """
    last = ran or compiled
    passed = re.findall(r"^PASS (\d+)$", last.stdout, re.MULTILINE) if ran else []
    return SimResult(
        words=words,
        checked=int(passed[0]) if len(passed) == 1 else None,
        exit_code=last.returncode,
        warnings=compiled.stderr + compiled.stdout,
        log=last.stdout + last.stderr,
        compiled=ran is not None,
    )
