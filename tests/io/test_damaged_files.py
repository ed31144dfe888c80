"""A damaged file is named in one sentence: never a traceback, never a wrong network."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import Shape, graph_of, images

from refsnn.convert import PascalConversion
from refsnn.engines import run
from refsnn.errors import InputError
from refsnn.io import Model, load_model, load_run, load_snn, save_model, save_run, save_snn

X = images(0)
LOADERS = {"model": load_model, "snn": load_snn, "run": load_run}


def snn_of(seed=0, **shape):
    return PascalConversion().convert(graph_of(Shape(**{"levels": (4, 2), **shape}), seed))[0]


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("npz")


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


def test_more_steps_than_memory(files):
    path = files / "snn.npz"
    rewrite(path, lambda header, _: header.update(input_frames=10**12))
    assert "too many steps: expected <= 1048576" in error("snn", path)


@pytest.mark.parametrize("kind", sorted(LOADERS))
@pytest.mark.parametrize("order", ["<", ">"])
def test_text_past_the_last_code_point(kind, order, files):
    """NumPy hands out such text; Python's own functions raise SystemError on it."""
    path = files / f"{kind}.npz"
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    codes = np.array([0x110000, 65], f"{order}u4")
    np.savez(path, **arrays, extra=codes.view(f"{order}U2"))
    assert "text that is none: got 0x110000" in error(kind, path)


FIELDS = {
    "model": ["input_shape", "nodes", "notes", "preprocessing"],
    "snn": [
        "input_shape",
        "nodes",
        "neurons",
        "input_frames",
        "method",
        "settings",
        "semantics",
        "extra_frames",
        "analog",
    ],
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
    rewrite(path, lambda header, _: header["neurons"]["act1"].update(neuron="Izhikevich"))
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
