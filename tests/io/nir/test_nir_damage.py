"""Damaged and hostile files: one sentence, bounded memory, bounded time."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from laws.dyadic_networks import Shape, graph_of

from refsnn.convert import QCFSConversion
from refsnn.errors import InputError
from refsnn.io.nir import load_nir, save_nir
from refsnn.io.nir.hdf5 import LEAST, walk
from refsnn.io.nir.read import network_of
from refsnn.io.nir.tree import NirFile, read_tree
from refsnn.snn import SNN

nir = pytest.importorskip("nir")
h5py = pytest.importorskip("h5py")

SOUND = QCFSConversion(steps=4).convert(graph_of(Shape(levels=(4,), pool="global"), 3))[0]


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("nir")
    save_nir(made / "own.nir", SOUND)
    ones = np.ones(2)
    nodes = (nir.Linear(np.eye(2)), nir.LIF(ones, ones, 0 * ones, ones, 0 * ones))
    nir.write(made / "foreign.nir", nir.NIRGraph.from_list(*nodes))
    return made


def load(path, own, isolated=True):
    asked = {} if own else {"semantics": "norse", "steps": 2}
    return load_nir(path, **asked, isolated=isolated)


def error(path, own=False, isolated=True):
    with pytest.raises(InputError) as caught:
        load(path, own, isolated)
    assert str(caught.value).startswith(str(path))
    return str(caught.value)


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + b"\0" * 999]
)
def test_no_hdf5(body, tmp_path):
    (tmp_path / "f.nir").write_bytes(body)
    error(tmp_path / "f.nir")


def test_missing_file(tmp_path):
    assert "file does not exist" in error(tmp_path / "nothing.nir")


def test_other_hdf5(tmp_path):
    with h5py.File(tmp_path / "f.nir", "w") as file:
        file["x"] = np.ones(3)
    assert "no NIR graph in the file" in error(tmp_path / "f.nir")


def hostile(path, change):
    """A file of a sound network with something done to it."""
    nir.write(path, nir.NIRGraph.from_list(nir.Linear(np.eye(2))))
    with h5py.File(path, "a") as file:
        change(file)
    return path


def external_link(file):
    file["node/nodes/far"] = h5py.ExternalLink("/etc/passwd", "/")


def soft_link(file):
    file["node/nodes/loop"] = h5py.SoftLink("/node")


def hard_cycle(file):
    file["node/nodes/loop"] = file["node"]


def external_storage(file):
    del file["node/nodes/linear/weight"]
    file["node/nodes/linear"].create_dataset(
        "weight", (2, 2), "u1", external=[("/etc/passwd", 0, 4)]
    )


def virtual(file):
    layout = h5py.VirtualLayout((2,), "f8")
    layout[:] = h5py.VirtualSource("other.h5", "x", (2,))
    file["node"].create_virtual_dataset("v", layout)


def never_written(file):
    file["node"].create_dataset("huge", (2**40,), "f8", chunks=(2**20,))


def bomb(file):
    file["node"].create_dataset(
        "huge", data=np.zeros(LEAST // 8 + 1), compression="gzip", compression_opts=9
    )


def many(file):
    file["node"].create_dataset("names", (1000, 1000), h5py.string_dtype())


def odd_type(file):
    file["node/odd"] = np.zeros(2, [("a", "f8")])


def empty(file):
    file["node/none"] = h5py.Empty("f8")


HOSTILE = {
    "links are not followed: got ExternalLink": external_link,
    "links are not followed: got SoftLink": soft_link,
    "groups within groups without end": hard_cycle,
    "array in another file": (external_storage, virtual),
    "array claims more than is stored": never_written,
    "too large to be read": bomb,
    "too many entries": many,
    "neither numbers nor text": odd_type,
    "neither an array nor a group": empty,
}
CASES = [
    (why, one)
    for why, change in HOSTILE.items()
    for one in (change if isinstance(change, tuple) else (change,))
]


@pytest.mark.parametrize(("why", "change"), CASES, ids=[one.__name__ for _, one in CASES])
def test_hostile_files(why, change, tmp_path):
    """Refused before anything is read; nothing but the file is opened."""
    path = hostile(tmp_path / "f.nir", change)
    gc.collect()
    tracemalloc.start()
    try:
        told = error(path, isolated=False)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert why in told
    assert peak < 2**24


def test_the_guards_are_needed(tmp_path):
    """Without them, the package follows the link out of the file."""
    (tmp_path / "far.nir").write_bytes(b"")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["secret"] = np.arange(3.0)
    path = hostile(tmp_path / "f.nir", lambda _: None)
    with h5py.File(path, "a") as file:
        file["node/nodes/linear/weight2"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "secret")
        assert file["node/nodes/linear/weight2"][2] == 2.0
    assert "links are not followed" in error(path)


def test_a_reader_that_hangs_or_dies_is_an_error(folder, monkeypatch, tmp_path):
    """The HDF5 library does both on damaged files; here a script does, in its place."""
    for body, told in (
        ("import time; time.sleep(60)", "does not come back"),
        ("import os; os.abort()", "crashed on it"),
    ):
        script = tmp_path / "reader.py"
        script.write_text(body)
        monkeypatch.setattr("refsnn.io.nir.hdf5.__file__", str(script))
        with pytest.raises(InputError, match=told):
            read_tree(folder / "own.nir", patience=1.0)


def test_both_ways_of_reading_agree(folder):
    for name in ("own", "foreign"):
        one, two = (read_tree(folder / f"{name}.nir", isolated=i) for i in (True, False))
        assert one.edges == two.edges
        assert one.nodes.keys() == two.nodes.keys()
        for key in one.nodes:
            assert one.nodes[key].keys() == two.nodes[key].keys()
            for field, value in one.nodes[key].items():
                if isinstance(value, np.ndarray):
                    assert value.dtype == two.nodes[key][field].dtype
                    np.testing.assert_array_equal(value, two.nodes[key][field])


@pytest.mark.parametrize("name", ["own", "foreign"])
@settings(max_examples=10)
@given(data=st.data())
def test_flipped_bytes(name, data, folder):
    """In the process of its own: whatever the HDF5 library does, an error or a network."""
    flip(name, data, folder)


def flip(name, data, folder):
    body = bytearray((folder / f"{name}.nir").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    outcome_of(folder / f"broken_{name}.nir", bytes(body), name == "own")


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["own", "foreign"])
@settings(max_examples=1000)
@given(data=st.data())
def test_many_flipped_bytes(name, data, folder):
    flip(name, data, folder)


@settings(max_examples=8)
@given(body=st.binary(max_size=2000))
def test_random_bytes(body, folder):
    outcome_of(folder / "random.nir", b"\x89HDF\r\n\x1a\n" + body, own=False)


def outcome_of(path, body, own):
    path.write_bytes(body)
    asked = {} if own else {"semantics": "norse", "steps": 2}
    try:
        with_patience = read_tree(path, patience=5.0)
        assert isinstance(network_of(with_patience, **asked), SNN)
        event("read")
    except InputError as caught:
        event(f"refused: {caught.what[:24]}")


# the same at the level of what a file says: far more of our own code is reached so

VALUES = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.integers(-3, 2**62).map(np.asarray),
    st.floats().map(np.asarray),
    st.sampled_from(
        [np.zeros(0), np.ones(2), np.ones((2, 2)), np.full(2, np.nan), np.array([True])]
    ),
    st.just({}),
    st.lists(st.text(max_size=3), max_size=3),
)


@pytest.mark.filterwarnings("ignore")  # NumPy on infinities
@pytest.mark.parametrize("own", [True, False])
@given(data=st.data())
def test_changed_fields(own, data, folder):
    """Any field of any node, of the metadata, or an edge, dropped or replaced by anything."""
    tree = walk(str(folder / ("own.nir" if own else "foreign.nir")))["node"]
    for _ in range(data.draw(st.integers(1, 3))):
        mutate(tree, data)
    try:
        parts = tree["nodes"], [tuple(edge) for edge in tree["edges"]], tree.get("metadata", {})
        asked = {} if own else {"semantics": "norse", "steps": 2}
        from refsnn.io.archive import Reading

        with Reading("file"):
            assert isinstance(network_of(NirFile(*parts), **asked), SNN)
        event("read")
    except InputError as caught:
        event(f"refused: {caught.what[:24]}")


def mutate(tree, data):
    nodes = tree["nodes"]
    places = [(nodes[name], key) for name in nodes for key in nodes[name]]
    places += [
        (node["metadata"], key)
        for node in [*nodes.values(), tree]
        if isinstance(node.get("metadata"), dict)
        for key in node["metadata"]
    ]
    where, key = data.draw(st.sampled_from(places), label="place")
    if data.draw(st.booleans()):
        where.pop(key)
    else:
        where[key] = data.draw(VALUES)
    if data.draw(st.integers(0, 3)) == 0:
        names = st.sampled_from([*nodes, "nobody"])
        tree["edges"] = [*tree["edges"], (data.draw(names), data.draw(names))]
