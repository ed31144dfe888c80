"""Small ONNX files for tests, and what the runtime of ONNX makes of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from refsnn.ann import logits
from refsnn.io.onnx import load_onnx

NEWEST = 26
"""Newest operator set that the runtime here takes."""
FLOAT = onnx.TensorProto.FLOAT
SINGLE = 16 * float(np.finfo(np.float32).eps)
"""Of the largest logit (2e-6): what the runtime owes to float32 and to its own order of sums.

The most that was met in 4000 drawn networks is 6e-7 in float32, and 10e-7 of ours in float64.
"""


def tensor(name, value):
    return onnx.numpy_helper.from_array(np.asarray(value), name)


def weights(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(np.float32)


def node(kind, *inputs, out="y", **attributes):
    return helper.make_node(kind, list(inputs), [out], name=f"{kind}_{out}", **attributes)


def model(nodes, constants, shape=(3, 8, 8), opset=17, out="y", batch="N"):
    image = helper.make_tensor_value_info("x", FLOAT, [batch, *shape])
    result = helper.make_tensor_value_info(out, FLOAT, None)
    initial = [tensor(name, value) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "net", [image], [result], initial)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    made.ir_version = min(made.ir_version, 10)
    return made


def written(folder, net):
    path = Path(folder) / "net.onnx"
    path.write_bytes(net.SerializeToString())
    return path


def reduced(kind, opset, source, axes, out="y", since=18, **attributes):
    """A reduction whose axes moved from attribute to input; nodes and constants."""
    if opset < since:
        return [node(kind, source, out=out, axes=axes, **attributes)], {}
    key = f"{out}_axes"
    return [node(kind, source, key, out=out, **attributes)], {key: np.array(axes, np.int64)}


def by_runtime(net, x):
    """Judge: onnxruntime; where it is too old for a file, ONNX's own evaluator."""
    if net.opset_import[0].version > NEWEST:
        from onnx.reference import ReferenceEvaluator

        return ReferenceEvaluator(net).run(None, {"x": x})[0]
    onnxruntime = pytest.importorskip("onnxruntime")
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 4
    settings.intra_op_num_threads = 1
    providers = ["CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(net.SerializeToString(), settings, providers=providers)
    return session.run(None, {"x": x})[0]


def batch_of(shape, count=3, seed=1):
    return np.random.default_rng([seed, *shape]).standard_normal((count, *shape)).astype(np.float32)


def same_logits(got, expected):
    """Equal but for `SINGLE`, and the same predictions where the two largest are further apart."""
    got, expected = (np.reshape(scores, (len(scores), -1)) for scores in (got, expected))
    assert got.shape == expected.shape
    most = SINGLE * max(1.0, float(np.abs(expected).max()))
    assert np.abs(got - expected).max() <= most
    top = np.sort(expected, axis=1)
    clear = top[:, -1] - top[:, -2:][:, 0] > 2 * most
    assert (got.argmax(1) == expected.argmax(1))[clear].all()


def same_function(folder, net, shape=(3, 8, 8)):
    """Hold what is read, in float32, against the runtime."""
    x = batch_of(shape)
    got = logits(load_onnx(written(folder, net)), x)
    assert got.dtype == np.float32
    same_logits(got, by_runtime(net, x))
