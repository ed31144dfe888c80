"""Sums in a stated order, rounded on the way: what a run in float32 may have done."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np

from refsnn.engines import Run
from refsnn.graph import Node
from refsnn.ops import Conv2d, Linear
from refsnn.ops.base import Saved
from refsnn.snn import SNN
from refsnn.typing import Array, Params
from refsnn.verify.mistakes.base import Runner, traced


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
