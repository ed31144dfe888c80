"""Draw waveforms above each other: what the reference expects, and what the hardware did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from refsnn import plots
from refsnn.errors import InputError

WIRES = ("clk", "clear", "in_valid", "in_data", "row_valid", "out_valid", "spike", "v_post")


@dataclass
class Wire:
    """Changes of one wire: times, and values as they are on the wires."""

    width: int
    times: list[int]
    values: list[int | None]

    def at(self, time: int) -> int | None:
        """Value after all changes up to a time; None where it is unknown."""
        index = int(np.searchsorted(self.times, time, side="right")) - 1
        return None if index < 0 else self.values[index]


def read_waves(path: Path) -> dict[str, Wire]:
    """The wires of the outermost scope of a VCD file.

    Raises
    ------
    InputError
        pyvcd is not installed, or the file is no VCD.
    """
    try:
        from vcd.reader import TokenKind, VCDParseError, tokenize
    except ModuleNotFoundError:
        fix = "pip install 'refsnn[hdl]'"
        raise InputError("waveforms need pyvcd", where=str(path), fix=fix) from None
    wires: dict[str, Wire] = {}
    names: dict[str, str] = {}
    depth, now = 0, 0
    with Path(path).open("rb") as stream:
        try:
            for token in tokenize(stream):
                kind, data = token.kind, cast(Any, token.data)
                if kind is TokenKind.SCOPE:
                    depth += 1
                elif kind is TokenKind.UPSCOPE:
                    depth -= 1
                elif kind is TokenKind.VAR and depth == 1:
                    wires[data.reference] = Wire(data.size, [], [])
                    names[data.id_code] = data.reference
                elif kind is TokenKind.CHANGE_TIME:
                    now = int(data)
                elif kind in (TokenKind.CHANGE_SCALAR, TokenKind.CHANGE_VECTOR):
                    _change(wires, names, now, data)
        except VCDParseError as error:
            raise InputError("no VCD", where=str(path), got=str(error)) from None
    return wires


def _change(wires: dict[str, Wire], names: dict[str, str], now: int, data: Any) -> None:
    if data.id_code in names:
        wire = wires[names[data.id_code]]
        wire.times.append(now)
        known = isinstance(data.value, int) or data.value in ("0", "1")
        wire.values.append(int(data.value) if known else None)


def differences(one: dict[str, Wire], other: dict[str, Wire], first: int, last: int) -> list[int]:
    """Times just before a falling edge, from the first reset on, at which any wire differs."""
    shared = [name for name in WIRES if name in one and name in other]
    return [
        time
        for time in range(max(19, first // 10 * 10 + 9), last, 10)
        if any(one[name].at(time) != other[name].at(time) for name in shared)
    ]


def draw(
    files: Sequence[Path], path: Path, *, first: int, last: int, wires: Sequence[str] = WIRES
) -> list[int]:
    """Draw wires from ``first`` to ``last`` ns, a panel a file; gives where the files differ."""
    found = [read_waves(file) for file in files]
    height = 0.5 + 0.42 * len(wires) * len(files)
    canvas, axes = plots.figure(len(files), 1, (11.0, height), sharex=True)
    apart = differences(found[0], found[1], first, last) if len(found) == 2 else []
    for axis, file, waves in zip(axes[:, 0], files, found, strict=True):
        if missing := [name for name in wires if name not in waves]:
            raise InputError("no such wire", where=str(file), got=", ".join(missing))
        for row, name in enumerate(wires):
            _draw_wire(axis, waves[name], name, len(wires) - row, (first, last))
        axis.vlines(apart, 0.6, len(wires) + 0.7, color=plots.RED, linewidth=1.0)
        axis.set_title(file.name, loc="left")
        axis.set_yticks(range(len(wires), 0, -1), wires)
        axis.set_xlim(first, last)
        axis.set_ylim(0.5, len(wires) + 0.8)
    axes[-1, 0].set_xlabel("time (ns)")
    plots.save(canvas, path)
    return apart


def _draw_wire(axis: Any, wire: Wire, name: str, level: int, span: tuple[int, int]) -> None:
    first, last = span
    times = [first, *(t for t in wire.times if first < t <= last)]
    values = [wire.at(t) for t in times]
    if wire.width == 1:
        plots.wire(axis, level, [*times, last], values)
        return
    signed = name in ("in_data", "v_post") or wire.width == 2
    numbers = [None if v is None else _number(v, wire.width, signed) for v in values]
    plots.bus(axis, level, [*times, last], numbers, least=6)


def _number(value: int, width: int, signed: bool) -> int:
    return value - (1 << width) if signed and value >> (width - 1) else value
