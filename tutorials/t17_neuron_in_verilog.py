# %% [markdown]
# # T17. The neuron in Verilog
#
# - needs: T00, T14, T16; 30 minutes; refsnn and matplotlib; Icarus Verilog on the PATH if you have
#   it (`apt install iverilog`); without it everything runs but the Verilog
# - teaches: registers and clocks, a port contract, sign extension, RTL held to a model
# - equations: qcfs.4, qcfs.5, qcfs.6, integers.8
# - vectors: a bundle of an IF neuron, in a temporary folder
# - figure: t17_neuron_in_verilog.png
#
# The Verilog is of 2005, which every tool reads, and which is SystemVerilog too.

# %%
import re
import shutil
import tempfile
from pathlib import Path

import numpy as np

from fixedpoint import Format
from fixedpoint.hdl.device import run_device
from fixedpoint.hdl.icarus import run_bench
from fixedpoint.neurons import IntIF, run_neuron
from fixedpoint.vectors import write_neuron_bundle
from refsnn.lessons import figure_path, find_shelf
from refsnn.plots import clocked

ICARUS = bool(shutil.which("iverilog") and shutil.which("vvp"))

# %% [markdown]
# ## 1. Question
#
# A circuit has clocks and wires, a model has steps and numbers: when do the two do the same?
#
# ## 2. By hand
#
# The unit is the neuron of T00 (theta = 8, start 4) with four registers: `row_valid`, `spike`, and
# `v`, 6 wires, two's complement. They change at the rising edge of the clock, all at once:
#
# - `clear` high: v becomes 4, the others 0. clear wins over everything.
# - else `in_valid` high: one step with the current on `in_data` (4 wires, two's complement);
#   row_valid becomes 1.
# - else: nothing happens; row_valid becomes 0, the others stay.
#
# What do the registers hold *after* each edge? Write v as a number, then as a word 0 ... 63.
#
# | clock | clear | in_valid | in_data | row_valid | spike |  v | word |
# |:-----:|:-----:|:--------:|:-------:|:---------:|:-----:|:--:|:----:|
# |   1   |   1   |    1     |    7    |     0     |   0   |  4 |  4   |
# |   2   |   0   |    1     |    5    |           |       |    |      |
# |   3   |   0   |    0     |    3    |           |       |    |      |
# |   4   |   0   |    1     |   13    |           |       | -2 |      |
# |   5   |   0   |    1     |    7    |           |       |    |      |
# |   6   |   0   |    1     |    3    |           |       |    |      |

# %%
my_row_valid = [0, None, None, None, None, None]
my_spike = [0, None, None, None, None, None]
my_word = [4, None, None, None, None, None]

# %% [markdown]
# ## 3. Twelve lines
#
# The same, wire by wire. All that Python does for free is to keep the sign; here we do it.


# %%
def signed(word, bits):
    return word - (word >> (bits - 1) << bits)  # eq: integers.8


def edge(registers, clear, in_valid, in_data):
    """One rising edge: row_valid, spike, word of v after it."""
    if clear:
        return 0, 0, 4
    if not in_valid:
        return 0, *registers[1:]
    u = signed(registers[2], 6) + signed(in_data, 4)  # eq: qcfs.4
    spike = int(u >= 8)  # eq: qcfs.5
    return 1, spike, (u - 8 * spike) % 64  # eq: qcfs.6


# %%
def circuit(inputs):
    registers, seen = (0, 0, 0), []
    for wires in inputs:
        registers = edge(registers, *wires)
        seen.append(registers)
    return seen


BY_HAND = [(1, 1, 7), (0, 1, 5), (0, 0, 3), (0, 1, 13), (0, 1, 7), (0, 1, 3)]
true = dict(zip(("row_valid", "spike", "word"), zip(*circuit(BY_HAND), strict=True), strict=True))
for name, mine in (("row_valid", my_row_valid), ("spike", my_spike), ("word", my_word)):
    wrong = [c for c in range(1, 7) if mine[c - 1] not in (None, true[name][c - 1])]
    print(f"{name}: {mine.count(None)} holes left, wrong in clocks {wrong}")
assert (true["word"], circuit(BY_HAND)[-1]) == ((4, 1, 1, 62, 5, 0), (1, 1, 0))

# %% [markdown]
# Clock 3 shows a spike, and no spike came: `spike` stays high until the next step. Who counts
# high clocks counts too many. In clock 4, 13 on four wires is -3. In clock 6 u is 8: it fires.
#
# ## 4. The law
#
# **Strike out the clocks without row_valid: what is left are the rows of the model.** Whatever the
# pauses, and however late the answer, row n is what the n-th current since clear made of the
# neuron. `docs/rtl-contract.md` says it of all neurons, `tests/hdl/test_contract.py` tries it.


# %%
def random_wires(rng, clocks):
    """Clear once, then pauses and currents -3 ... 7, as words."""
    pairs = zip(rng.integers(4, size=clocks) > 0, rng.integers(-3, 8, clocks) % 16, strict=True)
    return [(1, 0, 0), (0, 1, 3), *((0, int(valid), int(data)) for valid, data in pairs)]


for seed in range(100):
    wires = random_wires(np.random.default_rng(seed), 9)
    rows = [(spike, signed(word, 6)) for valid, spike, word in circuit(wires) if valid]
    currents = [signed(data, 4) for clear, valid, data in wires if valid]
    model = run_neuron(IntIF(theta=8, v_init=4), currents, trace=True).trace
    assert rows == list(zip(model.spike, model.v, strict=True))

# %% [markdown]
# ## 5. The library
#
# The unit in Verilog. `<=` is the edge: all right sides are read before any register changes.
# With `signed` on both operands the sum extends the sign; without it on *one*, on none.

# %%
UNIT = """
module if_unit #(parameter W = 6, CURRENT_W = 4, THETA = 8, V_INIT = 4) (
    input wire clk, input wire rst, input wire clear, input wire in_valid,
    input wire signed [CURRENT_W-1:0] in_data,
    output reg row_valid, output wire out_valid, output reg spike,
    output reg signed [W-1:0] v_post
);
    wire signed [W-1:0] u = v_post + in_data;
    wire fire = u >= THETA;
    assign out_valid = row_valid;
    always @(posedge clk)
        if (rst || clear) begin
            row_valid <= 0; spike <= 0; v_post <= V_INIT;
        end else begin
            row_valid <= in_valid;
            if (in_valid) spike <= fire;
            if (in_valid) v_post <= fire ? u - THETA : u;
        end
endmodule
"""


def against_vectors(unit):
    """Words that differ from a bundle's, of how many."""
    with tempfile.TemporaryDirectory() as folder:
        bundle, source = Path(folder) / "bundle", Path(folder) / "unit.v"
        write_neuron_bundle(bundle, "if", samples=60, theta=8, in_format=Format(True, 4))
        source.write_text(unit.replace("W = 6", "W = 8"))  # what the bundle proves for 8 steps
        result = run_device(bundle, "if_unit", [source])
    return (0 if result.ok else int(re.search(r"FAIL (\d+)", result.log)[1])), result.words


if ICARUS:
    differ, asked = against_vectors(UNIT)
    print(f"Icarus Verilog: {differ} of {asked} words differ")
    assert differ == 0
else:
    print("Icarus Verilog is not on the PATH: nothing is simulated, the model stands alone")

# %% [markdown]
# > **What tools do.** A test bench that ends with `$finish` after a mismatch leaves status 0, and
# > so does one that reads no vector. The runner believes a PASS only with status 0 *and* the number
# > of words that the manifest asks for.
#
# ## 6. The figure
#
# The clocks of your table, then 14 random ones. The bench is `tutorials/verilog/t17_bench.v`.


# %%
def simulated(inputs):
    """The registers of the Verilog after each edge; of the model where nothing can simulate it."""
    if not ICARUS:
        return circuit(inputs)
    with tempfile.TemporaryDirectory() as folder:
        words = [f"{32 * c + 16 * v + d:02x}\n" for c, v, d in inputs]
        Path(folder, "stim.hex").write_text("".join(words))
        Path(folder, "unit.v").write_text(UNIT)
        sources = ["unit.v", str(find_shelf().folder / "verilog" / "t17_bench.v")]
        log = run_bench(Path(folder), "bench", sources, len(inputs)).log
    return [tuple(map(int, row)) for row in re.findall(r"ROW (\d+) (\d+) (\d+)", log)]


inputs = BY_HAND + random_wires(np.random.default_rng(17), 14)[2:]
model, rtl = circuit(inputs), simulated(inputs)
assert model == rtl
CAPTION = """\
in_data and v are signed. If the last line rose anywhere, model and circuit would differ there, and
the unit would not be the neuron. A spike counts where row_valid is high, and nowhere else."""
kind = "Verilog" if ICARUS else "model again (no Icarus)"
drawn = dict(zip(("clear", "in_valid", "in_data"), zip(*inputs, strict=True), strict=True))
drawn["in_data"] = [signed(data, 4) for data in drawn["in_data"]]
for name, seen in (("model", model), (kind, rtl)):
    row_valid, spike, words = zip(*seen, strict=True)
    drawn |= {" " * len(drawn): [], f"{name}: row_valid": row_valid, f"{name}: spike": spike,
              f"{name}: v": [signed(word, 6) for word in words]}  # fmt: skip
drawn["differ"] = [int(a != b) for a, b in zip(model, rtl, strict=True)]
buses = ["in_data", "model: v", f"{kind}: v"]
clocked(drawn, figure_path("t17_neuron_in_verilog.png"), CAPTION, buses=buses)

# %% [markdown]
# ## 7. Break it
#
# One change each. Which will the vectors see? Which only in a few words?

# %%
FAULTS = {
    "> for >=": ("u >= THETA", "u > THETA"),
    "no sign on in_data": ("input wire signed [CURRENT_W", "input wire [CURRENT_W"),
    "decides a clock late": ("fire = u >=", "fire = v_post >="),
    "two wires too few": ("signed [W-1:0] u", "signed [W-3:0] u"),
    "clear is ignored": ("rst || clear", "rst"),
}
for name, change in FAULTS.items() if ICARUS else ():
    differ, asked = against_vectors(UNIT.replace(*change))
    print(f"{name}: {differ} of {asked} words differ")
    assert differ > 0

# %% [markdown]
# ## 8. Exercises
#
# 1. (a number) W = 10, CURRENT_W = 8, THETA = 37. v_post holds 10'h3d9, and 8'hb5 comes in with
#    in_valid. What number does v_post hold after the edge (signed)?
# 2. (code) The sum is too slow for the clock: put a register before it. Write the unit with two
#    stages, wire by wire, so that the law still holds.
# 3. (find the bug) An adder and comparator that know no sign. Mend them, and name what convicts.
#
# ```
# refsnn learn T17 --answer 1 NUMBER
# refsnn learn T17                      exercises 2 and 3, in t17_exercises.py
# ```
#
# ## 9. Left out
#
# - Your own module: `refsnn vectors rtl out/ --top my_neuron --source my_neuron.v`.
# - Neurons in phases (PASCAL, bit-serial: `fixedpoint/hdl`); proofs (`docs/proofs.md`); synthesis.
#
# Further reading: `docs/rtl-contract.md`; Sutherland, Mills: *Verilog and SystemVerilog gotchas*.
