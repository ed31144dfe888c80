"""Write bundles: one neuron, or one dense layer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fixedpoint import stimuli
from fixedpoint.arith import as_codes
from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.neurons import IntNeuron
from fixedpoint.typing import IntArray
from fixedpoint.vectors.bundle import write_bundle
from fixedpoint.vectors.layer import Layer
from fixedpoint.vectors.manifest import Manifest
from fixedpoint.vectors.variants import neuron_of, variant_named

MOST_LEVELS = 64
"""Boundaries of this many levels are directed at; more add words and no new case."""


def write_neuron_bundle(
    out: Path,
    kind: str,
    *,
    samples: int = 256,
    seed: int = 0,
    theta: int | None = None,
    t: int = 8,
    in_format: Format | None = None,
    **settings: Any,
) -> Manifest:
    """Write a bundle of one neuron: directed trains, then random ones.

    Parameters
    ----------
    out : Path
        New or empty folder.
    kind : str
        Of `fixedpoint.vectors.kinds`, or one of `fixedpoint.vectors.variants`.
    samples : int
        Random trains after the directed ones: over the whole range, within a threshold, upward.
    seed : int
        Of the SplitMix64 streams.
    theta : int, optional
        Threshold; by default 37, or 64 where it must be a power of two.
    t : int
        Input steps; also output steps, or bits, of a neuron with phases.
    in_format : Format
        Of the current; signed. By default 8 bits, for bursts 11.
    **settings
        Of the integer neuron; the initial membrane is ``theta // 2`` unless given.

    Returns
    -------
    Manifest

    Raises
    ------
    InputError
        The folder is not empty, or a setting is not possible.
    """
    variant = variant_named(kind)
    theta = variant.theta if theta is None else theta
    neuron = neuron_of(variant, theta, t, settings)
    lane = in_format or Format(True, variant.in_width)
    layer = Layer(name=f"{kind}_neuron", neuron=neuron, t_in=t, in_format=lane, kind=variant.kind)
    trains = np.concatenate(_trains(layer, theta, samples, seed))
    stim = f"stim/{layer.name}"
    drawn = {f"{stim}.current.hex": ["wide", "narrow", "upward"], f"{stim}.abort.hex": ["abort"]}
    seeds = _seed_entry(seed, drawn)
    abort = _aborts(layer, len(trains), seed)
    return write_bundle(Path(out), layer, trains[..., None], seed=seeds, abort=abort)


def _aborts(layer: Layer, samples: int, seed: int) -> IntArray:
    """Rows to run before a sample and to clear again: every fourth sample some, others none."""
    rows = _draw(seed, "abort", 1, layer.rows, (samples, 1))[:, 0]
    return np.where(np.arange(samples) % 4 == 3, rows, 0)


def write_layer_bundle(
    out: Path,
    name: str,
    *,
    weight: npt.ArrayLike,
    weight_format: Format,
    neuron: IntNeuron,
    spikes_in: npt.ArrayLike,
    bias: npt.ArrayLike | None = None,
    in_format: Format | None = None,
    in_bits: int = 0,
    stimuli_source: str = "synthetic",
) -> Manifest:
    """Write a bundle of a dense layer and its neurons.

    Parameters
    ----------
    out : Path
        New or empty folder.
    name : str
        Of the layer; letters, digits and ``_``.
    weight : integer array (out, in)
    weight_format : Format
        Signed.
    neuron : IntNeuron
        ``theta`` and ``v_init``: one value, or one for each output.
    spikes_in : integer array (sample, step, in)
        Bits, or counts where one step carries several spikes.
    bias : integer array (out,), optional
        Enters every input step; what enters once belongs to ``v_init``.
    in_format : Format, optional
        Unsigned, of one lane; by default the narrowest that holds ``spikes_in``. The widths of
        accumulator and membrane are proven for every stimulus of this format.
    in_bits : int
        B > 0: ``spikes_in`` are bits, MSB first, and those of step t are worth ``2**(B - t)``: the
        train of a bit-serial neuron. The module shifts its products.
    stimuli_source : {"synthetic", "digits"}
        "digits" keeps the attribution that the data set asks for.
    """
    frames = as_codes(spikes_in, "spikes_in")
    if frames.ndim != 3 or frames.size == 0:
        expected = "(sample, step, in), none of them 0"
        raise InputError("bad shape", where="spikes_in", expected=expected, got=frames.shape)
    if int(frames.min()) < 0:
        raise InputError("negative spikes", where="spikes_in", expected="bits or counts")
    lane = in_format or Format.holding(0, max(1, int(frames.max())))
    layer = Layer(
        name=name,
        neuron=neuron,
        t_in=frames.shape[1],
        in_format=lane,
        weight=as_codes(weight, "weight"),
        weight_format=weight_format,
        bias=None if bias is None else as_codes(bias, "bias"),
        in_bits=in_bits,
    )
    if frames.shape[2] != layer.n_in:
        got = frames.shape[2]
        raise InputError("inputs do not fit the weights", where=name, expected=layer.n_in, got=got)
    return write_bundle(Path(out), layer, frames, seed=_seed_entry(None, {}), source=stimuli_source)


def _trains(layer: Layer, theta: int, samples: int, seed: int) -> list[IntArray]:
    """Give directed trains; random ones over the whole range, within a threshold, upward."""
    fmt, t = layer.in_format, layer.t_in
    v_init = int(np.ravel(layer.neuron.v_init)[0])
    most = layer.neuron.value_range(layer.t_out)[1]
    charge = int(np.ravel(layer.neuron.charge)[0])
    directed = stimuli.directed(
        theta, v_init, t, fmt.low, fmt.high, levels=min(most, MOST_LEVELS), charge=charge
    )
    reach = theta * layer.neuron.spike_range[1]
    low, high = max(fmt.low, -theta), min(fmt.high, reach)
    wide, narrow, upward = (len(range(i, samples, 3)) for i in range(3))
    return [
        np.array([*directed.values(), *_rails(layer)]),
        _draw(seed, "wide", fmt.low, fmt.high, (wide, t)),
        _draw(seed, "narrow", low, high, (narrow, t)),
        _draw(seed, "upward", 0, fmt.high, (upward, t)),
    ]


def _rails(layer: Layer) -> Iterator[IntArray]:
    """Trains that drive a register to its lowest code exactly, and one below it."""
    register, fmt = layer.neuron.membrane, layer.in_format
    if register is None:
        return
    start = int(np.ravel(layer.neuron.v_init)[0]) + layer.t_in * int(layer.neuron.charge)
    for total in (register.format.low - start, register.format.low - start - 1):
        train = stimuli.spread(total, layer.t_in, fmt.low, fmt.high)
        if train is not None:
            yield np.array(train)


def _draw(seed: int, name: str, low: int, high: int, shape: tuple[int, int]) -> IntArray:
    count = shape[0] * shape[1]
    return stimuli.integers(stimuli.substream(seed, name), low, high, count).reshape(shape)


def _seed_entry(value: int | None, streams: dict[str, list[str]]) -> dict[str, Any]:
    generator = None if value is None else "SplitMix64"
    return {"bit_generator": generator, "value": value, "stream_per_file": streams}
