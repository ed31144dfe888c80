"""The order in which the nodes of a NIR graph depend on one another."""

from __future__ import annotations

import math
from typing import NamedTuple

from refsnn.errors import InputError, UnsupportedError
from refsnn.io.nir.nodes import array
from refsnn.io.nir.tree import NirFile
from refsnn.typing import Shape

MOST_AXES, MOST_ELEMENTS = 3, 2**26
"""Of one sample, and of one layer."""


class Flow(NamedTuple):
    """Who reads whom."""

    input: str
    output: str
    input_shape: Shape
    order: tuple[str, ...]
    """All nodes but input and output, each after those it reads."""
    sources: dict[str, tuple[str, ...]]
    """What each node reads, in the order of the edges."""


def flow_of(stored: NirFile) -> Flow:
    """The flow of a feed-forward graph with one input and one output."""
    sources: dict[str, tuple[str, ...]] = dict.fromkeys(stored, ())
    for one, two in stored.edges:
        for end in (one, two):
            if end not in sources:
                raise InputError("edge of a node that does not exist", where="edges", got=end)
        if one in sources[two]:
            raise UnsupportedError("an edge twice", where=f"{one} to {two}")
        sources[two] += (one,)
    first, last = _only(stored, "Input"), _only(stored, "Output")
    order = _ordered(sources, first, last)
    for name in (*order, last):
        if not sources[name]:
            raise UnsupportedError("node without input", where=name)
    return Flow(first, last, _shape(stored, first), order, sources)


def _only(stored: NirFile, kind: str) -> str:
    found = [name for name, node in stored.items() if node.get("type") == kind]
    if len(found) != 1:
        raise UnsupportedError(f"needs one {kind} node", where="nodes", got=found)
    return found[0]


def _ordered(sources: dict[str, tuple[str, ...]], first: str, last: str) -> tuple[str, ...]:
    """Breadth first, so that long chains do not recurse."""
    if sources[first] or any(last in read for read in sources.values()):
        raise UnsupportedError("recurrent graph", where=f"{first}, {last}")
    done, order = {first}, []
    waiting = [name for name in sources if name not in (first, last)]
    while waiting:
        ready = [name for name in waiting if done.issuperset(sources[name])]
        if not ready:
            raise UnsupportedError(
                "recurrent graph", where=", ".join(waiting),
                fix="recurrent networks cannot be run here: unroll them or leave the loop out",
            )  # fmt: skip
        order += ready
        done.update(ready)
        waiting = [name for name in waiting if name not in done]
    return tuple(order)


def _shape(stored: NirFile, first: str) -> Shape:
    said = array(first, stored[first], "shape")
    shape = tuple(said.ravel().tolist())
    fits = said.dtype.kind in "iu" and 1 <= len(shape) <= MOST_AXES
    if not fits or min(shape) < 1 or math.prod(shape) > MOST_ELEMENTS:
        raise InputError(
            "input shape", where=first, expected="(F,) or (C, H, W), without batch", got=shape
        )
    return shape
