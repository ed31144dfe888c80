"""Which level of exactness a run has: E exact, or R reproducible; decided by a proof, not by trust.

Every edge gets a grid (all its values are multiples of ``2**-frac``) and a bound on the sum of
their magnitudes over all frames. Where the bound in grid steps fits the mantissa with room to
spare, every partial sum is exact in any order, on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from refsnn.dyadic import fraction_bits
from refsnn.engines.propagate import linear_part
from refsnn.graph import INPUT, Graph, Node
from refsnn.neurons import LIF
from refsnn.ops import AvgPool2d, BatchNorm, GlobalAvgPool
from refsnn.snn import SNN
from refsnn.typing import Array

MANTISSA = {"float64": 53, "float32": 24}
MARGIN = 3
"""Bits kept free, so that ``z / theta + 1/2`` has the right floor: see `QCFS`."""
FINEST = 60
"""Grids finer than this count as not dyadic."""


@dataclass(frozen=True)
class Exactness:
    """Level "E" or "R", and why."""

    level: str
    reason: str


class Grid(NamedTuple):
    """What is known of an edge."""

    frac: int
    """All values are multiples of 2**-frac."""
    bound: Array
    """(1, ...): bound on the sum over frames of the magnitudes."""


class _InexactError(Exception):
    """The proof fails; the message says where."""


def dyadic_bits(values: Array) -> int | None:
    """Smallest ``frac`` for which all values are multiples of ``2**-frac``; None past `FINEST`.

    >>> dyadic_bits(np.array([0.5, 3.0, 0.375]))
    3
    """
    return fraction_bits(values, FINEST)


def exactness(snn: SNN, x: Array) -> Exactness:
    """The level at which ``snn`` runs on data ``x``, with the reason in one sentence."""
    try:
        bits = _prove(snn, x)
    except _InexactError as why:
        return Exactness("R", str(why))
    return Exactness("E", f"all parameters and data are dyadic; every partial sum fits {bits} bits")


def charge_grids(snn: SNN, x: Array) -> dict[str, int] | None:
    """Layer to ``frac``: its input currents are multiples of 2**-frac; None where not dyadic."""
    try:
        grids, _ = _grids(snn, x)
    except _InexactError:
        return None
    return {name: grids[snn.graph.node(name).inputs[0]].frac for name in snn.neurons}


def _prove(snn: SNN, x: Array) -> int:
    _, widest = _grids(snn, x)
    frames = snn.frames[snn.graph.output]
    if snn.readout.bias_plan == "spread":
        raise _InexactError(f"{snn.graph.output}: the bias is divided by T")
    if snn.readout.kind == "mean" and frames & (frames - 1):
        raise _InexactError(f"logits are divided by T = {frames}, no power of two")
    return widest


def _grids(snn: SNN, x: Array) -> tuple[dict[str, Grid], int]:
    """Of every edge, and the bits of the widest sum."""
    room = MANTISSA[x.dtype.name] - MARGIN
    grids = {INPUT: _input(snn, x)}
    widest = 0
    for node in snn.graph.nodes:
        inputs = [grids[name] for name in node.inputs]
        if node.name in snn.analog:
            raise _InexactError(f"{node.name}: stays analog")
        if node.name in snn.neurons:
            grids[node.name], sums = _through_neuron(snn, node, inputs[0])
        else:
            sums = _through_op(snn.graph, node, inputs, snn.frames[node.name])
            grids[node.name] = sums
        widest = max(widest, _bits(node.name, sums, room))
    return grids, widest


def _bits(name: str, sums: Grid, room: int) -> int:
    # eq: integers.9, with a bit for the sign
    bits = int(np.ceil(np.log2(sums.bound.max(initial=0) + 1))) + sums.frac + 1
    if bits > room:
        raise _InexactError(f"{name}: sums need {bits} bits, {room} are safe")
    return bits


def _known(name: str, values: Array) -> int:
    frac = dyadic_bits(values)
    if frac is None:
        raise _InexactError(f"{name}: not dyadic")
    return frac


def _input(snn: SNN, x: Array) -> Grid:
    shape = (1, *snn.graph.input_shape)
    largest = float(np.max(np.abs(x), initial=0)) * snn.input_frames
    return Grid(_known("input", x), np.full(shape, largest))


def _through_neuron(snn: SNN, node: Node, given: Grid) -> tuple[Grid, Grid]:
    """What the neuron sends, and what its membrane holds."""
    neuron = snn.neurons[node.name]
    if isinstance(neuron, LIF) and not neuron.plain:
        raise _InexactError(f"{node.name}: a leaky or foreign neuron, its membrane is rounded")
    if getattr(neuron, "as_released", False):
        raise _InexactError(f"{node.name}: computed as released, with divisions and a tolerance")
    theta = np.asarray(neuron.theta, np.float64)
    start = neuron.start()
    shift = theta * neuron.semantics.shift
    frac = _known(f"{node.name}.theta", theta)
    frames = neuron.frames_out(snn.frames[node.inputs[0]]) + snn.extra_frames
    # signed spikes: more can be sent than the net count says
    largest = theta * max(neuron.max_count(frames), frames)
    sent = np.broadcast_to(largest, (1, *snn.graph.shapes[node.name]))
    held = given.bound + sent + theta + np.abs(start) + frames * shift
    added = (_known(f"{node.name}.start", start), _known(f"{node.name}.shift", shift))
    inside = Grid(max(frac, given.frac, *added), held)
    if isinstance(neuron, LIF) and neuron.worth is not None:
        value = np.abs(np.asarray(neuron.worth, np.float64))
        sent, frac = (
            np.broadcast_to(value * frames, sent.shape),
            _known(f"{node.name}.worth", value),
        )
    return Grid(frac, sent), inside


def _through_op(graph: Graph, node: Node, given: list[Grid], frames: int) -> Grid:
    params = graph.of(node.name)
    if isinstance(node.op, BatchNorm):
        raise _InexactError(f"{node.name}: batch norm is not folded")
    frac = max(grid.frac for grid in given) + _area_bits(node, given[0].bound.shape)
    weights = {k: _known(f"{node.name}.{k}", v) for k, v in params.items()}
    linear = {k: bits for k, bits in weights.items() if k not in node.op.offsets}
    frac = max(
        [
            frac + max(linear.values(), default=0),
            *(weights[k] for k in weights if k in node.op.offsets),
        ]
    )
    sizes: dict[str, Any] = {k: np.abs(v) for k, v in linear_part(node.op, params).items()}
    bound = node.op.apply(sizes, *(grid.bound for grid in given))
    for key in node.op.offsets:
        if key in params:
            # the bias enters at most once in each frame
            bound = bound + frames * float(np.max(np.abs(params[key]), initial=0))
    return Grid(frac, np.asarray(bound, np.float64))


def _area_bits(node: Node, shape: tuple[int, ...]) -> int:
    """Bits that the division of an average adds to the grid."""
    if isinstance(node.op, AvgPool2d):
        divisor = node.op.area
    elif isinstance(node.op, GlobalAvgPool):
        divisor = node.op.divisor or int(np.prod(shape[2:]))
    else:
        return 0
    if divisor & (divisor - 1):
        raise _InexactError(f"{node.name}: average over {divisor} values, no power of two")
    return divisor.bit_length() - 1
