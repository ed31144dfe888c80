"""The port contract: what a bench refuses beside wrong words, clean modules, the command line."""

from __future__ import annotations

import json
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fixedpoint import InputError
from fixedpoint.hdl.device import run_device
from fixedpoint.vectors.variants import VARIANTS
from refsnn.cli import app

HDL = Path(str(files("fixedpoint.hdl")))


@pytest.fixture
def changed(written, tmp_path):
    """The sources of a bundle with one of them changed."""

    def make(kind, name, right, wrong):
        paths = {path.name: path for path in sorted((written / kind).glob("rtl/*.v*"))}
        text = paths[name].read_text()
        assert right in text, (name, right)
        faulty = tmp_path / name
        faulty.write_text(text.replace(right, wrong))
        suffix = Path(name).suffix
        chosen = [path for path in (paths | {name: faulty}).values() if path.suffix == suffix]
        return sorted(chosen, key=lambda path: (path.stem != "membrane_add", "_top" in path.stem))

    return make


TOPS = [  # kind, what is wrong with the controller, what the bench says of it
    ("pascal", "out_valid <= 1'b0;", "out_valid <= clear;", "not at rest after clear"),
    ("pascal", "phase == STEP || phase == EMIT", "phase == STEP || phase != INTEGRATE",
     "out_valid in the wrong row"),
    ("pascal", "(row < ROWS);", "(row <= ROWS);", "valid without a row"),
    ("if", "row_valid <= en;", "row_valid <= en && row != 3;", "out_valid without a row"),
    ("if", "takes ? in_valid", "takes ? (in_valid || row == 3)", "valid without a row"),
    ("if", "if (rst || clear) begin", "if (rst) begin", "no valid output in time"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "right", "wrong", "message"), TOPS)
def test_a_wrong_controller_is_told_apart(changed, written, kind, right, wrong, message, need):
    need("iverilog")
    sources = changed(kind, f"{kind}_neuron_top.v", right, wrong)
    result = run_device(written / kind, f"{kind}_neuron_top", sources)
    assert not result.ok
    assert any(message in line for line in result.mismatches), result.log


@pytest.mark.parametrize("simulator", ["icarus", "ghdl"])
def test_a_frame_too_many_is_found_by_spikes_alone(changed, written, simulator, need):
    need({"icarus": "iverilog", "ghdl": "ghdl"}[simulator])
    sources = (
        changed("bit_serial", "bit_serial_neuron_top.v", "(row < ROWS);", "(row <= ROWS);")
        if simulator == "icarus"
        else changed("bit_serial", "bit_serial_neuron_top.vhd", "0 to ROWS;", "0 to ROWS + 1;")
    )
    if simulator == "ghdl":
        text = sources[-1].read_text()
        assert "row < ROWS " in text
        sources[-1].write_text(text.replace("row < ROWS ", "row <= ROWS "))
    top = "bit_serial_neuron_top"
    result = run_device(written / "bit_serial", top, sources, simulator=simulator, rows=False)
    assert not result.ok
    assert "a frame too many" in result.log


TWIN_FAULTS = [
    ("if", "if_neuron.vhd", "GREATER = 0 and", "GREATER = 1 and"),
    ("if", "if_neuron.vhd", "v_init;", "(others => '0');"),
    ("if", "if_neuron.vhd", "sum - theta", "sum"),
    ("if_saturating", "membrane_add.vhd", "return top;", "return bottom;"),
    ("if_saturating_sym", "membrane_add.vhd", "bottom(0) := '1'", "bottom(0) := '0'"),
    ("if", "if_neuron_top.vhd", "or clear = '1'", ""),
    ("if", "if_neuron_top.vhd", "en <= in_valid when", "en <= '1' when"),
]


@pytest.mark.parametrize(("kind", "name", "right", "wrong"), TWIN_FAULTS)
def test_faults_in_the_other_twin_are_found(changed, written, kind, name, right, wrong, need):
    need("ghdl")
    sources = changed(kind, name.replace("if_neuron_top", f"{kind}_neuron_top"), right, wrong)
    result = run_device(written / kind, f"{kind}_neuron_top", sources, simulator="ghdl")
    assert not result.ok
    assert 1 <= len(result.mismatches) <= 5


@pytest.mark.nightly
def test_two_states_do_not_hide_a_missing_reset(changed, written, need):
    need("verilator")
    sources = changed("burst", "burst_neuron.v", "            v <= v_init;\n", "")
    result = run_device(written / "burst", "burst_neuron_top", sources, simulator="verilator")
    assert not result.ok
    assert "not at rest after clear" in result.mismatches[0]


IDLE = """
module idle (clk, rst, clear, in_valid, in_data, row_valid, out_valid, spike, v_post);
    `include "hdl/if_neuron_pkg.vh"
    input wire clk, rst, clear, in_valid;
    input wire [CURRENT_W-1:0] in_data;
    output wire row_valid, out_valid, spike;
    output wire [W-1:0] v_post;
    assign row_valid = 1'b0, out_valid = 1'b0, spike = 1'b0, v_post = V_INIT[W-1:0];
@BODY@
endmodule
"""
BODIES = {
    "silent": ("", "no valid output in time"),
    "finishes": ("    initial #33 $finish;", ""),
    "says pass": ('    initial #33 begin $display("PASS 1"); $finish; end', ""),
}


@pytest.mark.parametrize("body", BODIES)
def test_what_does_not_work_is_no_pass(written, tmp_path, body, need):
    need("iverilog")
    text, message = BODIES[body]
    (tmp_path / "idle.v").write_text(IDLE.replace("@BODY@", text))
    result = run_device(written / "if", "idle", [tmp_path / "idle.v"])
    assert not result.ok
    assert message in result.log


def test_a_simulation_that_never_ends_is_an_error(written, tmp_path, need):
    need("iverilog")
    loop = "    reg a = 1'b0;\n    always @(posedge clk) while (!a) a = 1'b0;"
    (tmp_path / "idle.v").write_text(IDLE.replace("@BODY@", loop))
    with pytest.raises(InputError, match="does not end"):
        run_device(written / "if", "idle", [tmp_path / "idle.v"], timeout=1.0)


def test_no_waveform_is_promised_where_there_is_none(written, tmp_path):
    sources = sorted((written / "if").glob("rtl/*.v"))
    with pytest.raises(InputError, match="no waveform from this simulator"):
        run_device(
            written / "if", "if_neuron_top", sources, simulator="verilator", vcd=tmp_path / "x"
        )


def linted(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("kind", VARIANTS)
def test_every_neuron_is_clean_in_verilator_and_yosys(written, kind, need):
    need("verilator", "yosys")
    bundle, top = written / kind, f"{kind}_neuron_top"
    rtl = sorted(str(path.relative_to(bundle)) for path in bundle.glob("rtl/*.v"))
    lint = ["verilator", "--lint-only", "-Wall", "-I.", "--top-module", top, *rtl]
    assert linted(lint, bundle) == (0, "")
    script = f"read_verilog -I. {' '.join(rtl)}; hierarchy -check -top {top}; proc; check -assert"
    assert linted(["yosys", "-q", "-e", ".*", "-p", script], bundle) == (0, "")


@pytest.mark.parametrize("bits", [0, 4])
@pytest.mark.parametrize("kind", range(6))
def test_the_dense_layer_is_clean_with_every_neuron(kind, bits, need):
    need("verilator")
    spike = {1: 2, 4: 3, 5: 2}.get(kind, 1)
    wide = {"KIND": kind, "IN_BITS": bits, "SPIKE_W": spike, "PHI": 2 * spike - 1, "BITS": 3}
    options = [f"-G{name}={value}" for name, value in wide.items()]
    modules = [path.name for path in sorted(HDL.glob("*_neuron.v"))]
    lint = ["verilator", "--lint-only", "-Wall", "--top-module", "dense_layer", *options]
    assert linted([*lint, *modules, "membrane_add.v", "dense_layer.v"], HDL) == (0, "")


def run(*words):
    outcome = CliRunner().invoke(app, ["vectors", *map(str, words)])
    return outcome.exit_code, outcome.stdout


def rtl_words(bundle, sources, *more):
    return ["rtl", bundle, "--top", "if_neuron_top", *(w for s in sources for w in ("--source", s)),
            *more]  # fmt: skip


def test_the_command_and_its_exit_codes(written, changed, tmp_path, need):
    need("iverilog")
    bundle = written / "if"
    good = sorted(bundle.glob("rtl/*.v"))
    code, text = run(*rtl_words(bundle, good))
    assert code == 0
    assert text.startswith("icarus: PASS, ")
    code, text = run(*rtl_words(bundle, good, "--check", "spikes", "--json"))
    assert (code, json.loads(text)["ok"]) == (0, True)
    wrong = changed("if", "if_neuron.v", "(sum >= theta)", "(sum > theta)")
    code, text = run(*rtl_words(bundle, wrong))
    assert code == 1
    assert text.splitlines()[0].startswith("MISMATCH file=spike sample=")
    assert text.splitlines()[-1].startswith("icarus: FAIL, ")
    code, text = run(*rtl_words(bundle, wrong, "--json"))
    assert (code, json.loads(text)["ok"], len(json.loads(text)["mismatches"])) == (1, False, 5)
    for bad in (["--check", "all"], ["--simulator", "x"], ["--source", tmp_path / "none.v"]):
        assert run(*rtl_words(bundle, good, *bad))[0] == 2
    assert run(*rtl_words(written / "layer_if", good))[0] == 2


def test_the_waveforms_of_the_command(written, tmp_path, need):
    pytest.importorskip("vcd")
    need("iverilog")
    bundle = written / "if"
    good = sorted(bundle.glob("rtl/*.v"))
    assert run(*rtl_words(bundle, good, "--vcd", tmp_path / "rtl.vcd"))[0] == 0
    assert run("vcd", bundle, "-o", tmp_path / "ref.vcd", "--samples", "0:4")[0] == 0
    assert all((tmp_path / name).stat().st_size > 500 for name in ("rtl.vcd", "ref.vcd"))
    for samples in ("4", "4:4", "a:b", "0:999999"):
        assert run("vcd", bundle, "-o", tmp_path / "x.vcd", "--samples", samples)[0] == 2
    assert not (tmp_path / "x.vcd").exists()
