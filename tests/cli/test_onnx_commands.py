"""``refsnn run``, ``import`` and ``convert`` on ONNX networks."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from outcomes import body_of, fails

onnx = pytest.importorskip("onnx")

sys.path.insert(0, str(Path(__file__).parents[1] / "io" / "onnx"))
from onnx_cases import CASES, CONV, channels_last  # noqa: E402
from onnx_models import batch_of, by_runtime, model, node, same_logits, weights, written  # noqa: E402

from refsnn.io import load_model  # noqa: E402

IMAGES = batch_of((3, 8, 8), 20)


@pytest.fixture
def net(tmp_path):
    return written(tmp_path, model(*CASES["gemm"](17)))


@pytest.fixture
def data(tmp_path):
    def made(name="x.npz", **arrays):
        np.savez(tmp_path / name, **arrays)
        return tmp_path / name

    return made


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_run_gives_the_logits_of_the_runtime(files, net, data, tmp_path, dtype):
    expected = by_runtime(model(*CASES["gemm"](17)), IMAGES)
    out, y = tmp_path / "out.npz", expected.argmax(1)
    words = ["run", net, "--data", data(x=IMAGES, y=y), "-o", out, "--dtype", dtype, "--json"]
    body = body_of(files.run(*words))
    assert (body["samples"], body["accuracy"], body["kind"]) == (20, 1.0, "ann")
    with np.load(out, allow_pickle=False) as found:
        assert found["logits"].dtype == np.dtype(dtype)
        same_logits(found["logits"], expected)
        np.testing.assert_array_equal(found["predictions"], y)
    text = files.run(*words[:-1]).output
    assert "20 images, 2 operations" in text
    assert "accuracy 100.00 %" in text


def test_the_same_bytes_every_time_and_nothing_half_written(files, net, data, tmp_path):
    x, one, two = data(x=IMAGES), tmp_path / "1.npz", tmp_path / "2.npz"
    for out in (one, two):
        body_of(files.run("run", net, "--data", x, "-o", out, "--json"))
    assert one.read_bytes() == two.read_bytes()
    fails(files.run("run", net, "--data", data("bad.npz", x=IMAGES[:, :1]), "-o", one))
    assert one.read_bytes() == two.read_bytes()
    fails(files.run("run", net, "--data", x, "-o", tmp_path / "no" / "out.npz"), "folder")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_window_of_the_data(files, net, data, tmp_path):
    x = data(x=IMAGES)
    body = body_of(files.run("run", net, "--data", f"{x}[4:9]", "--json"))
    assert body["samples"] == 5
    fails(files.run("run", net, "--data", f"{x}[30:]"), "no samples")
    fails(files.run("run", net, "--data", tmp_path / "none.npz"), "does not exist; check the path")
    (tmp_path / "torn.npz").write_bytes(x.read_bytes()[:500])
    fails(files.run("run", net, "--data", tmp_path / "torn.npz"), "cannot be read")


def test_names_are_asked_for_where_two_could_be_meant(files, tmp_path, data):
    nodes, constants = CASES["gemm"](17)
    net = model(nodes, constants)
    net.graph.input[0].name = nodes[0].input[0] = "image"
    net.graph.node[0].input[0] = "image"
    path = written(tmp_path, net)
    noise = np.zeros((20, 7))
    logits = {}
    for name in ("x", "image", "whatever"):
        out = tmp_path / f"{name}.npz"
        body_of(files.run("run", path, "--data", data(other=noise, **{name: IMAGES}), "-o", out,
                          "--json"))  # fmt: skip
        with np.load(out) as found:
            logits[name] = found["logits"]
    assert (logits["x"] == logits["image"]).all()
    assert (logits["x"] == logits["whatever"]).all()
    two = data(a=IMAGES, b=IMAGES + 1, truth=np.zeros(20, np.int64))
    fails(
        files.run("run", path, "--data", two), "which array are the images?", "got a", "--names x=a"
    )
    body = body_of(files.run("run", path, "--data", two, "--names", "x=b,y=truth", "--json"))
    assert body["accuracy"] is not None
    clash = data(x=IMAGES, image=IMAGES)
    fails(files.run("run", path, "--data", clash), "which array", "--names x=x")
    fails(files.run("run", path, "--data", data(a=noise)), "no array fits the network")
    fails(files.run("run", path, "--data", two, "--names", "x=c"), "no array 'c'")
    fails(files.run("run", path, "--data", two, "--names", "x=a,y=c"), "no array 'c'")
    fails(
        files.run("run", path, "--data", two, "--names", "images=a"),
        "no such role",
        "Known: output, x, y",
    )
    fails(files.run("run", path, "--data", two, "--names", "x"), "no name", "x=ARRAY")
    fails(files.run("run", path, "--data", "digits:test", "--names", "x=a"), "for npz files only")


def test_layout_is_asked_for_where_two_fit(files, tmp_path, data):
    net = written(tmp_path, model(*CASES["gemm"](17)))
    out, turned = tmp_path / "out.npz", np.moveaxis(IMAGES, 1, -1)
    expected = by_runtime(model(*CASES["gemm"](17)), IMAGES)
    body = body_of(files.run("run", net, "--data", data(x=turned), "-o", out, "--json"))
    assert body["layout"] == "channels-last"
    with np.load(out) as found:
        same_logits(found["logits"], expected)
    fails(
        files.run("run", net, "--data", data(x=IMAGES), "--layout", "channels-last"), "do not fit"
    )
    fails(files.run("run", net, "--data", data(x=IMAGES), "--layout", "nchw"), "no layout")
    open_net = written(tmp_path, model(*CASES["global"](17), shape=(3, "h", "w")))
    both = data(x=IMAGES[:, :, :, :3])
    fails(
        files.run("run", open_net, "--data", both),
        "where are the channels",
        "same or channels-last",
    )
    for layout in ("same", "channels-last"):
        words = ["--layout", layout, "--json"]
        assert body_of(files.run("run", open_net, "--data", both, *words))["layout"] == layout
    gray = written(tmp_path, model([node("GlobalMaxPool", "x")], {}, shape=(1, 8, 8)))
    body = body_of(files.run("run", gray, "--data", data(x=IMAGES[:, 0]), "--json"))
    assert body["layout"] == "no channel"


def test_raw_integers_need_a_scale(files, net, data):
    raw = data(x=np.arange(20 * 192).reshape(20, 3, 8, 8) % 256)
    fails(files.run("run", net, "--data", raw), "say how to scale them")
    body_of(files.run("run", net, "--data", raw, "--scale", "1/255", "--mean", "0,0,0.5", "--json"))
    fails(files.run("run", net, "--data", raw, "--mean", "1"), "--mean", "without a scale")
    fails(files.run("run", net, "--data", data(x=IMAGES), "--scale", "2"), "taken as they are")


def test_a_network_that_takes_bytes(files, tmp_path, data):
    """The scaling is in the file: integers go in as they are."""
    net = model([node("Cast", "x", out="f", to=1), node("Mul", "f", "k", out="g"),
                 node("Conv", "g", "W", "b")], {**CONV, "k": np.float32(1 / 255)})  # fmt: skip
    net.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.UINT8
    raw = np.random.default_rng(0).integers(0, 256, (4, 3, 8, 8)).astype(np.uint8)
    out = tmp_path / "out.npz"
    path = written(tmp_path, net)
    body_of(files.run("run", path, "--data", data(x=raw), "-o", out, "--json"))
    with np.load(out) as found:
        same_logits(found["logits"], by_runtime(net, raw))
        assert found["predictions"].shape == (4, 6, 6)


def test_options_that_do_not_belong_are_refused(files, net, data, tmp_path):
    x = data(x=IMAGES)
    for words in (
        ("--trace", tmp_path / "t.npz"), ("--steps", 4), ("--engine", "numba"), ("--allow-reorder",),
    ):  # fmt: skip
        fails(files.run("run", net, "--data", x, *words), words[0], "for spiking networks only")
    fails(files.run("run", files.snn, "--data", "digits:test[:4]", "--scale", "2"), "--scale",
          "for ONNX networks only")  # fmt: skip
    fails(files.run("convert", files.model, "--method", "qcfs", "--shape", "3"), "--shape")
    fails(files.run("run", net, "--data", x, "--dtype", "int8"), "--dtype")
    fails(files.run("run", net, "--data", x, "--shape", "a,b"), "--shape", "no shape")
    for words in (["import", net, "-o", tmp_path / "m.npz"], ["convert", net, "--method", "qcfs"]):
        fails(files.run(*words, "--names", "x=a"), "--names", "expected output=TENSOR, got x=a")
        fails(
            files.run(*words, "--scale", "1", "--mean", "1,2"), "--mean", "expected 3, one", "got 2"
        )


@pytest.mark.parametrize(
    ("source", "option", "message"),
    [
        ("net.onnx", "--steps=4", "--steps: for NIR networks only: got 4; leave it out"),
        ("net.onnx", "--graph=m.npz", "--graph: for safetensors files only: got m.npz"),
        ("net.nir", "--map=n.json", "--map: for safetensors files only"),
        ("net.nir", "--scale=1", "--scale: for ONNX networks only: got 1; leave it out"),
        ("w.safetensors", "--dt=1", "--dt: for NIR networks only"),
        ("w.safetensors", "--shape=3", "--shape: for ONNX networks only"),
    ],
)
def test_import_ignores_no_option(files, tmp_path, source, option, message):
    """Refused before the file is read: it need not be there."""
    out = tmp_path / "out.npz"
    fails(files.run("import", tmp_path / source, "-o", out, option), message)
    assert not out.exists()


def test_a_spiking_network_writes_logits_too(files, tmp_path):
    out = tmp_path / "out.npz"
    body_of(files.run("run", files.snn, "--data", "digits:test[:8]", "-o", out, "--json"))
    with np.load(out) as found:
        assert found["logits"].shape == (8, 10)
        np.testing.assert_array_equal(found["predictions"], found["logits"].argmax(1))


def classifier(opset=17):
    """Two layers of ReLU on (8, 8, 1) images, as other frameworks order them."""
    nodes = [
        node("Transpose", "x", out="t", perm=[0, 3, 1, 2]),
        node("Conv", "t", "W", "b", out="c", pads=[1, 1, 1, 1]), node("Relu", "c", out="r"),
        node("Resize", "r", "roi", "k", out="u"), node("Conv", "u", "V", out="d", strides=[2, 2]),
        node("Relu", "d", out="s"), node("Transpose", "s", out="v", perm=[0, 2, 3, 1]),
        node("Reshape", "v", "n", out="f"), node("MatMul", "f", "M", out="m"), node("Add", "m", "a"),
    ]  # fmt: skip
    return nodes, {
        "W": weights(4, 1, 3, 3), "b": weights(4), "roi": np.zeros(0, np.float32),
        "k": np.array([1, 1, 2, 2], np.float32), "V": weights(4, 4, 3, 3), "n": np.array([-1, 196]),
        "M": weights(196, 10), "a": weights(10),
    }  # fmt: skip


def test_convert_takes_a_network_as_it_is(files, tmp_path, data):
    """Straight from the file, and by way of ``import``: the same spiking network, on two engines."""
    path = written(tmp_path, model(*classifier(), shape=(8, 8, 1)))
    raw = np.random.default_rng(1).integers(0, 17, (24, 8, 8, 1))
    x, one, two = data(x=raw), tmp_path / "1.npz", tmp_path / "2.npz"
    images = ["--scale", "1/16", "--mean", "0.25"]
    method = ["--method", "potential-initialization", "--calib", x]
    body = body_of(files.run("convert", path, *method, *images, "-o", one, "--json"))
    assert body["claim_held"] is not False
    body_of(files.run("import", path, *images, "-o", tmp_path / "m.npz", "--json"))
    assert load_model(tmp_path / "m.npz").preprocessing.layout == "NHWC"
    body_of(files.run("convert", tmp_path / "m.npz", *method, "-o", two, "--json"))
    assert one.read_bytes() == two.read_bytes()
    outs = []
    for engine in ("numpy", "numba", "stepped"):
        out = tmp_path / f"{engine}.npz"
        body_of(files.run("run", one, "--data", x, "--engine", engine, "-o", out, "--json"))
        with np.load(out) as found:
            outs.append(found["logits"])
    np.testing.assert_array_equal(outs[1], outs[0])
    # level R: BLAS may add in another order for another number of frames at a time
    np.testing.assert_allclose(outs[2], outs[0], rtol=0, atol=1e-12 * np.abs(outs[0]).max())
    fails(files.run("lower", one, "--calib", x, "-o", tmp_path / "p.npz"), "no integer form")


def test_other_commands_say_how_to_read_it(files, net):
    words = ["--levels", 4, "--calib", "digits:test[:4]"]
    fails(files.run("quantise", net, *words), "ONNX network? refsnn import makes a model file")


def test_import_chooses_an_output_and_a_shape(files, tmp_path):
    net = model([*channels_last(17)[0]], channels_last(17)[1], shape=("h", "w", 3))
    net.graph.output.append(onnx.helper.make_tensor_value_info("c", onnx.TensorProto.FLOAT, None))
    path, out = written(tmp_path, net), tmp_path / "m.npz"
    fails(files.run("import", path, "-o", out), "leaves the shape of an image open", "--shape")
    words = ["import", path, "-o", out, "--shape", "8,8,3"]
    fails(files.run(*words), "one output: got y, c", "--names output=y")
    body_of(files.run(*words, "--names", "output=c", "--json"))
    assert load_model(out).graph.shapes[load_model(out).graph.output] == (4, 6, 6)
