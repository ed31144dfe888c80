"""Imported networks become spiking ones: exact methods hold their claim on what was read."""

from __future__ import annotations

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx_cases import point_net  # noqa: E402
from onnx_models import batch_of, model, node, weights, written  # noqa: E402

from refsnn.calibration.levels import with_levels  # noqa: E402
from refsnn.convert import METHODS, Calibration, PascalConversion  # noqa: E402
from refsnn.engines import run, run_numba, run_stepped  # noqa: E402
from refsnn.errors import UnsupportedError  # noqa: E402
from refsnn.io.onnx import load_onnx  # noqa: E402


def decoder(opset=17):
    """(H, W, C) images through every operation that moves values, and back to their order."""
    nodes = [
        node("Transpose", "x", out="t", perm=[0, 3, 1, 2]), node("Conv", "t", "W", "b", out="c"),
        node("Relu", "c", out="r"), node("Resize", "r", "roi", "k", out="u"),
        node("ConvTranspose", "u", "V", out="d"), node("Relu", "d", out="s"),
        node("Reshape", "s", "g", out="h"), node("Transpose", "h", out="v", perm=[0, 2, 1, 3, 4]),
        node("Reshape", "v", "n", out="f"), node("Conv", "f", "U", out="e"), node("Relu", "e", out="q"),
        node("Transpose", "q", out="w", perm=[0, 2, 3, 1]), node("Flatten", "w", out="z"),
        node("Gemm", "z", "M", "a", transB=1),
    ]  # fmt: skip
    return nodes, {
        "W": weights(4, 3, 3, 3), "b": weights(4), "roi": np.zeros(0, np.float32),
        "k": np.array([1, 1, 2, 2], np.float32), "V": weights(4, 4, 3, 3) / 3,
        "g": np.array([0, 2, 2, 10, 10]), "n": np.array([0, 4, 10, 10]),
        "U": weights(3, 4, 3, 3) / 3, "M": weights(5, 192) / 8, "a": weights(5),
    }  # fmt: skip


NETS = {"decoder": (decoder, (6, 6, 3)), "points": (point_net, (7, 3))}


def quantised(folder, name):
    """A network of levels, and images in sixteenths."""
    made, shape = NETS[name]
    x = np.round(16 * np.abs(batch_of(shape, 8))) / 16
    graph = load_onnx(written(folder, model(*made(17), shape))).astype(np.float64)
    return with_levels(graph, x, 4), x


@pytest.mark.parametrize("name", NETS)
def test_pascal_is_exact_on_what_was_read(tmp_path, name):
    graph, x = quantised(tmp_path, name)
    snn, report = PascalConversion(snap=8).convert(graph, Calibration(x))
    assert report.claim.held is True
    assert report.evaluation.exactness.level == "E"
    layered = run(snn, x)
    assert sum(int(count.sum()) for count in layered.counts.values()) > 100
    np.testing.assert_array_equal(run_numba(snn, x).logits, layered.logits)


def test_rate_coding_runs_it_stepped_too(tmp_path):
    graph, x = quantised(tmp_path, "decoder")
    snn, _ = METHODS["qcfs"](steps=4).convert(graph, Calibration(x))
    layered = run(snn, x).logits
    # level R: BLAS may add in another order for another number of frames at a time
    atol = 1e-12 * np.abs(layered).max()
    np.testing.assert_allclose(run_stepped(snn, x).logits, layered, rtol=0, atol=atol)


def test_the_maximum_over_points_is_refused_where_it_is_not_exact(tmp_path):
    graph, x = quantised(tmp_path, "points")
    with pytest.raises(UnsupportedError, match="MaxPool2d"):
        METHODS["qcfs"](steps=4).convert(graph, Calibration(x))
