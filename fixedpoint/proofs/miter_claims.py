"""The pairs of shipped modules that are proved equal."""

from __future__ import annotations

from dataclasses import replace

from fixedpoint.proofs.miter import Side, claim

K, BITS = 6, 4
REGISTERS = ("worth", "threshold")
SIZES = {"W": 12, "CURRENT_W": 8, "COUNT_W": 5}
SAID = "12-bit membrane, 8-bit input, all currents, starts, clears and pauses"

PORTS = """(
    input wire clk, input wire rst, input wire clear, input wire en,
    input wire signed [7:0] current, input wire signed [11:0] v_init,
    output wire @SPIKE@ spike, output wire signed [11:0] u, output wire signed [11:0] v,
    output wire [COUNT_W-1:0] count
);
    @CORE@ (.clk(clk), .rst(rst), .clear(clear), .en(en), .current(current), .v_init(v_init),
        .theta(THETA), .spike(spike), .u(u), .v(v), .count(count));
endmodule
"""


def _tied(module: str, theta: int, parameters: str = "", spike: str = "") -> str:
    """A top with a constant threshold in place of the port."""
    head = "module tied #(parameter COUNT_W = 5, parameter signed [11:0] THETA = "
    core = f"{module} #(.W(12), .CURRENT_W(8), .COUNT_W(COUNT_W){parameters}) neuron"
    return f"{head}{theta}) " + PORTS.replace("@CORE@", core).replace("@SPIKE@", spike)


def _verilog(module: str, text: str = "", **parameters: int) -> Side:
    files = ("membrane_add.v", f"{module}.v")
    sizes = {} if text else {**SIZES, **parameters}
    return Side("tied" if text else module, files, text, sizes)


def _vhdl(module: str, **parameters: int) -> Side:
    return Side(module, ("membrane_add.vhd", f"{module}.vhd"), "", {**SIZES, **parameters})


POWER = claim(
    "rtl-if-pow2",
    "if_pow2_neuron.v is if_neuron.v with the threshold 2^K.",
    f"K = {K}, {SAID}",
    _verilog("if_neuron", _tied("if_neuron", 1 << K)),
    _verilog("if_pow2_neuron", K=K),
    ("one bit of the comparison too high", "|sum[W-2:K]", "|sum[W-2:K+1]"),
)
BURST = claim(
    "rtl-burst-pow2",
    "burst_pow2_neuron.v is burst_neuron.v with the threshold 2^K.",
    f"K = {K}, PHI = 4, SHIFT = 8, {SAID}",
    _verilog("burst_neuron", _tied("burst_neuron", 1 << K, ", .SPIKE_W(3), .SHIFT(8)", "[2:0]")),
    _verilog("burst_pow2_neuron", K=K, SPIKE_W=3, SHIFT=8),
    (
        ">= for > at the limit, one spike less",
        "(upper > MOST) ? MOST",
        "(upper >= MOST) ? MOST - 1",
    ),
)
VHDL_IF = claim(
    "rtl-if-vhdl",
    "if_neuron.vhd, translated to Verilog by GHDL, is if_neuron.v.",
    f"{SAID}, all thresholds",
    _verilog("if_neuron"),
    _vhdl("if_neuron"),
    ("> for >=", "GREATER = 0 and sum = theta", "GREATER = 1 and sum = theta"),
)
VHDL_BITS = claim(
    "rtl-bit-serial-vhdl",
    "bit_serial_neuron.vhd, translated to Verilog by GHDL (its logical shift of a signed word made "
    "arithmetic again), is bit_serial_neuron.v.",
    f"T = {BITS}, {SAID}, all thresholds and orders of phases",
    replace(_verilog("bit_serial_neuron", BITS=BITS), watched=REGISTERS),
    replace(_vhdl("bit_serial_neuron", BITS=BITS), watched=REGISTERS),
    ("> for >=", "membrane >= threshold", "membrane > threshold"),
)
CLAIMS = (POWER, BURST, VHDL_IF, VHDL_BITS)
