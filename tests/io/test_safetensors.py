"""Weights as safetensors: what fits goes in, all that does not is named, nothing is trusted."""

from __future__ import annotations

import json
import struct
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from laws.dyadic_networks import SEEDS, Shape, graph_of, shapes
from numpy.testing import assert_array_equal

from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import INPUT, Graph, Node, initialise
from refsnn.io.safetensors import MOST_HEADER, load_tensors, save_tensors
from refsnn.io.state_dict import RULES, Target, fit, load_names
from refsnn.ops import BatchNorm, Conv2d, ConvTranspose2d, Flatten, Linear

numpy_format = pytest.importorskip("safetensors.numpy")

NODES = (
    Node("c", Conv2d(4, 3, groups=2), (INPUT,)),
    Node("bn", BatchNorm(), ("c",)),
    Node("t", ConvTranspose2d(3, (2, 1), bias=False), ("bn",)),
    Node("flat", Flatten(), ("t",)),
    Node("fc", Linear(5), ("flat",)),
)
GRAPH = initialise((2, 4, 4), NODES, 0)
NAMES = {"c": "features.0", "bn": "features.1", "t": "up", "fc": "head.linear"}


def fresh(seed=1):
    """Other weights for the same graph."""
    rng = np.random.default_rng(seed)
    return {k: rng.integers(1, 9, v.shape).astype(v.dtype) for k, v in GRAPH.params.items()}


def renamed(params, names=NAMES, prefix=""):
    out = {}
    for key, value in params.items():
        node, _, own = key.rpartition(".")
        out[f"{prefix}{names.get(node, node)}.{own}"] = value
    return out


def same(graph, params):
    assert set(graph.params) == set(params)
    for key, value in params.items():
        assert graph.params[key].dtype == value.dtype
        assert_array_equal(graph.params[key], value)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("safetensors")


@given(shape=shapes(), seed=SEEDS, short=st.booleans())
def test_round_trip(folder, shape, seed, short):
    graph = graph_of(shape, seed).astype(np.float32 if short else np.float64)
    save_tensors(folder / "w.safetensors", graph)
    same(fit(graph_of(shape, seed + 1), load_tensors(folder / "w.safetensors")), graph.params)


def test_same_content_same_bytes(folder):
    turned = {k: np.asfortranarray(v) for k, v in reversed(GRAPH.params.items())}
    for name, graph in (("a", GRAPH), ("b", Graph((2, 4, 4), NODES, turned))):
        save_tensors(folder / f"{name}.safetensors", graph)
    assert (folder / "a.safetensors").read_bytes() == (folder / "b.safetensors").read_bytes()
    same(fit(GRAPH, numpy_format.load_file(folder / "a.safetensors")), GRAPH.params)


def test_axes_are_those_of_pytorch():
    """The axes as the table says them are the axes as the operations have them."""
    shapes_of = {
        "Conv2d": (4, 1, 3, 3), "ConvTranspose2d": (4, 3, 2, 1), "Linear": (5, 27), "BatchNorm": (4,),
    }  # fmt: skip
    for node in NODES:
        kind = type(node.op).__name__
        if kind in shapes_of:
            sizes = GRAPH.params[f"{node.name}.weight"].shape
            assert len(RULES[kind]["weight"].axes.split(", ")) == len(sizes)
            assert sizes[:1] == shapes_of[kind][:1]


def test_state_dict_of_the_same_names():
    counted = {**fresh(), "bn.num_batches_tracked": np.asarray(7)}
    same(fit(GRAPH, counted), fresh())


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module.model."])
def test_prefix_of_a_wrapper(prefix):
    same(fit(GRAPH, renamed(fresh(), {}, prefix)), fresh())


def test_map_of_modules_and_tensors(tmp_path):
    path = tmp_path / "names.json"
    names = {theirs: ours for ours, theirs in NAMES.items()}
    path.write_text(json.dumps({**names, "extra": None, "odd.w": "fc.weight"}))
    tensors = renamed(fresh()) | {"extra.weight": np.ones(3)}
    tensors["odd.w"] = tensors.pop("head.linear.weight")
    same(fit(GRAPH, tensors, load_names(path)), fresh())
    wrapped = {f"module.{name}": value for name, value in tensors.items()}
    same(fit(GRAPH, wrapped, load_names(path)), fresh())


def test_map_with_axes(tmp_path):
    """A layer of another framework: (in, out)."""
    path = tmp_path / "names.json"
    path.write_text('{"dense.kernel": {"to": "fc.weight", "axes": [1, 0]}}')
    tensors = fresh()
    tensors["dense.kernel"] = tensors.pop("fc.weight").T
    same(fit(GRAPH, tensors, load_names(path)), fresh())
    with pytest.raises(InputError, match="not a permutation"):
        fit(GRAPH, tensors, {"dense.kernel": Target("fc.weight", (0, 0))})


def test_axes_of_length_one():
    """A 1 x 1 convolution and a linear layer are the same weights; a threshold may be a vector."""
    tensors = fresh()
    tensors["fc.weight"] = tensors["fc.weight"][:, :, None, None]
    same(fit(GRAPH, tensors), fresh())
    graph = graph_of(Shape(levels=(4,)), 0)
    tensors = dict(graph.params)
    tensors["act0.thresh"] = tensors.pop("act0.lambda").reshape(1)
    same(fit(graph, tensors), graph.params)


def test_everything_that_does_not_fit_is_named():
    tensors = fresh()
    del tensors["fc.bias"], tensors["bn.running_var"]
    tensors["head.weight"] = np.ones((2, 3))
    tensors["t.weight"] = tensors["t.weight"].swapaxes(0, 1)
    with pytest.raises(InputError) as caught:
        fit(GRAPH, tensors)
    told = str(caught.value)
    assert "missing: bn.running_var (4,), fc.bias (5,)" in told
    assert "unused: head.weight (2, 3)" in told
    assert "t.weight: expected (4, 3, 2, 1) (in, out, kh, kw), got t.weight (3, 4, 2, 1)" in told
    assert "--map names.json" in told


def test_transposed_square_weights_are_not_noticed_but_others_are():
    """What shapes cannot tell is said here: a square (in, out) matrix goes in as it is."""
    graph = initialise((5,), (Node("fc", Linear(5), (INPUT,)),), 0)
    turned = {"fc.weight": graph.params["fc.weight"].T, "fc.bias": graph.params["fc.bias"]}
    assert_array_equal(fit(graph, turned).params["fc.weight"], graph.params["fc.weight"].T)


def test_two_tensors_for_one_parameter():
    tensors = fresh() | {"other.weight": fresh()["fc.weight"]}
    with pytest.raises(InputError, match=r"fc.weight: two tensors for one parameter"):
        fit(GRAPH, tensors, {"other": Target("fc")})


def test_name_of_no_tensor():
    with pytest.raises(InputError, match="--map: name of no tensor: got nobody"):
        fit(GRAPH, fresh(), {"nobody": None})


@pytest.mark.parametrize(
    "body", ["", "[1]", '{"a": 1}', '{"a": {"to": "b"}}', '{"a": {"to": 1, "axes": []}}',
             '{"a": {"to": "b", "axes": [0.5]}}', "[" * 100_000]
)  # fmt: skip
def test_files_of_names_that_cannot_be_used(body, tmp_path):
    (tmp_path / "n.json").write_text(body)
    with pytest.raises(InputError, match=str(tmp_path / "n.json")):
        load_names(tmp_path / "n.json")


def test_weights_must_be_finite():
    with pytest.raises(InputError, match=r"fc.bias: weights are not finite"):
        fit(GRAPH, fresh() | {"fc.bias": np.full(5, np.nan, np.float32)})


# the file


def raw(header, body=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def entry(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"x": {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}}


@pytest.mark.parametrize(
    ("dtype", "kind"), [("F64", "f8"), ("F32", "f4"), ("I64", "i8"), ("U8", "u1"), ("I16", "i2")]
)
def test_element_types(dtype, kind, tmp_path):
    values = np.array([3, 1], kind)
    path = tmp_path / "f.safetensors"
    path.write_bytes(raw(entry(dtype, (2,), (0, values.nbytes)), values.tobytes()))
    found = load_tensors(path)["x"]
    assert found.dtype == np.dtype(kind)
    assert_array_equal(found, values)


def test_half_precision_is_widened_exactly(tmp_path):
    path = tmp_path / "f.safetensors"
    half = np.array([1.5, -(2.0**-24)], np.float16)
    path.write_bytes(raw(entry("F16", (2,), (0, 4)), half.tobytes()))
    found = load_tensors(path)["x"]
    assert found.dtype == np.float32
    assert_array_equal(found, [1.5, -(2.0**-24)])
    brain = np.array([1.5, -3e38, 2.0**-120], np.float32).view(np.uint32) >> 16
    path.write_bytes(raw(entry("BF16", (3,), (0, 6)), brain.astype("<u2").tobytes()))
    found = load_tensors(path)["x"]
    assert_array_equal(found.view(np.uint32), brain << 16)
    assert found[0] == 1.5


DAMAGED = {
    "a header of": [b"", b"1234567", raw(b"", length=2**63), raw({}, length=99)],
    "damaged safetensors header": [raw(b"{"), raw(b"[]"), raw(b"[" * 9999), raw({"x": 1}), raw({"x": {}}), raw(b"\xff")],
    "element type": [raw(entry("F4", (2,)), b"\0" * 8)],
    "shape": [raw(entry(shape=(-2,)), b"\0" * 8), raw(entry(shape=(2.0,)), b"\0" * 8)],
    "claims more or less": [
        raw(entry(shape=(2**50,)), b"\0" * 8),
        raw(entry(shape=(2**50,), offsets=(0, 2**52)), b"\0" * 8),
        raw(entry(offsets=(8, 16)), b"\0" * 8),
        raw(entry(offsets=(8, 0)), b"\0" * 8),
        raw(entry(offsets=(-8, 0)), b"\0" * 8),
    ],
    "damaged safetensors file": [raw(entry(), b"\0" * 9), raw(entry() | {"y": entry()["x"]}, b"\0" * 8)],
}  # fmt: skip
BAD = [(told, body) for told, bodies in DAMAGED.items() for body in bodies]


@pytest.mark.parametrize(("told", "body"), BAD, ids=range(len(BAD)))
def test_damaged_files(told, body, tmp_path):
    path = tmp_path / "f.safetensors"
    path.write_bytes(body)
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=told) as caught:
            load_tensors(path)
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()
    assert str(caught.value).startswith(str(path))


def test_header_of_any_length_is_not_read(tmp_path):
    """A sparse file may be as long as its header claims: there is a limit as well."""
    path = tmp_path / "f.safetensors"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", MOST_HEADER + 1))
        file.truncate(MOST_HEADER + 100)
    with pytest.raises(InputError, match="header too large"):
        load_tensors(path)


@pytest.mark.parametrize("name", ["w.pt", "w.pth", "w.bin", "w.ckpt", "w.safetensors", "w"])
def test_pickles_are_refused_with_the_recipe(name, tmp_path):
    bodies = [b"PK\x03\x04rest", b"\x80\x04rest"]
    for body in bodies:
        (tmp_path / name).write_bytes(body)
        with pytest.raises(UnsupportedError, match="a pickle can run code") as caught:
            load_tensors(tmp_path / name)
        lines = str(caught.value).splitlines()
        assert lines[1].strip() == "from safetensors.torch import save_file"
        assert lines[2].strip().startswith("save_file(torch.load(")
        assert len(lines) == 3


def test_a_header_that_begins_like_a_pickle(tmp_path):
    """640 bytes of header are 0x0280: the first bytes of pickle protocol 2."""
    text = json.dumps(entry()).encode().ljust(640)
    (tmp_path / "w.safetensors").write_bytes(raw(text, np.float32([1, 2]).tobytes()))
    assert load_tensors(tmp_path / "w.safetensors")["x"].tolist() == [1, 2]


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match="file does not exist"):
        load_tensors(tmp_path / "w.safetensors")
    with pytest.raises(InputError, match="folder does not exist"):
        save_tensors(tmp_path / "nowhere" / "w.safetensors", GRAPH)


def test_nothing_half_written_is_left(tmp_path, monkeypatch):
    path = tmp_path / "w.safetensors"
    path.write_bytes(b"old")

    def broken(*_args, **_kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(numpy_format, "save", broken)
    with pytest.raises(OSError, match="disk full"):
        save_tensors(path, GRAPH)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_package_is_asked_for(tmp_path, monkeypatch):
    import sys

    save_tensors(tmp_path / "w.safetensors", GRAPH)
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(InputError, match=r'need the package safetensors; .*"refsnn\[weights\]"'):
        load_tensors(tmp_path / "w.safetensors")


@given(data=st.data())
def test_flipped_bytes(data, folder):
    save_tensors(folder / "sound.safetensors", GRAPH)
    body = bytearray((folder / "sound.safetensors").read_bytes())
    top = data.draw(st.sampled_from([12, 700, len(body) - 1]))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, top))] = data.draw(st.integers(0, 255))
    judge(folder, bytes(body))


@given(body=st.binary(max_size=300), framed=st.booleans())
def test_random_bytes(body, framed, folder):
    judge(folder, raw(body) if framed else body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
)


@given(data=st.data())
def test_changed_headers(data, folder):
    header = entry() | {"__metadata__": {"a": "b"}}
    where = data.draw(st.sampled_from([header, header["x"]]))
    where[data.draw(st.sampled_from([*where, "new"]))] = data.draw(JSON)
    judge(folder, raw(header, b"\0" * 8))


def judge(folder, body):
    path = folder / "broken.safetensors"
    path.write_bytes(body)
    try:
        fit(GRAPH, load_tensors(path))
        event("read")
    except InputError as caught:
        event(f"refused: {caught.what[:24]}")


def test_fit_leaves_its_arguments_alone():
    tensors = fresh()
    for value in tensors.values():
        value.flags.writeable = False
    before = replace(GRAPH)
    fit(GRAPH, tensors)
    same(GRAPH, before.params)
