"""Fused kernels: a neuron over a whole train. One file a family, compiled when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from refsnn.neurons import (
    IF,
    LIF,
    AdaFire,
    BitSerial,
    DualThreshold,
    Neuron,
    Pascal,
    PascalFirst,
    Readout,
    ShiftedIF,
)
from refsnn.typing import Shape

if TYPE_CHECKING:
    from refsnn.engines.kernels.compiled import Bound

FILES: dict[type[Neuron], str] = {
    IF: "integrate_fire",
    ShiftedIF: "integrate_fire",
    AdaFire: "ada_fire",
    BitSerial: "bit_serial",
    DualThreshold: "dual_threshold",
    LIF: "lif",
    Pascal: "pascal",
    PascalFirst: "pascal_first",
    Readout: "readout",
}
"""Neuron to the file of its kernel. A class derived from one of these has none: it may differ."""


def bound(neuron: Neuron, shape: Shape, dtype: Any) -> Bound | None:
    """The kernel of a neuron for samples of ``shape``, or None if it has none."""
    file = FILES.get(type(neuron))
    if file is None:
        return None
    made: Bound = import_module(f"refsnn.engines.kernels.{file}").bind(neuron, shape, dtype)
    return made
