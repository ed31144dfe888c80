"""Models, spiking networks and traces as npz files: plain arrays and one JSON header, no pickle.

Files are written beside their target and renamed into place: nothing half-written is left.
"""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from refsnn import __version__
from refsnn.errors import InputError
from refsnn.graph import Graph, Node
from refsnn.neurons import NEURONS, Neuron, Readout
from refsnn.ops import from_dict, to_dict
from refsnn.preprocessing import Preprocessing
from refsnn.snn import SNN
from refsnn.typing import Array

MODEL, SPIKING, TRACE = "refsnn/model/1", "refsnn/snn/1", "refsnn/trace/1"
HEADER = "header"
MADE_BY = {
    MODEL: "refsnn train writes such a file",
    SPIKING: "refsnn convert makes one of a trained model",
    TRACE: "refsnn run --trace writes such a file",
}


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
    save_arrays(path, SPIKING, header, arrays)


def load_snn(path: str | Path) -> SNN:
    """Read a spiking network; its stored semantics must be those of its neurons."""
    header, arrays = load_arrays(path, SPIKING)
    with Reading(path):
        neurons = {name: _neuron(name, data, arrays) for name, data in header["neurons"].items()}
        readout = neurons.pop("@readout")
        if not isinstance(readout, Readout):
            raise InputError("readout is no Readout", where=str(path))
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
        stored = {name: value.to_dict() for name, value in snn.semantics.items()}
        if stored != header["semantics"]:
            raise InputError("stored semantics are not those of the neurons", where=str(path))
        return snn


def _reference(
    header: Mapping[str, Any], graph: Graph, arrays: Mapping[str, Array]
) -> Graph | None:
    """The network it is held to: stored as what differs from its own parameters."""
    if not header["own_reference"]:
        return None
    own = {k.removeprefix("reference/"): v for k, v in arrays.items() if k.startswith("reference/")}
    return graph.with_params(own)


def save_arrays(
    path: str | Path, kind: str, header: dict[str, Any], arrays: Mapping[str, Array]
) -> None:
    """Write arrays and a JSON header in one step: the file is whole, or it is not there."""
    path = Path(path)
    body = json.dumps({"format": kind, "refsnn": __version__, **header}, sort_keys=True)
    check_target(path)
    named: dict[str, Any] = {HEADER: np.array(body), **arrays}
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez_compressed(file, **named)
        Path(temporary).chmod(0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def check_target(path: str | Path) -> Path:
    """``path`` if a file can be written there; asked before long work, not after it."""
    path = Path(path)
    if not path.parent.is_dir():
        raise InputError("folder does not exist", where=str(path.parent), fix="make it first")
    if path.is_dir():
        raise InputError("a folder is in the way", where=str(path), fix="name a file")
    if not os.access(path.parent, os.W_OK):
        raise InputError("folder cannot be written to", where=str(path.parent))
    return path


def load_arrays(path: str | Path, *kinds: str) -> tuple[dict[str, Any], dict[str, Array]]:
    """Header and arrays of a file of one of these kinds."""
    path = Path(path)
    if not path.is_file():
        raise InputError("file does not exist", where=str(path), fix="check the path")
    if not zipfile.is_zipfile(path):
        raise InputError("truncated or not an npz file", where=str(path), fix="write it again")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except Exception as error:  # whatever a damaged archive makes zipfile, zlib and NumPy raise
        if "pickle" in str(error):
            what, fix = "array that only a pickle can hold", "pickles can run code"
            raise InputError(what, where=str(path), fix=f"{fix}: store plain arrays") from error
        raise InputError("truncated or not an npz file", where=str(path), got=error) from error
    header = _header(path, arrays.pop(HEADER, None))
    if header.get("format") not in kinds:
        expected = " or ".join(kinds)
        raise InputError(
            "file of another kind",
            where=str(path),
            expected=expected,
            got=header.get("format"),
            fix=MADE_BY.get(kinds[0]),
        )
    return header, arrays


def _header(path: Path, stored: Array | None) -> dict[str, Any]:
    if stored is None or stored.dtype.kind != "U":
        fix = "expected a file written by refsnn train, convert or run"
        raise InputError("no refsnn header in this npz", where=str(path), fix=fix)
    try:
        header = json.loads(str(stored))
    except json.JSONDecodeError as error:
        raise InputError("header is not JSON", where=str(path), got=error) from error
    if not isinstance(header, dict):
        raise InputError("header is not an object", where=str(path))
    return header


class Reading:
    """Turn a missing or misfit field of a file into an `InputError` that names the file."""

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, InputError):
            if (error.where or "").startswith(self.path):
                return
            where = f"{self.path}, {error.where}" if error.where else self.path
            raise type(error)(
                error.what, where=where, expected=error.expected, got=error.got, fix=error.fix
            ) from error
        if isinstance(error, KeyError):
            raise InputError("field is missing", where=self.path, expected=error.args[0]) from error
        if isinstance(error, TypeError | AttributeError | ValueError | IndexError):
            raise InputError("field does not fit", where=self.path, got=error) from error


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
