"""A training job in two stages, and what it tells of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np

from refsnn.analysis.effective_steps import effective_steps_of
from refsnn.ann import BATCH, blocks, correct, evaluate, references
from refsnn.datasets import Split
from refsnn.graph import Graph
from refsnn.io import Model
from refsnn.jobs.training import Prepared
from refsnn.jobs.two_stage import AdaptivePlan, TwoStage, require_levels, train_two_stages
from refsnn.train import Epoch


def run_adaptive(
    prepared: Prepared, plan: AdaptivePlan, step: Callable[[Epoch], None] | None = None
) -> Model:
    """Train a prepared job in two stages; the model's notes tell of both."""
    training = prepared.training
    assert training.y is not None
    done = train_two_stages(
        prepared.graph, training.prepared(), training.y, prepared.settings, plan, step
    )
    final = stage(done.final.graph, prepared.test)
    notes = {
        "job": asdict(prepared.job),
        "train_accuracy": done.final.train_accuracy,
        "test_accuracy": final["test_accuracy"],
        "data": training.name,
        "adaptive": {
            "plan": asdict(plan),
            "policy": "this project's own: the paper's choice of L from the metric is not known",
            "layers": layers(done),
            "uniform": stage(done.uniform.graph, prepared.test),
            "adapted": stage(done.adapted, prepared.test),
            "final": final,
        },
    }
    return Model(done.final.graph, training.preprocessing, notes)


def layers(done: TwoStage) -> list[dict[str, Any]]:
    """One row per activation: its metric, and its levels before and after."""
    before = require_levels(done.uniform.graph)
    return [
        {
            "name": name,
            "metric": None if np.isnan(layer.metric) else layer.metric,
            "histogram": layer.histogram.tolist(),
            "levels_before": before[name],
            "levels_after": done.levels[name],
        }
        for name, layer in done.measured.items()
    ]


def stage(graph: Graph, test: Split | None) -> dict[str, Any]:
    """Mean level, T_eff, accuracy and spikes per test image of a network's PASCAL conversion."""
    levels = require_levels(graph)
    found: dict[str, Any] = {
        "mean_level": float(np.mean(list(levels.values()))),
        "effective_steps": effective_steps_of(graph, levels).value,
        "test_accuracy": None,
        "spikes": None,
    }
    if test is None or test.y is None:
        return found
    scores, spikes = [], 0
    for part in blocks(test.prepared(dtype=np.float32), BATCH):
        values = evaluate(graph, part)
        scores.append(values[graph.output])
        found_levels = (r.level for r in references(graph, values).values())
        spikes += sum(int(level.sum()) for level in found_levels if level is not None)
    accuracy = correct(np.concatenate(scores), test.y)
    return {**found, "test_accuracy": accuracy, "spikes": spikes / len(test.y)}
