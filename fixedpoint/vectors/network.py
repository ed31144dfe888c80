"""Bundles of a small whole network: every layer, every step, and the logits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fixedpoint.errors import InputError
from fixedpoint.program import INPUT, Program, frames_out
from fixedpoint.typing import IntArray
from fixedpoint.vectors import content as shared
from fixedpoint.vectors.compare import Comparison, compare_all, read_tensors, require_facts
from fixedpoint.vectors.files import write_folder
from fixedpoint.vectors.manifest import Manifest, seal
from fixedpoint.vectors.mlp_rtl import has_rtl, rtl_files, simulation
from fixedpoint.vectors.network_manifest import coverage, readme, sections, spike_counts
from fixedpoint.vectors.network_program import add_layer, no_program, rebuild_program, safe
from fixedpoint.vectors.network_signals import (
    SHAPES,
    Trace,
    network_signals,
    program_formats,
)
from fixedpoint.vectors.replay import read_bundle

TRACES: tuple[Trace, ...] = ("full", "final")


def write_network_bundle(
    out: Path,
    program: Program,
    x: IntArray,
    *,
    name: str = "network",
    trace: Trace = "full",
    stimuli_source: str = "synthetic",
) -> Manifest:
    """Write a bundle of a whole program.

    Parameters
    ----------
    out : Path
        New or empty folder.
    program : Program
        Any synapses and neurons; where all layers are dense with IF neurons, Verilog of the whole
        network and its test bench are part of the bundle.
    x : integer array (sample, ...)
        Input codes; every sample is presented as the program says.
    name : str
        Of the bundle; letters, digits and ``_``.
    trace : {"full", "final"}
        All registers after all steps, or the emitted spikes, the last membranes and the logits.
        Both have the CRC-32 of each layer's output words after each sample.
    stimuli_source : {"synthetic", "digits"}
        "digits" keeps the attribution that the data set asks for.

    Returns
    -------
    Manifest

    Raises
    ------
    InputError
        The folder is not empty, or the network does not fit.
    """
    x = program.check_input(x)
    _check(program, x, name, trace)
    content = shared.Content()
    content.formats |= program_formats(program)
    entries = _add_parameters(content, program)
    content.add(
        "stimulus", INPUT, "x", x.reshape(len(x), -1), INPUT, ("sample", "lane"), packed=True
    )
    signals = network_signals(program, x, trace)
    for layer, own in signals.items():
        for signal, codes in own.items():
            fmt, axes, point = SHAPES[signal]
            kind = fmt if fmt in ("crc", "class") else f"{layer}.{fmt}"
            packed = signal == "out"
            content.add(
                "expected", layer, signal, codes, kind, axes, packed=packed, point=point,
                saturated=None if "sat" in own else 0,
            )  # fmt: skip
    data = sections(program, content, entries, signals, name, stimuli_source)
    if has_rtl(program, trace):
        data["simulation"] = simulation(name, content.n_words)
    manifest = seal(data, content.tensors)
    if has_rtl(program, trace):
        content.files |= rtl_files(manifest)
    texts = {"README.txt": readme(name)}
    write_folder(Path(out), content.all_files(manifest, texts, stimuli_source))
    return manifest


def _check(program: Program, x: IntArray, name: str, trace: str) -> None:
    if trace not in TRACES:
        raise InputError("unknown trace", where="trace", expected="full or final", got=repr(trace))
    if not name.isidentifier() or not name.isascii():
        raise InputError("bad name", where="name", expected="letters, digits, _", got=repr(name))
    names = [safe(layer.name) for layer in program.layers] + [INPUT]
    if len(set(names)) != len(names) or not all(n.isidentifier() for n in names):
        raise InputError("layer names are not different as file names", where="program", got=names)
    if not len(x):
        raise InputError("no samples", where="x")


def _add_parameters(content: shared.Content, program: Program) -> list[dict[str, Any]]:
    frames, shapes = program.frames(), {INPUT: program.input_shape}
    entries = []
    for index, layer in enumerate(program.layers):
        source = layer.taps[0].source
        probe = layer.taps[0](np.zeros((1, *shapes[source]), np.int64))
        shapes[layer.name] = probe.shape[1:]
        t_in = frames[source]
        rows = t_in if layer.neuron is None else len(layer.neuron.schedule(t_in))
        entry = add_layer(content, layer, probe.shape[1:], t_in, (rows, frames_out(layer, t_in)))
        entries.append({"index": index, "in_shape": list(shapes[source]), **entry})
    return entries


def replay_network(bundle: Path) -> Comparison:
    """Run the program of a bundle again and compare every word; the first difference comes first.

    Raises
    ------
    InputError
        A file is missing, damaged, unknown or not strict hex, or the manifest is broken.
    """
    files, manifest = read_bundle(Path(bundle))
    values = read_tensors(manifest, files)
    program = rebuild_program(manifest, values)
    names = {t.signal for t in manifest.tensors if t.role == "expected"}
    with no_program():
        x = values[f"{INPUT}.x"].reshape(-1, *program.input_shape)
        signals = network_signals(program, x, "full" if "acc" in names else "final")
    computed = {f"{name}.{s}": codes for name, own in signals.items() for s, codes in own.items()}
    report = compare_all(manifest, values, computed)
    if report.ok:
        spikes = ("vectors", "expected_spike_count")
        facts = {("coverage",): coverage(signals), spikes: spike_counts(signals)}
        require_facts(manifest, facts)
    return report
