"""Models and spiking networks as npz files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from refsnn.errors import InputError
from refsnn.graph import Graph, Node
from refsnn.io.archive import MODEL, SPIKING, Reading, load_arrays, save_arrays
from refsnn.neurons import NEURONS, Neuron, Pascal, Readout
from refsnn.ops import from_dict, to_dict
from refsnn.preprocessing import Preprocessing
from refsnn.semantics import Semantics
from refsnn.snn import SNN
from refsnn.typing import Array


@dataclass(frozen=True)
class Model:
    """A trained network as it is stored."""

    graph: Graph
    preprocessing: Preprocessing | None = None
    notes: Mapping[str, Any] | None = None
    """How it was trained; free-form JSON."""


def save_model(path: str | Path, model: Model) -> None:
    """Write a trained network."""
    header = {
        **_graph_header(model.graph),
        "notes": model.notes or {},
        **_images(model.preprocessing),
    }
    save_arrays(path, MODEL, header, {f"param/{k}": v for k, v in model.graph.params.items()})


def load_model(path: str | Path) -> Model:
    """Read a trained network, or raise an `InputError` that says what is wrong with the file."""
    header, arrays = load_arrays(path, MODEL)
    with Reading(path):
        return Model(_graph(header, arrays), _preprocessing(header), header["notes"])


def save_snn(path: str | Path, snn: SNN) -> None:
    """Write a spiking network, its reference ANN and its semantics."""
    save_arrays(path, SPIKING, *snn_parts(snn))


def snn_parts(snn: SNN) -> tuple[dict[str, Any], dict[str, Array]]:
    """A spiking network as a header of plain JSON values, and arrays."""
    arrays = {f"param/{k}": v for k, v in snn.graph.params.items()}
    arrays |= {
        f"reference/{k}": v for k, v in snn.ann.params.items() if v is not snn.graph.params[k]
    }
    neurons = {}
    for name, neuron in {**snn.neurons, "@readout": snn.readout}.items():
        neurons[name] = {"neuron": type(neuron).__name__, **_plain(name, neuron, arrays)}
    header = {
        **_graph_header(snn.graph),
        **_images(snn.preprocessing),
        "neurons": neurons,
        "input_frames": snn.input_frames,
        "extra_frames": snn.extra_frames,
        "analog": snn.analog,
        "notes": dict(snn.notes),
        "own_reference": snn.reference is not None,
        "method": snn.method,
        "settings": dict(snn.settings),
        "semantics": {name: value.to_dict() for name, value in snn.semantics.items()},
    }
    return header, arrays


def load_snn(path: str | Path) -> SNN:
    """Read a spiking network; its stored semantics must be those of its neurons."""
    header, arrays = load_arrays(path, SPIKING)
    with Reading(path):
        return snn_of(header, arrays)


def snn_of(header: Mapping[str, Any], arrays: Mapping[str, Array]) -> SNN:
    """What `snn_parts` took apart."""
    neurons = {name: _neuron(name, data, arrays) for name, data in header["neurons"].items()}
    readout = neurons.pop("@readout")
    if not isinstance(readout, Readout):
        raise InputError("readout is no Readout", where="SNN")
    graph = _graph(header, arrays)
    snn = SNN(
        graph,
        neurons,
        readout,
        header["input_frames"],
        header["method"],
        header["settings"],
        _preprocessing(header),
        extra_frames=header["extra_frames"],
        reference=_reference(header, graph, arrays),
        analog=tuple(header["analog"]),
        notes=header["notes"],
    )
    stored = {
        name: _semantics(said, neurons.get(name)) for name, said in header["semantics"].items()
    }
    if stored != snn.semantics:
        raise InputError("stored semantics are not those of the neurons", where="SNN")
    return snn


def _semantics(said: dict[str, Any], neuron: Neuron | None) -> Semantics:
    """Of an older file too: younger fields at their defaults, PASCAL's inhibition by its name.

    It was called gated at first, but relaxation takes back spikes that were never sent.
    """
    stored = Semantics.from_dict(said)
    if isinstance(neuron, Pascal) and stored.negative == "gated":
        return replace(stored, negative="free")
    return stored


def _reference(
    header: Mapping[str, Any], graph: Graph, arrays: Mapping[str, Array]
) -> Graph | None:
    """The network it is held to: stored as what differs from its own parameters."""
    if not header["own_reference"]:
        return None
    own = {k.removeprefix("reference/"): v for k, v in arrays.items() if k.startswith("reference/")}
    return graph.with_params(own)


def _graph_header(graph: Graph) -> dict[str, Any]:
    nodes = [{"name": n.name, "inputs": n.inputs, "op": to_dict(n.op)} for n in graph.nodes]
    return {"input_shape": graph.input_shape, "nodes": nodes}


def _graph(header: Mapping[str, Any], arrays: Mapping[str, Array]) -> Graph:
    nodes = tuple(Node(n["name"], from_dict(n["op"]), tuple(n["inputs"])) for n in header["nodes"])
    params = {k.removeprefix("param/"): v for k, v in arrays.items() if k.startswith("param/")}
    return Graph(tuple(header["input_shape"]), nodes, params)


def _images(preprocessing: Preprocessing | None) -> dict[str, Any]:
    return {"preprocessing": None if preprocessing is None else preprocessing.to_dict()}


def _preprocessing(header: Mapping[str, Any]) -> Preprocessing | None:
    stored = header["preprocessing"]
    return None if stored is None else Preprocessing.from_dict(stored)


def _plain(name: str, neuron: Neuron, arrays: dict[str, Array]) -> dict[str, Any]:
    """Scalar settings as JSON; array settings go to ``arrays``."""
    plain = {}
    for key, value in neuron.settings().items():
        if isinstance(value, np.ndarray):
            arrays[f"neuron/{name}/{key}"] = value
        else:
            plain[key] = value
    return plain


def _neuron(name: str, data: Mapping[str, Any], arrays: Mapping[str, Array]) -> Neuron:
    own = {
        k.rpartition("/")[2]: v
        for k, v in arrays.items()
        if k.rpartition("/")[0] == f"neuron/{name}"
    }
    kind = data["neuron"]
    if kind not in NEURONS:
        raise InputError("unknown neuron", where=name, expected=sorted(NEURONS), got=kind)
    return NEURONS[kind](**{k: v for k, v in data.items() if k != "neuron"}, **own)
