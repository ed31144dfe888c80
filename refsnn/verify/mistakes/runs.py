"""Mistakes in how a network is run: states that are kept, sums that are rounded on the way."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

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


def in_order(terms: Array, dtype: Any) -> Array:
    """Sum over the last axis, one term after another, rounded to ``dtype`` each time."""
    total: Array = np.zeros(terms.shape[:-1], dtype)
    for i in range(terms.shape[-1]):
        total = (total + terms[..., i]).astype(dtype)
    return total


def in_pairs(terms: Array, dtype: Any) -> Array:
    """The sum of the first half plus the sum of the second, all the way down: a tree."""
    size = terms.shape[-1]
    if size < 2:
        return np.asarray(terms.sum(-1, dtype=dtype))
    first, second = terms[..., : size // 2], terms[..., size // 2 :]
    return np.asarray(in_pairs(first, dtype) + in_pairs(second, dtype))


Order = Literal["forwards", "backwards", "fused", "pairs"]


def summed(x: Array, weight: Array, order: Order) -> Array:
    """Sum of products over the last axis in a stated order, in the type of ``x``.

    "fused": the product is not rounded before it is added (here: 48 bits in a float64, so that a
    sum that is rounded twice may miss a tie that a fused multiply-add gets right).
    """
    if order == "fused":
        return in_order(x.astype(np.float64) * weight.astype(np.float64), x.dtype)
    terms = x * weight.astype(x.dtype)
    if order == "pairs":
        return in_pairs(terms, x.dtype)
    return in_order(terms[..., ::-1] if order == "backwards" else terms, x.dtype)


@dataclass(frozen=True)
class OrderedLinear(Linear):
    """A linear layer that adds its terms up in a stated order."""

    order: Order = "forwards"

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """(B, in) to (B, out)."""
        (x,) = xs
        y = summed(x[:, None, :], params["weight"], self.order)
        return (y + params["bias"].astype(x.dtype) if self.bias else y), x


@dataclass(frozen=True)
class OrderedConv(Conv2d):
    """A convolution that adds its terms up in a stated order of channel, row, column."""

    order: Order = "forwards"

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """(B, C, H, W) to (B, out, OH, OW)."""
        (x,) = xs
        out = np.empty((len(x), *self.out_shape(x.shape[1:])), x.dtype)
        weight = self._by_group(params["weight"])[:, :, None, :]
        for i in range(len(x)):
            columns = self._columns(x[i : i + 1])[0].swapaxes(-1, -2)
            out[i] = summed(columns[:, None], weight, self.order).reshape(out[i].shape)
        if self.bias:
            out += params["bias"].astype(x.dtype)[:, None, None]
        return out, x


ORDERED: dict[type, type] = {Linear: OrderedLinear, Conv2d: OrderedConv}


def in_float32(order: Order) -> Runner:
    """Everything in float32; sums in a stated order."""

    def runner(snn: SNN, x: Array) -> Run:
        nodes = tuple(_ordered(node, order) for node in snn.graph.nodes)
        graph = replace(snn.graph, nodes=nodes)
        return traced(replace(snn, graph=graph, reference=None), x.astype(np.float32))

    return runner


def _ordered(node: Node, order: Order) -> Node:
    kind = ORDERED.get(type(node.op))
    if kind is None:
        return node
    settings = {f.name: getattr(node.op, f.name) for f in fields(node.op)}
    return replace(node, op=kind(**settings, order=order))


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
    RunMistake(
        "narrow-dump", "nothing: its numbers are right, and were rounded when they were saved",
        "every network", alters=False,
    ),
    RunMistake(
        "float32-forwards", "sums in float32, from the first term to the last", ANY,
        runner=in_float32("forwards"), needs=_rounds,
    ),
    RunMistake(
        "float32-backwards", "sums in float32, from the last term to the first", ANY,
        runner=in_float32("backwards"), needs=_rounds,
    ),
    RunMistake(
        "float32-fused", "sums in float32, from the first term to the last, products not rounded",
        ANY, runner=in_float32("fused"), needs=_rounds,
    ),
    RunMistake(
        "float32-pairs", "sums in float32, by halves", ANY,
        runner=in_float32("pairs"), needs=_rounds,
    ),
)  # fmt: skip
