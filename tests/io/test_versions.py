"""Files of every version are read, the same content gives the same bytes, and no file is trusted."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from laws.dyadic_networks import Shape, graph_of, images
from laws.tiny import one_neuron, rate_network
from numpy.testing import assert_array_equal

from fixedpoint.run import run_program
from refsnn.convert import PascalConversion
from refsnn.engines import run
from refsnn.errors import InputError
from refsnn.io import (
    MODEL,
    PROGRAM,
    SPIKING,
    TRACE,
    Model,
    load_model,
    load_program,
    load_run,
    load_snn,
    save_model,
    save_program,
    save_run,
    save_snn,
)
from refsnn.io.archive import MOST_BYTES, load_arrays
from refsnn.io.canonical import claimed, plain, write_archive
from refsnn.lower import lower
from refsnn.preprocessing import Preprocessing

DATA = Path(__file__).parent / "data"
LOADERS = {MODEL: load_model, SPIKING: load_snn, TRACE: load_run, PROGRAM: load_program}
FILES = {
    "refsnn/model/1": "model_1.npz",
    "refsnn/snn/1": "snn_1.npz",
    "refsnn/trace/1": "trace_1.npz",
    "refsnn/program/1": "program_1.npz",
}
"""Version to a file that was written when it was the newest. A new version adds a line; no line is
ever taken away, and no file written again."""

GRAPH = graph_of(Shape(levels=(4, 2)), 0)
X = images(0)


def snn_of():
    return PascalConversion().convert(GRAPH)[0]


def test_every_version_has_a_file():
    """The newest of each kind is in the table, and so is every one before it."""
    for kind in LOADERS:
        stem, _, newest = kind.rpartition("/")
        for version in range(1, int(newest) + 1):
            assert (DATA / FILES[f"{stem}/{version}"]).is_file()
    assert sorted(FILES.values()) == sorted(path.name for path in DATA.glob("*.npz"))


@pytest.mark.parametrize("version", sorted(FILES))
def test_stored_version_is_what_it_says(version):
    header, _ = load_arrays(DATA / FILES[version], version)
    assert header["format"] == version


def test_model_1():
    model = load_model(DATA / "model_1.npz")
    assert model.graph.nodes == GRAPH.nodes
    assert {k: v.tolist() for k, v in model.graph.params.items()} == {
        k: v.tolist() for k, v in GRAPH.params.items()
    }
    assert (model.preprocessing, model.notes) == (Preprocessing(scale=1 / 16), {"seed": 0})


def test_snn_1_and_trace_1():
    """Written before semantics had `integration` and `delay`: those are at their defaults."""
    with np.load(DATA / "snn_1.npz") as stored:
        said = json.loads(str(stored["header"]))["semantics"]
    assert all("delay" not in fields for fields in said.values())
    snn, (header, recorded) = load_snn(DATA / "snn_1.npz"), load_run(DATA / "trace_1.npz")
    assert dict(snn.neurons) == dict(snn_of().neurons)
    again = run(snn, X, record=None)
    assert_array_equal(again.logits, recorded.logits)
    assert_array_equal(recorded.logits[0], [-3.75, 1.75, 0.375])
    assert header["engine"] == "numpy"
    for name, trace in recorded.traces.items():
        for one, two in zip(trace, again.traces[name], strict=True):
            assert_array_equal(one, two)


def test_program_1():
    program = load_program(DATA / "program_1.npz")
    lowered = lower(snn_of(), X)
    one, two = (run_program(p, lowered.codes(X)) for p in (program, lowered.program))
    assert_array_equal(one.logits, two.logits)
    for name, layer in one.layers.items():
        assert_array_equal(layer.counts, two.layers[name].counts)


@pytest.mark.parametrize("kind", sorted(LOADERS))
def test_newer_version(kind, tmp_path):
    stem = kind.rpartition("/")[0]
    np.savez(tmp_path / "f.npz", header=np.array(json.dumps({"format": f"{stem}/99"})))
    with pytest.raises(InputError, match=f"another version: expected {kind}, got {stem}/99"):
        LOADERS[kind](tmp_path / "f.npz")


# canonical bytes

SAVERS = {
    "model": lambda path: save_model(path, Model(GRAPH, notes={"b": 1, "a": 2})),
    "snn": lambda path: save_snn(path, snn_of()),
    "trace": lambda path: save_run(path, run(rate_network(), np.ones((1, 1)), record=None), {}),
    "program": lambda path: save_program(path, lower(snn_of(), X).program),
}


@pytest.mark.parametrize("kind", sorted(SAVERS))
def test_same_content_same_bytes(kind, tmp_path):
    SAVERS[kind](tmp_path / "a.npz")
    SAVERS[kind](tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_load_and_save_gives_the_bytes_back(tmp_path):
    save_model(tmp_path / "a.npz", Model(GRAPH))
    save_model(tmp_path / "b.npz", load_model(tmp_path / "a.npz"))
    save_snn(tmp_path / "c.npz", snn_of())
    save_snn(tmp_path / "d.npz", load_snn(tmp_path / "c.npz"))
    for one, two in ("ab", "cd"):
        assert (tmp_path / f"{one}.npz").read_bytes() == (tmp_path / f"{two}.npz").read_bytes()


def test_bytes_of_a_model_are_these(tmp_path, monkeypatch):
    """Written down: another machine, NumPy or Python gives them too."""
    monkeypatch.setattr("refsnn.io.archive.__version__", "test")
    save_model(tmp_path / "m.npz", Model(one_neuron()))
    digest = hashlib.sha256((tmp_path / "m.npz").read_bytes()).hexdigest()
    assert digest == DIGEST


DIGEST = "fb84e8520640e039616963b08616f72f84822b3ceb1f1cb2451032e7a559b36c"

LAYOUTS = {
    "fortran": np.asfortranarray,
    "big endian": lambda a: a.astype(a.dtype.newbyteorder(">")),
    "strided": lambda a: np.repeat(a, 2, axis=0)[::2],
}


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_layout_in_memory_is_not_content(layout, tmp_path):
    array = np.arange(12.0).reshape(3, 4)
    other = LAYOUTS[layout](array)
    for name, value in (("a", array), ("b", other)):
        with (tmp_path / name).open("wb") as file:
            write_archive(file, {"x": value}, packed=False)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with (tmp_path / "c").open("wb") as file:
        np.savez(file, x=other)
    with (tmp_path / "d").open("wb") as file:
        np.savez(file, x=array)
    told = (tmp_path / "c").read_bytes() == (tmp_path / "d").read_bytes()
    assert told == (layout == "strided")  # what plain savez makes of it
    assert plain(np.array(3.0)).shape == ()


def test_order_of_arrays_is_not_content(tmp_path):
    for name, order in (("a", "xy"), ("b", "yx")):
        with (tmp_path / name).open("wb") as file:
            write_archive(file, {key: np.ones(2) for key in order}, packed=True)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


# hostile archives


def rewritten(path, name, body, kind=zipfile.ZIP_STORED):
    """A sound model file with one more entry."""
    save_model(path, Model(one_neuron()))
    with zipfile.ZipFile(path, "a", kind) as archive, archive.open(name, "w") as stream:
        for block in body:
            stream.write(block)
    return path


def npy(shape):
    header = repr({"descr": "<f8", "fortran_order": False, "shape": shape}).encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


def refused(path):
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as caught:
            load_model(path)
        assert tracemalloc.get_traced_memory()[1] < 2**23
    finally:
        tracemalloc.stop()
    assert str(caught.value).startswith(str(path))
    return str(caught.value)


@pytest.mark.parametrize("shape", [(2**40,), (2**62, 2**62), (-1,), (3,)])
def test_header_that_claims_more_than_there_is(shape, tmp_path):
    path = rewritten(tmp_path / "m.npz", "x.npy", [npy(shape), b"\0" * 16])
    told = refused(path)
    assert "claims more or less than the file holds" in told or "truncated" in told


def test_zip_bomb(tmp_path, monkeypatch):
    """A file that would unpack to a thousand times its size; the limit is lowered for the test."""
    assert MOST_BYTES == 2**30
    monkeypatch.setattr("refsnn.io.archive.MOST_BYTES", 2**24)
    blocks = [npy((2**22,)), *([b"\0" * 2**20] * 32)]
    path = rewritten(tmp_path / "m.npz", "x.npy", blocks, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 2**16
    assert claimed(path) > 2**25
    assert "too large to be read" in refused(path)


def test_paths_in_archives_do_not_escape(tmp_path):
    """Nothing is ever unpacked to a folder: such a name is a key like any other."""
    inner = tmp_path / "inner"
    inner.mkdir()
    for name in ("../../escaped.npy", "/escaped.npy", "..\\escaped.npy", "a/../../escaped.npy"):
        path = rewritten(inner / "m.npz", name, [npy((1,)), b"\0" * 8])
        load_model(path)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["inner", "m.npz"]
    assert not Path("/escaped.npy").exists()


def test_code_is_not_run(tmp_path):
    """A pickle that would leave a mark, in place of an array."""
    mark = tmp_path / "mark"

    class Trap:
        def __reduce__(self):
            return Path.touch, (mark,)

    save_model(tmp_path / "m.npz", Model(one_neuron()))
    with np.load(tmp_path / "m.npz") as archive:
        arrays = {name: archive[name] for name in archive.files}
    np.savez(tmp_path / "m.npz", **arrays, trap=np.array([Trap()], object))
    assert "pickle" in refused(tmp_path / "m.npz")
    assert not mark.exists()
    np.load(tmp_path / "m.npz", allow_pickle=True)["trap"]
    assert mark.exists()  # it was a trap


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("fuzz")
    SAVERS["program"](made / "program.npz")
    SAVERS["snn"](made / "snn.npz")
    return made


@pytest.mark.filterwarnings("ignore")  # NumPy suspects Python 2 in some damaged headers
@pytest.mark.parametrize("kind", ["program", "snn"])
@given(data=st.data())
def test_flipped_bytes(kind, data, folder):
    body = bytearray((folder / f"{kind}.npz").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    judge(
        folder / f"broken_{kind}.npz", bytes(body), {"program": load_program, "snn": load_snn}[kind]
    )


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=40)
@given(body=st.binary(max_size=400), zipped=st.booleans())
def test_random_bytes(body, zipped, folder):
    path = folder / "random.npz"
    if zipped:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("header.npy", body)
        body = path.read_bytes()
    judge(path, body, load_model)


def judge(path, body, load):
    path.write_bytes(body)
    try:
        load(path)
        event("read")
    except InputError as caught:
        assert str(caught).startswith(str(path))  # noqa: PT017
        event(f"refused: {caught.what[:24]}")
