"""The nodes of a file in an order in which they can be computed."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any

from refsnn.errors import InputError
from refsnn.io.onnx.file import AGAIN


def name_of(proto: Any) -> str:
    """What a node is called in errors: its name, or that of what it computes."""
    return str(proto.name or next((out for out in proto.output if out), "node without a name"))


def in_order(protos: Sequence[Any], given: set[str]) -> list[Any]:
    """Topological order, that of the file where it is one; ``given`` is what no node computes.

    Raises
    ------
    InputError
        A tensor that is computed twice or by nobody, or a cycle.
    """
    makers = _makers(protos, given)
    waits: list[int] = []
    readers: dict[int, list[int]] = {}
    for number, proto in enumerate(protos):
        needs = {makers[name] for name in _reads(proto, makers, given)}
        waits.append(len(needs))
        for maker in needs:
            readers.setdefault(maker, []).append(number)
    ready, ordered = [n for n, count in enumerate(waits) if not count], []
    while ready:
        done = heappop(ready)
        ordered.append(protos[done])
        for reader in readers.get(done, ()):
            waits[reader] -= 1
            if not waits[reader]:
                heappush(ready, reader)
    _check_all(protos, waits)
    return ordered


def _makers(protos: Sequence[Any], given: set[str]) -> dict[str, int]:
    """Tensor to the number of the node that computes it."""
    makers: dict[str, int] = {}
    for number, proto in enumerate(protos):
        for name in filter(None, proto.output):
            if name in makers or name in given:
                raise InputError(
                    "a tensor is computed twice", where=name_of(proto), got=name, fix=AGAIN
                )
            makers[name] = number
    return makers


def _reads(proto: Any, makers: dict[str, int], given: set[str]) -> list[str]:
    """What it waits for."""
    for name in filter(None, proto.input):
        if name not in makers and name not in given:
            raise InputError(
                "reads a tensor that nobody computes", where=name_of(proto), got=name, fix=AGAIN
            )
    return [name for name in proto.input if name in makers]


def _check_all(protos: Sequence[Any], waits: list[int]) -> None:
    stuck = [name_of(proto) for proto, left in zip(protos, waits, strict=True) if left]
    if stuck:
        named = ", ".join(stuck[:5]) + (", ..." if len(stuck) > 5 else "")
        fix = "graphs here are feed-forward: export one pass through the network"
        raise InputError("the graph has a cycle", where=named, fix=fix)
