"""The bundles in a simulator: zero mismatches, clean compile, and faults that must be found."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from hdl_cases import WRITERS

from fixedpoint import InputError, replay, simulate
from fixedpoint.hdl.tools import run_tool

pytestmark = pytest.mark.usefixtures("require_iverilog")


@pytest.mark.parametrize("kind", WRITERS)
def test_every_bundle_simulates_without_mismatch(written, kind):
    result = simulate(written / kind)
    assert result.ok, result
    assert result.warnings == ""
    assert result.log == f"PASS {result.words}\n"
    assert replay(written / kind).ok, "the simulation leaves nothing behind"


@pytest.mark.parametrize("kind", ["if", "pascal", "dual", "layer_if", "layer_pascal"])
def test_one_flipped_bit_in_any_expected_file_is_found(copy, reseal, kind):
    bundle = copy(kind)
    for path in sorted(bundle.glob("exp/*.hex")):
        signal = path.name.split(".")[1]
        if not kind.startswith("layer") and signal not in ("spike", "v"):
            continue  # a bench sees a neuron through its port contract
        original = path.read_bytes()
        lines = original.split(b"\n")
        lines[37] = lines[37][:-1] + b"%x" % (int(lines[37][-1:], 16) ^ 1)
        path.write_bytes(b"\n".join(lines))
        reseal(bundle)
        result = simulate(bundle)
        assert not result.ok
        assert result.exit_code != 0
        assert result.checked is None
        assert f"FAIL 1 of {result.words}" in result.log, path.name
        assert result.mismatches[0].startswith(f"MISMATCH file={signal} "), result.log
        path.write_bytes(original)


FAULTS = [
    ("if", "if_neuron", "(sum >= theta)", "(sum > theta)"),
    ("if", "if_neuron", "sum - theta;", "{W{1'b0}};"),
    ("if", "if_neuron", "v <= v_init;", "v <= {W{1'b0}};"),
    ("if", "if_neuron", "rst || clear", "rst"),
    ("if_gt_zero", "if_neuron", "(sum > theta)", "(sum >= theta)"),
    ("if_saturating", "membrane_add", "above ? TOP", "above ? BOTTOM"),
    ("if_saturating", "membrane_add", "(below || lowest)", "lowest"),
    ("if_saturating_sym", "membrane_add", "(below || lowest)", "below"),
    ("if_wrapping", "membrane_add", "(OVERFLOW == 0)", "1'b0"),
    ("if_pow2", "if_pow2_neuron", "!sum[W-1] && |sum[W-2:K]", "|sum[W-2:K]"),
    ("if_pow2", "if_pow2_neuron", "|sum[W-2:K]", "|sum[W-2:K+1]"),
    ("pascal", "pascal_neuron", "(sum >= theta)", "(sum > theta)"),
    ("pascal", "pascal_neuron", "&& sum[W-1]", "&& 1'b0"),
    ("pascal", "pascal_neuron", "&& sum[W-1]", "&& (sum <= 0)"),
    ("pascal", "pascal_neuron", "(count > emitted)", "(count >= emitted)"),
    ("pascal", "pascal_neuron", "sum + theta", "sum"),
    ("pascal", "pascal_neuron", "(phase != INTEGRATE) && sum", "sum"),
    ("accumulate", "accumulate_neuron", "(v >= theta)", "(v > theta)"),
    ("accumulate", "accumulate_neuron", "emit && (v", "(v"),
    ("bit_serial", "bit_serial_neuron", "(v >= threshold)", "(v > threshold)"),
    ("bit_serial", "bit_serial_neuron", "theta <<< (BITS - 1)", "theta <<< BITS"),
    ("bit_serial", "bit_serial_neuron", "v - threshold : v", "v : v"),
    ("bit_serial_wired", "bit_serial_wired_neuron", "worth <= worth >> 1", "worth <= worth << 1"),
    ("bit_serial_wired", "bit_serial_wired_neuron", "| {BITS{over}}", ""),
    ("bit_serial_wired", "bit_serial_wired_neuron", "v[W-1] ? {BITS{1'b0}} :", ""),
    ("burst", "burst_neuron", "(seen >= multiple)", "(seen > multiple)"),
    ("burst", "burst_neuron", "k <= PHI", "k < PHI"),
    ("burst", "burst_neuron", "+ CHARGE", ""),
    ("burst_pow2", "burst_pow2_neuron", "(upper > MOST) ? MOST : upper", "upper"),
    ("burst_pow2", "burst_pow2_neuron", "sum[W-1] ? {(W-K){1'b0}} :", ""),
    ("dual", "dual_neuron", "(seen < LEVEL)", "(seen <= LEVEL)"),
    ("dual", "dual_neuron", "(MEMORY == 0 || owed)", "1'b1"),
    ("dual_capped", "dual_neuron", "count < MOST", "count <= MOST"),
    ("dual_unguarded", "dual_neuron", "(seen <= LEVEL)", "(seen < LEVEL)"),
    ("dual_strict", "dual_neuron", "(sum > theta)", "(sum >= theta)"),
    ("layer_if", "dense_layer", "{1'b0, frame[", "{frame[column*LANE_W], frame["),
    ("layer_if", "dense_layer", "acc <= biases[row + 1]", "acc <= biases[row]"),
    ("layer_if", "dense_layer", "if (rst || clear) begin", "if (rst) begin"),
    ("layer_weighted_bits", "dense_layer", "<<< left", "<<< 0"),
    ("layer_weighted_bits", "dense_layer", "left - 6'd1", "left + 6'd1"),
    ("layer_weighted_bits", "dense_layer", "left <= FIRST[5:0]", "left <= left"),
    ("layer_pascal", "dense_layer", "acc <= acc + product", "acc <= product"),
    ("layer_pascal", "pascal_neuron", "(sum >= theta)", "(sum > theta)"),
    ("layer_burst", "burst_neuron", "k <= PHI", "k < PHI"),
]


@pytest.mark.parametrize(("kind", "module", "right", "wrong"), FAULTS)
def test_faults_in_the_verilog_are_found(copy, reseal, kind, module, right, wrong):
    bundle = copy(kind)
    path = bundle / "rtl" / f"{module}.v"
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong))
    reseal(bundle)
    result = simulate(bundle)
    assert not result.ok
    assert 1 <= len(result.mismatches) <= 5, result.log
    assert "prev_v=" in result.mismatches[0] or "after clear" in result.mismatches[0]


def test_an_unknown_register_is_a_mismatch(copy, reseal):
    bundle = copy("if")
    path = bundle / "rtl" / "if_neuron.v"
    path.write_text(path.read_text().replace("v <= v_init;", ""))
    reseal(bundle)
    result = simulate(bundle)
    assert not result.ok
    assert "not at rest after clear" in result.mismatches[0]
    assert any("got=x" in line.lower() for line in result.mismatches)


def test_a_hanging_layer_is_a_failure(copy, reseal):
    bundle = copy("layer_if")
    path = bundle / "rtl" / "dense_layer.v"
    text = path.read_text()
    assert text.count("done <= 1'b1;") == 2
    head, tail = text.split("IDLE: if (start)")
    path.write_text(head + "IDLE: if (start)" + tail.replace("done <= 1'b1;", ""))
    reseal(bundle)
    result = simulate(bundle)
    assert not result.ok
    assert "done never came" in result.mismatches[0]


def test_a_test_bench_that_compares_less_does_not_pass(copy, reseal):
    bundle = copy("if")
    path = bundle / "tb" / "tb_if_neuron.v"
    path.write_text(path.read_text().replace("sample < SAMPLES", "sample < SAMPLES - 1"))
    reseal(bundle)
    result = simulate(bundle)
    assert result.exit_code == 0
    assert result.checked is not None
    assert result.checked < result.words
    assert not result.ok


def test_a_verilog_error_is_a_result(copy, reseal):
    bundle = copy("if")
    (bundle / "rtl" / "if_neuron.v").write_text("module if_neuron; oops")
    reseal(bundle)
    result = simulate(bundle)
    assert not result.ok
    assert "syntax error" in result.log


def test_a_damaged_bundle_is_not_simulated(copy):
    bundle = copy("if")
    with (bundle / "exp/if_neuron.v.hex").open("ab") as file:
        file.write(b"000\n")
    with pytest.raises(InputError, match="wrong checksum"):
        simulate(bundle)


@pytest.mark.parametrize(
    "forged",
    [
        {"top": "-y/"},
        {"sources": ["-DX"]},
        {"sources": []},
        {"sources": ["../x.v"]},
        {"sources": [1]},
    ],
)
def test_only_hashed_files_reach_the_compiler(copy, reseal, forged):
    bundle = copy("if")
    reseal(bundle, lambda data: data["simulation"].update(forged))
    with pytest.raises(InputError, match="bad design|wrong type"):
        simulate(bundle)


MODULES = sorted(p.stem for p in Path(str(files("fixedpoint.hdl"))).glob("*.v"))


@pytest.mark.parametrize("module", MODULES)
def test_each_shipped_module_compiles_without_a_warning(tmp_path, module):
    command = ["iverilog", "-g2005", "-Wall", "-s", module, "-o", str(tmp_path / "x")]
    done = _compile(command)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("kind", range(6))
def test_the_dense_layer_compiles_with_every_neuron(tmp_path, kind):
    wide = 2 if kind in (1, 5) else 1
    choice = [f"-Pdense_layer.{k}={v}" for k, v in {"KIND": kind, "SPIKE_W": wide}.items()]
    command = ["iverilog", "-g2005", "-Wall", "-s", "dense_layer", "-o", str(tmp_path / "x")]
    done = _compile([*command, *choice])
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def _compile(command):
    folder = Path(str(files("fixedpoint.hdl")))
    sources = [p.name for p in sorted(folder.glob("*.v"))]
    return run_tool([*command, *sources], folder, 60)


def test_without_a_simulator_the_error_names_the_package(written, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(InputError, match="apt install iverilog"):
        simulate(written / "if")
