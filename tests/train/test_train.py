"""Training in NumPy: bits, gradients of whole graphs, schedules, optimisers, errors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from ops.gradcheck import agree, numeric

from refsnn.activations import QCFS, Clip, ReLU
from refsnn.ann import evaluate
from refsnn.errors import InputError
from refsnn.graph import INPUT, Node, initialise
from refsnn.models import mlp, small_cnn
from refsnn.ops import Add, AvgPool2d, BatchNorm, Concat, Conv2d, Flatten, GlobalAvgPool, Linear
from refsnn.ops.loss import softmax_cross_entropy
from refsnn.train import (
    LAMBDA_MIN,
    SGD,
    Adam,
    Training,
    check_labels,
    cosine,
    loss_and_gradients,
    shifted,
    train,
    trainable,
)


def task(seed=0, count=48):
    """Three classes, told apart by where an image is bright."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, count)
    x = rng.uniform(0, 0.4, (count, 1, 6, 6)).astype(np.float32)
    for image, label in zip(x, y, strict=True):
        image[0, 2 * label : 2 * label + 2] += 0.6
    return x, y


def qcfs_cnn(seed=0):
    return small_cnn((1, 8, 8), 3, QCFS(levels=4, lambda_init=2.0), seed, width=4)


def qcfs_mlp(seed=0):
    return mlp((1, 6, 6), 3, QCFS(levels=4, lambda_init=2.0), seed, width=12)


SETTINGS = Training(epochs=4, batch=16, rate=0.1)


@pytest.mark.parametrize("settings", [
    SETTINGS, Training(epochs=2, batch=7, optimiser="adam", rate=1e-3, shift=1, label_smoothing=0.1)
])  # fmt: skip
def test_two_runs_are_equal_bit_for_bit(settings):
    x, y = task()
    one, two = (train(qcfs_mlp(), x, y, settings) for _ in range(2))
    assert one.history == two.history
    assert all(one.graph.params[k].tobytes() == v.tobytes() for k, v in two.graph.params.items())


def test_another_seed_is_another_run():
    x, y = task()
    one = train(qcfs_mlp(), x, y, SETTINGS)
    two = train(qcfs_mlp(), x, y, Training(epochs=4, batch=16, rate=0.1, seed=1))
    assert one.graph.params["fc0.weight"].tobytes() != two.graph.params["fc0.weight"].tobytes()


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_the_loss_falls_and_the_task_is_learnt(optimiser):
    x, y = task()
    settings = Training(
        epochs=12, batch=16, optimiser=optimiser, rate={"sgd": 0.1, "adam": 0.01}[optimiser]
    )
    seen = []
    trained = train(qcfs_mlp(), x, y, settings, progress=seen.append)
    losses = [epoch.loss for epoch in trained.history]
    assert losses[-1] < losses[0] / 2
    assert trained.train_accuracy > 0.9
    assert tuple(seen) == trained.history
    assert [epoch.number for epoch in seen] == list(range(1, 13))


def test_a_convolutional_network_with_batch_norm_trains():
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0, 1, (32, 1, 8, 8)).astype(np.float32), np.arange(32) % 3
    x += (y / 3).reshape(-1, 1, 1, 1).astype(np.float32)
    trained = train(qcfs_cnn(), x, y, Training(epochs=6, batch=16, rate=0.05))
    assert trained.history[-1].loss < trained.history[0].loss
    assert (trained.graph.params["bn0.running_mean"] != 0).any()
    assert {v.dtype for v in trained.graph.params.values()} == {np.dtype(np.float32)}


def test_arguments_are_only_read():
    x, y = task()
    x.flags.writeable = y.flags.writeable = False
    graph = qcfs_mlp()
    before = {k: v.tobytes() for k, v in graph.params.items()}
    train(graph, x, y, Training(epochs=1, batch=16, shift=1))
    assert {k: v.tobytes() for k, v in graph.params.items()} == before


# gradients


def smooth_graph():
    """Every kind of joint: a residual add, a concatenation, a value that is read three times."""
    nodes = (
        Node("conv", Conv2d(2, 3, padding=1), (INPUT,)),
        Node("bn", BatchNorm(), ("conv",)),
        Node("relu", ReLU(), ("bn",)),
        Node("conv2", Conv2d(2, 3, padding=1, bias=False), ("relu",)),
        Node("add", Add(), ("conv2", "relu")),
        Node("cat", Concat(), ("add", "relu")),
        Node("clip", Clip(lambda_init=0.8), ("cat",)),
        Node("pool", AvgPool2d(2), ("clip",)),
        Node("mean", GlobalAvgPool(), ("clip",)),
        Node("flat", Flatten(), ("pool",)),
        Node("join", Concat(), ("flat", "mean")),
        Node("fc", Linear(3), ("join",)),
    )
    return initialise((1, 4, 4), nodes, 3).astype(np.float64)


def test_gradient_of_a_whole_graph():
    graph = smooth_graph()
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((4, 1, 4, 4)), np.array([0, 2, 1, 2])
    _, gradients, _ = loss_and_gradients(graph, x, y, label_smoothing=0.1)
    assert set(gradients) == set(trainable(graph))
    for name, gradient in gradients.items():

        def loss(value, name=name):
            moved = graph.with_params({name: value})
            return loss_and_gradients(moved, x, y, label_smoothing=0.1)[0]

        agree(np.asarray(gradient), numeric(loss, graph.params[name]), 1e-6)


def test_a_wrong_gradient_is_seen():
    graph = smooth_graph()
    x, y = np.random.default_rng(0).standard_normal((4, 1, 4, 4)), np.array([0, 2, 1, 2])
    _, gradients, _ = loss_and_gradients(graph, x, y)

    def loss(value):
        return loss_and_gradients(graph.with_params({"conv.weight": value}), x, y)[0]

    slopes = numeric(loss, graph.params["conv.weight"])
    agree(gradients["conv.weight"], slopes, 1e-6)
    with pytest.raises(AssertionError):
        agree(gradients["conv.weight"] * 1.001, slopes, 1e-6)


def test_loss_of_an_evaluation_is_that_of_the_graph():
    """Without batch norm training and evaluation are the same function."""
    graph = mlp((1, 4, 4), 3, ReLU(), 0, width=5).astype(np.float64)
    x, y = np.random.default_rng(0).standard_normal((6, 1, 4, 4)), np.arange(6) % 3
    loss, _, updates = loss_and_gradients(graph, x, y)
    assert loss == softmax_cross_entropy(evaluate(graph, x)["fc2"], y)[0]
    assert updates == {}


# optimisers and schedule


def test_cosine_starts_and_ends():
    assert cosine(0.1, 0.0) == 0.1
    assert cosine(0.1, 0.5) == pytest.approx(0.05, rel=1e-15)
    assert cosine(0.1, 1.0) == 0.0
    rates = [cosine(0.1, t / 10) for t in range(11)]
    assert rates == sorted(rates, reverse=True)


def test_rates_of_a_run_follow_the_cosine():
    x, y = task()
    history = train(qcfs_mlp(), x, y, Training(epochs=3, batch=24, rate=0.2)).history
    wanted = [cosine(0.2, (epoch + 0.5) / 3) for epoch in range(3)]
    assert [epoch.rate for epoch in history] == wanted


def test_adam_against_two_steps_by_hand():
    adam, p = Adam(weight_decay=0.01), {"w": np.array(2.0)}
    state = adam.start(p)
    m = v = 0.0
    w = 2.0
    for step, g in enumerate((0.5, -0.25), start=1):
        state, new = adam.step(state, p, {"w": np.array(g)}, 0.1)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        root = math.sqrt(v / (1 - 0.999**step)) + 1e-8
        w = w - 0.1 * (m / (1 - 0.9**step) / root + 0.01 * w)
        assert new["w"] == pytest.approx(w, rel=1e-12)
        p = new
    assert state[0] == 2


def test_sgd_against_two_steps_by_hand():
    sgd, p = SGD(momentum=0.5, weight_decay=0.25), {"w": np.array(2.0), "frozen": np.array(1.0)}
    state = sgd.start(p)
    state, new = sgd.step(state, p, {"w": np.array(1.0)}, 0.5)
    assert new == {"w": 2.0 - 0.5 * (1.0 + 0.25 * 2.0)}  # velocity 1.5, weight 1.25
    state, new = sgd.step(state, {**p, **new}, {"w": np.array(-1.0)}, 0.5)
    assert new == {"w": 1.25 - 0.5 * (0.5 * 1.5 - 1.0 + 0.25 * 1.25)}


def test_optimisers_only_read_their_arguments():
    for rule in (SGD(), Adam()):
        p, g = {"w": np.ones(2)}, {"w": np.ones(2)}
        state = rule.start(p)
        p["w"].flags.writeable = g["w"].flags.writeable = False
        rule.step(state, p, g, 0.1)
        again = rule.start(p)
        one, two = rule.step(state, p, g, 0.1)[1], rule.step(again, p, g, 0.1)[1]
        assert one["w"].tobytes() == two["w"].tobytes()


def test_thresholds_are_kept_positive():
    """A rate that would push lambda below zero in one step."""
    x, y = task()
    graph = qcfs_mlp().with_params({"act0.lambda": np.float32(2e-3)})
    trained = train(graph, x, y, Training(epochs=2, batch=16, rate=1.0))
    assert trained.graph.params["act0.lambda"] >= np.float32(LAMBDA_MIN)


def test_shifts_move_whole_images():
    x = np.arange(1.0, 19.0).reshape(2, 1, 3, 3)
    rng = np.random.default_rng(0)
    assert shifted(x, 0, rng) is x
    seen = set()
    for _ in range(200):
        moved = shifted(x, 1, rng)
        for before, after in zip(x, moved, strict=True):
            offsets = [
                (dy, dx)
                for dy in (-1, 0, 1)
                for dx in (-1, 0, 1)
                if np.array_equal(after[0], pushed(before[0], dy, dx))
            ]
            assert len(offsets) == 1
            seen |= set(offsets)
    assert len(seen) == 9


def pushed(image, dy, dx):
    out = np.zeros_like(image)
    for row in range(3):
        for column in range(3):
            if 0 <= row + dy < 3 and 0 <= column + dx < 3:
                out[row, column] = image[row + dy, column + dx]
    return out


# errors


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([0, 1], r"labels do not fit: expected 3 integers, got int64 \(2,\)"),
        ([[0], [1], [2]], r"labels do not fit"),
        ([0.0, 1.0, 2.0], r"labels do not fit: .* float64"),
        ([0, 1, 3], r"label out of range: expected 0\.\.2, got 3"),
        ([0, -1, 2], r"label out of range: expected 0\.\.2, got -1"),
    ],
)
def test_labels(y, message):
    with pytest.raises(InputError, match=message):
        check_labels(np.array(y), 3, 3)


def test_good_labels_become_int64():
    assert check_labels(np.array([0, 2], np.uint8), 2, 3).dtype == np.int64


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs: too small: expected >= 1, got 0"),
        ({"batch": 0}, "batch: too small"),
        ({"rate": 0.0}, "rate: learning rate: expected > 0"),
        ({"rate": float("nan")}, "rate: learning rate"),
        ({"optimiser": "adamw"}, "optimiser: unknown choice: expected sgd or adam, got 'adamw'"),
        ({"shift": -1}, "shift"),
        ({"weight_decay": -1.0}, "weight_decay"),
        ({"label_smoothing": 1.5}, "label_smoothing"),
    ],
)
def test_settings_that_cannot_be_used(settings, message):
    with pytest.raises(InputError, match=message):
        Training(**settings)


def test_data_that_do_not_fit():
    x, y = task()
    with pytest.raises(InputError, match="input data: shape does not fit"):
        train(qcfs_mlp(), x[:, :, :3], y)
    with pytest.raises(InputError, match="no samples"):
        train(qcfs_mlp(), x[:0], y[:0])


def test_shift_needs_images():
    nodes = (Node("fc", Linear(3), (INPUT,)),)
    with pytest.raises(InputError, match="shift"):
        train(initialise((4,), nodes, 0), np.zeros((6, 4)), np.arange(6) % 3, Training(shift=1))


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_divergence_is_an_error(optimiser):
    """One sentence with the epoch, no warnings, whatever went to infinity first."""
    x, y = task()
    graph = mlp((1, 6, 6), 3, ReLU(), 0, width=8)
    with pytest.raises(InputError, match=r"epoch \d+: training diverged; lower the rate"):
        train(graph, x, y, Training(epochs=4, batch=16, rate=1e30, optimiser=optimiser))


def test_single_samples_can_be_a_batch():
    x, y = task(count=5)
    trained = train(qcfs_mlp(), x, y, Training(epochs=1, batch=1))
    assert np.isfinite(trained.history[0].loss)


def test_a_left_over_sample_is_not_a_batch():
    """Batch statistics of one sample are none: 5 samples by 2 are two batches."""
    x, y = task(count=5)
    nodes = (
        Node("flat", Flatten(), (INPUT,)),
        Node("bn", BatchNorm(), ("flat",)),
        Node("fc", Linear(3), ("bn",)),
    )
    trained = train(initialise((1, 6, 6), nodes, 0), x, y, Training(epochs=1, batch=2))
    assert np.isfinite(trained.history[0].loss)
