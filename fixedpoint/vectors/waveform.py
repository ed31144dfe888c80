"""The expected signals of a neuron bundle as a waveform, clock for clock as its bench has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fixedpoint.errors import InputError
from fixedpoint.typing import IntArray
from fixedpoint.vectors.manifest import Manifest
from fixedpoint.vectors.replay import read_bundle, read_tensor

HALF = 5
"""Nanoseconds of half a clock."""


@dataclass(frozen=True)
class Wires:
    """What the wires carry from one falling edge to the next; outputs change between the two."""

    rst: int = 0
    clear: int = 0
    in_valid: int = 0
    in_data: int = 0
    row_valid: int = 0
    out_valid: int = 0
    spike: int = 0
    v_post: int = 0


INPUTS = ("rst", "clear", "in_valid", "in_data")
OUTPUTS = ("row_valid", "out_valid", "spike", "v_post")


def write_reference(bundle: Path, out: Path, first: int = 0, last: int | None = None) -> int:
    """Write the waveform of samples ``first .. last - 1``; gives the number of clocks.

    The names are those of the bench, and so are the times if ``first`` is 0: two clocks of reset,
    one of clear before every sample, one for every row, pauses before the currents of every
    second sample, two
    clocks of pause after every sample.

    Raises
    ------
    InputError
        No neuron's bundle, no such samples, or pyvcd is not installed.
    """
    files, manifest = read_bundle(Path(bundle))
    if manifest.get("layers", 0, "kind", kind=str) != "neuron":
        raise InputError("waveforms are of one neuron", where=manifest.name)
    count = manifest.get("vectors", "n_samples", kind=int)
    last = count if last is None else last
    if not 0 <= first < last <= count:
        expected, got = f"0 <= first < last <= {count}", f"{first}:{last}"
        raise InputError("no such samples", where="samples", expected=expected, got=got)
    values = {t.signal: read_tensor(manifest, t, files) for t in manifest.tensors}
    clocks = list(_clocks(manifest, values, range(first, last)))
    part = Path(out).with_name(f"{Path(out).name}.part")
    part.write_text(_vcd(manifest, clocks), "ascii")
    part.replace(out)
    return len(clocks)


def _clocks(manifest: Manifest, values: dict[str, IntArray], samples: range) -> Iterator[Wires]:
    at_rest = Wires(v_post=int(values["v_init"].flat[0]))
    yield replace(at_rest, rst=1)
    yield replace(at_rest, rst=1)
    for sample in samples:
        odd = sample % 2
        yield replace(at_rest, clear=1, in_valid=odd, in_data=-1)
        aborted = int(values["abort"][sample])
        if aborted:
            yield from _rows(manifest, values, sample, aborted)
            reset = int(sample % 8 == 7)
            yield replace(at_rest, rst=reset, clear=1 - reset, in_valid=odd, in_data=-1)
        last = at_rest
        for last in _rows(manifest, values, sample, manifest.get("time", "rows", kind=int)):
            yield last
        yield Wires(in_data=-1, spike=last.spike, v_post=last.v_post)
        yield Wires(spike=last.spike, v_post=last.v_post)


def _rows(
    manifest: Manifest, values: dict[str, IntArray], sample: int, count: int
) -> Iterator[Wires]:
    t_in, rows = (manifest.get("time", key, kind=int) for key in ("T_in", "rows"))
    emitting = rows - manifest.get("time", "T_out", kind=int)
    spike, v_post = 0, int(values["v_init"].flat[0])
    for row in range(count):
        pauses = sample % 2 * (sample // 2 * (2 * row + 1) % 3)
        for _ in range(pauses if row < t_in else 0):
            noise = ~int(values["current"][sample, row, 0])
            yield Wires(in_data=noise, spike=spike, v_post=v_post)
        spike, v_post = (int(values[name][sample, row, 0]) for name in ("spike", "v"))
        yield Wires(
            in_valid=int(row < t_in),
            in_data=int(values["current"][sample, row, 0]) if row < t_in else 0,
            row_valid=1,
            out_valid=int(row >= emitting),
            spike=spike,
            v_post=v_post,
        )


def _vcd(manifest: Manifest, clocks: list[Wires]) -> str:
    try:
        from vcd import VCDWriter
    except ModuleNotFoundError:
        raise InputError(
            "waveforms need pyvcd", where="vcd", fix="pip install refsnn[hdl]"
        ) from None
    from io import StringIO

    text = StringIO()
    with VCDWriter(text, timescale="1 ns", date="", version="fixedpoint") as writer:
        scope = f"tb_{manifest.name}"
        widths = _widths(manifest)
        wires = {
            name: writer.register_var(scope, name, "wire", size=size, init=_bits(0, size))
            for name, size in widths.items()
        }
        for index, clock in enumerate(clocks):
            start = 2 * HALF * index
            for time, names in ((start, INPUTS), (start + HALF, OUTPUTS)):
                writer.change(wires["clk"], time, str(int(names is OUTPUTS)))
                for name in names:
                    writer.change(wires[name], time, _bits(getattr(clock, name), widths[name]))
    return text.getvalue()


def _widths(manifest: Manifest) -> dict[str, int]:
    own = {"in_data": "current", "spike": "spike", "v_post": "membrane"}
    names = ("clk", *INPUTS, *OUTPUTS)
    return {name: manifest.format(own[name]).width if name in own else 1 for name in names}


def _bits(value: int, width: int) -> str:
    return np.binary_repr(value & ((1 << width) - 1), width)
