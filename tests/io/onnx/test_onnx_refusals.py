"""What is not read is refused by node, operator and what would be needed; damaged files safely."""

from __future__ import annotations

import sys
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

onnx = pytest.importorskip("onnx")

from onnx import helper  # noqa: E402
from onnx_cases import CASES, CONV, KERNEL, UP  # noqa: E402
from onnx_models import FLOAT, model, node, tensor, weights, written  # noqa: E402

from refsnn.ann import logits  # noqa: E402
from refsnn.errors import InputError, UnsupportedError  # noqa: E402
from refsnn.io.onnx import load_onnx  # noqa: E402

ZERO, ONE, SIX = np.float32(0), np.float32(1), np.float32(6)
ROI = {"roi": np.zeros(0, np.float32)}


def scales(*values):
    return {**ROI, "k": np.array([1, 1, *values], np.float32)}


REFUSED = {
    # operators that are not there, and what would be needed
    "Erf_y: Erf: there is no such operation here; needed: an activation": [node("Erf", "x")],
    "Softmax: there is no .*needed: nothing: leave it out": [node("Softmax", "x")],
    "LSTM: .*needed: a state": [node("LSTM", "x", "x", "x")],
    "LayerNormalization: .*needed: statistics": [node("LayerNormalization", "x", "x")],
    r"Gather: indices \[0, 3, 4\]": ([node("Gather", "x", "i", axis=2)], {"i": np.array([0, 3, 4])}),
    "Gather: of samples": ([node("Gather", "x", "i")], {"i": np.array(0)}),
    r"Split: 8 into \[3, 3\]": ([node("Split", "x", "s", axis=2)], {"s": np.array([3, 3])}),
    "Split: of samples": ([node("Split", "x", "s")], {"s": np.array([1])}),
    "Det: .*needed: one of the operators that are read: Add, AveragePool": [node("Det", "x")],
    # settings
    "Conv_y: Conv: its weight is no constant": [node("Conv", "x", "x")],
    "1-D or 2-D kernels": ([node("Conv", "x", "W")], {"W": weights(4, 3, 3, 3, 3)}),
    r"kernel of shape \(4, 3, 3\) on 2 axes": ([node("Conv", "x", "W")], {"W": weights(4, 3, 3)}),
    r"Conv: pads \[1, 1\]": ([node("Conv", "x", "W", pads=[1, 1])], KERNEL),
    r"strides \[2\] on 2 axes": ([node("Conv", "x", "W", strides=[2])], KERNEL),
    "ConvTranspose: 2 groups of 3": ([node("ConvTranspose", "x", "W", group=2)], UP),
    "ConvTranspose: 1 groups, dilations .*a smaller kernel": (
        [node("ConvTranspose", "x", "W", dilations=[2**30, 2**30])], UP),
    "ConvTranspose: an output of": ([node("ConvTranspose", "x", "W", output_shape=[99, 99])], UP),
    "Gemm: transA": ([node("Gemm", "x", "W")], {"W": weights(3, 4)}),
    "MatMul: a constant is on the left": ([node("MatMul", "W", "x")], {"W": weights(3, 8)}),
    r"MatMul: \(3, 8, 8\) times \(7, 8\)": ([node("MatMul", "x", "W")], {"W": weights(7, 8)}),
    "MatMul: its second factor is no constant": [node("MatMul", "x", "x")],
    "leaves the samples first": [node("Transpose", "x", perm=[1, 0, 2, 3])],
    r"Reshape: \(N, 3, 8, 8\) to \[-1, 4\]": ([node("Reshape", "x", "s")], {"s": np.array([-1, 4])}),
    "needed: a shape whose first axis": ([node("Reshape", "x", "s")], {"s": np.array([1, 192])}),
    "Flatten: axis = 2": [node("Flatten", "x", axis=2)],
    "Squeeze: axes": ([node("Squeeze", "x", "a")], {"a": np.array([1])}),
    "Concat: along the samples": [node("Concat", "x", "x", axis=0)],
    "Concat: its input 1 is a constant": ([node("Concat", "x", "k", axis=1)], {"k": weights(1, 3, 8, 8)}),
    "Pad: mode reflect": ([node("Pad", "x", "p", mode="reflect")], {"p": np.ones(8, np.int64)}),
    "Pad: of samples": ([node("Pad", "x", "p")], {"p": np.ones(8, np.int64)}),
    "Pad: pads": ([node("Pad", "x", "p")], {"p": np.array([0, 0, -1, 0, 0, 0, 0, 0])}),
    "Slice: of samples": ([node("Slice", "x", "s", "e")], {"s": np.array([0]), "e": np.array([1])}),
    "Slice: steps": ([node("Slice", "x", "s", "e", "a", "t")],
                     {"s": np.array([5]), "e": np.array([0]), "a": np.array([2]), "t": np.array([-1])}),
    "AveragePool: padding that is not counted": [
        node("AveragePool", "x", kernel_shape=[3, 3], pads=[1, 1, 1, 1])],
    "AveragePool: .*the divisor differs": [
        node("AveragePool", "x", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)],
    "MaxPool: padding .* that may be negative": [
        node("MaxPool", "x", kernel_shape=[3, 3], pads=[0, 0, 1, 1])],
    "MaxPool: dilations": [node("MaxPool", "x", kernel_shape=[3, 3], dilations=[2, 2])],
    "MaxPool_y: MaxPool: .*padding": [node("MaxPool", "x", kernel_shape=[2, 2], pads=[2, 2, 2, 2])],
    "ReduceMean: over the samples too": [node("ReduceMean", "x")],
    "Clip: from -1.0 to 1.0: no activation": (
        [node("Clip", "x", "lo", "hi")], {"lo": -ONE, "hi": ONE}),
    "Clip: from None to 6.0.*needed: min = 0": ([node("Clip", "x", "", "hi")], {"hi": SIX}),
    "Clip: from 0.0 to 0.0": ([node("Clip", "x", "lo", "lo")], {"lo": ZERO}),
    "LeakyRelu: a slope of 1.5": [node("LeakyRelu", "x", alpha=1.5)],
    "differs from pixel to pixel": ([node("Add", "x", "k")], {"k": weights(8, 8)}),
    r"Mul: a constant of shape \(2,\)": ([node("Mul", "x", "k")], {"k": weights(2)}),
    "Mul: of two tensors that depend": [node("Mul", "x", "x")],
    "Div: by what depends on the image": ([node("Div", "k", "x")], {"k": ONE}),
    "Div: a factor that is not finite": ([node("Div", "x", "k")], {"k": ZERO}),
    "Add: shapes .*nothing is repeated": [
        node("GlobalAveragePool", "x", out="g"), node("Add", "x", "g")],
    "DequantizeLinear|QuantizeLinear: .*needed: the integer levels of the activation as a QCFS": (
        [node("QuantizeLinear", "x", "s", "z", out="q"), node("DequantizeLinear", "q", "s", "z")],
        {"s": ONE, "z": np.uint8(0)}),
    "Cast: to type INT8": [node("Cast", "x", to=onnx.TensorProto.INT8)],
    "Resize: mode linear.*ConvTranspose": (
        [node("Resize", "x", "roi", "k", mode="linear")], scales(2, 2)),
    "Resize: 8 to 12 pixels": ([node("Resize", "x", "roi", "k", mode="nearest")], scales(1.5, 2)),
    "Resize: 8 to 16 pixels by half_pixel, floor": (
        [node("Resize", "x", "roi", "k", mode="nearest", nearest_mode="floor")], scales(2, 2)),
    "Resize: of samples or channels": (
        [node("Resize", "x", "roi", "k")], {**ROI, "k": np.array([1, 2, 1, 1], np.float32)}),
    # graphs
    "Relu_y: reads a tensor that nobody computes: got nowhere": [node("Relu", "nowhere")],
    "Relu_a, Relu_b: the graph has a cycle": [
        node("Relu", "b", out="a"), node("Relu", "a", out="b"), node("Relu", "x")],
    "a tensor is computed twice": [node("Relu", "x"), node("Relu", "x")],
    "nothing is computed": [node("Identity", "x")],
    "the output does not depend on the input": [node("Relu", "x", out="z")],
    "BatchNormalization: weight": (
        [node("BatchNormalization", "x", "b", "b", "b", "b")], {"b": weights(4)}),
    "Conv_y: Conv: groups: bad hyper-parameter": ([node("Conv", "x", "W", group=0)], KERNEL),
}  # fmt: skip


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_not_read_is_refused(tmp_path, message):
    case = REFUSED[message]
    nodes, constants = case if isinstance(case, tuple) else (case, {})
    path = written(tmp_path, model(nodes, constants))
    with pytest.raises(InputError, match=message) as caught:
        load_onnx(path)
    assert str(caught.value).startswith(f"{path}, ")
    assert str(path) not in str(caught.value)[1:]  # once


def test_without_the_package_it_is_said_what_to_install(tmp_path, monkeypatch):
    path = written(tmp_path, model([node("Relu", "x")], {}))
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputError, match=r"need the package onnx; .*install \"refsnn\[onnx\]\""):
        load_onnx(path)


def test_operators_of_another_maker_or_set_are_refused(tmp_path):
    net = model([node("Relu", "x", domain="com.example")], {})
    net.opset_import.append(helper.make_opsetid("com.example", 1))
    with pytest.raises(UnsupportedError, match="Relu_y: Relu is no standard operator.*com.example"):
        load_onnx(written(tmp_path, net))
    for opset, got in ((10, "got 10"), (99, "got 99")):
        with pytest.raises(UnsupportedError, match=f"operator set: expected 11 to .*{got}"):
            load_onnx(written(tmp_path, model([node("Relu", "x")], {}, opset=opset)))


def test_a_newer_definition_of_an_operator_is_refused(tmp_path, monkeypatch):
    from refsnn.io.onnx.operators import OPERATORS

    monkeypatch.setitem(OPERATORS, "Conv", OPERATORS["Conv"]._replace(newest=11))
    net = model(*CASES["conv"](22), opset=22)
    with pytest.raises(UnsupportedError, match="Conv: version 22 of it is not known"):
        load_onnx(written(tmp_path, net))
    load_onnx(written(tmp_path, model(*CASES["conv"](17), opset=17)))


def test_the_order_of_nodes_in_the_file_does_not_matter(tmp_path):
    nodes, constants = CASES["residual"](17)
    load_onnx(written(tmp_path, model(nodes[::-1], constants)))


def test_two_outputs(tmp_path):
    net = model([node("Relu", "x"), node("Flatten", "x", out="z")], {})
    net.graph.output.append(helper.make_tensor_value_info("z", FLOAT, None))
    path = written(tmp_path, net)
    with pytest.raises(InputError, match="one output: got y, z; say which with --names output=y"):
        load_onnx(path)
    assert load_onnx(path, output="z").shapes[load_onnx(path, output="z").output] == (192,)
    with pytest.raises(InputError, match="no output 'w'"):
        load_onnx(path, output="w")


def test_a_shape_the_file_leaves_open(tmp_path):
    path = written(tmp_path, model(*CASES["global"](17), shape=(3, "height", "width")))
    with pytest.raises(
        InputError, match=r"x: the file leaves .*got 3 x \? x \?; say it with --shape"
    ):
        load_onnx(path)
    assert load_onnx(path, shape=(3, 5, 7)).input_shape == (3, 5, 7)
    for wrong in ((4, 5, 7), (3, 5), (3, 5, 0)):
        with pytest.raises(InputError, match=r"another shape of an image: expected 3 x \? x \?"):
            load_onnx(path, shape=wrong)


def test_a_type_that_does_not_exist_is_no_reason_to_stop(tmp_path):
    net = model(*CASES["relu"](17))
    net.graph.input[0].type.tensor_type.elem_type = 39
    load_onnx(written(tmp_path, net))


def test_data_in_another_file_is_refused(tmp_path):
    net = model(*CASES["conv no bias"](17))
    net.graph.initializer[0].data_location = onnx.TensorProto.EXTERNAL
    entry = net.graph.initializer[0].external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"
    with pytest.raises(UnsupportedError, match="W: data in another file"):
        load_onnx(written(tmp_path, net))
    hidden = tensor("hidden", weights(4, 3, 3, 3))
    hidden.data_location = onnx.TensorProto.EXTERNAL
    constant = helper.make_node("Constant", [], ["W"], value=hidden)
    with pytest.raises(UnsupportedError, match="hidden: data in another file"):
        load_onnx(written(tmp_path, model([constant, node("Conv", "x", "W")], {})))


def test_a_tensor_that_claims_too_much_is_refused(tmp_path):
    net = model(*CASES["conv no bias"](17))
    net.graph.initializer[0].dims[0] = 2**40
    with pytest.raises(InputError, match="W: impossible tensor"):
        load_onnx(written(tmp_path, net))
    net.graph.initializer[0].dims[0] = 5
    with pytest.raises(InputError, match="W: damaged tensor"):
        load_onnx(written(tmp_path, net))


LARGE = {
    "ConstantOfShape": ([node("ConstantOfShape", "n", out="k"), node("Add", "x", "k")],
                        {"n": np.array([2**30, 2**30])}),
    "Expand": ([node("Expand", "x1", "n", out="k"), node("Add", "x", "k")],
               {"x1": weights(1), "n": np.array([2**40])}),
    "Tile": ([node("Tile", "x1", "n", out="k"), node("Add", "x", "k")],
             {"x1": weights(4), "n": np.array([2**40])}),
    "Range": ([node("Range", "a", "n", "b", out="k"), node("Add", "x", "k")],
              {"a": np.array(0), "n": np.array(2**50), "b": np.array(1)}),
    "Mul": ([node("Mul", "u", "v", out="k"), node("Add", "x", "k")],
            {"u": np.zeros((2**14, 1), np.float32), "v": np.zeros((1, 2**14), np.float32)}),
}  # fmt: skip


@pytest.mark.parametrize("kind", LARGE)
def test_a_constant_that_would_fill_the_memory_is_not_made(tmp_path, kind):
    with pytest.raises(UnsupportedError, match=f"{kind} makes too large a constant"):
        load_onnx(written(tmp_path, model(*LARGE[kind])))


def test_many_constants_share_one_limit(tmp_path, monkeypatch):
    from refsnn.io.onnx import build

    nodes = [node("Neg", "k", out="k0")]
    nodes += [node("Neg", f"k{i}", out=f"k{i + 1}") for i in range(9)]
    net = model([*nodes, node("Add", "x", "k9")], {"k": weights(8)})
    load_onnx(written(tmp_path, net))
    monkeypatch.setattr(build, "MOST", 64)
    with pytest.raises(UnsupportedError, match="too large a constant"):
        load_onnx(written(tmp_path, net))


def test_a_layer_too_large_to_be_run_is_refused(tmp_path):
    nodes, constants = [node("Resize", "x", "roi", "k", out="y0")], scales(1024, 1024)
    nodes += [node("Resize", f"y{i}", "roi", "k", out=f"y{i + 1}") for i in range(2)]
    with pytest.raises(InputError, match="Resize"):
        load_onnx(written(tmp_path, model([*nodes, node("Relu", "y2")], constants)))


def test_weights_that_are_no_numbers_are_refused(tmp_path):
    bad = CONV["W"].copy()
    bad[0, 0, 0, 0] = np.nan
    with pytest.raises(InputError, match="weights are not finite"):
        load_onnx(written(tmp_path, model([node("Conv", "x", "W")], {"W": bad})))
    words = np.array([["a"]], dtype=object)
    with pytest.raises(InputError, match="weights of type"):
        load_onnx(written(tmp_path, model([node("MatMul", "x", "W")], {"W": words}, shape=(1,))))


VALID = model(*CASES["exported flatten"](17)).SerializeToString()
WEIGHTY = model(*CASES["spread unevenly"](17)).SerializeToString()


@pytest.mark.parametrize("whole", [VALID, WEIGHTY], ids=["shapes", "weights"])
@given(data=st.data(), byte=st.integers(0, 255), cut=st.booleans())
def test_damaged_files_give_one_kind_of_error(tmp_path_factory, whole, data, byte, cut):
    """Whatever byte is changed: a graph that runs, or an `InputError`."""
    at = data.draw(st.integers(0, len(whole) - 1))
    path = tmp_path_factory.mktemp("onnx") / "net.onnx"
    path.write_bytes(whole[:at] if cut else whole[:at] + bytes([byte]) + whole[at + 1 :])
    with suppress(InputError):
        graph = load_onnx(path)
        if np.prod(graph.input_shape) < 10000:
            logits(graph, np.zeros((1, *graph.input_shape)))
