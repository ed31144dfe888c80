"""Write bundles: one neuron, or one dense layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fixedpoint import stimuli
from fixedpoint.arith import as_codes
from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.neurons import IntIF, IntNeuron, IntPascal
from fixedpoint.typing import IntArray
from fixedpoint.vectors.bundle import write_bundle
from fixedpoint.vectors.layer import Layer
from fixedpoint.vectors.manifest import Manifest

S8 = Format(True, 8)


def write_neuron_bundle(
    out: Path,
    kind: Literal["if", "pascal"],
    *,
    samples: int = 256,
    seed: int = 0,
    theta: int = 64,
    t: int = 8,
    in_format: Format = S8,
    compare: Literal["ge", "gt"] = "ge",
    reset: Literal["subtract", "zero"] = "subtract",
) -> Manifest:
    """Write a bundle of one neuron: directed trains, then random ones.

    Parameters
    ----------
    out : Path
        New or empty folder.
    kind : {"if", "pascal"}
    samples : int
        Random trains after the directed ones; every second one stays within a threshold.
    seed : int
        Of the SplitMix64 streams.
    theta : int
        Threshold; the membrane starts at ``theta // 2``.
    t : int
        Input steps; also output steps of "pascal".
    in_format : Format
        Of the current; signed.
    compare, reset : str
        Of the IF neuron.

    Returns
    -------
    Manifest

    Raises
    ------
    InputError
        The folder is not empty, or a setting is not possible.
    """
    neuron = _neuron(kind, theta, t, compare, reset)
    layer = Layer(name=f"{kind}_neuron", neuron=neuron, t_in=t, in_format=in_format)
    trains = np.concatenate(_trains(layer, theta, samples, seed))[..., None]  # (sample, t, 1)
    seeds = _seed_entry(seed, {f"stim/{layer.name}.current.hex": ["wide", "narrow"]})
    return write_bundle(Path(out), layer, trains, seed=seeds)


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
    neuron : IntIF or IntPascal
        ``theta`` and ``v_init``: one value, or one for each output.
    spikes_in : integer array (sample, step, in)
        Bits, or counts where one step carries several spikes.
    bias : integer array (out,), optional
        Enters every input step; what enters once belongs to ``v_init``.
    in_format : Format, optional
        Unsigned, of one lane; by default the narrowest that holds ``spikes_in``. The widths of
        accumulator and membrane are proven for every stimulus of this format.
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
    )
    if frames.shape[2] != layer.n_in:
        got = frames.shape[2]
        raise InputError("inputs do not fit the weights", where=name, expected=layer.n_in, got=got)
    return write_bundle(Path(out), layer, frames, seed=_seed_entry(None, {}), source=stimuli_source)


def _neuron(kind: str, theta: int, t: int, compare: Any, reset: Any) -> IntNeuron:
    if kind == "if":
        return IntIF(theta=theta, v_init=theta // 2, compare=compare, reset=reset)
    if kind == "pascal":
        if (compare, reset) != ("ge", "subtract"):
            got = f"{compare}, {reset}"
            raise InputError("pascal has no such variant", expected="ge, subtract", got=got)
        return IntPascal(theta=theta, v_init=theta // 2, t_out=t)
    raise InputError("unknown neuron", where="kind", expected="if or pascal", got=repr(kind))


def _trains(layer: Layer, theta: int, samples: int, seed: int) -> list[IntArray]:
    """Give directed trains, random ones over the whole range, and ones within a threshold."""
    fmt, t = layer.in_format, layer.t_in
    directed = stimuli.directed(theta, theta // 2, t, fmt.low, fmt.high)
    low, high = max(fmt.low, -theta), min(fmt.high, theta)
    wide, narrow = samples - samples // 2, samples // 2
    return [
        np.array(list(directed.values())),
        _draw(seed, "wide", fmt.low, fmt.high, (wide, t)),
        _draw(seed, "narrow", low, high, (narrow, t)),
    ]


def _draw(seed: int, name: str, low: int, high: int, shape: tuple[int, int]) -> IntArray:
    count = shape[0] * shape[1]
    return stimuli.integers(stimuli.substream(seed, name), low, high, count).reshape(shape)


def _seed_entry(value: int | None, streams: dict[str, list[str]]) -> dict[str, Any]:
    generator = None if value is None else "SplitMix64"
    return {"bit_generator": generator, "value": value, "stream_per_file": streams}
