"""The operators that are read: what each becomes, its limits, its newest known version."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from refsnn.io.onnx.builder import Builder
from refsnn.io.onnx.call import Call
from refsnn.io.onnx.tensors import Tensor

Reader = Callable[[Builder, Call], Tensor | tuple[Tensor, ...]]
"""From a node of the file to its output, or its outputs."""


class Entry(NamedTuple):
    """One operator."""

    read: Reader
    becomes: str
    limits: str
    newest: int
    """Newest version of its definition that was read for this; a newer one is refused."""


OPERATORS: dict[str, Entry] = {}


def operator(kind: str, newest: int, becomes: str, limits: str = "") -> Callable[[Reader], Reader]:
    """Decorator: read operators of this kind with the function."""

    def registered(read: Reader) -> Reader:
        OPERATORS[kind] = Entry(read, becomes, limits, newest)
        return read

    return registered
