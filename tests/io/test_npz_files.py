"""Files: what is saved comes back, and a damaged file is named in one sentence."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import SEEDS, Shape, graph_of, images, shapes
from laws.strategies import SETTINGS, neurons
from laws.tiny import one_neuron, rate_network
from numpy.testing import assert_array_equal

from refsnn.convert import PascalConversion, QCFSConversion
from refsnn.engines import run
from refsnn.errors import InputError
from refsnn.io import Model, load_model, load_run, load_snn, save_model, save_run, save_snn
from refsnn.neurons import IF, Pascal, PascalFirst, Readout
from refsnn.preprocessing import Preprocessing
from refsnn.snn import SNN

X = images(0)
LOADERS = {"model": load_model, "snn": load_snn, "run": load_run}


def snn_of(seed=0, **shape):
    return PascalConversion().build(graph_of(Shape(**{"levels": (4, 2), **shape}), seed))


def same_arrays(a, b):
    assert list(a) == list(b) or set(a) == set(b)
    for name in a:
        assert a[name].dtype == b[name].dtype
        assert_array_equal(a[name], b[name])


def same_graphs(a, b):
    assert a.nodes == b.nodes
    assert a.input_shape == b.input_shape
    same_arrays(a.params, b.params)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("npz")


@given(shape=shapes(), seed=SEEDS, short=st.booleans())
def test_model(folder, shape, seed, short):
    graph = graph_of(shape, seed).astype(np.float32 if short else np.float64)
    notes = {"seed": seed, "history": [1.0, 0.5]}
    model = Model(graph, Preprocessing(scale=1 / 16, mean=(0.5,), std=(0.25,)), notes)
    save_model(folder / "m.npz", model)
    back = load_model(folder / "m.npz")
    same_graphs(back.graph, graph)
    assert (back.preprocessing, back.notes) == (model.preprocessing, notes)


def test_model_without_preprocessing(tmp_path):
    save_model(tmp_path / "m.npz", Model(one_neuron()))
    back = load_model(tmp_path / "m.npz")
    assert back.preprocessing is None
    assert back.notes == {}


@given(shape=shapes(), seed=SEEDS, released=st.booleans())
def test_spiking_network(folder, shape, seed, released):
    snn = PascalConversion(as_released=released, snap=6).convert(graph_of(shape, seed))[0]
    save_snn(folder / "s.npz", snn)
    back = load_snn(folder / "s.npz")
    same_graphs(back.graph, snn.graph)
    assert dict(back.neurons) == dict(snn.neurons)
    assert list(back.neurons) == list(snn.neurons)
    assert back.readout == snn.readout
    assert (back.method, dict(back.settings)) == (snn.method, dict(snn.settings))
    assert back.input_frames == snn.input_frames
    x = images(seed)
    assert_array_equal(run(back, x).logits, run(snn, x).logits)


@pytest.mark.parametrize("kind", sorted(SETTINGS))
@given(data=st.data())
def test_every_neuron(folder, kind, data):
    """With every setting of the shared strategies; the readout is a neuron as well."""
    neuron = data.draw(neurons(kind))
    if kind == "Readout":
        snn = replace(rate_network(), readout=neuron)
    else:
        snn = rate_network(neuron=neuron)
    save_snn(folder / "n.npz", snn)
    back = load_snn(folder / "n.npz")
    assert (back.neurons["act"], back.readout) == (snn.neurons["act"], snn.readout)


@pytest.mark.parametrize(
    "neuron",
    [
        PascalFirst(theta=np.float32(0.7), t_out=4, as_released=True, clip_at=np.float32([2.8])),
        PascalFirst(theta=0.7, t_out=4, as_released=True, clip_at=2.8),
        IF(theta=np.array([0.5]), v_init=0.25, as_released=True),
        IF(theta=1, v_init=np.float64(0.5)),
        Pascal(theta=np.int64(3), t_out=np.int64(2)),
    ],
)
def test_neurons_with_rare_settings(tmp_path, neuron):
    save_snn(tmp_path / "n.npz", rate_network(neuron=neuron))
    assert load_snn(tmp_path / "n.npz").neurons["act"] == neuron


def test_preprocessing_travels_with_the_network(tmp_path):
    snn = replace(rate_network(), preprocessing=Preprocessing(scale=0.5, layout="NC"))
    save_snn(tmp_path / "s.npz", snn)
    assert load_snn(tmp_path / "s.npz").preprocessing == snn.preprocessing


@given(shape=shapes(), seed=SEEDS, record=st.sampled_from([(), ("act0", "fc"), None]))
def test_run(folder, shape, seed, record):
    snn = PascalConversion().build(graph_of(shape, seed))
    done = run(snn, images(seed), record=record)
    save_run(folder / "r.npz", done, {"engine": "numpy"})
    header, back = load_run(folder / "r.npz")
    assert header["engine"] == "numpy"
    assert_array_equal(back.logits, done.logits)
    assert list(back.counts) == list(done.counts)
    for group in ("counts", "sums", "charges"):
        same_arrays(getattr(back, group), getattr(done, group))
    assert list(back.traces) == list(done.traces)
    for name, trace in done.traces.items():
        same_arrays(trace._asdict(), back.traces[name]._asdict())


def test_node_names_with_slashes_and_dots(tmp_path):
    """One name is the start of another: parameters and thresholds still find their own."""
    snn = snn_of(residual=False)
    names = {"act0": "b", "act3": "b/b", "conv0": "a", "conv3": "a.a"}
    nodes = tuple(
        replace(n, name=names.get(n.name, n.name), inputs=tuple(names.get(i, i) for i in n.inputs))
        for n in snn.graph.nodes
    )
    params = {
        f"{names.get(k.rpartition('.')[0], k.rpartition('.')[0])}.{k.rpartition('.')[2]}": v
        for k, v in snn.graph.params.items()
    }
    graph = type(snn.graph)(snn.graph.input_shape, nodes, params)
    renamed = replace(snn, graph=graph, neurons={names[k]: v for k, v in snn.neurons.items()})
    save_snn(tmp_path / "s.npz", renamed)
    back = load_snn(tmp_path / "s.npz")
    assert_array_equal(run(back, X).logits, run(snn, X).logits)


# damaged files


@pytest.fixture
def files(tmp_path):
    """A whole file of each kind."""
    snn = snn_of()
    save_model(tmp_path / "model.npz", Model(snn.graph))
    save_snn(tmp_path / "snn.npz", snn)
    save_run(tmp_path / "run.npz", run(snn, X, record=["act1"]), {})
    return tmp_path


def rewrite(path, change):
    """Change header and arrays of a file in place."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    header = json.loads(str(arrays["header"]))
    change(header, arrays)
    if "header" in arrays:
        arrays["header"] = np.array(json.dumps(header))
    np.savez(path, **arrays)


def error(kind, path):
    with pytest.raises(InputError) as caught:
        LOADERS[kind](path)
    message = str(caught.value)
    assert message.startswith(str(path)), message
    return message


@pytest.mark.parametrize("kind", sorted(LOADERS))
def test_missing_file(kind, tmp_path):
    assert "file does not exist" in error(kind, tmp_path / "nothing.npz")
    assert "file does not exist" in error(kind, tmp_path)


@pytest.mark.parametrize("kind", sorted(LOADERS))
@pytest.mark.parametrize("keep", [0.0, 0.01, 0.5, 0.999])
def test_truncated_file(kind, files, keep):
    path = files / f"{kind}.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep)])
    error(kind, path)


@pytest.mark.parametrize("kind", sorted(LOADERS))
@pytest.mark.parametrize(
    "body", [b"hello, world", b"\x93NUMPY", b"PK\x05\x06" + b"\0" * 18, b"\0" * 99]
)
def test_no_archive(kind, tmp_path, body):
    (tmp_path / "f.npz").write_bytes(body)
    error(kind, tmp_path / "f.npz")


@pytest.mark.parametrize("kind", sorted(LOADERS))
def test_single_array_file(kind, tmp_path):
    np.save(tmp_path / "f.npy", np.zeros(3))
    assert "not an npz file" in error(kind, tmp_path / "f.npy")


@pytest.mark.parametrize("kind", sorted(LOADERS))
def test_pickles_are_not_read(kind, files):
    path = files / f"{kind}.npz"
    rewrite(path, lambda _, arrays: arrays.update(bad=np.array([object()], object)))
    assert "pickle" in error(kind, path)


@pytest.mark.parametrize("kind", sorted(LOADERS))
def test_file_of_another_kind(kind, files):
    other = {"model": "snn", "snn": "run", "run": "model"}[kind]
    message = error(kind, files / f"{other}.npz")
    assert "file of another kind: expected refsnn/" in message
    assert f"got refsnn/{ {'run': 'trace'}.get(other, other) }/1" in message


@pytest.mark.parametrize("kind", sorted(LOADERS))
@pytest.mark.parametrize(
    ("header", "message"),
    [
        (np.array("{not json"), "header is not JSON"),
        (np.array("[1, 2]"), "header is not an object"),
        (np.array("{}"), "file of another kind"),
        (np.array(3), "no refsnn header"),
        (np.array(["{}"]), ""),
        (None, "no refsnn header"),
    ],
)
def test_broken_header(kind, files, header, message):
    path = files / f"{kind}.npz"
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files if name != "header"}
    if header is not None:
        arrays["header"] = header
    np.savez(path, **arrays)
    assert message in error(kind, path)


FIELDS = {
    "model": ["input_shape", "nodes", "notes", "preprocessing"],
    "snn": ["input_shape", "nodes", "neurons", "input_frames", "method", "settings", "semantics"],
    "run": ["layers", "counted"],
}
NAMED = [(kind, field) for kind, fields in FIELDS.items() for field in fields]


@pytest.mark.parametrize(("kind", "field"), NAMED)
def test_missing_field(kind, field, files):
    path = files / f"{kind}.npz"
    rewrite(path, lambda header, _: header.pop(field))
    assert f"field is missing: expected {field}" in error(kind, path)


@pytest.mark.parametrize(("kind", "field"), [n for n in NAMED if n[1] not in ("notes", "method")])
@pytest.mark.parametrize("value", [7, "text", ["a"], {"a": 1}, [[]], [{}], -1.5, True])
def test_misfit_field(kind, field, value, files):
    """Any other JSON value is an error that names the file, never a traceback."""
    path = files / f"{kind}.npz"
    rewrite(path, lambda header, _: header.update({field: value}))
    if (field, value) in (("settings", {"a": 1}), ("input_frames", 7)):
        return  # settings are free-form, and seven frames are frames
    error(kind, path)


@pytest.mark.parametrize(
    ("kind", "array"),
    [("model", "param/conv0.weight"), ("snn", "param/fc.bias"), ("snn", "neuron/act1/theta"),
     ("run", "logits"), ("run", "counts/act0"), ("run", "trace/act1/u")],
)  # fmt: skip
def test_missing_array(kind, array, files):
    path = files / f"{kind}.npz"
    rewrite(path, lambda _, arrays: arrays.pop(array))
    error(kind, path)


@pytest.mark.parametrize("kind", ["model", "snn"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite(kind, value, files):
    path = files / f"{kind}.npz"
    rewrite(path, lambda _, arrays: arrays["param/conv1.weight"].__setitem__((0, 0, 0, 0), value))
    assert "conv1.weight: weights are not finite" in error(kind, path)


@pytest.mark.parametrize("kind", ["model", "snn"])
def test_negative_lambda(kind, files):
    path = files / f"{kind}.npz"
    rewrite(path, lambda _, arrays: arrays.update({"param/act1.lambda": np.asarray(-1.0)}))
    assert "'act1' (QCFS), lambda: the threshold is not positive" in error(kind, path)


def test_negative_theta(files):
    path = files / "snn.npz"
    rewrite(path, lambda _, arrays: arrays.update({"neuron/act1/theta": np.asarray(-1.0)}))
    assert "threshold cannot be used" in error("snn", path)


@pytest.mark.parametrize("kind", ["model", "snn"])
def test_weights_of_another_shape(kind, files):
    path = files / f"{kind}.npz"
    rewrite(path, lambda _, arrays: arrays.update({"param/conv1.weight": np.zeros((1, 1, 3, 3))}))
    assert "'conv1' (Conv2d): parameters do not fit" in error(kind, path)


def test_unknown_neuron_and_operation(files):
    path = files / "snn.npz"
    rewrite(path, lambda header, _: header["neurons"]["act1"].update(neuron="LIF"))
    assert "act1: unknown neuron" in error("snn", path)
    path = files / "model.npz"
    rewrite(path, lambda header, _: header["nodes"][0]["op"].update(op="Conv3d"))
    assert "unknown operation: got 'Conv3d'; did you mean 'Conv2d'" in error("model", path)


def test_stored_semantics_must_be_those_of_the_neurons(files):
    path = files / "snn.npz"
    rewrite(path, lambda header, _: header["semantics"]["act1"].update(compare="gt"))
    assert "stored semantics are not those of the neurons" in error("snn", path)


def test_readout_must_be_one(files):
    path = files / "snn.npz"
    neuron = {"neuron": "Pascal", "t_out": 2, "as_released": False}
    rewrite(path, lambda header, _: header["neurons"].update({"@readout": neuron}))
    assert "readout is no Readout" in error("snn", path)


@pytest.mark.filterwarnings("ignore")  # NumPy suspects Python 2 in some damaged headers
@pytest.mark.parametrize("kind", sorted(LOADERS))
@given(data=st.data())
def test_flipped_bytes_give_a_sentence_or_the_same(kind, data, folder):
    """A damaged byte is an `InputError` that names the file, or it was in an unused place."""
    path = folder / f"fuzz_{kind}.npz"
    if not path.exists():
        snn = snn_of(residual=False, pool="global")
        save_model(folder / "fuzz_model.npz", Model(snn.graph))
        save_snn(folder / "fuzz_snn.npz", snn)
        save_run(folder / "fuzz_run.npz", run(snn, X), {})
    body = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    broken = folder / f"broken_{kind}.npz"
    broken.write_bytes(body)
    try:
        LOADERS[kind](broken)
    except InputError as caught:
        assert str(caught).startswith(str(broken))  # noqa: PT017


# writing


SAVERS = {
    "model": lambda path: save_model(path, Model(one_neuron())),
    "snn": lambda path: save_snn(path, rate_network()),
    "run": lambda path: save_run(path, run(rate_network(), np.ones((1, 1))), {}),
}


@pytest.mark.parametrize("kind", sorted(SAVERS))
@pytest.mark.parametrize("fault", [OSError("disk full"), KeyboardInterrupt()])
def test_nothing_half_written_is_left(kind, fault, tmp_path, monkeypatch):
    """The write fails in the middle: the old file stays as it was, and nothing lies beside it."""
    path = tmp_path / "file.npz"
    path.write_bytes(b"the old file")

    def broken(file, **arrays):
        file.write(b"half of it")
        raise fault

    monkeypatch.setattr(np, "savez_compressed", broken)
    with pytest.raises(type(fault)):
        SAVERS[kind](path)
    assert path.read_bytes() == b"the old file"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", sorted(SAVERS))
def test_writing_replaces_the_file(kind, tmp_path):
    path = tmp_path / "file.npz"
    path.write_bytes(b"the old file")
    SAVERS[kind](path)
    assert zipfile.is_zipfile(path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("kind", sorted(SAVERS))
def test_targets_that_cannot_be_written(kind, tmp_path):
    with pytest.raises(InputError, match="folder does not exist"):
        SAVERS[kind](tmp_path / "nowhere" / "file.npz")
    with pytest.raises(InputError, match="a folder is in the way"):
        SAVERS[kind](tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_snn_of_numpy_settings_can_be_saved(tmp_path):
    """NumPy integers as settings are not JSON: they became Python's on the way in."""
    plain = QCFSConversion(steps=np.int64(2)).build(one_neuron())
    snn = SNN(plain.graph, plain.neurons, Readout(), np.int64(2), "qcfs", plain.settings)
    save_snn(tmp_path / "s.npz", snn)
    assert load_snn(tmp_path / "s.npz").input_frames == 2
