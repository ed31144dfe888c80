"""Files: what is saved comes back, and a file is whole or not there."""

from __future__ import annotations

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


def snn_of(seed=0, **shape):
    return PascalConversion().convert(graph_of(Shape(**{"levels": (4, 2), **shape}), seed))[0]


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
    snn = PascalConversion().convert(graph_of(shape, seed))[0]
    done = run(snn, images(seed), record=record)
    save_run(folder / "r.npz", done, {"engine": "numpy"})
    header, back = load_run(folder / "r.npz")
    assert header["engine"] == "numpy"
    assert_array_equal(back.logits, done.logits)
    assert list(back.counts) == list(done.counts)
    for group in ("counts", "sent", "sums", "charges"):
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

    def broken(file, arrays, *, packed):
        file.write(b"half of it")
        raise fault

    monkeypatch.setattr("refsnn.io.archive.write_archive", broken)
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
    plain = QCFSConversion(steps=np.int64(2)).convert(one_neuron())[0]
    snn = SNN(plain.graph, plain.neurons, Readout(), np.int64(2), "qcfs", plain.settings)
    save_snn(tmp_path / "s.npz", snn)
    assert load_snn(tmp_path / "s.npz").input_frames == 2
