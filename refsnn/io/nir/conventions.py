"""What each known tool means by the neurons of a NIR file, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from refsnn.errors import InputError, UnsupportedError, nearest
from refsnn.neurons import LIF
from refsnn.semantics import Compare, Integration, Reset, ResetActs
from refsnn.typing import Array

Source = Literal["its code", "the one-neuron study", "the specification"]

MANY = 127
"""Spikes a step of the tools that set no limit: what an int8 holds."""


@dataclass(frozen=True, kw_only=True)
class Convention:
    """The discrete semantics of a tool's IF and LIF neurons.

    Parameters
    ----------
    tool : str
        Whose neurons.
    integration : "euler", "exact" or "impulse"
        Of LIF nodes (`refsnn.neurons.leak`).
    dt : float, optional
        The tool's own time step in seconds; None: the caller must say.
    charge : bool
        An IF node adds its current whole; else ``dt r I``, as the specification says.
    whole : bool
        A LIF node adds ``r I`` whole; else the part its discretisation says.
    from_reset : bool
        Membranes start at v_reset; else at 0.
    compare, reset, reset_acts, delay, most, v_min
        As of `refsnn.neurons.LIF`.
    known_from : str
        How this is known.
    """

    tool: str
    integration: Integration
    compare: Compare
    reset: Reset = "to_value"
    reset_acts: ResetActs = "same_step"
    delay: int = 0
    most: int = 1
    v_min: float | None = None
    dt: float | None = None
    charge: bool = False
    whole: bool = False
    from_reset: bool = False
    known_from: Source = "its code"

    def summary(self) -> str:
        """One line: what these semantics are."""
        resets = {"to_value": "reset to v_reset", "subtract": "theta subtracted"}[self.reset]
        acts = {"same_step": "", "next_step": " a step later", "at_crossing": " at the crossing"}
        parts = [
            self.integration,
            "v >= theta" if self.compare == "ge" else "v > theta",
            resets + acts[self.reset_acts],
            *(["spikes a step late"] if self.delay else []),
            *(["many spikes a step"] if self.most > 1 else []),
            *(["current whole"] if self.whole else []),
            *(["from v_reset"] if self.from_reset else []),
            f"dt {self.dt:g} s" if self.dt else "dt from the caller",
        ]
        return ", ".join(parts)

    def if_neuron(self, theta: Array, r: Array, v_reset: Array, dt: float | None) -> LIF:
        """The neuron of an IF node; its spikes are ones."""
        gain = np.ones(()) if self.charge else r * np.float64(dt or 1)
        return LIF(theta=theta, r=gain, v_reset=v_reset, **self._common(theta, v_reset))

    def lif_neuron(
        self, theta: Array, tau: Array, r: Array, leak: Array, v_reset: Array, dt: float
    ) -> LIF:
        """The neuron of a LIF node with its time constant in seconds; its spikes are ones."""
        steps = np.asarray(tau, np.float64) / dt
        return LIF(
            theta=theta, tau=steps, r=r * steps if self.whole else r, v_leak=leak, v_reset=v_reset,
            integration=self.integration, **self._common(theta, v_reset),
        )  # fmt: skip

    def _common(self, theta: Array, v_reset: Array) -> dict[str, Any]:
        names = ("compare", "reset", "reset_acts", "delay", "most", "v_min")
        made: dict[str, Any] = {name: getattr(self, name) for name in names}
        start = _one_start(theta, v_reset) if self.from_reset else 0.0
        return made | {"worth": np.ones(()), "v_init": start}


def _one_start(theta: Array, v_reset: Array) -> float:
    """Start at v_reset, in units of theta: a neuron of ours has one such setting a layer."""
    found = np.unique(np.asarray(v_reset, np.float64) / theta)
    if found.size > 1:
        raise UnsupportedError(
            "the neurons of a layer start at several parts of theta", where="v_reset", got=found,
            fix="read it with semantics whose membranes start at 0, or give a layer one v_reset",
        )  # fmt: skip
    return float(found[0])


STUDY: Source = "the one-neuron study"

CONVENTIONS: dict[str, Convention] = {
    "nir": Convention(
        tool="the specification, solved exactly", integration="exact", compare="gt",
        reset_acts="at_crossing", known_from="the specification",
    ),
    "norse": Convention(
        tool="Norse", integration="euler", compare="gt", dt=1e-3, charge=True,
    ),
    "snntorch": Convention(
        tool="snnTorch's Leaky as it is by default", integration="euler", compare="gt",
        reset="subtract", reset_acts="next_step", dt=1e-4,
    ),
    "spikingjelly-soft": Convention(
        tool="SpikingJelly, v_reset=None", integration="euler", compare="ge", reset="subtract",
        dt=1e-4,
    ),
    "spikingjelly-hard": Convention(
        tool="SpikingJelly, v_reset given", integration="euler", compare="ge", dt=1e-4,
        from_reset=True,
    ),
    "sinabs": Convention(
        tool="Sinabs as its layers are by default", integration="exact", compare="ge",
        reset="subtract", most=MANY, charge=True,
    ),
    "sinabs-whole": Convention(
        tool="Sinabs, norm_input=False", integration="impulse", compare="ge", reset="subtract",
        most=MANY, charge=True, whole=True,
    ),
    "rockpool": Convention(
        tool="Rockpool", integration="impulse", compare="ge", reset="subtract", most=MANY,
    ),
    "nengo": Convention(
        tool="Nengo", integration="exact", compare="gt", known_from=STUDY,
    ),
    "lava": Convention(
        tool="Lava", integration="euler", compare="gt", delay=1,
    ),
    "spinnaker2": Convention(
        tool="SpiNNaker2", integration="euler", compare="gt", known_from=STUDY,
    ),
    "spyx": Convention(
        tool="Spyx", integration="euler", compare="gt", reset="subtract", reset_acts="next_step",
        delay=1,
    ),
}  # fmt: skip
"""By the name that ``--semantics`` takes."""


def convention(name: str | None, where: str) -> Convention:
    """The semantics of this name; without one, the error lists what each would mean."""
    if name is None:
        listed = "; ".join(f"{key}: {value.summary()}" for key, value in CONVENTIONS.items())
        raise InputError(
            "the file does not say what its neurons do in a time step",
            where=where,
            expected="refsnn.* metadata, or --semantics NAME",
            fix=f"choose one of {listed}",
        )
    if name not in CONVENTIONS:
        raise InputError(
            f"unknown semantics {name!r}", where="--semantics", fix=nearest(name, [*CONVENTIONS])
        )
    return CONVENTIONS[name]
