"""Put a bundle together: tensors, manifest, texts, Verilog, checksums."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fixedpoint.hdl.testbench import bench_text, constants, neuron_texts, sources
from fixedpoint.typing import IntArray
from fixedpoint.vectors import describe as about
from fixedpoint.vectors.coverage import coverage
from fixedpoint.vectors.files import PROVENANCE, SUMS, sums, write_folder
from fixedpoint.vectors.layer import Layer
from fixedpoint.vectors.manifest import Manifest, seal
from fixedpoint.vectors.provenance import provenance
from fixedpoint.vectors.tensor import Tensor, describe
from fixedpoint.vectors.texts import license_entry, license_text, readme_text

_EXPECTED = {
    "acc": ("current", ("sample", "step", "neuron"), "after bias and weights, before the membrane"),
    "u": ("membrane", ("sample", "row", "neuron"), "v_pre: what the comparison saw"),
    "spike": ("spike", ("sample", "row", "neuron"), "decided in this row"),
    "v": ("membrane", ("sample", "row", "neuron"), "v_post: after the reset"),
    "count": ("count", ("sample", "row", "neuron"), "after this row"),
    "sat": ("flag", ("sample", "row", "neuron"), "the register did not hold the sum"),
    "out": ("out", ("sample", "step", "neuron"), "emitted in this output step"),
}


def write_bundle(
    out: Path,
    layer: Layer,
    stimulus: IntArray,
    *,
    seed: Mapping[str, Any],
    source: str = "synthetic",
    abort: IntArray | None = None,
) -> Manifest:
    """Write the bundle of a layer and its stimulus (sample, t_in, n_in), whole or not at all.

    ``abort`` (sample,): rows of each sample that a bench runs first and clears again.
    """
    signals = layer.signals(stimulus)
    content = _Content(layer)
    for signal, (codes, fmt, axes) in about.parameters(layer).items():
        content.add("param", signal, np.asarray(codes), fmt, axes)
    content.add_stimulus(stimulus)
    if abort is not None:
        content.add("stimulus", "abort", abort, "abort", ("sample",))
    for signal, codes in signals.items():
        fmt, axes, point = _EXPECTED[signal]
        content.add("expected", signal, codes, fmt, axes, packed=signal == "out", point=point)
    manifest = seal(_manifest(content, stimulus, signals, seed, source, abort), content.tensors)
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
    abort: IntArray | None,
) -> dict[str, Any]:
    layer = content.layer
    digest = hashlib.sha256(b"".join(content.files[t.file] for t in content.expected)).hexdigest()
    return {
        "generator": {"name": "fixedpoint", "versions": PROVENANCE},
        "license": license_entry(source),
        "seed": dict(seed),
        **about.facts(layer),
        "claim": about.claim(layer),
        "protocol": about.PROTOCOL,
        "compare": {"tolerance": 0, "dont_care": None, "x_is_mismatch": True},
        "coverage": coverage(layer, stimulus, signals, abort),
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
        "simulation": simulation(layer, content.tensors),
    }


def simulation(layer: Layer, tensors: list[Tensor]) -> dict[str, Any]:
    """Name the bench, its files, and the number of words it compares."""
    name, compared = layer.name, _COMPARED[layer.dense]
    top = [] if layer.dense else [f"rtl/{name}_top.v"]
    return {
        "top": f"tb_{name}",
        "sources": [f"tb/tb_{name}.v", *top, *(f"rtl/{file}" for file in sources(layer.rtl))],
        "words": sum(t.words for t in tensors if t.signal in compared and t.role == "expected"),
    }


_COMPARED = {
    False: {"spike", "v"},
    True: {"acc", "u", "spike", "v", "count", "out"},
}
"""Signals a bench compares: a neuron is seen through its port contract, a layer whole."""


def _files(layer: Layer, manifest: Manifest, content: _Content, source: str) -> dict[str, bytes]:
    name = layer.name
    texts = {
        "manifest.json": manifest.text(),
        "README.txt": readme_text(name, manifest.get("claim", "formula", kind=str)),
        "LICENSE.txt": license_text(source),
        f"hdl/{name}_pkg.vh": constants(manifest),
        f"tb/tb_{name}.v": bench_text(manifest),
    }
    if not layer.dense:
        texts |= neuron_texts(manifest)
    rtl = {f"rtl/{file}": data for file, data in sources(layer.rtl).items()}
    files = content.files | rtl | {file: text.encode() for file, text in texts.items()}
    return files | {SUMS: sums(files), PROVENANCE: provenance()}
