"""The ANN in ONNX Runtime: float32, and int8 (u8 s8, QDQ, calibrated on eight images)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from peer_cases import Case


def model(case: Case) -> Any:
    """ReLU in place of neurons; weights brought to order one, as a trained network has them."""
    made, inits, top = [], [], case.nodes[-1]["name"]
    for node in case.nodes:
        name, kind, given = node["name"], node["kind"], list(node["inputs"])
        if name in case.params:
            weight = case.weight(name)
            fan = max(1, int(np.prod(weight.shape[1:])))
            weight = np.asarray(weight / (30 * np.sqrt(fan)), np.float32)
            inits.append(numpy_helper.from_array(weight, f"{name}.w"))
            given.append(f"{name}.w")
        op, extra = {
            "conv": ("Conv", {}), "linear": ("Gemm", {"transB": 1}), "act": ("Relu", {}),
            "pool": ("AveragePool", {"kernel_shape": [2, 2], "strides": [2, 2]}),
            "add": ("Add", {}), "scale": ("Mul", {}), "flatten": ("Flatten", {}),
            "sum": ("GlobalAveragePool", {}),
        }[kind]  # fmt: skip
        if kind == "conv":
            extra = {"strides": [node["stride"]] * 2, "pads": [node["padding"]] * 4}
        if kind == "sum":
            made.append(helper.make_node(op, given, [f"{name}.map"], **extra))
            made.append(helper.make_node("Flatten", [f"{name}.map"], [name]))
        else:
            made.append(helper.make_node(op, given, [name], **extra))
    shape = [None, 3, 32, 32]
    image = helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)
    out = helper.make_tensor_value_info(top, TensorProto.FLOAT, [None, 10])
    graph = helper.make_graph(made, "net", [image], [out], inits)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def session(path: str) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def runner(case: Case, quantised: bool) -> Callable[[], Any]:
    with tempfile.TemporaryDirectory() as folder:
        plain, small = str(Path(folder) / "f.onnx"), str(Path(folder) / "q.onnx")
        onnx.save(model(case), plain)
        if quantised:
            quantise(plain, small)
        opened = session(small if quantised else plain)
    given = {"input": case.x / 230}
    return lambda: opened.run(None, given)[0]


def quantise(plain: str, small: str) -> None:
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )  # fmt: skip

    class Images(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            rng = np.random.default_rng(0)
            self.left = [rng.random((1, 3, 32, 32)).astype(np.float32) for _ in range(8)]

        def get_next(self) -> Any:
            return {"input": self.left.pop()} if self.left else None

    quantize_static(
        plain, small, Images(), quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
    )  # fmt: skip


def ann(case: Case) -> Callable[[], Any]:
    return runner(case, False)


def ann_int8(case: Case) -> Callable[[], Any]:
    return runner(case, True)
