"""The integer twin of each neuron."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from fixedpoint.models import IntIF, IntNeuron, IntPascal
from refsnn.errors import UnsupportedError
from refsnn.neurons import IF, Neuron, Pascal, PascalFirst


def twin(name: str, neuron: Neuron, theta: int) -> IntNeuron:
    """The integer neuron of layer ``name`` with this threshold, a power of two."""
    if getattr(neuron, "as_released", False):
        raise UnsupportedError("as-released neurons are floats by definition", where=name)
    for kind, make in TWINS.items():
        if isinstance(neuron, kind):
            return make(neuron, theta)
    raise UnsupportedError("neuron has no integer form", where=name, got=type(neuron).__name__)


def _start(neuron: Neuron, theta: int) -> int:
    return int(theta * neuron.semantics.v_init // 1)


def _if(neuron: IF, theta: int) -> IntNeuron:
    reset: Literal["subtract", "zero"] = "subtract" if neuron.reset == "subtract" else "zero"
    start = _start(neuron, theta)
    return IntIF(theta=theta, v_init=start, compare=neuron.compare, reset=reset)


def _pascal(neuron: Pascal | PascalFirst, theta: int) -> IntNeuron:
    return IntPascal(theta=theta, v_init=_start(neuron, theta), t_out=neuron.t_out)


TWINS: dict[type[Neuron], Callable[[Any, int], IntNeuron]] = {
    IF: _if,
    Pascal: _pascal,
    PascalFirst: _pascal,
}
"""Float neuron to the function that makes its twin. The first layer of PASCAL takes the
three-phase neuron: for one input frame it sends the same train."""
