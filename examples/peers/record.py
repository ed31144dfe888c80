"""A neuron of another framework: how to make it, what it means by a membrane, what it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Stepper = Callable[[Any], tuple[Any, Any]]
"""Current of a step to (spikes, membrane), both as the framework gives them; keeps its state."""


class Record(NamedTuple):
    """What a neuron did, (T, N) each."""

    spikes: Array
    membrane: Array
    """As it reports it: before the reset or after."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One neuron of one package.

    Parameters
    ----------
    package : str
        Distribution, whose version the page prints.
    code : str
        Python that makes the neuron, in the names of the package.
    play : callable
        ``play(code, currents) -> Record``.
    grid : str
        Which of our settings are tried: "plain", "leaky" or "signed" (`settings.candidates`).
    numbers : mapping
        What the neuron was given and ours needs: starts, resets, time constants.
    note : str
        What a reader should know; stated in the page.
    """

    package: str
    code: str
    play: Callable[[str, Array], Record]
    grid: str = "plain"
    numbers: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    note: str = ""

    def __call__(self, currents: Array) -> Record:
        """Run it on (T, N)."""
        record = self.play(self.code, currents)
        return Record(np.asarray(record.spikes), np.asarray(record.membrane))


def peer_maker(package: str, play: Callable[[str, Array], Record]) -> Callable[..., Peer]:
    """A short way to list the neurons of a package: what they were given, by keyword."""

    def peer(code: str, grid: str = "plain", note: str = "", **numbers: float) -> Peer:
        return Peer(
            package=package, code=code, play=play, grid=grid, note=note,
            numbers={name: (value,) for name, value in numbers.items()},
        )  # fmt: skip

    return peer


def made(code: str, names: Mapping[str, Any]) -> Any:
    """What an expression makes, in these names and no others.

    The text stands in the tables of this folder, or behind ``--try``: whoever runs it wrote it.
    """
    return eval(code, {"__builtins__": {}, **names})


def by_step(step: Stepper, currents: Array) -> Record:
    """Drive a stepper; currents in any array type that iterates over time."""
    pairs = [step(current) for current in currents]
    spikes, membranes = ([np.asarray(pair[k]) for pair in pairs] for k in (0, 1))
    return Record(np.stack(spikes), np.stack(membranes))
