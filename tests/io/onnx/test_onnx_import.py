"""What the graph of a file is made of, and trained networks of others."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx_cases import ALL  # noqa: E402
from onnx_models import model, node, same_logits, weights, written  # noqa: E402

from refsnn.ann import logits  # noqa: E402
from refsnn.io.onnx import load_onnx  # noqa: E402

DATA = os.environ.get("REFSNN_DATA")
MADE = {
    "conv": "Conv2d",
    "conv uneven": "Pad Conv2d",
    "conv, constant": "Conv2d",
    "factor": "Conv2d",
    "divisor": "Conv2d",
    "factor alone": "Scale",
    "taken from": "Conv2d",
    "bias read twice": "Conv2d Conv2d Add",
    "normalised": "Conv2d Conv2d",
    "relu6": "Clip",
    "reshape": "Flatten",
    "reshape, conv": "Reshape Conv2d",
    "squeeze": "GlobalAvgPool",
    "there and back": "ReLU",
    "transpose": "Transpose",
    "channels last": "Transpose Conv2d ReLU Flatten Linear",
    "point net": "Transpose Reshape Conv2d ReLU MaxPool2d Flatten Linear",
    "points first": "Reshape Conv2d ReLU MaxPool2d Flatten",
    "matmul, bias": "Flatten Linear",
    "quantised weights": "Conv2d",
    "spread, norm": "ConvTranspose2d",
    "upsampled": "Upsample",
    "picked": "Slice",
    "exported flatten": "Flatten",
    "shuffled": "Conv2d Reshape Transpose Reshape Conv2d",
}


@pytest.mark.parametrize("name", MADE)
def test_nothing_is_made_that_is_not_needed(tmp_path, name):
    shape, case = ALL[name]
    graph = load_onnx(written(tmp_path, model(*case(17), shape)))
    assert " ".join(type(node.op).__name__ for node in graph.nodes) == MADE[name]


def test_weights_keep_their_type(tmp_path):
    for kind in (np.float16, np.float32, np.float64):
        constants = {"W": weights(4, 3, 3, 3).astype(kind), "k": weights(4, 1, 1).astype(kind)}
        nodes = [node("Conv", "x", "W", out="c"), node("Mul", "c", "k")]
        graph = load_onnx(written(tmp_path, model(nodes, constants)))
        assert {value.dtype for value in graph.params.values()} == {np.dtype(kind)}
    plain = load_onnx(written(tmp_path, model([node("Conv", "x", "W")], constants)))
    np.testing.assert_array_equal(plain.params["Conv_y.weight"], constants["W"])


def test_a_summand_is_kept_to_the_bit(tmp_path):
    nodes, constants = ALL["conv, constant"][1](17)
    graph = load_onnx(written(tmp_path, model(nodes, constants)))
    np.testing.assert_array_equal(graph.params["Conv_c.weight"], constants["W"])
    np.testing.assert_array_equal(graph.params["Conv_c.bias"], constants["k"].ravel())


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
        same_logits(got, expected)
        assert (got.argmax(1) == expected.argmax(1)).all()
        predictions.append(got.argmax(1))
    assert (predictions[0] == predictions[1]).all()
    assert round(100 * float(np.mean(predictions[0] == test.y)), 2) == 91.08
