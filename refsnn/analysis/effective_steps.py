"""Effective number of steps of PASCAL: mean T over layers, weighted with the neuron's energy.

An analytical mean, no latency: layers run one after another, so that latency is a sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from refsnn.errors import InputError
from refsnn.graph import INPUT, Graph
from refsnn.neurons.protocol import positive
from refsnn.snn import SNN

RHO_SCALE = 4 / 3
"""rho times fan-in, read off the release's VGG table; its ResNet tables have 1/3 (see there)."""
SOURCE = (
    f"rho = {RHO_SCALE:.4g} / fan-in, read off the VGG table of the PASCAL release; the meaning of "
    "4/3 is not known, and its ResNet tables have 1/3; 5 L - 2 units of neuron energy per layer"
)


def overhead(levels: int, rho: float) -> float:
    """Energy of a spike-accumulation layer over that of an IF layer of as many steps.

    ``(E_syn + (5 L - 2) E_IF) / (E_syn + L E_IF)`` with ``rho = E_IF / E_syn``. It tends to 1 for
    a large fan-in.
    """
    accumulating = layer_energy(5 * levels - 2, rho)
    return accumulating / layer_energy(levels, rho)  # eq: pascal.22


def layer_energy(neuron_units: int, rho: float) -> float:
    """Synaptic energy plus ``neuron_units`` neuron steps, in units of the synaptic energy."""
    return 1 + neuron_units * rho  # eq: pascal.24


def effective_steps(
    steps: Sequence[int], rho: Sequence[float], *, as_released: bool = False
) -> float:
    """T_eff: the mean over layers of `overhead` times T.

    Parameters
    ----------
    steps : sequence of int
        T = L of every layer.
    rho : sequence of float
        Energy of one IF step over the synaptic energy of the layer.
    as_released : bool
        Lists of unequal length are cut to the shorter one and the mean is that of what is left,
        as the released script does in silence: its ResNet tables have 10 and 18 coefficients for
        17 and 33 layers, so that its figures are of the first layers only, which have the large T.

    Source
    ------
    The authors' code, pascal.21 of docs/equations.md.
    """
    if len(steps) != len(rho) and not as_released:
        raise InputError(
            "one coefficient per layer is needed",
            where="effective steps",
            expected=f"{len(steps)} values of rho",
            got=len(rho),
            fix="pass as_released=True to cut to the shorter list, as the released script does",
        )
    if not steps or not len(rho):
        raise InputError("no layers", where="effective steps")
    pairs = list(zip(steps, rho, strict=not as_released))
    checked = [(positive("T", t), _energy(q)) for t, q in pairs]
    return sum(overhead(t, q) * t for t, q in checked) / len(checked)  # eq: pascal.21


def _energy(rho: float) -> float:
    if not (np.isfinite(rho) and rho >= 0):
        raise InputError("not an energy", where="rho", expected=">= 0, finite", got=rho)
    return float(rho)


def rho_of_fan_in(fan_in: int, scale: float = RHO_SCALE) -> float:
    """``scale / fan_in``."""
    return scale / positive("fan-in", fan_in)  # eq: pascal.23


def fan_in(graph: Graph, name: str) -> int:
    """Synapses into one neuron of an activation node: its weights, through pools and adds."""
    total, waiting = 0, list(graph.node(name).inputs)
    while waiting:
        edge = waiting.pop()
        node = None if edge == INPUT else graph.node(edge)
        if node is not None and node.op.weighted:
            total += int(graph.of(edge)["weight"][0].size)
        elif node is not None and node.op.affine:
            waiting.extend(node.inputs)
        else:
            total += 1  # a spike that comes without a weight, over a shortcut
    return total


@dataclass(frozen=True)
class EffectiveSteps:
    """T_eff of a network and the constants it rests on."""

    value: float
    mean_steps: float
    rho: Mapping[str, float]
    overhead: Mapping[str, float]
    constants: str = SOURCE

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def effective_steps_of(graph: Graph, steps: Mapping[str, int]) -> EffectiveSteps:
    """T_eff of a network whose activation nodes have these numbers of steps."""
    rho = {name: rho_of_fan_in(fan_in(graph, name)) for name in steps}
    return EffectiveSteps(
        value=effective_steps(list(steps.values()), list(rho.values())),
        mean_steps=float(np.mean(list(steps.values()))),
        rho=rho,
        overhead={name: overhead(t, rho[name]) for name, t in steps.items()},
    )


def neuron_steps(snn: SNN) -> dict[str, int]:
    """Steps each layer of neurons takes, silent ones included.

    Spike accumulation: ``T_in + max(T_in, T_out) - 1 + T_out``; its first layer ``1 + T_out``.
    """
    return {
        name: len(neuron.schedule(snn.frames[snn.graph.node(name).inputs[0]]))  # eq: pascal.15
        for name, neuron in snn.neurons.items()
    }


def _vgg(*linear: int) -> tuple[float, ...]:
    fan_ins = (27, *(576,) * 2, *(1152,) * 2, *(2304,) * 3, *(4608,) * 5, *linear)
    return tuple(rho_of_fan_in(f) for f in fan_ins)


def _resnet(stem: float, *fan_ins: int) -> tuple[float, ...]:
    return (stem, *(rho_of_fan_in(f, 1 / 3) for f in fan_ins), rho_of_fan_in(512))


RELEASED_RHO: dict[str, tuple[float, ...]] = {
    "vgg16-cifar": _vgg(512, 512),
    "vgg16-imagenet": _vgg(25600, 4096),
    "resnet18-cifar": _resnet(
        1 / 216, *(576,) * 2, *(1152,) * 2, *(2304,) * 2, *(4608,) * 2
    ),
    "resnet34-imagenet": _resnet(
        1 / 162, *(576,) * 3, *(1152,) * 4, *(2304,) * 6, *(4608,) * 3
    ),
}  # fmt: skip
"""Coefficients of the released script, rebuilt from the constants read off it: they give its
figures to all known digits. Known slips of the originals are in them (512 for a fan-in of 4096,
25600 for 25088, one coefficient a block in the ResNets)."""
