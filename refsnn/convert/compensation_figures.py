"""The error of dual-threshold neurons beside that of plain ones on the same weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from refsnn.activations import QCFS
from refsnn.ann import accuracy
from refsnn.convert.evaluation import Evaluation, evaluate_snn
from refsnn.convert.prepare import Calibration
from refsnn.convert.rate_support import placed
from refsnn.graph import Graph
from refsnn.neurons import Neuron, variant
from refsnn.snn import SNN
from refsnn.typing import Array


def neurons_for(graph: Graph, neuron: Callable[[Array], Neuron]) -> dict[str, Neuron]:
    """``neuron(theta)`` for every activation, theta the clipping threshold."""
    thetas = {n.name: graph.of(n.name)["lambda"] for n in graph.nodes if isinstance(n.op, QCFS)}
    return placed(graph, thetas, neuron)


def beside(graph: Graph, snn: SNN, calibration: Calibration) -> dict[str, Any]:
    """The error without compensation, and with it but without extra frames; the source's accuracy.

    The report's layers hold the same figures of the network that is returned.
    """
    x = np.asarray(calibration.x, np.float64)
    plain = replace(snn, neurons=neurons_for(snn.graph, lambda theta: variant("plain", theta)))
    notes: dict[str, Any] = {
        "plain_neurons": _figures(evaluate_snn(plain, x, calibration.y)),
        "no_extra_frames": _figures(evaluate_snn(snn, x, calibration.y)),
    }
    if calibration.y is not None:
        notes["source_accuracy"] = accuracy(graph, x, calibration.y)
    return notes


def _figures(evaluation: Evaluation) -> dict[str, Any]:
    parts = ("inherited", "clipping", "quantisation", "unevenness")
    error = {
        layer.name: {part: layer.error[part]["mean_abs"] for part in parts}
        for layer in evaluation.layers
    }
    return {
        "accuracy": evaluation.snn_accuracy,
        "wrong_counts": evaluation.wrong_counts,
        "mean_abs_error": error,
    }
