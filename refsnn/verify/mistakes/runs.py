"""Mistakes in how a network is run: states that are kept, sums that are rounded on the way."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from refsnn.analysis.exactness import exactness
from refsnn.codings import constant
from refsnn.engines import Case, Run
from refsnn.engines.numpy_ import layered_from
from refsnn.engines.propagate import constant_part, share
from refsnn.engines.trace import joined
from refsnn.graph import Node
from refsnn.ops import Conv2d, Linear
from refsnn.ops.base import Saved
from refsnn.snn import SNN
from refsnn.typing import Array, Params
from refsnn.verify.mistakes.base import RunMistake, Runner, traced


def state_kept(snn: SNN, x: Array) -> Run:
    """One sample after another; neurons go on from the state that the sample before left."""
    states: dict[str, Any] = {}
    runs = []
    for sample in range(len(x)):
        frames = constant(x[sample : sample + 1], snn.input_frames)
        done, left = layered_from(snn, frames, states, None)
        runs.append(done)
        states = {name: _charged(snn, name, left[name], x.dtype) for name in snn.neurons}
    return joined(runs)


def _charged(snn: SNN, name: str, state: Any, dtype: Any) -> Any:
    """The state, with the bias that enters once entering again."""
    neuron, edge = snn.neurons[name], snn.graph.node(name).inputs[0]
    if neuron.semantics.bias_plan != "once":
        return state
    return state._replace(v=state.v + share(snn, neuron, edge, constant_part(snn, dtype)))


def summed(terms: Array, backwards: bool) -> Array:
    """Sum over the last axis, one term after another, rounded each time."""
    order = terms[..., ::-1] if backwards else terms
    total = np.zeros(terms.shape[:-1], terms.dtype)
    for i in range(terms.shape[-1]):
        total = total + order[..., i]
    return total


@dataclass(frozen=True)
class OrderedLinear(Linear):
    """A linear layer that adds its terms up one by one."""

    backwards: bool = False

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """(B, in) to (B, out)."""
        (x,) = xs
        y = summed(x[:, None, :] * params["weight"].astype(x.dtype), self.backwards)
        return (y + params["bias"].astype(x.dtype) if self.bias else y), x


@dataclass(frozen=True)
class OrderedConv(Conv2d):
    """A convolution that adds its terms up one by one: channel, row, column."""

    backwards: bool = False

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """(B, C, H, W) to (B, out, OH, OW)."""
        (x,) = xs
        out = np.empty((len(x), *self.out_shape(x.shape[1:])), x.dtype)
        weight = self._by_group(params["weight"].astype(x.dtype))
        for i in range(len(x)):
            columns = self._columns(x[i : i + 1])[0]
            terms = weight[:, :, None, :] * columns.swapaxes(-1, -2)[:, None]
            out[i] = summed(terms, self.backwards).reshape(out[i].shape)
        if self.bias:
            out += params["bias"].astype(x.dtype)[:, None, None]
        return out, x


ORDERED: dict[type, type] = {Linear: OrderedLinear, Conv2d: OrderedConv}


def in_float32(snn: SNN, x: Array) -> Run:
    """Everything in float32; sums in the order of the linear algebra library."""
    return traced(snn, x.astype(np.float32))


def one_by_one(backwards: bool) -> Runner:
    """Everything in float32; sums term by term, from the first or from the last."""

    def runner(snn: SNN, x: Array) -> Run:
        nodes = tuple(_ordered(node, backwards) for node in snn.graph.nodes)
        graph = replace(snn.graph, nodes=nodes)
        return in_float32(replace(snn, graph=graph, reference=None), x)

    return runner


def _ordered(node: Node, backwards: bool) -> Node:
    kind = ORDERED.get(type(node.op))
    if kind is None:
        return node
    settings = {f.name: getattr(node.op, f.name) for f in fields(node.op)}
    return replace(node, op=kind(**settings, backwards=backwards))


def _several_samples(case: Case) -> bool:
    return len(case.x) > 1


def _rounds(case: Case) -> bool:
    """Where float32 is exact no order can matter."""
    return exactness(case.snn, case.x.astype(np.float32)).level != "E"


ANY = "any network that is not exact in float32"
RUNS: tuple[RunMistake, ...] = (
    RunMistake(
        "state-kept", "states are not cleared between samples", "every network",
        runner=state_kept, needs=_several_samples,
    ),
    RunMistake("float32", "sums in float32", ANY, runner=in_float32, needs=_rounds),
    RunMistake(
        "float32-in-order", "sums in float32, from the first term to the last", ANY,
        runner=one_by_one(False), needs=_rounds,
    ),
    RunMistake(
        "float32-backwards", "sums in float32, from the last term to the first", ANY,
        runner=one_by_one(True), needs=_rounds,
    ),
)  # fmt: skip
