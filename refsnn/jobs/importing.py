"""Foreign files in, files for others out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from refsnn.errors import InputError
from refsnn.io import (
    MODEL,
    SPIKING,
    check_target,
    load_arrays,
    load_model,
    load_snn,
    save_model,
    save_snn,
)
from refsnn.io.nir import load_nir, save_nir
from refsnn.io.safetensors import load_tensors, save_tensors
from refsnn.io.state_dict import fit, load_names
from refsnn.jobs.options import NIR, refuse
from refsnn.jobs.trained import Unsaid, load_trained
from refsnn.snn import SNN


def load_network(path: Path, semantics: str | None, steps: int | None, dt: float | None) -> SNN:
    """A spiking network of ours, or a NIR network; only a NIR network takes the other arguments."""
    if path.suffix == ".nir":
        return load_nir(path, semantics, steps, dt)
    refuse({"--semantics": semantics, "--steps": steps, "--dt": dt}, NIR)
    return load_snn(path)


def import_network(
    source: Path, out: Path, semantics: str | None, steps: int | None, dt: float | None
) -> dict[str, Any]:
    """A NIR network as a spiking network file."""
    check_target(out)
    snn = load_nir(source, semantics, steps, dt)
    save_snn(out, snn)
    neurons = sorted({type(neuron).__name__ for neuron in snn.neurons.values()})
    return {
        "layers": len(snn.graph.nodes), "spiking": len(snn.neurons), "neurons": " ".join(neurons),
        "steps": snn.input_frames, "out": out,
    }  # fmt: skip


def import_onnx(source: Path, out: Path, unsaid: Unsaid) -> dict[str, Any]:
    """An ONNX network, and what its images go through first, as a model file."""
    check_target(out)
    model = load_trained(source, unsaid)
    save_model(out, model)
    graph = model.graph
    values = sum(value.size for value in graph.params.values())
    return {
        "nodes": len(graph.nodes),
        "parameters": len(graph.params),
        "values": values,
        "out": out,
    }


def import_weights(
    source: Path, graph: Path | None, names: Path | None, out: Path
) -> dict[str, Any]:
    """Weights of a safetensors file in the graph of a model file."""
    check_target(out)
    tensors = load_tensors(source)
    if graph is None:
        raise InputError(
            "weights need a graph", where="--graph", expected="a model file of the same network",
            fix="refsnn train --epochs 1 writes one; its weights are replaced",
        )  # fmt: skip
    model = load_model(graph)
    fitted = fit(model.graph, tensors, None if names is None else load_names(names))
    save_model(out, replace(model, graph=fitted, notes={"weights": source.name}))
    values = sum(value.size for value in fitted.params.values())
    return {"tensors": len(tensors), "parameters": len(fitted.params), "values": values, "out": out}


def export_file(source: Path, out: Path) -> dict[str, Any]:
    """A spiking network as NIR, or the weights of any network as safetensors."""
    check_target(out)
    header, _ = load_arrays(source, MODEL, SPIKING)
    spiking = header["format"] == SPIKING
    if out.suffix not in (".nir", ".safetensors"):
        expected = "NET.nir or WEIGHTS.safetensors"
        raise InputError("unknown kind of file", where=str(out), expected=expected)
    if out.suffix == ".nir":
        if not spiking:
            fix = "convert it first"
            raise InputError("NIR holds spiking networks", where=str(source), fix=fix)
        snn = load_snn(source)
        save_nir(out, snn)
        return {
            "kind": "nir",
            "layers": len(snn.graph.nodes),
            "steps": snn.input_frames,
            "out": out,
        }
    graph = load_snn(source).graph if spiking else load_model(source).graph
    save_tensors(out, graph)
    return {"kind": "safetensors", "parameters": len(graph.params), "out": out}
