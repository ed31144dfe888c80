"""Mutation scores mean something: weak vectors let faults live, a broken bench is refused."""

from __future__ import annotations

import shutil

import pytest

from fixedpoint import InputError, IntIF, write_neuron_bundle
from fixedpoint.hdl.mutation import _Made, mutation_score
from fixedpoint.hdl.quality import bundle_score
from fixedpoint.hdl.synthesis import synthesise
from fixedpoint.models_bit_serial import IntBitSerialWired
from fixedpoint.models_burst import IntBurst
from fixedpoint.resources import estimate, measured
from fixedpoint.vectors.kinds import KINDS
from fixedpoint.vectors.variants import VARIANTS
from refsnn.jobs import hardware_page


def test_the_published_vectors_kill_what_can_be_killed(written, need):
    need("yosys", "iverilog")
    score = bundle_score(written / "if", mutants=20, seed=3)
    assert len(score.mutants) == 20
    assert not score.surviving
    assert score.quality()["killed"] == score.count("killed") >= 15


def test_a_bench_that_sees_nothing_kills_nothing(written, need):
    need("yosys")
    top = "if_neuron_top"
    sources = [f"rtl/{name}.v" for name in ("if_neuron", "membrane_add", top)]
    score = mutation_score(written / "if", sources, top, lambda path: True, mutants=8, seed=3)
    assert score.count("killed") == 0
    assert score.surviving
    with pytest.raises(InputError, match="the unchanged module fails its bench"):
        mutation_score(written / "if", sources, top, lambda path: False, mutants=2)


def test_what_does_not_compile_is_not_killed(written, need, monkeypatch):
    need("yosys", "iverilog")
    planted = _Made.plant

    def spoilt(made, mutants, seed):
        faults = planted(made, mutants, seed)
        made.mutant(0).write_text("modul x; endmodule\n")
        return faults

    monkeypatch.setattr(_Made, "plant", spoilt)
    with pytest.raises(InputError, match="mutant0.v: no pass and no mismatch"):
        bundle_score(written / "if", mutants=2)


def test_a_source_that_is_no_verilog(tmp_path, need):
    need("yosys")
    (tmp_path / "x.v").write_text("modul x; endmodule\n")
    with pytest.raises(InputError, match="yosys failed"):
        mutation_score(tmp_path, ["x.v"], "x", lambda path: True)
    with pytest.raises(InputError, match="synthesis failed"):
        synthesise(tmp_path, ["x.v"], "x")


@pytest.mark.nightly
@pytest.mark.parametrize("kind", VARIANTS)
def test_no_mutant_survives(tmp_path, kind, need):
    need("yosys")
    write_neuron_bundle(tmp_path / "b", kind, samples=48, seed=1)
    assert not bundle_score(tmp_path / "b", mutants=100, seed=1).surviving


def test_the_measured_cells_are_complete():
    found = measured()
    assert {entry["kind"] for entry in found["entries"]} == set(KINDS)
    placed = [entry for entry in found["entries"] if "refused" not in entry]
    assert all(entry["luts"] > 0 and entry["flip_flops"] > 0 for entry in placed)
    refused = {(e["kind"], e["width"]) for e in found["entries"] if "refused" in e}
    assert refused == {("bit_serial_wired", 8)}
    assert estimate(IntBitSerialWired(theta=16, v_init=8, t_out=3), 12).measured == (12, 24)
    assert set(found["tools"]) == {"yosys", "nextpnr-ice40"}


def test_the_page_of_hardware_shows_these_cells(pytestconfig):
    page = (pytestconfig.rootpath / "docs" / "hardware.md").read_text("utf-8")
    assert "\n".join(hardware_page.cell_table(measured()["entries"])) in page


def test_an_estimate_is_near_the_measurement_and_says_how_near():
    for entry in measured()["entries"]:
        kind = KINDS[entry["kind"]]
        if kind.code is None or kind.model not in (IntIF, IntBurst):
            continue
        neuron = kind.model(theta=13, v_init=6)
        guess = estimate(neuron, entry["width"], saturates=entry["overflow"] == "saturate")
        assert abs(guess.luts / entry["luts"] - 1) <= guess.error < 0.2
        # they lie on a line; the coefficients of its fit are rounded
        assert guess.flip_flops == pytest.approx(entry["flip_flops"], abs=1e-9)
    assert estimate(IntIF(theta=13, v_init=6), 40).luts > 100
    with pytest.raises(InputError, match="no membrane"):
        estimate(IntIF(theta=13, v_init=6), 1)


@pytest.mark.nightly
def test_a_synthesis_gives_the_recorded_cells(tmp_path, need):
    from fixedpoint.hdl.catalogue import _entry
    from fixedpoint.hdl.synthesis import versions

    need("yosys")
    if shutil.which("nextpnr-ice40") is None:
        pytest.skip("nextpnr-ice40 is not installed")  # CI has none
    if versions() != measured()["tools"]:
        pytest.skip("other versions of the tools: other numbers")
    recorded = next(e for e in measured()["entries"] if e["kind"] == "if" and e["width"] == 12)
    again = _entry("if", recorded["overflow"], 12)
    assert again == {**recorded, "mhz": again["mhz"]}
