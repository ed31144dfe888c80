"""Writing bundles: layout, identity, atomicity, what the manifest says."""

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest
from hdl_cases import WRITERS, dense
from numpy.testing import assert_array_equal

from fixedpoint import Format, InputError, IntIF, IntPascal, run_neuron, write_layer_bundle
from fixedpoint import write_neuron_bundle as write_neuron
from fixedpoint.memfile import read_hex
from fixedpoint.stimuli import integers
from fixedpoint.vectors import bundle as bundles
from fixedpoint.vectors.manifest import identity, read_manifest
from fixedpoint.vectors.variants import VARIANTS


def contents(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != "provenance.json"
    }


@pytest.mark.parametrize("kind", WRITERS)
def test_written_twice_the_bytes_are_the_same(written, tmp_path, kind):
    WRITERS[kind](tmp_path / "again")
    assert contents(tmp_path / "again") == contents(written / kind)


def test_another_process_with_another_hash_seed_writes_the_same_bytes(written, tmp_path):
    code = (
        "from pathlib import Path; from fixedpoint import write_neuron_bundle as w; "
        f"w(Path({str(tmp_path / 'again')!r}), 'pascal', samples=64, seed=7)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONHASHSEED": "77"})
    assert contents(tmp_path / "again") == contents(written / "pascal")


def test_layout(written):
    assert set(contents(written / "layer_pascal")) == {
        *(f"param/dense0.{s}.hex" for s in ("weight", "bias", "theta", "v_init")),
        "stim/dense0.spikes.hex",
        *(f"exp/dense0.{s}.hex" for s in ("acc", "u", "spike", "v", "count", "out")),
        *("hdl/dense0_pkg.vh", "tb/tb_dense0.v", "rtl/dense_layer.v", "rtl/pascal_neuron.v"),
        "rtl/membrane_add.v",
        *("manifest.json", "SHA256SUMS", "README.txt", "LICENSE.txt"),
    }


@pytest.mark.parametrize("kind", WRITERS)
def test_sums_cover_every_file_but_themselves_and_the_provenance(written, kind):
    files = contents(written / kind)
    lines = files.pop("SHA256SUMS").decode().splitlines()
    assert lines == [f"{hashlib.sha256(data).hexdigest()}  {name}" for name, data in files.items()]


def test_provenance_is_beside_the_hashes(written, monkeypatch, tmp_path):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    WRITERS["if"](tmp_path / "old")
    facts = json.loads((tmp_path / "old" / "provenance.json").read_text())
    assert facts["date"] == "1970-01-01T00:00:00+00:00"
    assert facts["numpy"] == np.__version__
    assert contents(tmp_path / "old") == contents(written / "if")


def test_the_identity_is_the_canonical_json(written):
    data = json.loads((written / "if" / "manifest.json").read_text())
    claimed = data.pop("bundle_id")
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert claimed == hashlib.sha256(text.encode()).hexdigest() == identity(data)
    assert data["schema"] == "refsnn/hwvec/1"
    assert data["quality"] == dict.fromkeys(data["quality"]), "not measured is null"


def test_a_trace_read_back_is_the_run(written):
    folder, trains = written / "pascal", read_manifest(written / "pascal" / "manifest.json")
    samples = trains.get("vectors", "n_samples", kind=int)
    stim = read_hex(folder / "stim/pascal_neuron.current.hex", Format(True, 8), samples * 8)
    neuron = IntPascal(theta=37, v_init=18, t_out=8)
    run = run_neuron(neuron, stim.reshape(samples, 8).T, trace=True)
    for signal in ("u", "spike", "v", "count"):
        tensor = trains.tensor(signal)
        codes = read_hex(folder / tensor.file, trains.format(tensor.format), tensor.words)
        assert_array_equal(codes.reshape(samples, 23), getattr(run.trace, signal).T)


@pytest.mark.parametrize("kind", VARIANTS)
def test_the_corner_cases_are_hit(written, kind):
    """Every bin that applies to the neuron; null means that it does not."""
    hit = read_manifest(written / kind / "manifest.json").data["coverage"]
    assert all(count is None or count > 0 for count in hit.values()), hit
    assert hit["zero_input"] >= 1
    assert hit["clear_mid_run"] >= 8
    saturates = "saturating" in kind
    assert (hit["plus_sat"] is not None) == (hit["minus_sat"] is not None) == saturates
    assert (hit["inhibitory_spikes"] is not None) == kind.startswith(("pascal", "dual"))
    assert (hit["largest_burst"] is not None) == kind.startswith("burst")


def test_the_corner_cases_are_hit_often(written):
    for kind in ("if", "pascal"):
        hit = read_manifest(written / kind / "manifest.json").data["coverage"]
        needed = ("exact_threshold", "threshold_minus_1", "negative_membrane", "tie_up", "tie_down")
        assert all(hit[name] >= 20 for name in needed), hit
        assert hit["max_run_of_spikes"] >= 8
        assert hit["levels_hit"] >= 9
    assert hit["inhibitory_spikes"] > 100


def test_membrane_width_is_proven_and_tight():
    """The worst train needs the last bit of the proven width."""
    layer = bundles.Layer(
        name="n", neuron=IntIF(theta=64, v_init=32), t_in=9, in_format=Format(True, 8)
    )
    worst = np.full((1, 9, 1), -128)
    width = layer.formats["membrane"].width
    assert width == 12
    assert Format(True, width).contains(layer.signals(worst)["v"])
    assert not Format(True, width - 1).contains(layer.signals(worst)["v"])


@pytest.mark.parametrize("theta", [1, 7, 300])
@pytest.mark.parametrize("t", [1, 2, 5, 16])
def test_no_train_leaves_the_proven_width(theta, t):
    """`Layer.signals` raises where the membrane leaves its format: extremes of every length."""
    for neuron in (
        IntIF(theta=theta, v_init=theta // 2),
        IntPascal(theta=theta, v_init=theta // 2, t_out=t),
    ):
        layer = bundles.Layer(name="n", neuron=neuron, t_in=t, in_format=Format(True, 4))
        low, high = np.full((1, t, 1), -8), np.full((1, t, 1), 7)
        layer.signals(np.concatenate([low, high, np.where(np.arange(t)[:, None] % 2, low, high)]))


@pytest.mark.parametrize(("t", "counter"), [(4, "s4.0"), (8, "s5.0"), (16, "s6.0")])
def test_counter_widths_of_the_pascal_neuron(t, counter):
    neuron = IntPascal(theta=64, v_init=32, t_out=t)
    layer = bundles.Layer(name="n", neuron=neuron, t_in=t, in_format=Format(True, 8))
    assert str(layer.formats["count"]) == counter


def test_attribution_is_kept_where_the_data_asks_for_it(tmp_path):
    arguments = {
        "weight": [[1, -1]],
        "weight_format": Format(True, 4),
        "neuron": IntIF(theta=2, v_init=1),
        "spikes_in": [[[1, 0], [1, 1]]],
    }
    plain = write_layer_bundle(tmp_path / "a", "fc", **arguments)
    digits = write_layer_bundle(tmp_path / "b", "fc", stimuli_source="digits", **arguments)
    assert plain.data["license"]["vectors"] == "CC0-1.0"
    assert "CC BY 4.0" in digits.data["license"]["attribution"]
    assert "CC BY 4.0" in (tmp_path / "b" / "LICENSE.txt").read_text()
    assert "CC BY 4.0" not in (tmp_path / "a" / "LICENSE.txt").read_text()
    with pytest.raises(InputError, match="stimuli_source"):
        write_layer_bundle(tmp_path / "c", "fc", stimuli_source="web", **arguments)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(InputError, match="not empty"):
        write_neuron(tmp_path, "if", samples=2)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(InputError, match="not empty"):
        write_neuron(tmp_path / "mine.txt", "if", samples=2)


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "out").mkdir()
    write_neuron(tmp_path / "out", "if", samples=2)
    assert (tmp_path / "out" / "manifest.json").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_nothing_half_written_is_left(tmp_path, monkeypatch):
    class Full(dict):
        def items(self):
            yield "a/b.hex", b"00\n"
            raise OSError("no space left")

    monkeypatch.setattr(bundles, "_files", lambda *args: Full())
    with pytest.raises(OSError, match="no space"):
        write_neuron(tmp_path / "out", "if", samples=2)
    assert list(tmp_path.iterdir()) == []


def test_too_many_words_are_refused(tmp_path):
    with pytest.raises(InputError, match="too many words"):
        write_neuron(tmp_path / "out", "if", samples=140_000)
    assert not (tmp_path / "out").exists()


GOOD = {
    "weight": [[1, -1]],
    "weight_format": Format(True, 4),
    "neuron": IntIF(theta=2, v_init=1),
    "spikes_in": [[[1, 0], [1, 1]]],
}


@pytest.mark.parametrize(
    "bad",
    [
        {"weight": [[9, 0]]},
        {"weight": [[1, 2, 3]]},
        {"weight": [1, 2]},
        {"weight": [[0.5, 1]]},
        {"weight_format": Format(False, 4)},
        {"bias": [1, 2]},
        {"spikes_in": [[[-1, 0]]]},
        {"spikes_in": [[1, 0]]},
        {"spikes_in": np.zeros((0, 2, 2), int)},
        {"in_format": Format(True, 4)},
        {"in_format": Format(False, 1), "spikes_in": [[[2, 0]]]},
        {"neuron": IntIF(theta=[2, 2], v_init=1)},
        {"name": "a-b"},
        {"name": "../x"},
    ],
)
def test_bad_layers_are_refused_and_leave_nothing(tmp_path, bad):
    arguments = {"name": "fc"} | GOOD | bad
    with pytest.raises(InputError):
        write_layer_bundle(tmp_path / "out", arguments.pop("name"), **arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "lif"},
        {"kind": "pascal", "compare": "gt"},
        {"kind": "if", "theta": 0},
        {"kind": "if", "in_format": Format(False, 8)},
    ],
)
def test_bad_neurons_are_refused(tmp_path, bad):
    with pytest.raises(InputError):
        write_neuron(tmp_path / "out", **bad)


def test_layer_currents_are_the_matrix_product(tmp_path):
    manifest = dense(tmp_path / "d", IntIF(theta=8, v_init=4))
    read = {signal: manifest.tensor(signal) for signal in ("weight", "bias", "acc")}
    codes = {
        s: read_hex(tmp_path / "d" / t.file, manifest.format(t.format), t.words).reshape(t.shape)
        for s, t in read.items()
    }
    spikes = integers(3, 0, 3, 12 * 6 * 7).reshape(12, 6, 7)
    assert_array_equal(
        codes["acc"], np.einsum("sti,oi->sto", spikes, codes["weight"]) + codes["bias"]
    )
