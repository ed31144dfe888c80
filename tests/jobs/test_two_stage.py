"""Two-stage training: what it keeps, what it changes, what it tells."""

from __future__ import annotations

import json

import numpy as np
import pytest
from laws.dyadic_networks import Shape, graph_of
from numpy.testing import assert_array_equal

from refsnn.activations import ReLU
from refsnn.analysis import LevelPolicy
from refsnn.ann import evaluate, references
from refsnn.convert import Calibration, PascalConversion
from refsnn.datasets import digits
from refsnn.errors import InputError, UnsupportedError
from refsnn.io import load_model, save_model
from refsnn.jobs.adaptive_job import run_adaptive, stage
from refsnn.jobs.training import TrainJob, prepare
from refsnn.jobs.two_stage import (
    AdaptivePlan,
    measure,
    plan_of,
    require_levels,
    train_two_stages,
    with_levels,
)
from refsnn.models import mlp
from refsnn.train import Training, train

SETTINGS = {"epochs": 3, "rate": 0.05}


@pytest.fixture(scope="module")
def done():
    """The residual network, three epochs on 300 images."""
    job = prepare(TrainJob(data="digits:train[:300]", levels=4, settings=SETTINGS))
    x, y = job.training.prepared(), job.training.y
    plan = AdaptivePlan()
    return job, x, y, plan, train_two_stages(job.graph, x, y, job.settings, plan)


def test_the_first_stage_is_ordinary_training(done):
    job, x, y, plan, two = done
    first, second = plan.stages(job.settings)
    assert (first.epochs, second.epochs) == (2, 1)
    alone = train(job.graph, x, y, first)
    assert {k: v.tobytes() for k, v in alone.graph.params.items()} == {
        k: v.tobytes() for k, v in two.uniform.graph.params.items()
    }


def test_levels_come_from_the_metric_of_the_training_data(done):
    _, x, _, plan, two = done
    measured = measure(two.uniform.graph, x[: plan.images], plan)
    for name, layer in measured.items():
        assert_array_equal(layer.histogram, two.measured[name].histogram)
    metrics = {name: layer.metric for name, layer in measured.items()}
    assert two.levels == LevelPolicy().choose(metrics, 4)
    assert two.levels["act0"] == two.levels["act4"] == 4
    assert sorted(two.levels[f"act{i}"] for i in (1, 2, 3)) == [1, 2, 4]


def test_weights_and_lambda_are_kept(done):
    *_, two = done
    assert require_levels(two.adapted) == two.levels == require_levels(two.final.graph)
    for name, value in two.uniform.graph.params.items():
        assert two.adapted.params[name].tobytes() == value.tobytes()
    moved = [k for k, v in two.final.graph.params.items() if (v != two.adapted.params[k]).any()]
    assert {"conv1.weight", "act2.lambda"} < set(moved)


def test_the_second_stage_is_training_of_the_adapted_network(done):
    job, x, y, plan, two = done
    again = train(two.adapted, x, y, plan.stages(job.settings)[1])
    assert (
        again.graph.params["fc1.weight"].tobytes() == two.final.graph.params["fc1.weight"].tobytes()
    )


def test_what_came_out_converts_exactly(done):
    *_, two = done
    x = digits().test[:40].prepared(dtype=np.float64)
    snn, report = PascalConversion(snap=10).convert(two.final.graph, Calibration(x))
    assert report.claim.held
    assert {name: snn.frames[name] for name in two.levels} == two.levels


@pytest.fixture(scope="module")
def model():
    plan = plan_of({"choices": [1, 2], "ends": 8, "share": 0.5})
    return run_adaptive(prepare(TrainJob(net="cnn", settings={"epochs": 2})), plan)


def test_the_notes_tell_it_all(model, tmp_path):
    save_model(tmp_path / "m.npz", model)
    notes = json.loads(json.dumps(load_model(tmp_path / "m.npz").notes, allow_nan=False))[
        "adaptive"
    ]
    assert "this project's own" in notes["policy"]
    assert notes["plan"]["policy"]["choices"] == [1, 2]
    assert [row["levels_before"] for row in notes["layers"]] == [4] * 5
    after = [row["levels_after"] for row in notes["layers"]]
    assert after[0] == after[4] == 8
    assert set(after[1:4]) <= {1, 2}
    assert require_levels(model.graph) == {f"act{i}": n for i, n in enumerate(after)}
    assert notes["uniform"]["mean_level"] == 4
    assert notes["adapted"]["mean_level"] == notes["final"]["mean_level"] == np.mean(after)
    assert notes["final"]["test_accuracy"] == model.notes["test_accuracy"]
    assert notes["final"]["effective_steps"] > notes["final"]["mean_level"]


def test_a_stage_counts_spikes(model):
    """By hand from the levels, and from the spiking network."""
    test = digits().test
    found = stage(model.graph, test)
    x = test.prepared(model.preprocessing, np.float32)
    levels = references(model.graph, evaluate(model.graph, x))
    assert found["spikes"] == sum(int(r.level.sum()) for r in levels.values()) / len(x)
    _, report = PascalConversion().convert(model.graph, Calibration(x[:50], test.y[:50]))
    some = stage(model.graph, test[:50])
    assert report.evaluation.cost.spikes == pytest.approx(some["spikes"], rel=1e-3)


def test_without_a_test_split_nothing_is_measured(done):
    *_, two = done
    assert stage(two.final.graph, None)["test_accuracy"] is None


@pytest.mark.parametrize("epochs", range(2, 12))
@pytest.mark.parametrize("share", [0.01, 2 / 3, 0.99])
def test_both_stages_have_an_epoch(epochs, share):
    first, second = AdaptivePlan(share=share, rate=0.5).stages(Training(epochs=epochs, seed=3))
    assert first.epochs + second.epochs == epochs
    assert min(first.epochs, second.epochs) >= 1
    assert (second.rate, second.seed, first.seed) == (0.5, 4, 3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"shares": 0.5}, "unknown setting 'shares'; did you mean 'share'"),
        ({"policy": 1}, "unknown setting 'policy'"),
        ({"choices": 4}, "choices: not a list"),
        ({"cuts": [1]}, "cuts: wrong number"),
        ({"share": 1}, "share: cannot be used"),
        ({"share": "a"}, "share: cannot be used"),
        ({"rate": 0}, "rate: cannot be used"),
        ({"images": 0}, "images"),
        ({"bins": 3}, "bins"),
        ({"bimodality": "ratio"}, "bimodality: unknown choice"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(InputError, match=message):
        plan_of(settings)


def test_bad_networks():
    with pytest.raises(UnsupportedError, match="act0: only QCFS activations have levels"):
        require_levels(mlp((1, 4, 4), 3, ReLU(), seed=0, width=4))
    with pytest.raises(InputError, match="actt1: unknown activation; did you mean 'act1'"):
        with_levels(graph_of(Shape((4,)), 0), {"actt1": 2})
    with pytest.raises(InputError, match="epochs: two stages need two"):
        AdaptivePlan().stages(Training(epochs=1))
