"""A small network for every operator and setting that is read: by operator set, nodes, constants."""

from __future__ import annotations

import numpy as np
from onnx import helper
from onnx_models import node, reduced, tensor, weights

NONE = np.zeros(0, np.float32)


def split(opset, parts, sizes=None):
    """ReLU of the first part and the last part, joined; sizes moved from attribute to input."""
    outs, constants, attributes, more = [f"p{i}" for i in range(parts)], {}, {}, []
    if sizes is not None and opset < 13:
        attributes = {"split": sizes}
    elif sizes is not None:
        constants, more = {"sizes": np.array(sizes)}, ["sizes"]
    elif opset >= 18:
        attributes = {"num_outputs": parts}
    first = helper.make_node("Split", ["x", *more], outs, name="Split", axis=2, **attributes)
    nodes = [first, node("Relu", "p0", out="r"), node("Concat", outs[-1], "r", axis=2)]
    return nodes, constants


MINUS = tensor("minus", np.array([-1]))
CONV = {"W": weights(4, 3, 3, 3), "b": weights(4)}
KERNEL = {"W": CONV["W"]}
UP = {"W": weights(3, 4, 3, 3), "b": weights(4)}


def conv(out="c"):
    return node("Conv", "x", "W", out=out)


def axes(kind, opset, source, places, out="y", since=13):
    return reduced(kind, opset, source, places, out, since)


def both(first, second):
    return [*first[0], *second[0]], {**first[1], **second[1]}


def quantised(opset):
    """Weights through QuantizeLinear and DequantizeLinear, per channel from 13 on."""
    scale = np.full(4, 0.05, np.float32) if opset >= 13 else np.float32(0.05)
    zero = np.zeros(4, np.int8) if opset >= 13 else np.int8(0)
    attributes = {"axis": 0} if opset >= 13 else {}
    nodes = [
        node("QuantizeLinear", "W", "s", "z", out="q", **attributes),
        node("DequantizeLinear", "q", "s", "z", out="d", **attributes),
        node("Conv", "x", "d"),
    ]
    return nodes, {**KERNEL, "s": scale, "z": zero}


def exported_flatten(opset):
    """What exporters leave of ``x.view(x.size(0), -1)``."""
    first = [node("Shape", "x", out="sh"), node("Gather", "sh", "zero", out="n", axis=0)]
    middle, more = axes("Unsqueeze", opset, "n", [0], out="n1")
    last = [node("Cast", "n1", to=7, out="n2"), node("Concat", "n2", "rest", out="s", axis=0)]
    last += [node("Reshape", "x", "s")]
    return first + middle + last, {"zero": np.array(0), "rest": np.array([-1]), **more}


def shape_arithmetic(opset):
    """A shape from ConstantOfShape and Slice of a Shape."""
    nodes = [
        node("Shape", "x", out="sh"), node("Slice", "sh", "a", "b", out="n"),
        node("ConstantOfShape", "one", out="m", value=MINUS), node("Concat", "n", "m", out="s", axis=0),
        node("Reshape", "x", "s"),
    ]  # fmt: skip
    return nodes, {"a": np.array([0]), "b": np.array([1]), "one": np.array([1])}


def point_net(opset):
    """A shared linear layer over points (P, 3), the maximum over them, a head."""
    last = reduced("ReduceMax", opset, "r", [1], out="m", keepdims=0)
    nodes = [
        node("MatMul", "x", "W", out="w"), node("Add", "w", "b", out="h"), node("Relu", "h", out="r"),
        *last[0], node("Gemm", "m", "V", "d", transB=1),
    ]  # fmt: skip
    return nodes, {
        "W": weights(3, 6),
        "b": weights(6),
        "V": weights(4, 6),
        "d": weights(4),
        **last[1],
    }


def channels_last(opset):
    """(H, W, C) images, as other frameworks order them, back to that order before the last layer."""
    nodes = [
        node("Transpose", "x", out="t", perm=[0, 3, 1, 2]), node("Conv", "t", "W", "b", out="c"),
        node("Relu", "c", out="r"), node("Transpose", "r", out="u", perm=[0, 2, 3, 1]),
        node("Reshape", "u", "s", out="f"), node("MatMul", "f", "V"),
    ]  # fmt: skip
    return nodes, {**CONV, "s": np.array([-1, 144]), "V": weights(144, 5)}


def shuffled(opset):
    """Channels of two groups mixed by reshape, transpose, reshape."""
    nodes = [
        node("Conv", "x", "W", "b", out="c"), node("Reshape", "c", "s", out="g"),
        node("Transpose", "g", out="t", perm=[0, 2, 1, 3, 4]), node("Reshape", "t", "r", out="h"),
        node("Conv", "h", "V", group=2),
    ]  # fmt: skip
    return nodes, {
        **CONV, "s": np.array([0, 2, 2, 6, 6]), "r": np.array([0, 4, 6, 6]), "V": weights(2, 2, 3, 3),
    }  # fmt: skip


def normalised(opset):
    """The preprocessing inside: (x - mean) / std."""
    nodes = [node("Sub", "x", "m", out="a"), node("Div", "a", "s", out="c"),
             node("Conv", "c", "W", "b", pads=[1, 1, 1, 1])]  # fmt: skip
    return nodes, {**CONV, "m": weights(3, 1, 1), "s": 1 + np.abs(weights(1, 3, 1, 1))}


CASES = {
    "conv": lambda o: ([node("Conv", "x", "W", "b", pads=[1, 1, 1, 1])], CONV),
    "conv no bias": lambda o: ([node("Conv", "x", "W", strides=[2, 3])], KERNEL),
    "conv uneven": lambda o: ([node("Conv", "x", "W", "b", pads=[0, 1, 2, 1])], CONV),
    "conv dilated": lambda o: ([node("Conv", "x", "W", "b", dilations=[2, 1])], CONV),
    "conv groups": lambda o: ([node("Conv", "x", "W", group=3)], {"W": weights(6, 1, 3, 3)}),
    "conv same": lambda o: ([node("Conv", "x", "W", auto_pad="SAME_UPPER", strides=[2, 2])], KERNEL),
    "conv low": lambda o: ([node("Conv", "x", "W", auto_pad="SAME_LOWER", strides=[2, 2])], KERNEL),
    "conv valid": lambda o: ([node("Conv", "x", "W", auto_pad="VALID")], KERNEL),
    "conv, constant": lambda o: ([conv(), node("Add", "k", "c")], {**KERNEL, "k": weights(4, 1, 1)}),
    "relu": lambda o: ([node("Relu", "x")], {}),
    "leaky": lambda o: ([node("LeakyRelu", "x", alpha=0.2)], {}),
    "relu6": lambda o: ([node("Clip", "x", "lo", "hi")], {"lo": np.float32(0), "hi": np.float32(0.75)}),
    "clip at zero": lambda o: ([node("Clip", "x", "lo")], {"lo": np.float32(0)}),
    "clip at nothing": lambda o: ([node("Clip", "x", out="c"), node("Relu", "c")], {}),
    "residual": lambda o: ([node("Relu", "x", out="a"), node("Add", "x", "a")], {}),
    "difference": lambda o: ([node("Relu", "x", out="a"), node("Sub", "a", "x")], {}),
    "sum": lambda o: ([node("Relu", "x", out="a"), node("Sum", "x", "a", "x")], {}),
    "factor": lambda o: ([conv(), node("Mul", "c", "k")], {**KERNEL, "k": weights(1, 4, 1, 1)}),
    "factor alone": lambda o: ([node("Mul", "k", "x")], {"k": weights(3, 1, 1)}),
    "one factor": lambda o: ([node("Mul", "x", "k")], {"k": np.float32(-0.3)}),
    "divisor": lambda o: ([conv(), node("Div", "c", "k")], {**KERNEL, "k": 2 + np.abs(weights(4, 1, 1))}),
    "taken from": lambda o: ([conv(), node("Sub", "k", "c")], {**KERNEL, "k": weights(4, 1, 1)}),
    "negative": lambda o: ([conv(), node("Neg", "c")], KERNEL),
    "normalised": normalised,
    "bias read twice": lambda o: ([conv(), node("Add", "c", "k", out="a"), node("Add", "a", "c")],
                                  {**KERNEL, "k": weights(4, 1, 1)}),
    "last axis": lambda o: ([node("Add", "x", "k", out="a"), node("Relu", "a")], {"k": weights(8)}),
    "average": lambda o: ([node("AveragePool", "x", kernel_shape=[2, 3], strides=[2, 1])], {}),
    "average ceil": lambda o: ([node("AveragePool", "x", kernel_shape=[2, 2], strides=[2, 2],
                                     ceil_mode=1)], {}),
    "average padded": lambda o: ([node("AveragePool", "x", kernel_shape=[3, 3], pads=[1, 0, 1, 2],
                                       count_include_pad=1)], {}),
    "maximum": lambda o: ([node("MaxPool", "x", kernel_shape=[3, 3], strides=[2, 2],
                                pads=[1, 1, 1, 1])], {}),
    "maximum ceil": lambda o: ([node("Relu", "x", out="r"), node("MaxPool", "r", kernel_shape=[3, 3],
                                     strides=[2, 2], ceil_mode=1)], {}),
    "maximum same": lambda o: ([node("Relu", "x", out="r"), node("MaxPool", "r", kernel_shape=[3, 3],
                                     strides=[2, 2], auto_pad="SAME_UPPER")], {}),
    "global": lambda o: ([node("GlobalAveragePool", "x")], {}),
    "global, conv": lambda o: ([node("GlobalAveragePool", "x", out="g"), node("Conv", "g", "W")],
                               {"W": weights(5, 3, 1, 1)}),
    "global maximum": lambda o: ([node("GlobalMaxPool", "x")], {}),
    "mean": lambda o: reduced("ReduceMean", o, "x", [-1, 2], keepdims=0),
    "mean of rows": lambda o: reduced("ReduceMean", o, "x", [2]),
    "largest": lambda o: reduced("ReduceMax", o, "x", [2, 3], keepdims=0),
    "largest channel": lambda o: reduced("ReduceMax", o, "x", [1]),
    "sum of columns": lambda o: reduced("ReduceSum", o, "x", [3], since=13, keepdims=0),
    "flatten": lambda o: ([node("Flatten", "x")], {}),
    "reshape": lambda o: ([node("Reshape", "x", "s")], {"s": np.array([0, -1])}),
    "reshape, conv": lambda o: ([node("Reshape", "x", "s", out="r"), node("Conv", "r", "W")],
                                {"s": np.array([-1, 6, 8, 4]), "W": weights(2, 6, 3, 3)}),
    "gemm": lambda o: ([node("Flatten", "x", out="f"), node("Gemm", "f", "W", "b", transB=1,
                        alpha=0.5)], {"W": weights(5, 192), "b": weights(5)}),
    "gemm plain": lambda o: ([node("Flatten", "x", out="f"), node("Gemm", "f", "W", "b", beta=2.0)],
                             {"W": weights(192, 5), "b": weights(1)}),
    "matmul, bias": lambda o: ([node("Flatten", "x", out="f"), node("MatMul", "f", "W", out="m"),
                                node("Add", "b", "m")], {"W": weights(192, 5), "b": weights(5)}),
    "matmul of rows": lambda o: ([node("MatMul", "x", "W")], {"W": weights(8, 5)}),
    "norm": lambda o: ([node("BatchNormalization", "x", "g", "b", "m", "v", epsilon=1e-3)],
                       {"g": weights(3), "b": weights(3), "m": weights(3), "v": np.abs(weights(3))}),
    "pad": lambda o: ([node("Pad", "x", "p")], {"p": np.array([0, 1, 0, 2, 0, 1, 3, 0])}),
    "slice": lambda o: ([node("Slice", "x", "s", "e", "a", "t")],
                        {"s": np.array([0, -7]), "e": np.array([2**60, 7]), "a": np.array([2, -1]),
                         "t": np.array([2, 1])}),
    "split": lambda o: split(o, 3, [2, 1, 5]),
    "split evenly": lambda o: split(o, 2),
    "row": lambda o: ([node("Gather", "x", "i", axis=2)], {"i": np.array(-3)}),
    "rows": lambda o: ([node("Gather", "x", "i", axis=-1)], {"i": np.array([1, 4, 7])}),
    "concat": lambda o: ([node("Relu", "x", out="a"), node("Concat", "x", "a", axis=1)], {}),
    "concat of columns": lambda o: ([node("Relu", "x", out="a"), node("Concat", "x", "a", axis=-1)], {}),
    "identity": lambda o: ([node("Identity", "x", out="i"), node("Dropout", "i", out="d"),
                            node("Cast", "d", to=1, out="e"), node("Relu", "e")], {}),
    "squeeze": lambda o: both(([node("GlobalAveragePool", "x", out="g")], {}),
                              axes("Squeeze", o, "g", [2, 3])),
    "squeeze one": lambda o: both(([node("GlobalAveragePool", "x", out="g")], {}),
                                  axes("Squeeze", o, "g", [-1])),
    "unsqueeze": lambda o: both(axes("Unsqueeze", o, "x", [2], out="u"), ([node("Flatten", "u")], {})),
    "transpose": lambda o: ([node("Transpose", "x", perm=[0, 2, 3, 1])], {}),
    "there and back": lambda o: ([node("Transpose", "x", out="t", perm=[0, 2, 3, 1]),
                                  node("Relu", "t", out="r"),
                                  node("Transpose", "r", perm=[0, 3, 1, 2])], {}),
    "turned, added": lambda o: ([node("Transpose", "x", out="t", perm=[0, 1, 3, 2]),
                                 node("Add", "x", "t")], {}),
    "upsampled": lambda o: ([node("Resize", "x", "roi", "k", mode="nearest")],
                            {"roi": NONE, "k": np.array([1, 1, 2, 3], np.float32)}),
    "upsampled floor": lambda o: ([node("Resize", "x", "roi", "k", mode="nearest", nearest_mode="floor",
                                        coordinate_transformation_mode="asymmetric")],
                                  {"roi": NONE, "k": np.array([1, 1, 3, 2], np.float32)}),
    "sized": lambda o: ([node("Resize", "x", "roi", "none", "n", mode="nearest")],
                        {"roi": NONE, "none": NONE, "n": np.array([3, 3, 16, 24])}),
    "picked": lambda o: ([node("Resize", "x", "roi", "k", mode="nearest", nearest_mode="floor",
                               coordinate_transformation_mode="asymmetric")],
                         {"roi": NONE, "k": np.array([1, 1, 0.5, 0.25], np.float32)}),
    "spread": lambda o: ([node("ConvTranspose", "x", "W", "b", strides=[2, 2])], UP),
    "spread, cut": lambda o: ([node("ConvTranspose", "x", "W", strides=[2, 1], pads=[1, 1, 1, 1],
                                    output_padding=[1, 0])], {"W": UP["W"]}),
    "spread unevenly": lambda o: ([node("ConvTranspose", "x", "W", "b", strides=[2, 2],
                                        pads=[0, 1, 1, 2])], UP),
    "spread groups": lambda o: ([node("ConvTranspose", "x", "W", group=3, dilations=[2, 1])],
                                {"W": weights(3, 2, 3, 2)}),
    "spread same": lambda o: ([node("ConvTranspose", "x", "W", auto_pad="SAME_UPPER",
                                    strides=[2, 2])], {"W": UP["W"]}),
    "spread to": lambda o: ([node("ConvTranspose", "x", "W", output_shape=[16, 17],
                                  strides=[2, 2])], {"W": UP["W"]}),
    "spread, norm": lambda o: ([node("ConvTranspose", "x", "W", out="c"), node("Mul", "c", "k")],
                               {"W": UP["W"], "k": weights(4, 1, 1)}),
    "quantised weights": quantised,
    "exported flatten": exported_flatten,
    "shape arithmetic": shape_arithmetic,
    "shuffled": shuffled,
}  # fmt: skip
OTHER_SHAPES = {
    "point net": ((7, 3), point_net),
    "channels last": ((8, 8, 3), channels_last),
    "signal": ((3, 9), lambda o: (
        [node("Conv", "x", "W", "b", out="c", pads=[1, 2], strides=[2]), node("Relu", "c", out="r"),
         node("BatchNormalization", "r", "g", "b", "b", "g", out="n"),
         node("MaxPool", "n", out="p", kernel_shape=[2]), node("Flatten", "p")],
        {"W": weights(4, 3, 3), "b": weights(4), "g": np.abs(weights(4))})),
    "points first": ((3, 7), lambda o: (
        [node("Conv", "x", "W", out="c"), node("Relu", "c", out="r"),
         node("GlobalMaxPool", "r", out="m"), node("Flatten", "m")], {"W": weights(4, 3, 1)})),
    "signal spread": ((3, 5), lambda o: (
        [node("ConvTranspose", "x", "W", out="c", strides=[2], output_padding=[1]),
         node("AveragePool", "c", kernel_shape=[3], strides=[3])], {"W": weights(3, 2, 2)})),
    "signal resized": ((3, 5), lambda o: (
        [node("Resize", "x", "roi", "k", mode="nearest")], {"roi": NONE, "k": np.array([1, 1, 2], np.float32)})),
    "vectors": ((6,), lambda o: (
        [node("Gemm", "x", "W", "b", out="h", transB=1), node("Mul", "h", "k", out="k1"),
         node("Relu", "k1", out="r"), node("Add", "r", "b")],
        {"W": weights(4, 6), "b": weights(4), "k": weights(4)})),
    "norm of vectors": ((6,), lambda o: (
        [node("BatchNormalization", "x", "g", "g", "g", "g")], {"g": np.abs(weights(6))})),
    "norm of columns": ((4, 4), lambda o: (
        [node("Transpose", "x", out="t", perm=[0, 2, 1]),
         node("BatchNormalization", "t", "g", "g", "g", "g")], {"g": np.abs(weights(4))})),
}  # fmt: skip
ALL = {**{name: ((3, 8, 8), case) for name, case in CASES.items()}, **OTHER_SHAPES}
"""By name: shape of a sample, and the case."""
