"""Vector bundles of neurons and of layers of converted networks."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from fixedpoint.errors import nearest
from fixedpoint.formats import Format
from fixedpoint.program import Layer, start
from fixedpoint.run import layer_currents, run_program
from fixedpoint.synapses import Dense
from fixedpoint.vectors import Manifest, write_layer_bundle, write_neuron_bundle
from fixedpoint.vectors.dut import device_named, judge
from fixedpoint.vectors.levels import replay_any
from fixedpoint.vectors.manifest import MANIFEST, read_manifest
from fixedpoint.vectors.network import write_network_bundle
from fixedpoint.vectors.scalar import write_scalar_bundle
from fixedpoint.vectors.scalar_op import OPS
from fixedpoint.vectors.variants import VARIANTS
from refsnn.datasets import load_spec
from refsnn.errors import InputError
from refsnn.io import load_snn
from refsnn.lower import Lowered, lower
from refsnn.typing import Array, IntArray

KINDS = (*VARIANTS, "layer", "network", *OPS)


def write_bundle(
    out: Path,
    kind: str,
    samples: int,
    seed: int,
    snn: Path | None,
    layer: str | None,
    data: str,
    bits: int,
) -> Manifest:
    """Write the bundle that ``refsnn vectors write`` was asked for."""
    if kind not in KINDS:
        fix = nearest(kind, list(KINDS))
        raise InputError(f"unknown kind {kind!r}", where="--kind", fix=fix)
    if samples < 1:
        raise InputError("too few", where="--samples", expected=">= 1", got=samples)
    if kind in OPS:
        return write_scalar_bundle(out, kind, samples=samples, seed=seed)
    if kind == "network":
        return write_lowered_network(out, snn, data, bits, samples)
    if kind != "layer":
        return write_neuron_bundle(out, kind, samples=samples, seed=seed)
    if snn is None or layer is None:
        raise InputError(
            "a layer needs its network", where="--kind layer", fix="pass --snn FILE --layer NAME"
        )
    lowered, x, source = _lowered(snn, data, bits)
    return write_lowered_layer(out, lowered, layer, lowered.codes(x[:samples]), bits, source)


def write_lowered_network(
    out: Path, snn: Path | None, data: str, bits: int, samples: int
) -> Manifest:
    """A bundle of a whole network, driven by real images."""
    if snn is None:
        raise InputError("no network", where="--kind network", fix="pass --snn FILE")
    lowered, x, source = _lowered(snn, data, bits)
    codes = lowered.codes(x[:samples])
    return write_network_bundle(out, lowered.program, codes, stimuli_source=source)


def _lowered(snn: Path, data: str, bits: int) -> tuple[Lowered, Array, str]:
    """The network of a file in integers, its images, and where they come from."""
    network, split = load_snn(snn), load_spec(data)
    x = split.prepared(network.preprocessing, np.float64)
    source = "digits" if split.name.startswith("digits") else "synthetic"
    return lower(network, x, split.y, bits=bits), x, source


def write_lowered_layer(
    out: Path, lowered: Lowered, name: str, codes: IntArray, bits: int, source: str
) -> Manifest:
    """A bundle of one linear layer, driven by the spikes that real images send into it."""
    known = [layer.name for layer in lowered.program.layers[:-1]]
    if name not in known:
        raise InputError(f"unknown layer {name!r}", where="--layer", fix=nearest(name, known))
    layer = lowered.program.layer(name)
    dense = _dense(layer)
    _refuse_unlit_frames(lowered, layer)
    frames, in_bits = _frames_into(lowered, layer, codes)
    assert layer.neuron is not None
    neuron = (
        replace(layer.neuron, v_init=start(layer).reshape(-1)) if layer.bias_once else layer.neuron
    )
    return write_layer_bundle(
        out,
        name,
        weight=dense.weight,
        weight_format=Format(True, bits),
        neuron=neuron,
        spikes_in=frames.transpose(1, 0, 2),
        bias=None if layer.bias_once else np.broadcast_to(layer.bias, len(dense.weight)),
        in_bits=in_bits,
        stimuli_source=source,
    )


def _dense(layer: Layer) -> Dense:
    last = layer.taps[0].path[-1]
    if len(layer.taps) != 1 or not isinstance(last, Dense):
        raise InputError(
            "not a linear layer", where=layer.name, fix="choose neurons fed by one linear layer"
        )
    return last


def _refuse_unlit_frames(lowered: Lowered, layer: Layer) -> None:
    if lowered.program.extra_frames and not layer.bias_once and np.any(layer.bias):
        what = "the bias is absent from the silent frames, a bundle of a layer has it in all"
        raise InputError(what, where=layer.name, fix="write the whole network: --kind network")


def _frames_into(lowered: Lowered, layer: Layer, codes: IntArray) -> tuple[IntArray, int]:
    """Integer inputs (T, N, in) of the layer's weights, and their bits where steps differ.

    Spikes, or counts after a sum pool; of the input layer the image in every frame.
    """
    tap, program = layer.taps[0], lowered.program
    in_bits = 0
    if tap.source == "input":
        silent = np.zeros((program.extra_frames, *codes.shape), np.int64)
        train = np.concatenate([np.repeat(codes[None], program.input_frames, axis=0), silent])
    else:
        train = run_program(program, codes).layers[tap.source].spikes
        sender = program.layer(tap.source).neuron
        assert sender is not None
        first = int(sender.frame_weights(len(train))[0])
        in_bits = first.bit_length() if first > 1 else 0
    before = replace(layer, taps=(replace(tap, path=tap.path[:-1]),), bias=np.zeros((), np.int64))
    return layer_currents(before, {tap.source: train}), in_bits


def judge_device(bundle: Path, device: str) -> dict[str, Any]:
    """Run a device under test on every sample of a bundle."""
    verdict = judge(bundle, device_named(device))
    summary = f"{verdict.samples} samples, {verdict.words} words, {verdict.mismatches} mismatches"
    lines = [f"{device}: {summary}", "compared: " + ", ".join(verdict.compared)]
    lines += ["not shown: " + ", ".join(verdict.skipped)] if verdict.skipped else []
    first = None if verdict.first is None else str(verdict.first)
    body = {**asdict(verdict), "bundle": str(bundle), "device": device, "first": first}
    return {**body, "ok": verdict.ok, "lines": lines + ([first] if first else [])}


def check_bundle(bundle: Path, *, simulate: bool) -> dict[str, Any]:
    """Replay a bundle, and run its RTL if asked."""
    report = replay_any(bundle)
    lines = [f"replay: {report.words} words, {report.mismatches} mismatches"]
    if report.first is not None:
        lines.append(str(report.first))
    body: dict[str, Any] = {
        "bundle": str(bundle),
        "bundle_id": report.bundle_id,
        "words": report.words,
        "mismatches": report.mismatches,
        "first": None if report.first is None else str(report.first),
        "rtl": None,
    }
    ok = report.ok
    if simulate:
        from fixedpoint.hdl.icarus import simulate as run_rtl

        _require_verilog(bundle)
        result = run_rtl(bundle)
        body["rtl"] = {"ok": result.ok, "checked": result.checked, "mismatches": result.mismatches}
        lines.append(
            f"Icarus Verilog: {'PASS' if result.ok else 'FAIL'}, {result.checked} words checked"
        )
        lines.extend(result.mismatches)
        ok = ok and result.ok
    return {**body, "ok": ok, "lines": lines}


def _require_verilog(bundle: Path) -> None:
    manifest = read_manifest(bundle / MANIFEST)
    if manifest.get("simulation", kind=dict).get("top") is None:
        fix = "replay it without --simulate; chains of dense layers with IF neurons have Verilog"
        raise InputError("no Verilog in this bundle", where=str(bundle), fix=fix)
