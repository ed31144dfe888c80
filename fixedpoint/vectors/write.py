"""Write bundles: one neuron, or one dense layer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fixedpoint import stimuli
from fixedpoint.arith import as_codes
from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.hdl.testbench import constants, sources, test_bench
from fixedpoint.neurons import IntIF, IntNeuron, IntPascal
from fixedpoint.typing import IntArray
from fixedpoint.vectors import describe as about
from fixedpoint.vectors.coverage import coverage
from fixedpoint.vectors.files import PROVENANCE, SUMS, sums, write_folder
from fixedpoint.vectors.layer import Layer
from fixedpoint.vectors.manifest import Manifest, Tensor, describe, seal
from fixedpoint.vectors.provenance import provenance
from fixedpoint.vectors.texts import license_entry, license_text, readme_text

_EXPECTED = {
    "acc": ("current", ("sample", "step", "neuron"), "after bias and weights, before the membrane"),
    "u": ("membrane", ("sample", "row", "neuron"), "v_pre: what the comparison saw"),
    "spike": ("spike", ("sample", "row", "neuron"), "decided in this row"),
    "v": ("membrane", ("sample", "row", "neuron"), "v_post: after the reset"),
    "count": ("count", ("sample", "row", "neuron"), "after this row"),
    "out": ("bit", ("sample", "step", "neuron"), "emitted in this output step"),
}


def write_neuron_bundle(
    out: Path,
    kind: Literal["if", "pascal"],
    *,
    samples: int = 256,
    seed: int = 0,
    theta: int = 64,
    t: int = 8,
    in_format: Format = Format(True, 8),
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


def write_bundle(
    out: Path,
    layer: Layer,
    stimulus: IntArray,
    *,
    seed: Mapping[str, Any],
    source: str = "synthetic",
) -> Manifest:
    """Write the bundle of a layer and its stimulus (sample, t_in, n_in), whole or not at all."""
    signals = layer.signals(stimulus)
    content = _Content(layer)
    for signal, (codes, fmt, axes) in about.parameters(layer).items():
        content.add("param", signal, np.asarray(codes), fmt, axes)
    content.add_stimulus(stimulus)
    for signal, codes in signals.items():
        fmt, axes, point = _EXPECTED[signal]
        content.add("expected", signal, codes, fmt, axes, packed=signal == "out", point=point)
    manifest = seal(_manifest(content, stimulus, signals, seed, source), content.tensors)
    write_folder(out, _files(layer, manifest, content, source))
    return manifest


_FOLDER = {"param": "param", "stimulus": "stim", "expected": "exp"}


@dataclass
class _Content:
    """Collects the tensors of one bundle and the bytes of their files."""

    layer: Layer

    def __post_init__(self) -> None:
        self.tensors: list[Tensor] = []
        self.files: dict[str, bytes] = {}

    def add(
        self,
        role: str,
        signal: str,
        codes: IntArray,
        fmt: str,
        axes: tuple[str, ...],
        *,
        packed: bool = False,
        point: str | None = None,
    ) -> None:
        tensor_id = f"{self.layer.name}.{signal}"
        names = {
            "id": tensor_id,
            "file": f"{_FOLDER[role]}/{tensor_id}.hex",
            "role": role,
            "layer": self.layer.name,
            "signal": signal,
            "format": fmt,
            "axes": axes,
            "sample_point": point,
        }
        tensor, data = describe(codes, self.layer.formats[fmt], packed=packed, names=names)
        self.tensors.append(tensor)
        self.files[tensor.file] = data

    def add_stimulus(self, stimulus: IntArray) -> None:
        if self.layer.dense:
            axes = ("sample", "step", "in")
            self.add("stimulus", "spikes", stimulus, "in", axes, packed=True)
        else:
            self.add("stimulus", "current", stimulus, "in", ("sample", "step", "neuron"))

    @property
    def expected(self) -> list[Tensor]:
        return [tensor for tensor in self.tensors if tensor.role == "expected"]


def _manifest(
    content: _Content,
    stimulus: IntArray,
    signals: dict[str, IntArray],
    seed: Mapping[str, Any],
    source: str,
) -> dict[str, Any]:
    layer, name = content.layer, content.layer.name
    digest = hashlib.sha256(b"".join(content.files[t.file] for t in content.expected)).hexdigest()
    return {
        "generator": {"name": "fixedpoint", "versions": PROVENANCE},
        "license": license_entry(source),
        "seed": dict(seed),
        "method": about.method(layer, name),
        "claim": about.claim(layer),
        "time": about.time(layer),
        "formats": {key: str(fmt) for key, fmt in layer.formats.items()},
        "layers": [about.layer_entry(layer)],
        "protocol": about.PROTOCOL,
        "compare": {"tolerance": 0, "dont_care": None, "x_is_mismatch": True},
        "coverage": coverage(layer, stimulus, signals),
        "quality": {
            "mutants": None,
            "killed": None,
            "equivalent": None,
            "tool": None,
            "seed": None,
        },
        "vectors": {
            "n_samples": len(stimulus),
            "n_steps": len(stimulus) * layer.rows,
            "n_words": sum(tensor.words for tensor in content.expected),
            "expected_digest": digest,
            "expected_spike_count": [int(signals["out"].sum())],
        },
        "simulation": {
            "top": f"tb_{name}",
            "sources": [f"tb/tb_{name}.v", *(f"rtl/{file}" for file in sources(layer.dense))],
        },
    }


def _files(layer: Layer, manifest: Manifest, content: _Content, source: str) -> dict[str, bytes]:
    name = layer.name
    texts = {
        "manifest.json": manifest.text(),
        "README.txt": readme_text(name, manifest.get("claim", "formula", kind=str)),
        "LICENSE.txt": license_text(source),
        f"hdl/{name}_pkg.vh": constants(manifest),
        f"tb/tb_{name}.v": test_bench(manifest),
    }
    rtl = {f"rtl/{file}": data for file, data in sources(layer.dense).items()}
    files = content.files | rtl | {file: text.encode() for file, text in texts.items()}
    return files | {SUMS: sums(files), PROVENANCE: provenance()}


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
