"""A golden case: a network, its input, and everything it did."""

from __future__ import annotations

from dataclasses import dataclass

from refsnn.engines.trace import Run
from refsnn.snn import SNN
from refsnn.typing import Array


@dataclass(frozen=True, eq=False)
class Case:
    """What another implementation is held against.

    Parameters
    ----------
    name : str
        Of the case within its set.
    snn : SNN
        The network.
    x : array (B, ...)
        Its input, preprocessed.
    run : Run
        What it did, every layer traced.
    norms : tuple of str
        Nodes that a batch norm was folded into: another implementation may have kept it.
    """

    name: str
    snn: SNN
    x: Array
    run: Run
    norms: tuple[str, ...] = ()
