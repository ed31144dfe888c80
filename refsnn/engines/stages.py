"""Cut a spiking network into stages: a layer of neurons and the operations only it reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from refsnn.activations import Activation
from refsnn.graph import INPUT, Node
from refsnn.neurons import BitSerial, Neuron, Pascal, PascalFirst, Readout
from refsnn.ops import (
    Add,
    AvgPool2d,
    Concat,
    Conv2d,
    ConvTranspose2d,
    Flatten,
    GlobalAvgPool,
    MaxPool2d,
    Op,
    Pad,
    Reshape,
    Scale,
    Slice,
    Transpose,
    Upsample,
)
from refsnn.snn import SNN

SAMPLE_BY_SAMPLE: tuple[type[Op], ...] = (
    Add, AvgPool2d, Concat, Conv2d, ConvTranspose2d, Flatten, MaxPool2d, Pad, Scale, Slice,
    GlobalAvgPool, Reshape, Transpose, Upsample,
)  # fmt: skip
"""Operations whose bits do not depend on the number of samples: a convolution is one product for
each. `Linear` is one product of all, and what is not listed may be anything."""


ORDER_FREE = (BitSerial, Pascal, PascalFirst, Readout)
"""Neurons whose output is a function of their total charge, by theorem."""


class Stage(NamedTuple):
    """What is worked off together, a block of samples at a time."""

    name: str
    """Of the neuron, of the kept operation, or of the output for the readout."""
    source: str
    """Edge that drives the neuron; of a kept operation: itself."""
    neuron: Neuron | None
    inside: tuple[Node, ...]
    """Operations that are evaluated on the way."""
    reads: frozenset[str]
    """Edges that earlier stages keep."""
    whole: bool
    """The batch cannot be cut."""
    size: int
    """Elements of the largest edge of one sample, in one frame."""


def stages(snn: SNN, *, whole: bool = True) -> list[Stage]:
    """All stages in order, the readout last.

    An operation is a stage of its own where several nodes read it, or a layer that needs the whole
    batch does: what is before it can then be worked off in blocks.
    """
    graph = snn.graph
    made, kept = [], {INPUT}
    for node in graph.nodes:
        neuron = snn.neurons.get(node.name)
        if neuron is not None:
            made.append(_stage(snn, node.name, node.inputs[0], neuron, kept))
        elif node.name in snn.analog or _is_kept(snn, node, whole):
            made.append(_stage(snn, node.name, node.name, None, kept))
        else:
            continue
        kept.add(node.name)
    made.append(_stage(snn, graph.output, graph.output, snn.readout, kept))
    return made if whole else [stage._replace(whole=False) for stage in made]


def _is_kept(snn: SNN, node: Node, whole: bool) -> bool:
    readers = snn.graph.consumers(node.name)
    return len(readers) > 1 or (whole and any(_takes_all(reader) for reader in readers))


def _takes_all(node: Node) -> bool:
    activation = isinstance(node.op, Activation)
    return not (activation or isinstance(node.op, SAMPLE_BY_SAMPLE))


def takes_total(snn: SNN, stage: Stage) -> bool:
    """Whether a layer of neurons depends on the sum of its frames only.

    A maximum of trains is the train of the maximum where all neurons it reads have one threshold;
    a bias spread over the frames is rounded in each.
    """
    neuron = stage.neuron
    if neuron is None or type(neuron) not in ORDER_FREE:
        return False
    if neuron.semantics.bias_plan == "spread":
        return False
    pooled = any(isinstance(node.op, MaxPool2d) for node in snn.graph.nodes)
    one_theta = all(set(other.theta.shape[-2:]) <= {1} for other in snn.neurons.values())
    return not getattr(neuron, "as_released", False) and (one_theta or not pooled)


def trains(snn: SNN, plan: list[Stage], traced: Callable[[str], bool]) -> frozenset[str]:
    """Stages whose source is needed frame by frame."""
    stepped, read = set[str](), set[str]()
    for stage in reversed(plan):
        kept = stage.neuron is None and stage.name not in snn.analog
        if stage.name in read if kept else traced(stage.name) or not takes_total(snn, stage):
            stepped.add(stage.name)
            read |= stage.reads
    return frozenset(stepped)


def _stage(snn: SNN, name: str, source: str, neuron: Neuron | None, kept: set[str]) -> Stage:
    inside, reads = _ancestry(snn, source, kept)
    edges = {source, *reads, *(node.name for node in inside)}
    size = max(int(np.prod(snn.graph.shapes[edge])) for edge in edges)
    whole = name in snn.analog or any(_takes_all(node) for node in inside)
    return Stage(name, source, neuron, inside, frozenset(reads), whole, size)


def _ancestry(snn: SNN, source: str, kept: set[str]) -> tuple[tuple[Node, ...], set[str]]:
    """Operations between kept edges and ``source``, in order; the kept edges."""
    wanted, reads, inside = {source}, set[str](), []
    for node in reversed(snn.graph.nodes):
        if node.name in wanted and node.name not in kept:
            inside.append(node)
            wanted.update(node.inputs)
    reads = wanted & kept
    return tuple(reversed(inside)), reads
