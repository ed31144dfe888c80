"""Which corner cases a stimulus reaches, counted on the signals it produced."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fixedpoint.models_bit_serial import IntBitSerial, IntBitSerialWired
from fixedpoint.models_dual import IntDual
from fixedpoint.neurons import IntPascal
from fixedpoint.schedule import EMIT, INTEGRATE, STEP, Phase, State
from fixedpoint.typing import IntArray
from fixedpoint.vectors.layer import Layer


def coverage(
    layer: Layer, stimulus: IntArray, signals: dict[str, IntArray], abort: IntArray | None
) -> dict[str, int | None]:
    """Count the hits of each bin; null where a bin does not apply.

    ``abort`` : rows of each sample that the bench runs and clears before the sample itself.
    """
    spike, rows = signals["spike"], _fired(layer)
    signed = isinstance(layer.neuron, IntPascal) or layer.neuron.spike_range[0] < 0
    return {
        **_comparisons(layer, signals["u"]),
        "negative_membrane": int((signals["v"] < 0).sum()),
        **_ties(layer, stimulus),
        "zero_input": int((stimulus == 0).all(axis=(1, 2)).sum()),
        "max_run_of_spikes": _longest_run(spike[:, rows]),
        "inhibitory_spikes": int((spike < 0).sum()) if signed else None,
        "largest_burst": _largest_burst(layer, spike),
        "held_by_cap": _held(layer, signals, "cap", None),
        "held_at_count_0": _held(layer, signals, "memory", False),
        "levels_hit": int(np.unique(signals["count"][:, -1]).size),
        **_saturations(layer, signals),
        "clear_mid_run": None if abort is None else int(((abort > 0) & (abort < layer.rows)).sum()),
    }


def _fired(layer: Layer) -> IntArray:
    """Rows whose spikes are decided by a comparison of the membrane."""
    if isinstance(layer.neuron, IntPascal):
        return np.flatnonzero(layer.phases != EMIT)
    return np.flatnonzero(layer.phases != INTEGRATE)


def _comparisons(layer: Layer, u: IntArray) -> dict[str, int | None]:
    """How often what is compared was exactly the threshold, and one below."""
    if isinstance(layer.neuron, IntBitSerialWired):
        return {"exact_threshold": None, "threshold_minus_1": None}
    rows = _fired(layer)
    threshold = np.broadcast_to(layer.per_neuron(layer.neuron.theta), (len(rows), layer.n_out))
    if isinstance(layer.neuron, IntBitSerial):
        threshold = threshold * layer.neuron.frame_weights(len(rows))[:, None]
    return {
        "exact_threshold": int((u[:, rows] == threshold).sum()),
        "threshold_minus_1": int((u[:, rows] == threshold - 1).sum()),
    }


def _ties(layer: Layer, stimulus: IntArray) -> dict[str, int]:
    """Samples whose whole charge is a multiple of theta, or one below."""
    neuron = layer.neuron
    theta = layer.per_neuron(neuron.theta)
    charge = layer.per_neuron(neuron.v_init) + layer.t_in * layer.per_neuron(neuron.charge)
    charge = charge + layer.currents(stimulus).sum(axis=1)
    level = charge // theta
    inside = (level >= 1) & (level <= neuron.value_range(layer.t_out)[1])
    return {
        "tie_up": int((inside & (charge % theta == 0)).sum()),
        "tie_down": int((inside & (charge % theta == theta - 1)).sum()),
    }


def _largest_burst(layer: Layer, spike: IntArray) -> int | None:
    """Steps with as many spikes as there can be, where that is more than one."""
    most = layer.neuron.spike_range[1]
    return int((spike == most).sum()) if most > 1 else None


def _held(layer: Layer, signals: dict[str, IntArray], name: str, free: object) -> int | None:
    """Steps that only this guard of the signed neuron keeps silent."""
    neuron = layer.neuron
    if not isinstance(neuron, IntDual) or getattr(neuron, name) == free:
        return None
    if name == "memory" and neuron.negative is None:
        return None
    u, count = signals["u"], signals["count"] - signals["spike"]
    loose: IntDual = replace(neuron, **{name: free})  # type: ignore[arg-type]
    spike = loose.step(State(u, count), np.zeros_like(u), Phase(STEP, 1)).spike
    return int((spike != signals["spike"]).sum())


def _saturations(layer: Layer, signals: dict[str, IntArray]) -> dict[str, int | None]:
    register = layer.neuron.membrane
    if register is None or not register.overflow.startswith("saturate"):
        return {"plus_sat": None, "minus_sat": None}
    clipped = signals["sat"] == 1
    return {
        "plus_sat": int((clipped & (signals["u"] > 0)).sum()),
        "minus_sat": int((clipped & (signals["u"] < 0)).sum()),
    }


def _longest_run(spike: IntArray) -> int:
    longest = run = np.zeros(spike[:, 0].shape, np.int64)
    for row in np.swapaxes(spike, 0, 1):
        run = np.where(row > 0, run + 1, 0)
        longest = np.maximum(longest, run)
    return int(longest.max())
