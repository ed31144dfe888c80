"""Somebody's own module against a bundle: in every simulator, with faults, with bad input."""

from __future__ import annotations

import shutil
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from waves import Wave

from fixedpoint import InputError
from fixedpoint.hdl import verilator
from fixedpoint.hdl.device import compared_words, run_device
from fixedpoint.hdl.testbench import TWINS
from fixedpoint.vectors import write_neuron_bundle
from fixedpoint.vectors.manifest import read_manifest
from fixedpoint.vectors.variants import VARIANTS
from fixedpoint.vectors.waveform import write_reference

HDL = Path(str(files("fixedpoint.hdl")))
TWO_PHASES = [
    "rtl/accumulate_neuron.v",
    "rtl/membrane_add.v",
    "rtl/accumulate_neuron_top.v",
]


def verilog(bundle):
    return sorted(bundle.glob("rtl/*.v"))


@pytest.mark.parametrize("rows", [True, False])
@pytest.mark.parametrize("kind", VARIANTS)
def test_every_kind_passes_in_icarus(written, kind, rows, need):
    need("iverilog")
    result = run_device(written / kind, f"{kind}_neuron_top", verilog(written / kind), rows=rows)
    assert result.ok, result
    assert result.warnings == ""


@pytest.mark.parametrize("kind", [k for k, v in VARIANTS.items() if v.kind in TWINS])
def test_every_twin_passes_in_ghdl(written, kind, need):
    need("ghdl")
    sources = [written / kind / "rtl" / name for name in vhdl(written / kind)]
    result = run_device(written / kind, f"{kind}_neuron_top", sources, simulator="ghdl")
    assert result.ok, result
    assert result.warnings == ""


def test_ghdl_takes_a_long_bundle(tmp_path, need):
    """The bench holds all words on its stack: more than a stack is by default."""
    need("ghdl")
    bundle = tmp_path / "if"
    write_neuron_bundle(bundle, "if", samples=25_000, seed=1)
    sources = [bundle / "rtl" / name for name in vhdl(bundle)]
    assert run_device(bundle, "if_neuron_top", sources, simulator="ghdl").ok


def vhdl(bundle):
    """The package first, then the neuron, then its top."""
    names = [path.name for path in bundle.glob("rtl/*.vhd")]
    return sorted(names, key=lambda name: (name != "membrane_add.vhd", "_top" in name))


def test_a_fault_in_the_vhdl_is_found(written, tmp_path, need):
    need("ghdl")
    bundle, faulty = written / "bit_serial", tmp_path / "bit_serial_neuron.vhd"
    text = (bundle / "rtl" / faulty.name).read_text()
    for right, wrong in ((">= threshold", "> threshold"), ("BITS - 1);", "BITS - 2);")):
        assert right in text
        faulty.write_text(text.replace(right, wrong))
        sources = [bundle / "rtl" / "membrane_add.vhd", faulty,
                   bundle / "rtl" / "bit_serial_neuron_top.vhd"]  # fmt: skip
        result = run_device(bundle, "bit_serial_neuron_top", sources, simulator="ghdl")
        assert not result.ok
        assert result.exit_code != 0
        assert 1 <= len(result.mismatches) <= 5


def test_verilator_agrees_and_finds_a_fault(written, tmp_path, need):
    need("verilator")
    bundle, faulty = written / "dual", tmp_path / "dual_neuron.v"
    result = run_device(bundle, "dual_neuron_top", verilog(bundle), simulator="verilator")
    assert result.ok, result
    assert result.warnings == ""
    text = (bundle / "rtl" / faulty.name).read_text()
    faulty.write_text(text.replace("(MEMORY == 0 || owed)", "1'b1"))
    others = [path for path in verilog(bundle) if path.name != faulty.name]
    result = run_device(bundle, "dual_neuron_top", [*others, faulty], simulator="verilator")
    assert not result.ok
    assert result.mismatches


@pytest.mark.nightly
@pytest.mark.parametrize("kind", VARIANTS)
def test_every_kind_passes_in_verilator(written, kind, need):
    need("verilator")
    result = run_device(
        written / kind, f"{kind}_neuron_top", verilog(written / kind), simulator="verilator"
    )
    assert result.ok, result


@pytest.mark.nightly
@pytest.mark.parametrize("kind", VARIANTS)
def test_ten_million_rows_in_verilator(kind, tmp_path, need):
    """One program, bundles of a million words until ten million rows were compared."""
    need("verilator")
    done, seed, built = 0, 0, False
    while done < 10_000_000:
        bundle = tmp_path / f"bundle{seed}"
        manifest = write_neuron_bundle(bundle, kind, samples=40_000, seed=seed)
        if not built:
            sources = [str(path) for path in verilog(bundle)]
            top = f"{kind}_neuron_top"
            compiled = verilator.build(bundle, manifest, top, sources, True, tmp_path, 600)
            built = compiled.returncode == 0
            assert built, compiled.stderr
        ran = verilator.drive(bundle, manifest, tmp_path, 600)
        assert ran.stdout == f"PASS {compared_words(manifest, True)}\n", ran.stdout
        done += compared_words(manifest, True) // 2
        seed += 1
        shutil.rmtree(bundle)


def test_another_inner_schedule_is_judged_by_its_spikes(written, tmp_path, need):
    """The two-phase neuron sends the train of the three-phase one, in other rows."""
    need("iverilog")
    bundle, other = written / "pascal", written / "accumulate"
    mine = tmp_path / "mine.v"
    text = (other / TWO_PHASES[2]).read_text().replace("accumulate_neuron_top", "mine")
    text = text.replace("hdl/accumulate_neuron_pkg.vh", "hdl/pascal_neuron_pkg.vh")
    text = text.replace("row < ROWS)", "row < T_IN + T_OUT)").replace("T_IN + RELAX", "T_IN")
    text = text.replace("wire        [SPIKE_W-1:0]   spike;", "wire [1:0] spike;")
    mine.write_text(text.replace(".spike(spike)", ".spike(spike[0])").replace(
        "localparam ROW_W", "assign spike[1] = 1'b0;\n    localparam ROW_W"))  # fmt: skip
    sources = [*(other / name for name in TWO_PHASES[:2]), mine]
    assert run_device(bundle, "mine", sources, rows=False).ok
    by_rows = run_device(bundle, "mine", sources, rows=True)
    assert not by_rows.ok
    assert by_rows.mismatches


MINE = """
module mine (clk, rst, clear, in_valid, in_data, row_valid, out_valid, spike, v_post);
    `include "hdl/if_neuron_pkg.vh"
    input wire clk, rst, clear, in_valid;
    input wire signed [CURRENT_W-1:0] in_data;
    output reg row_valid, out_valid, spike;
    output reg signed [W-1:0] v_post;
    reg waiting;
    reg signed [W-1:0] sum;
    always @(posedge clk) begin
        row_valid <= 1'b0;
        out_valid <= 1'b0;
        waiting <= 1'b0;
        if (rst || clear) begin
            v_post <= V_INIT[W-1:0];
            spike <= 1'b0;
        end else if (in_valid) begin
            sum <= v_post + {{(W-CURRENT_W){in_data[CURRENT_W-1]}}, in_data};
            waiting <= 1'b1;
        end else if (waiting) begin
            row_valid <= 1'b1;
            out_valid <= 1'b1;
            spike <= sum >= THETA[W-1:0];
            v_post <= sum - (sum >= THETA[W-1:0] ? THETA[W-1:0] : 0);
        end
    end
endmodule
"""


def test_a_module_with_another_latency_that_nobody_here_wrote_for(written, tmp_path, need):
    need("iverilog")
    source = tmp_path / "mine.v"
    source.write_text(MINE.replace("sum >= THETA[W-1:0]", "sum >= $signed(THETA[W-1:0])"))
    assert run_device(written / "if", "mine", [source]).ok
    source.write_text(MINE)  # unsigned comparison: a negative membrane fires
    result = run_device(written / "if", "mine", [source])
    assert (result.ok, result.exit_code != 0) == (False, True)
    source.write_text(MINE.replace("_valid <= 1'b1", "_valid <= 1'b0"))
    result = run_device(written / "if", "mine", [source])
    assert "no valid output in time" in result.mismatches[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"top": "nobody"}, "does not compile"),
        ({"top": "a b"}, "no name of a module"),
        ({"simulator": "modelsim"}, "unknown simulator"),
        ({"sources": [Path("nowhere.v")]}, "no such file"),
        ({"bundle": "layer_if"}, "the port contract is that of a neuron"),
    ],
)
def test_bad_input_is_an_error(written, change, message, need):
    need("iverilog")
    given = {"top": "if_neuron_top", "sources": verilog(written / "if"), "bundle": "if"} | change
    bundle = written / given.pop("bundle")
    with pytest.raises(InputError, match=message):
        run_device(bundle, given.pop("top"), given.pop("sources"), **given)


def test_a_wrong_port_does_not_compile(written, tmp_path, need):
    need("iverilog")
    source = tmp_path / "mine.v"
    source.write_text("module mine (input wire clk); endmodule\n")
    with pytest.raises(InputError, match="does not compile"):
        run_device(written / "if", "mine", [source])


@pytest.mark.parametrize("kind", ["if", "pascal", "burst", "bit_serial"])
def test_the_reference_waveform_is_that_of_the_rtl(written, tmp_path, kind, need):
    """Every wire at every falling edge, from reset on."""
    pytest.importorskip("vcd")
    need("iverilog")
    rtl, reference = tmp_path / "rtl.vcd", tmp_path / "reference.vcd"
    bundle = written / kind
    assert run_device(bundle, f"{kind}_neuron_top", verilog(bundle), vcd=rtl).ok
    clocks = write_reference(bundle, reference, 0, 12)
    seen, expected = Wave(rtl.read_text()), Wave(reference.read_text())
    wires = ("rst", "clear", "in_valid", "in_data", "row_valid", "out_valid", "spike", "v_post")
    assert clocks > 12 * read_manifest(bundle / "manifest.json").data["time"]["rows"]
    for clock in range(clocks):
        for wire in wires:
            time = 10 * clock + 9  # outputs have changed, inputs not yet
            assert seen.at(wire, time) == expected.at(wire, time), (wire, clock)


def test_samples_that_are_not_there(written, tmp_path):
    with pytest.raises(InputError, match="no such samples"):
        write_reference(written / "if", tmp_path / "x.vcd", 5, 5)
    with pytest.raises(InputError, match="waveforms are of one neuron"):
        write_reference(written / "layer_if", tmp_path / "x.vcd")


def test_cocotb_runs_the_shipped_test(written, tmp_path, need, monkeypatch):
    runner = pytest.importorskip("cocotb_tools.runner")
    need("iverilog")
    bundle = written / "pascal"
    simulator = runner.get_runner("icarus")
    build = tmp_path / "build"
    simulator.build(
        sources=verilog(bundle), hdl_toplevel="pascal_neuron_top", always=True, build_dir=build,
        build_args=["-g2005", "-I", str(bundle)], log_file=tmp_path / "build.log",
    )  # fmt: skip
    monkeypatch.syspath_prepend(str(bundle / "tb"))  # what the simulator's Python imports from
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    results = simulator.test(
        hdl_toplevel="pascal_neuron_top", test_module="test_pascal_neuron", build_dir=build,
        test_dir=bundle, results_xml=str(tmp_path / "results.xml"),
        extra_env={"BUNDLE": str(bundle), "PYTHONDONTWRITEBYTECODE": "1"},
        log_file=tmp_path / "test.log",
    )  # fmt: skip
    assert runner.get_results(results) == (1, 0)


def test_waveforms_are_drawn_and_compared(written, tmp_path, need):
    from refsnn.jobs.waves import draw, read_waves

    pytest.importorskip("vcd")
    reference, faulty, picture = (tmp_path / n for n in ("a.vcd", "b.vcd", "w.png"))
    write_reference(written / "pascal", reference, 0, 3)
    assert draw([reference, reference], picture, first=0, last=500) == []
    assert picture.read_bytes().startswith(b"\x89PNG")
    code = next(
        line.split()[3] for line in reference.read_text().splitlines() if " v_post " in line
    )
    text = reference.read_text()
    at = text.index(f" {code}\n", text.index("#105"))
    faulty.write_text(text[: at - 1] + ("1" if text[at - 1] == "0" else "0") + text[at:])
    apart = draw([reference, faulty], picture, first=0, last=500)
    assert apart
    assert set(read_waves(reference)) >= {"clk", "spike", "v_post"}
    faulty.write_text("$var nonsense")
    with pytest.raises(InputError, match="no VCD"):
        read_waves(faulty)
