"""Scalar bundles: oracle against array code against Verilog, and faults that each must find."""

import json
import subprocess
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from vectors.bundles import forge, rehash

from fixedpoint import OVERFLOWS, ROUNDINGS, Format, InputError, arith, simulate
from fixedpoint.vectors.check import check
from fixedpoint.vectors.scalar import replay_scalar, write_scalar_bundle
from fixedpoint.vectors.scalar_op import OPS, WRITTEN_OVERFLOWS, ScalarOp

S4, S6, U6 = Format(True, 4), Format(True, 6), Format(False, 6)


@pytest.mark.parametrize("op", OPS)
def test_every_operation_replays(tmp_path, op):
    fmt = Format(True, 5)
    manifest = write_scalar_bundle(tmp_path / op, op, in_format=fmt)
    assert replay_scalar(tmp_path / op).ok
    assert check(tmp_path / op).findings == ()
    assert manifest.data["level"] == "L0"
    assert manifest.data["vectors"]["n_samples"] == (1024 if op in ("add_sat", "mul") else 32)


def test_ten_bits_are_exhaustive_for_every_pair_of_modes(tmp_path):
    manifest = write_scalar_bundle(tmp_path / "b", "cast", in_format=Format(True, 10))
    tensor = manifest.tensor("y")
    assert tensor.shape == (len(ROUNDINGS), len(OVERFLOWS) - 1, 1024)
    assert (manifest.tensor("a").min, manifest.tensor("a").max) == (-512, 511)
    assert replay_scalar(tmp_path / "b").words == 66560


FORMATS = st.builds(Format, st.booleans(), st.integers(1, 30))


@given(st.sampled_from(list(OPS)), FORMATS, FORMATS, st.integers(0, 40), st.integers(-999, 999))
def test_oracle_and_array_code_agree(op, fmt, out, drop, mult):
    scalar = ScalarOp(
        op=op,
        in_format=fmt,
        out_format=out,
        drop=0 if op in ("overflow", "add_sat") else drop,
        mult=mult if op == "requantise" else 1,
        roundings=ROUNDINGS,
        overflows=WRITTEN_OVERFLOWS,
    )
    operands = tuple(o[-40:] for o in scalar.operands(20, 1))
    assert_array_equal(scalar.expected(operands)[1], scalar.computed(operands)[1])
    assert_array_equal(scalar.expected(operands)[0], scalar.computed(operands)[0])


def test_directed_cases_of_wide_operands_reach_every_corner(tmp_path):
    wide = Format(True, 16)
    manifest = write_scalar_bundle(
        tmp_path / "b", "cast", in_format=wide, out_format=Format(True, 8), drop=4, samples=0
    )
    missed = [name for name, hits in manifest.data["coverage"].items() if not hits]
    assert missed == []


def test_a_damaged_word_is_refused(tmp_path):
    write_scalar_bundle(tmp_path / "b", "cast", in_format=S6, out_format=S4)
    damage(tmp_path / "b")
    with pytest.raises(InputError, match="checksum"):
        replay_scalar(tmp_path / "b")


@pytest.mark.parametrize("kind", ["array", "mode", "drop"])
def test_a_fault_is_named(tmp_path, monkeypatch, kind):
    bundle = tmp_path / "b"
    write_scalar_bundle(bundle, "cast", in_format=S6, out_format=S4, drop=2)
    if kind == "array":
        monkeypatch.setitem(arith._INCREMENT, "half_even", arith._INCREMENT["half_odd"])
    if kind == "mode":
        forge(bundle, lambda d: d["layers"][0]["requant"]["rounding"].reverse())
    if kind == "drop":
        forge(bundle, lambda d: d["layers"][0]["requant"].update(shift=3))
    report = replay_scalar(bundle)
    assert not report.ok
    assert report.first.signal == "y"
    assert [axis for axis, _ in report.first.place] == ["rounding", "overflow", "case"]
    if kind == "array":
        assert report.first.place[0] == ("rounding", ROUNDINGS.index("half_even"))
        assert str(report.first).startswith("MISMATCH file=exp/cast.y.hex rounding=8 overflow=0 ")


def damage(bundle):
    path = bundle / "exp/cast.y.hex"
    data = path.read_bytes()
    path.write_bytes(data[:-2] + b"%x" % (int(data[-2:-1], 16) ^ 1) + b"\n")


BAD = {
    "op": {"op": "divide"},
    "negative drop": {"op": "cast", "drop": -1},
    "drop": {"op": "add_sat", "drop": 1},
    "huge drop": {"op": "cast", "drop": 99},
    "width": {"op": "mul", "in_format": Format(True, 40)},
    "mult": {"op": "cast", "mult": 3},
    "mode": {"op": "cast", "roundings": ("nearest",)},
    "error mode": {"op": "cast", "overflows": ("error",)},
}


@pytest.mark.parametrize("kind", BAD)
def test_impossible_operations_are_refused(tmp_path, kind):
    with pytest.raises(InputError):
        write_scalar_bundle(tmp_path / "b", **BAD[kind])
    assert not (tmp_path / "b").exists()


CASTS = [
    *product((S6,), (0, 1, 3, 8), (Format(True, 1), Format(False, 2), S4)),
    *product((U6,), (0, 2), (Format(False, 3), S4)),
    (S6, 2, Format(True, 9)),
]


@pytest.mark.usefixtures("require_iverilog")
@pytest.mark.parametrize(("fmt", "drop", "out"), CASTS, ids=str)
def test_verilog_in_every_mode_exhaustively(tmp_path, fmt, drop, out):
    write_scalar_bundle(tmp_path / "b", "cast", in_format=fmt, out_format=out, drop=drop)
    result = simulate(tmp_path / "b")
    assert result.ok, result.log
    assert result.checked == 64 * 65
    assert result.warnings == ""


@pytest.mark.usefixtures("require_verilator")
@pytest.mark.parametrize("drop", [0, 1, 20])
def test_verilator_has_nothing_to_say(pytestconfig, drop):
    source = pytestconfig.rootpath / "fixedpoint/hdl/round_overflow.v"
    command = ["verilator", "--lint-only", "-Wall", f"-GDROP={drop}", "-GROUNDING=8", source]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


OTHERS = {
    "requantise": {"mult": -13, "drop": 5},
    "add_sat": {"in_format": Format(True, 5)},
    "mul": {"in_format": Format(False, 5), "drop": 4},
    "wide requantise": {"in_format": Format(True, 20), "mult": 10001, "drop": 17, "samples": 50},
    "wide mul": {"in_format": Format(True, 24), "drop": 23, "samples": 20},
    "overflow": {},
    "round": {},
}


@pytest.mark.usefixtures("require_iverilog")
@pytest.mark.parametrize("kind", OTHERS)
def test_verilog_of_the_other_operations(tmp_path, kind):
    write_scalar_bundle(tmp_path / "b", kind.split()[-1], **OTHERS[kind])
    result = simulate(tmp_path / "b")
    assert result.ok, result.log
    assert result.warnings == ""


RULES = {
    1: "some", 2: "negative && some", 3: "!negative && some", 4: "tie || above", 5: "above",
    6: "above || (tie && negative)", 7: "above || (tie && !negative)", 8: "above || (tie && odd)",
    9: "above || (tie && !odd)", 10: "negative", 11: "!odd", 12: "some && !odd",
}  # fmt: skip
FAULTS = {
    **{f"rounding {n}": (f"(ROUNDING == {n}) ? {r} :", f"(ROUNDING == {n}) ? {w} :")
       for (n, r), w in zip(RULES.items(), [*list(RULES.values())[1:], "some"], strict=True)},
    "floor": ("some && !odd : 1'b0", "some && !odd : above"),
    "shift": ("a >>> DROP", "a >> DROP"),
    "high": ("over ? HIGH :", "over ? HIGH - 1 :"),
    "limit": ("(rounded > HIGH)", "(rounded >= HIGH)"),
    "low": ("(rounded < FLOOR)", "(rounded <= FLOOR)"),
    "symmetric": ("OVERFLOW == 2 && SIGNED", "OVERFLOW == 9 && SIGNED"),
    "zero": ("? {E{1'b0}} : rounded;", "? HIGH : rounded;"),
    "sign": ("rounded[E-1] ? (rounded", "over ? (rounded"),
    "wrap": ("? kept : rounded", "? kept : clamped"),
}  # fmt: skip


@pytest.mark.usefixtures("require_iverilog")
@pytest.mark.parametrize("kind", FAULTS)
def test_faults_in_the_verilog_are_found(tmp_path, kind):
    bundle = tmp_path / "b"
    write_scalar_bundle(bundle, "cast", in_format=S6, out_format=S4, drop=2)
    path, (right, wrong) = bundle / "rtl/round_overflow.v", FAULTS[kind]
    text = path.read_text()
    assert text.count(right) == 1
    path.write_text(text.replace(right, wrong))
    rehash(bundle)
    result = simulate(bundle)
    assert not result.ok
    assert result.exit_code != 0
    assert 1 <= len(result.mismatches) <= 5
    assert "rounding=" in result.mismatches[0]


@pytest.mark.parametrize("name", ["tie_negative", "plus_sat"])
def test_a_forged_coverage_is_refused(tmp_path, name):
    write_scalar_bundle(tmp_path / "b", "cast", in_format=S6, out_format=S4)
    forge(tmp_path / "b", lambda d: d["coverage"].update({name: 10**6}))
    with pytest.raises(InputError, match=r"coverage: does not fit the files"):
        replay_scalar(tmp_path / "b")


def test_ties_and_saturated_values_are_counted(tmp_path):
    """Codes -4..3 halved: ties at -3, -1, 1, 3; into one signed bit -1 and 0 fit."""
    modes = {"roundings": ("floor", "half_up"), "overflows": ("saturate",)}
    out = {"in_format": Format(True, 3), "out_format": Format(True, 1), "drop": 1}
    tensor = write_scalar_bundle(tmp_path / "b", "cast", **out, **modes).tensor("y")
    assert tensor.n_ties == 2 * 4
    # floor: -2 -2 -1 -1 0 0 1 1; half_up: -2 -1 -1 0 0 1 1 2
    assert tensor.n_saturated == 4 + 4


def test_manifest_names_the_modes_in_order(tmp_path):
    write_scalar_bundle(
        tmp_path / "b", "cast", roundings=("half_even", "floor"), overflows=("saturate",)
    )
    data = json.loads((tmp_path / "b" / "manifest.json").read_text())
    requant = data["layers"][0]["requant"]
    assert (requant["rounding"], requant["overflow"]) == (["half_even", "floor"], ["saturate"])
    assert np.prod(data["tensors"][-1]["shape"]) == 2 * 256
