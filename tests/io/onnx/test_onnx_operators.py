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


FAULTS = {
    "order of axes forgotten": (tensors.Tensor, "in_order", property(lambda self: True)),
    "padding at one side": (window, "shared", lambda total, auto: (0, total)),
    "factors forgotten": (steps, "fold_batch_norm", lambda graph, names: graph.__class__(
        graph.input_shape, *_without(graph, names))),
    "pads as if even": (weighted, "sides", lambda *a: (lambda s: ((s[0][0],) * 2, (s[1][0],) * 2))(
        window.sides(*a))),
    "groups as one": (spreading, "block_diagonal", lambda w, g: np.tile(w, (1, g, 1, 1))),
    "no holes": (spreading, "dilated", lambda w, d: w),
    "ceil as floor": (pooling, "_ceiled", lambda call, image, k, s, around: around),
    "rows as columns": (window, "two", lambda call, name, axes, default=1: (
        tuple(reversed(two(call, name, axes, default))))),
    "copies of the neighbour": (resize, "COPIED", None),
    "channels of the edge": (builder.Builder, "channelled", lambda self, call, t: t.edge),
}  # fmt: skip
two = window.two


def _without(graph, names):
    from refsnn.passes import remove

    left = remove(graph, {n.name for n in graph.nodes if n.name in names})
    return left.nodes, left.params


def agrees(folder, name, opset):
    shape, case = ALL[name]
    try:
        same_function(folder, model(*case(opset), shape, opset), shape)
    except (AssertionError, InputError):
        return False
    return True


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_reader_is_seen(tmp_path, monkeypatch, fault):
    where, name, wrong = FAULTS[fault]
    if fault == "copies of the neighbour":
        right = resize.copied
        where, name = resize, "copied"

        def wrong(*arguments):
            start, step, copies = right(*arguments)
            return start + 1, step, copies

    if fault == "rows as columns":
        for module in (weighted, pooling, spreading):
            monkeypatch.setattr(module, name, wrong)
    monkeypatch.setattr(where, name, wrong)
    assert not all(agrees(tmp_path, case, 17) for case in ALL)
