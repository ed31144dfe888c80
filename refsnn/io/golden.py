"""Golden cases as npz files that any language reads, and the manifest of a set of them.

A case holds ``input``, ``logits``, ``header`` (JSON as bytes), ``param/<node>.<name>`` (weights and
biases), ``neuron/<layer>/theta``, and ``<layer>/<signal>``: time first, then the sample. Values are
float32 where that is exact, else float64.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from refsnn.engines import Case, Run, Trace
from refsnn.engines.observed import MEANING, TOTALS, LayerSignals, Signal, signals_of
from refsnn.errors import InputError
from refsnn.io.archive import HEADER, Reading, read_arrays
from refsnn.io.canonical import write_archive
from refsnn.io.npz import snn_of, snn_parts
from refsnn.snn import SNN
from refsnn.typing import Array

GOLDEN, GOLDEN_SET = "refsnn/golden/1", "refsnn/golden-set/1"
MANIFEST = "manifest.json"
INTEGERS = {"fired": np.int8, "spikes": np.int8, "counts": np.int32}
DERIVED = ("values", "sums")
"""Signals a reader can make of the others: not stored."""
RESERVED = ("param", "neuron", "reference", "input", "logits", HEADER)


def case_bytes(case: Case) -> bytes:
    """A case as the bytes of a canonical npz file."""
    about, arrays = snn_parts(replace(case.snn, notes={}, preprocessing=None))
    observed = signals_of(case.snn, case.run)
    for name in observed:
        if name in RESERVED or "/" in name:
            raise InputError("layer name is taken", where=name, expected="another name")
    layers = {name: {"rows": [list(r) for r in layer.labels]} for name, layer in observed.items()}
    header = {"format": GOLDEN, "case": case.name, "norms": case.norms, "layers": layers, **about}
    body = np.frombuffer(json.dumps(header, sort_keys=True).encode(), np.uint8)
    stored = {key: narrow(value) for key, value in {**arrays, **_recorded(observed)}.items()}
    named = {"input": narrow(case.x), "logits": narrow(case.run.logits), HEADER: body, **stored}
    file = io.BytesIO()
    write_archive(file, named, packed=False)
    return file.getvalue()


def narrow(value: Array) -> Array:
    """float32 if it holds every value exactly."""
    if value.dtype != np.float64:
        return value
    small = value.astype(np.float32)
    return small if np.array_equal(small, value) else value


def _recorded(observed: Mapping[str, LayerSignals]) -> dict[str, Array]:
    arrays = {}
    for layer, (labels, signals) in observed.items():
        for name, signal in signals.items():
            twin = name == "fired" and signals["spikes"].rows == tuple(range(len(labels)))
            if name not in DERIVED and not twin:
                data = signal.data
                arrays[f"{layer}/{name}"] = data.astype(INTEGERS.get(name, data.dtype))
    return arrays


def load_case(path: str | Path) -> Case:
    """Read what `case_bytes` made."""
    arrays = read_arrays(path)
    with Reading(path):
        header = _header(arrays.pop(HEADER, None))
        return _case(header, {key: _wide(value) for key, value in arrays.items()})


def _header(stored: Array | None) -> dict[str, Any]:
    if stored is None or stored.dtype != np.uint8 or stored.ndim != 1:
        raise InputError("no golden case", fix="refsnn golden write, or refsnn golden make, do")
    try:
        header = json.loads(stored.tobytes())
    except ValueError as error:
        raise InputError("header is not JSON", got=error) from error
    found = header.get("format") if isinstance(header, dict) else None
    if found != GOLDEN:
        raise InputError("file of another kind", expected=GOLDEN, got=found)
    return dict(header)


def _wide(value: Array) -> Array:
    return value.astype(np.float64) if value.dtype.kind == "f" else value


def _case(header: dict[str, Any], arrays: dict[str, Array]) -> Case:
    snn, logits = snn_of(header, arrays), arrays["logits"]
    names = [*snn.neurons, snn.graph.output]
    traces = {name: _trace(name, header["layers"][name]["rows"], arrays) for name in names}
    counts = {name: arrays[f"{name}/counts"].astype(np.int64) for name in snn.neurons}
    sums = {name: np.asarray(neuron.theta) * counts[name] for name, neuron in snn.neurons.items()}
    run = Run(logits, counts, {}, sums, {}, traces)
    for name in names:
        _check_rows(snn, name, traces[name])
    for name, layer in signals_of(snn, run).items():
        for key, signal in layer.signals.items():
            _check_shape(f"{name}/{key}", signal, len(arrays["input"]), snn.graph.shapes[name])
    return Case(header["case"], snn, arrays["input"], run, tuple(header["norms"]))


def _trace(name: str, rows: list[Any], arrays: Mapping[str, Array]) -> Trace:
    phases, clock = np.array([p for p, _ in rows], str), np.array([t for _, t in rows], np.int64)
    v, current = arrays[f"{name}/v"], arrays[f"{name}/current"]
    fired = arrays.get(f"{name}/fired", arrays.get(f"{name}/spikes", np.zeros(v.shape, np.int8)))
    trace = Trace(phases, clock, current, arrays.get(f"{name}/u", v), fired, v)
    for field, value in trace._asdict().items():
        if len(value) != len(rows):
            raise InputError("other number of rows", where=f"{name}/{field}", expected=len(rows))
    return trace


def _check_rows(snn: SNN, name: str, trace: Trace) -> None:
    """A layer that would take more frames than it recorded is never run."""
    neuron, source = snn.neurons.get(name, snn.readout), snn.graph.node(name).inputs[0]
    takes = {phase.name for phase in neuron.schedule(1) if phase.consumes}
    frames = snn.frames[name if name not in snn.neurons else source] + snn.extra_frames
    taken = sum(str(phase) in takes for phase in trace.phase)
    if taken != frames:
        raise InputError(
            "rows are not those of the schedule", where=name, expected=frames, got=taken
        )


def _check_shape(where: str, signal: Signal, batch: int, shape: tuple[int, ...]) -> None:
    time = () if signal.rows is None else (len(signal.rows),)
    expected = (*time, batch, *shape)
    if signal.data.shape != expected:
        raise InputError("other shape", where=where, expected=expected, got=signal.data.shape)


AXES = {"rows": ["rows", "batch", "..."], "frames": ["frames", "batch", "..."]}
"""Axes of a signal of every step, and of the output train; a total has none of time."""
ABOUT = {
    "rows": "steps of the layer in order, each a phase and its step within the phase",
    "frames": "output frames of the layer in order, each the row that sends it, counted from 0",
    "batch": "samples",
    "...": "the layer's own axes: (C,), or (C, H, W)",
}


def manifest_of(cases: Mapping[str, Case], files: Mapping[str, bytes]) -> bytes:
    """The manifest of a set: what every array is, and the hash of every file; a line a case."""
    entries = [entry_of(case, files[name]) for name, case in cases.items()]
    lines = ",\n ".join(json.dumps(entry, sort_keys=True) for entry in entries)
    signals = {name: {"axes": _axes(name), "means": means} for name, means in MEANING.items()}
    head = json.dumps({"format": GOLDEN_SET, "axes": ABOUT, "signals": signals}, indent=1)
    return f'{head[:-2]},\n "cases": [\n {lines}\n ]\n}}\n'.encode()


def _axes(name: str) -> list[str]:
    if name in (*TOTALS, "logits"):
        return AXES["rows"][1:]
    return AXES["frames" if name in ("spikes", "values") else "rows"]


def entry_of(case: Case, data: bytes) -> dict[str, Any]:
    """What the manifest says of one case."""
    snn, observed = case.snn, signals_of(case.snn, case.run)
    return {
        "case": case.name,
        "file": f"{case.name}.npz",
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "method": snn.method,
        "T": {name: snn.frames[name] for name in ("input", *snn.neurons)},
        "extra_frames": snn.extra_frames,
        "input": list(case.x.shape),
        "logits": list(case.run.logits.shape),
        "nodes": [
            f"{node.name} = {type(node.op).__name__}({', '.join(node.inputs)})"
            for node in snn.graph.nodes
        ],
        "layers": {name: _layer_entry(snn, name, layer) for name, layer in observed.items()},
    }


def _layer_entry(snn: SNN, name: str, layer: LayerSignals) -> dict[str, Any]:
    sent = layer.signals["spikes"].rows if "spikes" in layer.signals else ()
    return {
        "neuron": type(snn.neurons.get(name, snn.readout)).__name__,
        "semantics": snn.semantics[name].to_dict(),
        "shape": list(snn.graph.shapes[name]),
        "rows": [f"{phase} {t}" for phase, t in layer.labels],
        "frames": list(sent or ()),
        "signals": list(layer.signals),
    }
