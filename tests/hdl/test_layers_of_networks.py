"""A bundle of one layer of a network holds the train that this layer sends in the network."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from fixedpoint import InputError, simulate
from fixedpoint.run import run_program
from fixedpoint.vectors.replay import read_bundle, read_tensor
from refsnn.convert import METHODS
from refsnn.convert.prepare import Calibration
from refsnn.jobs.vector_sets import write_lowered_layer
from refsnn.lower import lower
from refsnn.models import activation, mlp

NETWORKS = {
    "qcfs": (4, {"steps": 4}),
    "pascal": (4, {}),
    "snn-meets-ann": (7, {"steps": 3}),
    "snn-meets-ann dropped": (7, {"steps": 3, "drop": 1}),
}


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(5).integers(0, 17, (12, 1, 8, 8)) / 16


def network_of(levels):
    """Untrained, with weights and biases that make every layer fire."""
    graph = mlp((1, 8, 8), 10, activation("qcfs", levels), 0, width=12)
    params = {name: value * 4 for name, value in graph.params.items() if "lambda" not in name}
    for seed, name in enumerate(name for name in params if name.endswith("bias")):
        params[name] = np.random.default_rng(seed).integers(-6, 13, params[name].shape) / 16
    return type(graph)(graph.input_shape, graph.nodes, {**graph.params, **params})


def lowered(name, images):
    levels, settings = NETWORKS[name]
    graph = network_of(levels)
    method = METHODS[name.split()[0]](**settings)
    return lower(method.convert(graph, Calibration(images))[0], images, bits=8)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_is_the_one_in_the_network(name, images, tmp_path, require_iverilog):
    low = lowered(name, images)
    codes = low.codes(images[:5])
    network = run_program(low.program, codes)
    layers = [layer.name for layer in low.program.layers[:-1]]
    assert len(layers) >= 2
    for layer in layers:
        bundle = tmp_path / layer
        write_lowered_layer(bundle, low, layer, codes, 8, "synthetic")
        files, manifest = read_bundle(bundle)
        out = read_tensor(manifest, manifest.tensor("out"), files)
        assert_array_equal(out, network.layers[layer].spikes.transpose(1, 0, 2))
        assert out.any(), "a silent layer shows nothing"
        result = simulate(bundle)
        assert result.ok, result
        bits = manifest.get("layers", 0, "in_bits", kind=int)
        weighted = name.startswith("snn-meets-ann") and layer != layers[0]
        assert bits == (3 if weighted else 0)


def test_silent_frames_without_the_bias_are_refused(images, tmp_path):
    graph = network_of(4)
    snn = METHODS["error-compensation"](steps=4).convert(graph, Calibration(images))[0]
    low = lower(snn, images, bits=8)
    layer = next(entry for entry in low.program.layers if np.any(entry.bias))
    assert low.program.extra_frames
    with pytest.raises(InputError, match="the bias is absent from the silent frames"):
        write_lowered_layer(tmp_path / "b", low, layer.name, low.codes(images), 8, "synthetic")
