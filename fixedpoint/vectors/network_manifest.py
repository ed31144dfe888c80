"""What the manifest says about a network: its steps, its coverage, its files."""

from __future__ import annotations

from typing import Any

import numpy as np

from fixedpoint.program import INPUT, Program
from fixedpoint.vectors import content as shared
from fixedpoint.vectors.describe import PROTOCOL
from fixedpoint.vectors.network_signals import FULL, Signals
from fixedpoint.vectors.texts import license_entry

NO_RTL: dict[str, Any] = {"top": None, "sources": [], "words": 0}


def sections(
    program: Program,
    content: shared.Content,
    entries: list[dict[str, Any]],
    signals: Signals,
    name: str,
    source: str,
) -> dict[str, Any]:
    """Give every section of the manifest, that of a network without Verilog."""
    samples = content.tensors[-1].shape[0]
    time = _time(program, entries)
    return {
        "generator": shared.GENERATOR,
        "license": license_entry(source),
        "seed": {"bit_generator": None, "value": None, "stream_per_file": {}},
        "method": {
            "id": "network",
            "title": "whole network",
            "neuron": None,
            "phase": None,
            "paper": None,
            "name": name,
            "conversion": program.notes.get("method"),
        },
        "claim": {
            "formula": "logits = v_init + sum(acc) of the readout; the class is their argmax",
            "proved_by": None,
            "known_exceptions": [],
        },
        "time": time,
        "formats": {key: str(fmt) for key, fmt in content.formats.items()},
        "layers": entries,
        "protocol": PROTOCOL,
        "compare": shared.COMPARE,
        "coverage": coverage(signals),
        "quality": shared.QUALITY,
        "simulation": NO_RTL,
        "vectors": content.vectors(samples, samples * time["rows"], spike_counts(signals)),
    }


def _time(program: Program, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Steps of a sample if every layer starts as soon as its sources emit."""
    begins, emits = {}, {INPUT: 0}
    for entry in entries:
        begins[entry["name"]] = begin = max(emits[tap["source"]] for tap in entry["taps"])
        emits[entry["name"]] = begin + entry["rows"] - entry["t_out"]
        if entry["rows"] == entry["t_in"]:  # each step both consumes and emits
            emits[entry["name"]] = begin
    return {
        "T_in": program.input_frames,
        "T_out": entries[-1]["t_out"],
        "rows": max(begins[e["name"]] + e["rows"] for e in entries),
        "step_order": "none",
        "layer_start_offset": [begins[e["name"]] for e in entries],
        "drain_steps": program.extra_frames,
    }


def spike_counts(signals: Signals) -> list[int]:
    """Spikes that each layer of neurons emitted; inhibitory ones count as one too."""
    return [int(np.abs(own["out"]).sum()) for own in signals.values() if "out" in own]


def coverage(signals: Signals) -> dict[str, int | None]:
    """Count what the run reached; null where the trace does not show it."""
    out = [own["out"] for own in signals.values() if "out" in own]
    v = [own["v"] for own in signals.values() if "v" in own and "u" in own]
    silent = sum(int((o == 0).all(axis=(0, 1)).sum()) for o in out)
    always = sum(int((o != 0).all(axis=(0, 1)).sum()) for o in out)
    negative = sum(int((m < 0).sum()) for m in v) if v else None
    classes = int(np.unique(next(reversed(signals.values()))["logits"].argmax(axis=1)).size)
    return {
        "silent_neurons": silent,
        "always_firing_neurons": always,
        "negative_membrane": negative,
        "classes_predicted": classes,
    }


def readme(name: str) -> str:
    """Give README.txt."""
    return f"""Test vectors for the integer network "{name}", layer by layer.

Check:     sha256sum -c SHA256SUMS
Layers:    manifest.json: layers (in order, with their sources), tensors (one entry a file)

stim/input.x.hex            one image a line, lane 0 in the lowest bits, presented in every step
param/<layer>.*.hex         weights (address out * n_in + in), theta, bias of each step, v_init
exp/<layer>.{{{",".join(FULL)}}}.hex   what each layer does; out is what the next layer reads
exp/<readout>.logits.hex    the result
"""
