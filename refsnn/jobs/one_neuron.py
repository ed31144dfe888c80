"""One neuron on a handful of numbers, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsnn.errors import InputError, nearest
from refsnn.neurons import IF, Neuron, Pascal, PascalFirst, Phase, Step, respond
from refsnn.typing import Array

KINDS = ("if", "pascal", "pascal-first")


def neuron_of(kind: str, theta: float, t_out: int | None, settings: dict[str, Any]) -> Neuron:
    """The neuron of this name; settings it does not have must be at their defaults."""
    if kind not in KINDS:
        raise InputError(f"unknown neuron {kind!r}", fix=nearest(kind, list(KINDS)))
    number = int(theta) if float(theta).is_integer() else float(theta)
    if kind == "if":
        if t_out is not None:
            raise InputError("an IF neuron gives one frame per input frame", where="--t-out")
        return IF(theta=np.asarray(number), **settings)
    for name, default in (("compare", "ge"), ("reset", "subtract"), ("v_init", 0.5)):
        if settings[name] != default:
            raise InputError(f"{kind} has no such setting", where=f"--{name}", got=settings[name])
    if t_out is None:
        raise InputError("number of output frames is needed", where="--t-out", fix="e.g. --t-out 4")
    layerwise = Pascal if kind == "pascal" else PascalFirst
    return layerwise(theta=np.asarray(number), t_out=t_out, as_released=settings["as_released"])


def neuron_rows(
    neuron: Neuron, values: list[int] | list[float], bias: float
) -> tuple[list[dict[str, Any]], int | None]:
    """Every step as a row, and the QCFS level of the total charge (None for a hard reset)."""
    whole = all(float(v).is_integer() for v in [*values, bias, float(neuron.theta)])
    floats = getattr(neuron, "as_released", False) or hasattr(neuron, "leak")
    dtype = np.int64 if whole and not floats else np.float64
    rows: list[dict[str, Any]] = []
    total = 0

    def probe(phase: Phase, current: Array | None, step: Step) -> None:
        nonlocal total
        total += 0 if step.spikes is None else int(step.spikes[0])
        own = "count" in step.state._fields
        counted = step.state.count[0] if own else total
        rows.append(
            {
                "phase": phase.name,
                "t": phase.t,
                "input": None if current is None else current[0].item(),
                "u": step.u[0].item(),
                "spike": step.fired[0].item(),
                "v": step.state.v[0].item(),
                "count": np.asarray(counted).item(),
            }
        )

    currents = np.array(values, dtype)[:, None]
    once = np.array([bias], dtype) if bias else None
    respond(neuron, currents, bias=once, probe=probe)
    return rows, level_of(neuron, sum(values) + bias, len(values))


def level_of(neuron: Neuron, charge: float, frames: int) -> int:
    """``clip(floor(charge / theta + v_init), 0, T)``: what a constant drive would give."""
    start = neuron.semantics.v_init
    top = neuron.frames_out(frames)
    return int(np.clip(np.floor(charge / float(neuron.theta) + start), 0, top))
