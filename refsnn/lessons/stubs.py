"""Exercises are solutions with their marked lines taken out, so the two cannot drift apart."""

from __future__ import annotations

from pathlib import Path

from refsnn.errors import InputError

BEGIN, END, STUB = "# exercise: begin", "# exercise: end", "# stub: "


def blank(source: str) -> str:
    """The stub of a solution: each marked region gives way to its ``# stub:`` lines.

    A region without such lines becomes ``raise NotImplementedError``.
    """
    kept: list[str] = []
    region: list[str] | None = None
    for number, line in enumerate(source.splitlines(), 1):
        mark = line.strip()
        if mark in (BEGIN, END) and (mark == BEGIN) != (region is None):
            raise InputError("unpaired exercise mark", where=f"line {number}", got=mark)
        if mark == BEGIN:
            indent, region = line[: line.index("#")], []
        elif mark == END:
            kept += [indent + code for code in region or ['raise NotImplementedError("yours")']]
            region = None
        elif region is None:
            kept.append(line)
        elif mark.startswith(STUB):
            region.append(mark.removeprefix(STUB))
    if region is not None:
        raise InputError("unpaired exercise mark", where="end of file", expected=END)
    return "\n".join(kept) + "\n"


def write_stub(solution: Path, path: Path) -> bool:
    """Write the stub unless the file exists: what a learner wrote is never overwritten."""
    text = blank(solution.read_text(encoding="utf-8"))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True
