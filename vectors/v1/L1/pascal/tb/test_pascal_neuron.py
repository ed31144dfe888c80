"""cocotb test of pascal_neuron: drives the port contract with the bundle's own files.

Run it with any simulator that cocotb knows; BUNDLE names the folder of the bundle.
"""

import json
import os
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

BUNDLE = Path(os.environ["BUNDLE"])
MANIFEST = json.loads((BUNDLE / "manifest.json").read_text())
T_IN, ROWS = MANIFEST["time"]["T_in"], MANIFEST["time"]["rows"]
PATIENCE = 64 + ROWS


def words(signal):
    """Words of one signal, as they are on the wires."""
    file = next(t["file"] for t in MANIFEST["tensors"] if t["signal"] == signal)
    return [int(line, 16) for line in (BUNDLE / file).read_text().split()]


async def valid_row(dut):
    for _ in range(PATIENCE):
        if dut.row_valid.value == 1:
            return
        await FallingEdge(dut.clk)
    raise AssertionError("no valid output in time")


async def start(dut):
    dut.clear.value = 1
    await FallingEdge(dut.clk)
    dut.clear.value = 0


async def rows(dut, currents, count):
    """Drive one sample; yields the wires after every row."""
    for row in range(count):
        dut.in_valid.value = int(row < T_IN)
        dut.in_data.value = currents[row] if row < T_IN else 0
        await FallingEdge(dut.clk)
        dut.in_valid.value = 0
        await valid_row(dut)
        yield row, int(dut.spike.value), int(dut.v_post.value)


@cocotb.test()
async def every_row_is_the_expected_one(dut):
    current, abort, spike, v = (words(s) for s in ("current", "abort", "spike", "v"))
    cocotb.start_soon(Clock(dut.clk, 10, "step").start())
    dut.rst.value, dut.clear.value, dut.in_valid.value, dut.in_data.value = 1, 0, 0, 0
    for _ in range(2):
        await FallingEdge(dut.clk)
    dut.rst.value = 0
    for sample, aborted in enumerate(abort):
        mine = current[sample * T_IN : (sample + 1) * T_IN]
        await start(dut)
        if aborted:
            async for _ in rows(dut, mine, aborted):
                pass
            await start(dut)
        async for row, got_spike, got_v in rows(dut, mine, ROWS):
            at = sample * ROWS + row
            assert (got_spike, got_v) == (spike[at], v[at]), f"sample {sample}, step {row}"
