"""ONNX networks become graphs with the same function; what does not is refused by name."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from refsnn.ann import logits
from refsnn.errors import InputError, UnsupportedError
from refsnn.io.onnx import load_onnx

onnx = pytest.importorskip("onnx")
helper = onnx.helper
RNG = np.random.default_rng(0)
OPSETS = (11, 13, 17, 18, 20)
DATA = os.environ.get("REFSNN_DATA")


def tensor(name, value):
    return onnx.numpy_helper.from_array(np.asarray(value), name)


def weights(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def model(nodes, constants, shape=(3, 8, 8), opset=17, out="y"):
    image = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["N", *shape])
    result = helper.make_tensor_value_info(out, onnx.TensorProto.FLOAT, None)
    initial = [tensor(name, value) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "net", [image], [result], initial)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def written(folder, net):
    path = Path(folder) / "net.onnx"
    path.write_bytes(net.SerializeToString())
    return path


def same_function(folder, net, shape=(3, 8, 8)):
    from onnx.reference import ReferenceEvaluator

    x = RNG.standard_normal((3, *shape)).astype(np.float32)
    (expected,) = ReferenceEvaluator(net).run(None, {"x": x})
    got = logits(load_onnx(written(folder, net)), x)
    assert_allclose(got, np.reshape(expected, got.shape), rtol=1e-4, atol=1e-4)


def node(kind, *inputs, out="y", **attributes):
    return helper.make_node(kind, list(inputs), [out], name=f"{kind}_{out}", **attributes)


CONV = {"W": weights(4, 3, 3, 3), "b": weights(4)}
CASES = {
    "conv": ([node("Conv", "x", "W", "b", pads=[1, 1, 1, 1])], CONV),
    "conv no bias": ([node("Conv", "x", "W", strides=[2, 2])], {"W": CONV["W"]}),
    "conv uneven": ([node("Conv", "x", "W", "b", pads=[0, 1, 2, 1])], CONV),
    "conv dilated": ([node("Conv", "x", "W", "b", dilations=[2, 2])], CONV),
    "conv groups": ([node("Conv", "x", "W", group=3)], {"W": weights(6, 1, 3, 3)}),
    "same upper": ([node("Conv", "x", "W", auto_pad="SAME_UPPER", strides=[2, 2])],
                   {"W": CONV["W"]}),
    "same lower": ([node("Conv", "x", "W", auto_pad="SAME_LOWER", strides=[2, 2])],
                   {"W": CONV["W"]}),
    "valid": ([node("Conv", "x", "W", auto_pad="VALID")], {"W": CONV["W"]}),
    "conv and a constant": ([node("Conv", "x", "W", out="c"), node("Add", "c", "k")],
                            {"W": CONV["W"], "k": weights(4, 1, 1)}),
    "relu": ([node("Relu", "x")], {}),
    "leaky": ([node("LeakyRelu", "x", alpha=0.2)], {}),
    "residual": ([node("Relu", "x", out="a"), node("Add", "x", "a")], {}),
    "average": ([node("AveragePool", "x", kernel_shape=[2, 2], strides=[2, 2])], {}),
    "average padded": ([node("AveragePool", "x", kernel_shape=[3, 3], pads=[1, 1, 1, 1],
                             count_include_pad=1)], {}),
    "maximum": ([node("MaxPool", "x", kernel_shape=[3, 3], strides=[2, 2])], {}),
    "global": ([node("GlobalAveragePool", "x")], {}),
    "mean": ([node("ReduceMean", "x", axes=[2, 3], keepdims=0)], {}),
    "flatten": ([node("Flatten", "x")], {}),
    "reshape": ([node("Reshape", "x", "s")], {"s": np.array([0, -1])}),
    "gemm": ([node("Flatten", "x", out="f"), node("Gemm", "f", "W", "b", transB=1, alpha=0.5)],
             {"W": weights(5, 192), "b": weights(5)}),
    "gemm plain": ([node("Flatten", "x", out="f"), node("Gemm", "f", "W", "b", beta=2.0)],
                   {"W": weights(192, 5), "b": weights(1)}),
    "matmul and bias": ([node("Flatten", "x", out="f"), node("MatMul", "f", "W", out="m"),
                         node("Add", "b", "m")], {"W": weights(192, 5), "b": weights(5)}),
    "norm": ([node("BatchNormalization", "x", "g", "b", "m", "v", epsilon=1e-3)],
             {"g": weights(3), "b": weights(3), "m": weights(3), "v": np.abs(weights(3))}),
    "pad": ([node("Pad", "x", "p")], {"p": np.array([0, 1, 0, 2, 0, 1, 3, 0])}),
    "slice": ([node("Slice", "x", "s", "e", "a", "t")],
              {"s": np.array([0, 1]), "e": np.array([2**60, 7]), "a": np.array([2, 3]),
               "t": np.array([2, 1])}),
    "concat": ([node("Relu", "x", out="a"), node("Concat", "x", "a", axis=1)], {}),
    "identity": ([node("Identity", "x", out="i"), node("Dropout", "i", out="d"), node("Relu", "d")],
                 {}),
    "exported flatten": (
        [node("Shape", "x", out="sh"), node("Gather", "sh", "zero", out="n", axis=0),
         node("Unsqueeze", "n", "axes", out="n1"), node("Concat", "n1", "rest", out="s", axis=0),
         node("Reshape", "x", "s")],
        {"zero": np.array(0), "axes": np.array([0]), "rest": np.array([-1])}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_every_operator(tmp_path, case):
    nodes, constants = CASES[case]
    same_function(tmp_path, model(nodes, constants))


@pytest.mark.parametrize("opset", OPSETS)
def test_a_whole_network_at_every_opset(tmp_path, opset):
    nodes = [
        node("Conv", "x", "W", "b", out="c", pads=[1, 1, 1, 1]),
        node("Relu", "c", out="r"),
        node("GlobalAveragePool", "r", out="g"),
        node("Flatten", "g", out="f"),
        node("Gemm", "f", "V", "d", transB=1),
    ]
    constants = {**CONV, "V": weights(2, 4), "d": weights(2)}
    same_function(tmp_path, model(nodes, constants, opset=opset))


@pytest.mark.parametrize(
    ("nodes", "constants", "message"),
    [
        ([node("Erf", "x")], {}, "Erf_y: Erf: no such operation here; there are: Add"),
        ([node("Softmax", "x")], {}, "Softmax: no such operation"),
        ([node("Conv", "x", "x")], {}, "its weight is no constant"),
        ([node("Conv", "x", "W")], {"W": weights(4, 3, 3)}, "1-D kernels"),
        ([node("Transpose", "x", perm=[0, 2, 3, 1])], {}, "channel first"),
        ([node("Reshape", "x", "s")], {"s": np.array([-1, 4])}, "only flattening"),
        ([node("AveragePool", "x", kernel_shape=[3, 3], pads=[1, 1, 1, 1])], {}, "not counted"),
        ([node("Add", "x", "k")], {"k": weights(3, 1, 1)}, "no weight to take it"),
        ([node("Relu", "nowhere")], {}, "unknown input"),
        ([node("Relu", "b", out="a"), node("Relu", "a", out="b")], {}, "unknown input"),
        ([node("Identity", "x")], {}, "nothing is computed"),
        ([node("Relu", "x", out="z")], {}, "the output does not depend on the input"),
    ],
)
def test_what_there_is_not_is_refused(tmp_path, nodes, constants, message):
    with pytest.raises(InputError, match=message):
        load_onnx(written(tmp_path, model(nodes, constants)))


def test_two_outputs_and_external_data_are_refused(tmp_path):
    net = model([node("Relu", "x")], {})
    net.graph.output.append(helper.make_tensor_value_info("z", onnx.TensorProto.FLOAT, None))
    with pytest.raises(InputError, match="one output: got y, z"):
        load_onnx(written(tmp_path, net))
    net = model([node("Conv", "x", "W")], {"W": CONV["W"]})
    net.graph.initializer[0].data_location = onnx.TensorProto.EXTERNAL
    entry = net.graph.initializer[0].external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"
    with pytest.raises(UnsupportedError, match="W: data in another file"):
        load_onnx(written(tmp_path, net))


def test_a_tensor_that_claims_too_much_is_refused(tmp_path):
    net = model([node("Conv", "x", "W")], {"W": CONV["W"]})
    net.graph.initializer[0].dims[0] = 2**40
    with pytest.raises(InputError, match="W: impossible tensor"):
        load_onnx(written(tmp_path, net))
    net.graph.initializer[0].dims[0] = 5
    with pytest.raises(InputError, match="W: damaged tensor"):
        load_onnx(written(tmp_path, net))


VALID = model(*CASES["conv"]).SerializeToString()


@given(at=st.integers(0, len(VALID) - 1), byte=st.integers(0, 255), cut=st.booleans())
def test_damaged_files_give_one_kind_of_error(tmp_path_factory, at, byte, cut):
    path = tmp_path_factory.mktemp("onnx") / "net.onnx"
    path.write_bytes(VALID[:at] if cut else VALID[:at] + bytes([byte]) + VALID[at + 1 :])
    with suppress(InputError):
        load_onnx(path)


@pytest.mark.skipif(
    DATA is None or not (Path(DATA).parent / "models").is_dir(),
    reason="REFSNN_DATA does not lie beside the folder models",
)
def test_two_exports_of_one_trained_network_are_one_function():
    from refsnn.datasets import cifar10_subset
    from refsnn.preprocessing import Preprocessing

    runtime = pytest.importorskip("onnxruntime")
    images = Preprocessing(1 / 255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), "NCHW")
    test = cifar10_subset().test
    x = test.prepared(images, np.float32)
    predictions = []
    for name in ("resnet20_cifar10", "resnet20_cifar10_dynamo"):
        path = Path(DATA).parent / "models" / f"{name}.onnx"
        (expected,) = runtime.InferenceSession(path).run(None, {"x": x})
        got = logits(load_onnx(path), x)
        assert np.abs(got - expected).max() < 1e-4
        assert (got.argmax(1) == expected.argmax(1)).all()
        predictions.append(got.argmax(1))
    assert (predictions[0] == predictions[1]).all()
    assert round(100 * float(np.mean(predictions[0] == test.y)), 2) == 91.08
