"""Check a bundle without a simulator: its hashes, its text, and every expected word."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fixedpoint.errors import InputError
from fixedpoint.neurons import IntNeuron
from fixedpoint.typing import IntArray
from fixedpoint.vectors import describe as about
from fixedpoint.vectors.coverage import coverage
from fixedpoint.vectors.files import read_checked
from fixedpoint.vectors.kinds import build, kind_named
from fixedpoint.vectors.layer import Layer
from fixedpoint.vectors.manifest import Manifest, read_manifest
from fixedpoint.vectors.tensor import Tensor, decode, describe


@dataclass(frozen=True)
class Mismatch:
    """First expected word that differs from what the library computes."""

    file: str
    sample: int
    step: int
    index: int
    got: int  # computed here
    expected: int  # in the file

    def __str__(self) -> str:
        return (
            f"MISMATCH file={self.file} sample={self.sample} step={self.step} index={self.index} "
            f"got={self.got} exp={self.expected}"
        )


@dataclass(frozen=True)
class ReplayReport:
    """Result of `replay`."""

    bundle_id: str
    tensors: int  # expected tensors compared
    words: int  # their words
    mismatches: int  # values that differ
    first: Mismatch | None

    @property
    def ok(self) -> bool:
        """Whether every value is as expected."""
        return self.mismatches == 0


def replay(bundle: Path) -> ReplayReport:
    """Compute a bundle again from its parameters and stimulus, and compare everything.

    Parameters
    ----------
    bundle : Path
        A folder written by `write_neuron_bundle` or `write_layer_bundle`.

    Returns
    -------
    ReplayReport
        Differences in expected values are reported, not raised.

    Raises
    ------
    InputError
        A file is missing, damaged, unknown or not strict hex; the manifest is broken, of another
        schema, or does not describe its files.
    """
    files, manifest = read_bundle(Path(bundle))
    values = {t.signal: read_tensor(manifest, t, files) for t in manifest.tensors}
    _require("tensors, each signal once", len(manifest.tensors), len(values))
    _check_expected_words(manifest, files)
    layer = rebuild(manifest, values)
    stimulus = values["spikes" if layer.dense else "current"]
    computed = layer.signals(stimulus)
    expected = [t for t in manifest.tensors if t.role == "expected"]
    if missing := set(computed) ^ {t.signal for t in expected}:
        raise InputError("expected signals do not fit the layer", got=", ".join(sorted(missing)))
    differing = [_compare(t, computed[t.signal], values[t.signal]) for t in expected]
    if not any(count for count, _ in differing):
        _check_coverage(layer, manifest, stimulus, computed, values.get("abort"))
    return ReplayReport(
        bundle_id=manifest.bundle_id,
        tensors=len(expected),
        words=sum(t.words for t in expected),
        mismatches=sum(count for count, _ in differing),
        first=next((first for _, first in differing if first is not None), None),
    )


def read_bundle(bundle: Path) -> tuple[dict[str, bytes], Manifest]:
    """Read the hashed files and the manifest; raises where anything is damaged."""
    files = read_checked(bundle)
    if "manifest.json" not in files:
        raise InputError("missing file", where=str(bundle), expected="manifest.json")
    return files, read_manifest(bundle / "manifest.json")


def rebuild(manifest: Manifest, values: Mapping[str, IntArray]) -> Layer:
    """Build the layer that a manifest and its parameters describe."""
    dense = manifest.get("layers", 0, "kind", kind=str) == "dense"
    own = ("weight", "bias", "spikes") if dense else ("current", "abort")
    needed = {"theta", "v_init", "out", *own}
    if missing := needed - set(values):
        raise InputError("missing tensors", where="manifest", expected=", ".join(sorted(missing)))
    layer = Layer(
        name=manifest.get("layers", 0, "name", kind=str),
        neuron=_neuron(manifest, values),
        t_in=manifest.get("time", "T_in", kind=int),
        in_format=manifest.format("in"),
        weight=values["weight"] if dense else None,
        weight_format=manifest.format("weight") if dense else None,
        bias=values["bias"] if dense else None,
        in_bits=manifest.get("layers", 0, "in_bits", kind=int),
        kind=manifest.get("method", "id", kind=str),
    )
    _check_layer(layer, manifest, values)
    return layer


def _check_layer(layer: Layer, manifest: Manifest, values: Mapping[str, IntArray]) -> None:
    samples = manifest.get("vectors", "n_samples", kind=int)
    stimulus = values["spikes" if layer.dense else "current"]
    _require("stimulus shape", stimulus.shape, (samples, layer.t_in, layer.n_in))
    _require("output shape", values["out"].shape, (samples, layer.t_out, layer.n_out))
    for section, facts in about.facts(layer).items():
        _require(section, manifest.data[section], facts)


def _check_coverage(
    layer: Layer,
    manifest: Manifest,
    stimulus: IntArray,
    signals: dict[str, IntArray],
    abort: IntArray | None,
) -> None:
    """What the manifest counts must be what the signals show; asked only where they agree."""
    _require("coverage", manifest.data["coverage"], coverage(layer, stimulus, signals, abort))
    counts = manifest.get("vectors", kind=dict)
    _require("n_steps", counts.get("n_steps"), len(stimulus) * layer.rows)
    spikes = [int(signals["out"].sum())]
    _require("expected_spike_count", counts.get("expected_spike_count"), spikes)


def _require(name: str, got: object, expected: object) -> None:
    if got != expected:
        where = f"manifest, {name}"
        raise InputError("does not fit the layer", where=where, expected=expected, got=got)


def _neuron(manifest: Manifest, values: Mapping[str, IntArray]) -> IntNeuron:
    kind = kind_named(manifest.get("method", "id", kind=str))
    given = manifest.get("layers", 0, "settings", kind=dict)
    return build(kind, values["theta"], values["v_init"], given)


def read_tensor(manifest: Manifest, tensor: Tensor, files: Mapping[str, bytes]) -> IntArray:
    """Read one tensor; raises where its file and its entry disagree."""
    if tensor.file not in files:
        raise InputError("missing file", where="manifest tensors", expected=tensor.file)
    fmt = manifest.format(tensor.format)
    codes = decode(tensor, files[tensor.file], fmt, tensor.file)
    names = ("id", "file", "role", "layer", "signal", "format", "axes", "sample_point")
    again, _ = describe(
        codes, fmt, packed=tensor.packing is not None, names={n: getattr(tensor, n) for n in names}
    )
    if again != tensor:
        wrong = [n for n in again.__dataclass_fields__ if getattr(again, n) != getattr(tensor, n)]
        got = ", ".join(wrong)
        raise InputError("the manifest does not describe the file", where=tensor.file, got=got)
    return codes


def _check_expected_words(manifest: Manifest, files: Mapping[str, bytes]) -> None:
    expected = [t for t in manifest.tensors if t.role == "expected"]
    digest = hashlib.sha256(b"".join(files[t.file] for t in expected)).hexdigest()
    words = sum(t.words for t in expected)
    claimed = (manifest.n_words, manifest.get("vectors", "expected_digest", kind=str))
    if claimed != (words, digest):
        raise InputError("vectors do not fit the files", where="manifest", expected=(words, digest))


def _compare(tensor: Tensor, got: IntArray, expected: IntArray) -> tuple[int, Mismatch | None]:
    if got.shape != expected.shape:
        raise InputError("wrong shape", where=tensor.file, expected=got.shape, got=expected.shape)
    differing = np.argwhere(got != expected)
    if not len(differing):
        return 0, None
    sample, step, index = (int(i) for i in differing[0])
    where = (sample, step, index)
    return len(differing), Mismatch(tensor.file, *where, int(got[where]), int(expected[where]))
