"""Every operator against the runtime of ONNX, in every operator set; faults of the reader are seen."""

from __future__ import annotations

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx_cases import ALL  # noqa: E402
from onnx_models import NEWEST, model, same_function  # noqa: E402

from refsnn.errors import InputError  # noqa: E402
from refsnn.io.onnx import builder, pooling, resize, spreading, steps, tensors, weighted, window  # noqa: E402
from refsnn.io.onnx.operators import OPERATORS  # noqa: E402
from refsnn.passes import remove  # noqa: E402

OPSETS = (11, 13, 18, NEWEST)


@pytest.mark.parametrize("name", ALL)
def test_every_operator_in_every_set(tmp_path, name):
    shape, case = ALL[name]
    for opset in range(11, NEWEST + 1) if name in ("point net", "shuffled") else OPSETS:
        nodes, constants = case(opset)
        same_function(tmp_path, model(nodes, constants, shape, opset), shape)


NOT_EVALUATED = {"spread groups", "spread to", "points first"}
"""The evaluator fails on these, or gives another shape than the runtime does in every older set."""


@pytest.mark.parametrize("name", sorted(ALL.keys() - NOT_EVALUATED))
def test_every_operator_in_the_newest_set(tmp_path, name):
    """Newer than the runtime takes: the reference evaluator of ONNX is the judge."""
    shape, case = ALL[name]
    newest = min(28, onnx.defs.onnx_opset_version())
    same_function(tmp_path, model(*case(newest), shape, newest), shape)


@pytest.mark.parametrize("name", ["reshape", "exported flatten", "squeeze", "channels last"])
def test_a_file_for_a_number_of_samples(tmp_path, name):
    shape, case = ALL[name]
    same_function(tmp_path, model(*case(17), shape, batch=3), shape)


def test_there_is_a_case_for_every_operator():
    kinds = {node.op_type for _, case in ALL.values() for node in case(17)[0]}
    assert set(OPERATORS) <= kinds


def test_every_version_there_is_was_read():
    """A newer definition of an operator than the code was written for is refused, not guessed."""
    newest = min(28, onnx.defs.onnx_opset_version())
    for kind, entry in OPERATORS.items():
        assert onnx.defs.get_schema(kind, newest, "").since_version <= entry.newest, kind


TWO, COPIED, SIDES = window.two, resize.copied, window.sides  # the right ones


def evened(*arguments):
    return tuple((before, before) for before, _ in SIDES(*arguments))


def forgotten(graph, names):
    return remove(graph, {n.name for n in graph.nodes if n.name in names})


def next_pixel(*arguments):
    start, step, copies = COPIED(*arguments)
    return start + 1, step, copies


def swapped(call, name, axes, default=1):
    return TWO(call, name, axes, default)[::-1]


FAULTS = {
    "order of axes forgotten": (property(lambda self: True), (tensors.Tensor, "in_order")),
    "padding at one side": (lambda total, auto: (0, total), (window, "shared")),
    "factors forgotten": (forgotten, (steps, "fold_batch_norm")),
    "pads as if even": (evened, (weighted, "sides")),
    "groups as one": (lambda w, g: np.tile(w, (1, g, 1, 1)), (spreading, "block_diagonal")),
    "no holes": (lambda w, d: w, (spreading, "dilated")),
    "ceil as floor": (lambda call, image, k, s, around: around, (pooling, "_ceiled")),
    "rows as columns": (swapped, *((m, "two") for m in (window, weighted, pooling, spreading))),
    "copies of the neighbour": (next_pixel, (resize, "copied")),
    "channels of the edge": (lambda self, call, t: t.edge, (builder.Builder, "channelled")),
}


def computes_something_else(folder, name):
    """A file that is refused tells nothing."""
    shape, case = ALL[name]
    try:
        same_function(folder, model(*case(17), shape), shape)
    except AssertionError:
        return True
    except InputError:
        return False
    return False


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_reader_is_seen(tmp_path, monkeypatch, fault):
    wrong, *places = FAULTS[fault]
    for owner, name in places:
        monkeypatch.setattr(owner, name, wrong)
    assert any(computes_something_else(tmp_path, case) for case in ALL)
