"""Network bundles: every synapse and neuron replays, and a fault is named by its place."""

import json
import subprocess
import zlib

import numpy as np
import pytest
from vectors.bundles import forge, rehash
from vectors.networks import PROGRAMS, branched, digits_mlp, images

from fixedpoint import Format, InputError, IntIF, neurons, simulate
from fixedpoint.program import Layer, Program, Tap
from fixedpoint.run import run_program
from fixedpoint.synapses import Dense
from fixedpoint.vectors import network_signals as signals_of
from fixedpoint.vectors.check import check
from fixedpoint.vectors.compare import read_tensors
from fixedpoint.vectors.levels import replay_any
from fixedpoint.vectors.network import replay_network, write_network_bundle
from fixedpoint.vectors.network_program import rebuild_program
from fixedpoint.vectors.replay import read_bundle


def write(out, kind, **settings):
    return write_network_bundle(out, PROGRAMS[kind](), images(), **settings)


@pytest.mark.parametrize("trace", ["full", "final"])
@pytest.mark.parametrize("kind", PROGRAMS)
def test_every_neuron_and_synapse_replays(tmp_path, kind, trace):
    manifest = write(tmp_path / "b", kind, trace=trace)
    report = replay_any(tmp_path / "b")
    assert report.ok, report.first
    assert report.words == manifest.n_words
    assert check(tmp_path / "b").findings == ()
    assert manifest.data["level"] == "L3"


@pytest.mark.parametrize("kind", PROGRAMS)
def test_words_are_those_of_the_program(tmp_path, kind):
    write(tmp_path / "b", kind)
    files, manifest = read_bundle(tmp_path / "b")
    values, run = read_tensors(manifest, files), run_program(PROGRAMS[kind](), images())
    assert np.array_equal(values["out.logits"], run.logits)
    assert np.array_equal(values["out.class"], run.logits.argmax(axis=1))
    for name in ("a.0", "b", "c"):
        spikes = np.swapaxes(run.layers[name].spikes, 0, 1).reshape(
            4, len(run.layers[name].spikes), -1
        )
        assert np.array_equal(values[f"{name.replace('.', '_')}.out"], spikes)
    again = rebuild_program(manifest, values)
    assert np.array_equal(run_program(again, images()).logits, run.logits)


def test_checksums_need_only_the_output_words(tmp_path):
    """What a board without memory for traces computes: one running CRC-32 for each layer."""
    manifest = write(tmp_path / "b", "burst")
    files, _ = read_bundle(tmp_path / "b")
    tensor = next(t for t in manifest.tensors if t.id == "b.out")
    lines = files[tensor.file].split()
    data = b"".join(int(w, 16).to_bytes(-(-tensor.word_bits // 8), "little") for w in lines)
    assert manifest.data["vectors"]["layer_crc32"]["b"] == f"{zlib.crc32(data):08x}"
    running = files["exp/b.crc.hex"].split()
    share = len(data) // len(running)
    assert running == [b"%08x" % zlib.crc32(data[: share * (i + 1)]) for i in range(4)]


def test_offsets_say_when_a_layer_can_start(tmp_path):
    times = {k: write(tmp_path / k.replace(" ", "_"), k).data["time"] for k in PROGRAMS}
    assert times["if"]["layer_start_offset"] == [0, 0, 0, 0]
    assert times["if"]["rows"] == 4
    assert times["pascal"]["layer_start_offset"] == [
        0,
        3,
        8,
        13,
    ]  # integrate and relax, 1+2, 3+2, 3+2
    assert times["pascal"]["rows"] == 16
    assert times["bit serial"]["layer_start_offset"] == [0, 1, 4, 7]
    assert times["dual"]["drain_steps"] == 3


FAULTS = {
    "weight": ("param/c.weight.hex", "c", "acc"),
    "theta": ("param/b.theta.hex", "b", "v"),
    "start": ("param/b.v_init.hex", "b", "u"),
    "image": ("stim/input.x.hex", "a_0", "acc"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_the_first_difference_is_in_the_first_wrong_layer(tmp_path, kind):
    from fixedpoint.vectors.manifest import read_manifest, seal
    from fixedpoint.vectors.tensor import NAMES, decode, describe

    bundle, (file, layer, signal) = tmp_path / "b", FAULTS[kind]
    write(bundle, "if")
    manifest = read_manifest(bundle / "manifest.json")
    tensors = list(manifest.tensors)
    i = next(i for i, t in enumerate(tensors) if t.file == file)
    fmt = manifest.format(tensors[i].format)
    codes = decode(tensors[i], (bundle / file).read_bytes(), fmt, file)
    codes += np.where(codes < fmt.high, 1, -1)
    names = {name: getattr(tensors[i], name) for name in NAMES}
    tensors[i], data = describe(codes, fmt, packed=tensors[i].packing is not None, names=names)
    (bundle / file).write_bytes(data)
    (bundle / "manifest.json").write_text(seal(dict(manifest.data), tensors).text())
    rehash(bundle)
    first = replay_network(bundle).first
    assert (first.layer, first.signal) == (layer, signal), first
    assert first.place[0][0] == "sample"


def test_a_fault_in_the_model_is_found(tmp_path, monkeypatch):
    write(tmp_path / "b", "if")
    real = neurons.run_neuron

    def faulty(neuron, currents, **settings):
        from dataclasses import replace

        return real(replace(neuron, compare="gt"), currents, **settings)

    monkeypatch.setattr("fixedpoint.run.run_neuron", faulty)
    first = replay_network(tmp_path / "b").first
    assert (first.layer, first.signal) == ("a_0", "spike")


BROKEN = {
    "no layers": lambda d: d.update(layers=d["layers"][-1:]),
    "neuron": lambda d: d["layers"][0]["neuron"].update(kind="IntLIF"),
    "setting": lambda d: d["layers"][0]["neuron"].update(compare="eq"),
    "source": lambda d: d["layers"][1]["taps"][0].update(source="z"),
    "synapse": lambda d: d["layers"][1]["taps"][0]["path"][0].update(kind="Dense"),
    "weight": lambda d: d["layers"][2]["taps"][0]["path"][1].update(weight="none"),
    "shape": lambda d: d["layers"][0].update(out_shape=[3, 4]),
    "frames": lambda d: d["time"].update(T_in=3),
    "coverage": lambda d: d["coverage"].update(silent_neurons=999),
    "spike count": lambda d: d["vectors"].update(expected_spike_count=[0, 0, 0]),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_manifest_that_describes_another_network_is_refused(tmp_path, kind):
    write(tmp_path / "b", "if")
    forge(tmp_path / "b", BROKEN[kind])
    with pytest.raises(InputError):
        replay_network(tmp_path / "b")


BAD = {
    "trace": {"trace": "some"},
    "name": {"name": "a b"},
    "source": {"stimuli_source": "web"},
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_settings(tmp_path, kind):
    with pytest.raises(InputError):
        write(tmp_path / "b", "if", **BAD[kind])
    assert not (tmp_path / "b").exists()


def test_bad_images(tmp_path):
    for x in (images()[:, :1], images() + 1, images()[:0]):
        with pytest.raises(InputError):
            write_network_bundle(tmp_path / "b", PROGRAMS["if"](), x)


def test_names_must_stay_different(tmp_path):
    one = Tap("input", (Dense(np.ones((2, 2), np.int64)),))
    neuron = IntIF(theta=4, v_init=2)
    layers = [Layer(n, (one,), np.array(0), neuron, False) for n in ("a.b", "a_b")]
    program = Program(
        Format(False, 2), (2,), 1, (*layers, Layer("o", (one,), np.array(0), None, False))
    )
    with pytest.raises(InputError, match="not different"):
        write_network_bundle(tmp_path / "b", program, np.ones((1, 2), np.int64))


def test_digits_predictions(tmp_path):
    lowered, codes, labels = digits_mlp()
    manifest = write_network_bundle(
        tmp_path / "b", lowered.program, codes[:64], stimuli_source="digits", trace="final"
    )
    files, _ = read_bundle(tmp_path / "b")
    classes = read_tensors(manifest, files)["fc2.class"]
    assert np.mean(classes == labels[:64]) > 0.85
    assert manifest.data["license"]["attribution"]
    assert manifest.data["simulation"] == {"top": None, "sources": [], "words": 0}


@pytest.fixture(scope="module")
def mlp(tmp_path_factory):
    lowered, codes, _ = digits_mlp()
    bundle = tmp_path_factory.mktemp("mlp") / "b"
    write_network_bundle(
        bundle, lowered.program, codes[:2], name="digits_mlp", stimuli_source="digits"
    )
    return bundle


@pytest.mark.usefixtures("require_iverilog")
def test_the_whole_digits_network_in_verilog(mlp):
    result = simulate(mlp)
    assert result.ok, result.log
    assert result.warnings == ""
    assert result.words > 1000
    assert check(mlp).ok


@pytest.mark.usefixtures("require_verilator")
def test_verilator_has_nothing_to_say(mlp):
    rtl = sorted(path.relative_to(mlp).as_posix() for path in mlp.glob("rtl/*.v"))
    command = ["verilator", "--lint-only", "-Wall", "--top-module", "digits_mlp_top", *rtl]
    done = subprocess.run(command, cwd=mlp, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


VERILOG = {
    "top order": ("digits_mlp_top", ".frame(act0_out)", ".frame(act1_out)"),
    "top clear": ("digits_mlp_top", "clear(clear)", "clear(1'b0)"),
    "readout sum": ("dense_readout", "v_bus[o*W +: W] + {{", "{{"),
    "argmax": ("dense_readout", "candidate > largest", "candidate < largest"),
}


@pytest.mark.usefixtures("require_iverilog")
@pytest.mark.parametrize("kind", VERILOG)
def test_faults_in_the_verilog_are_found(mlp, tmp_path, kind):
    import shutil

    bundle, (module, right, wrong) = tmp_path / "b", VERILOG[kind]
    shutil.copytree(mlp, bundle)
    path = bundle / "rtl" / f"{module}.v"
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong))
    rehash(bundle)
    result = simulate(bundle)
    assert not result.ok
    assert result.exit_code != 0
    assert result.mismatches


def test_only_chains_of_dense_if_layers_get_verilog(tmp_path):
    for kind in PROGRAMS:
        assert write(tmp_path / kind.replace(" ", "_"), kind).data["simulation"]["top"] is None


def test_more_samples_than_one_batch(tmp_path):
    write_network_bundle(tmp_path / "b", PROGRAMS["if"](), images(300), trace="final")
    assert replay_network(tmp_path / "b").ok


def test_signals_of_a_saturating_membrane(tmp_path):
    from fixedpoint.register import Register

    narrow = branched(IntIF(theta=8, v_init=4, membrane=Register(7)))
    manifest = write_network_bundle(tmp_path / "b", narrow, images())
    assert replay_network(tmp_path / "b").ok
    overflows = [t.max for t in manifest.tensors if t.signal == "sat"]
    assert overflows == [1, 1, 1]
    data = json.loads((tmp_path / "b" / "manifest.json").read_text())
    assert data["layers"][0]["neuron"]["membrane"] == {"width": 7, "overflow": "saturate"}
    assert signals_of.FULL[5] == "sat"
