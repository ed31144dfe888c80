"""Beyond classification: a segmentation head, a point-cloud classifier, frames of events.

All trained here, on shapes drawn here; what does not spike is listed in the report.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from refsnn.activations import ReLU
from refsnn.ann import logits
from refsnn.convert import AdaptiveCalibration, Calibration
from refsnn.engines import run, run_frames, run_stepped
from refsnn.graph import INPUT, Node, initialise
from refsnn.neurons import AdaFire
from refsnn.ops import (
    BatchNorm,
    Concat,
    Conv2d,
    ConvTranspose2d,
    Flatten,
    Linear,
    MaxPool2d,
    Upsample,
)
from refsnn.ops.loss import softmax_cross_entropy
from refsnn.train import Adam, Training, train
from refsnn.train.gradients import backward


def squares(count, seed):
    """Images (B, 1, 8, 8) of a bright square on noise, and the square's pixels (B, 8, 8)."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 4, (count, 1, 8, 8)) / 16, np.zeros((count, 8, 8), np.int64)
    for image, mask in zip(x, y, strict=True):
        top, left, size = *rng.integers(0, 5, 2), rng.integers(2, 5)
        place = (slice(top, top + size), slice(left, left + size))
        image[(0, *place)] += 0.75
        mask[place] = 1
    return x, y


def segmenter():
    """Encoder, a nearest and a transposed upsampling joined, a head of two classes a pixel."""
    nodes = (
        Node("conv0", Conv2d(6, 3, padding=1), (INPUT,)),
        Node("act0", ReLU(), ("conv0",)),
        Node("down", Conv2d(8, 2, stride=2), ("act0",)),
        Node("act1", ReLU(), ("down",)),
        Node("near", Upsample(2), ("act1",)),
        Node("up", ConvTranspose2d(6, 2, stride=2), ("act1",)),
        Node("act2", ReLU(), ("up",)),
        Node("join", Concat(), ("near", "act2", "act0")),
        Node("head", Conv2d(2, 1), ("join",)),
    )
    return initialise((1, 8, 8), nodes, 0)


def pixel_trained(graph, x, y, steps=60):
    """Adam on the cross-entropy of every pixel."""
    rule, params = Adam(), dict(graph.params)
    state = rule.start(params)
    for _ in range(steps):
        graph = graph.with_params(params)
        values, saved = {INPUT: x}, {}
        for node in graph.nodes:
            inputs = (values[name] for name in node.inputs)
            values[node.name], saved[node.name] = node.op.forward(graph.of(node.name), *inputs)
        out = values[graph.output]
        flat = np.moveaxis(out, 1, -1).reshape(-1, out.shape[1])
        _, grad = softmax_cross_entropy(flat, y.ravel())
        grad = np.moveaxis(grad.reshape(len(x), *out.shape[2:], out.shape[1]), -1, 1)
        state, new = rule.step(state, params, backward(graph, saved, grad), 0.02)
        params = {**params, **new}
    return graph.with_params(params)


@pytest.fixture(scope="module")
def segmentation():
    x, y = squares(64, 0)
    graph = pixel_trained(segmenter().astype(np.float64), x, y)
    method = AdaptiveCalibration(steps=8, phi=4, phi_initial=4, images=16)
    unseen = squares(32, 1)
    return graph, *method.convert(graph, Calibration(x, y)), unseen


def test_a_segmentation_head(segmentation):
    graph, snn, report, (x, y) = segmentation
    assert report.claim.held
    assert report.skipped == ()
    assert snn.analog == ()
    ann, spiking = (
        np.mean(np.argmax(out, 1) == y) for out in (logits(graph, x), run(snn, x).logits)
    )
    assert ann > 0.97
    assert spiking > ann - 0.02
    assert report.evaluation.snn_accuracy > 0.95  # of pixels
    assert report.evaluation.cost.snn_accumulates > 0


def clouds(count, seed, points=24):
    """Points (B, 3, N, 1) on a ball's surface, in a cube's corners, on a line."""
    rng = np.random.default_rng(seed)
    kind = np.arange(count) % 3
    x = rng.standard_normal((count, 3, points))
    ball = x / np.linalg.norm(x, axis=1, keepdims=True)
    corners = np.sign(x) * 0.6 + 0.05 * x
    line = rng.uniform(-1, 1, (count, 1, points)) * ball[:, :, :1] + 0.05 * x
    return np.stack([ball, corners, line])[kind, np.arange(count)][..., None], kind


def point_net(points=24):
    """Shared MLP (1 x 1 convolutions and batch norm), maximum over points, linear layers."""
    nodes = []
    source = INPUT
    for i, width in enumerate((12, 16)):
        nodes += [
            Node(f"mlp{i}", Conv2d(width, 1, bias=False), (source,)),
            Node(f"bn{i}", BatchNorm(), (f"mlp{i}",)),
            Node(f"act{i}", ReLU(), (f"bn{i}",)),
        ]
        source = f"act{i}"
    nodes += [
        Node("max", MaxPool2d((points, 1)), (source,)),
        Node("flat", Flatten(), ("max",)),
        Node("fc0", Linear(12), ("flat",)),
        Node("act2", ReLU(), ("fc0",)),
        Node("fc1", Linear(3), ("act2",)),
    ]
    return initialise((3, points, 1), nodes, 0)


def test_a_point_cloud_classifier():
    x, y = clouds(150, 0)
    settings = Training(epochs=30, batch=30, rate=0.01, optimiser="adam")
    graph = train(point_net(), x.astype(np.float32), y, settings).graph
    method = AdaptiveCalibration(steps=16, phi=4, search=False, rounding="nearest")
    snn, report = method.convert(graph, Calibration(x, y))
    assert report.claim.held
    assert snn.analog == ()
    assert not any(isinstance(node.op, MaxPool2d) for node in snn.graph.nodes)
    rounds = [name for name in snn.neurons if name.startswith("max.")]
    assert len(rounds) == 5  # 24 points: 12, 6, 3, 2, 1
    unseen, labels = clouds(90, 1)
    ann, spiking = (
        np.mean(np.argmax(out, 1) == labels)
        for out in (logits(snn.ann, unseen), run(snn, unseen).logits)
    )
    assert ann > 0.9
    assert spiking > ann - 0.1


def events(steps, count, seed):
    """Frames that differ: 0, 1 or 2 events at each place."""
    return np.random.default_rng(seed).integers(0, 3, (steps, count, 2, 4, 4)).astype(float)


def event_network(steps=8):
    nodes = (
        Node("conv", Conv2d(3, 3, padding=1), (INPUT,)),
        Node("act0", ReLU(), ("conv",)),
        Node("flat", Flatten(), ("act0",)),
        Node("fc0", Linear(6), ("flat",)),
        Node("act1", ReLU(), ("fc0",)),
        Node("fc1", Linear(3), ("act1",)),
    )
    graph = initialise((2, 4, 4), nodes, 1)
    data = Calibration(events(steps, 16, 0).mean(0))
    return AdaptiveCalibration(steps=steps, phi=4, search=False, snap=6).convert(graph, data)[0]


def test_frames_of_events():
    """T frames that differ over time: the recursion holds, constant frames are the image run."""
    snn, frames = event_network(), events(8, 5, 2)
    done = run_frames(snn, frames, record=None)
    from refsnn.calibration.claims import off_recursion

    for name, neuron in snn.neurons.items():
        assert isinstance(neuron, AdaFire)
        assert not off_recursion(neuron, done.traces[name], 0.0).any()
    same = np.broadcast_to(frames[0], frames.shape)
    assert_array_equal(run_frames(snn, same).logits, run_stepped(snn, frames[0]).logits)
    mean = run(snn, frames.mean(0))
    assert (done.logits != mean.logits).any()  # order matters: unevenness
    gap = np.abs(done.logits - logits(snn.ann, frames.mean(0))).max()
    spread = np.abs(logits(snn.ann, frames.mean(0))).max()
    assert gap < spread
