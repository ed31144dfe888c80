"""What NIR cannot say, as flat metadata ``refsnn.*`` beside every node, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from refsnn.errors import InputError
from refsnn.io.nir.hdf5 import Tree
from refsnn.io.nir.nodes import Built
from refsnn.io.nir.tree import NirFile
from refsnn.neurons import NEURONS, Neuron, Readout
from refsnn.ops import from_dict, to_dict
from refsnn.ops.base import Op
from refsnn.preprocessing import Preprocessing
from refsnn.semantics import Semantics
from refsnn.snn import SNN
from refsnn.typing import Array

if TYPE_CHECKING:
    from refsnn.io.nir.read import Assembly

FORMAT = "refsnn.format"
VERSION = 1
SETTING, ARRAY, PARAM = "refsnn.setting.", "refsnn.array.", "refsnn.param."


def network_metadata(snn: SNN) -> Tree:
    """T, readout and where the network came from."""
    images = None if snn.preprocessing is None else snn.preprocessing.to_dict()
    return {
        FORMAT: VERSION,
        "refsnn.steps": snn.input_frames,
        "refsnn.extra_steps": snn.extra_frames,
        "refsnn.readout": snn.readout.kind,
        "refsnn.bias_plan": snn.readout.bias_plan,
        "refsnn.dt": 1.0,
        "refsnn.method": snn.method,
        "refsnn.settings": json.dumps(dict(snn.settings), sort_keys=True),
        "refsnn.notes": json.dumps(dict(snn.notes), sort_keys=True),
        "refsnn.preprocessing": json.dumps(images, sort_keys=True),
    }


def neuron_metadata(neuron: Neuron, activation: Op, params: Mapping[str, Array]) -> Tree:
    """The neuron's semantics for whoever reads the file, and its settings for the way back."""
    said = {f"refsnn.{k}": v for k, v in neuron.semantics.to_dict().items() if v is not None}
    kept = {
        (ARRAY if isinstance(v, np.ndarray) else SETTING) + k: v if np.ndim(v) else _scalar(v)
        for k, v in neuron.settings().items()
        if v is not None
    }
    empty = [name for name, value in neuron.settings().items() if value is None]
    return {
        "refsnn.neuron": type(neuron).__name__,
        "refsnn.none": " ".join(empty),
        **said,
        **kept,
        "refsnn.activation": json.dumps(to_dict(activation), sort_keys=True),
        **{PARAM + key: value if value.ndim else value[()] for key, value in params.items()},
    }


def _scalar(value: Any) -> Any:
    """NIR's writer takes arrays of no axes as numbers only."""
    return value[()] if isinstance(value, np.ndarray) else value


def op_metadata(op: Op) -> Tree:
    """The operation itself, where a NIR node says the same in another way."""
    return {"refsnn.op": json.dumps(to_dict(op), sort_keys=True)}


def own_op(node: Tree) -> Built | None:
    """The operation that `op_metadata` wrote; it has no parameters."""
    said = node.get("metadata", {}).get("refsnn.op")
    return None if said is None else Built(from_dict(_json("refsnn.op", said)), {})


def own_activation(name: str, node: Tree) -> Built:
    """The activation that a neuron stands for."""
    said = node.get("metadata", {})
    params = {k.removeprefix(PARAM): v for k, v in said.items() if k.startswith(PARAM)}
    return Built(from_dict(_json(name, said.get("refsnn.activation"))), params)


def own_neuron(name: str, node: Tree) -> Neuron:
    """The neuron that `neuron_metadata` wrote; its semantics must be the stored ones."""
    said = node.get("metadata", {})
    kind = said.get("refsnn.neuron")
    if not isinstance(kind, str) or kind not in NEURONS:
        raise InputError("unknown neuron", where=name, expected=sorted(NEURONS), got=kind)
    settings = {k.removeprefix(SETTING): plain(v) for k, v in said.items() if k.startswith(SETTING)}
    arrays = {k.removeprefix(ARRAY): v for k, v in said.items() if k.startswith(ARRAY)}
    empty: dict[str, Any] = dict.fromkeys(str(said["refsnn.none"]).split())
    neuron = NEURONS[kind](**empty, **settings, **arrays)
    stored = {f: plain(said[f"refsnn.{f}"]) for f in Semantics().to_dict() if f"refsnn.{f}" in said}
    changed = neuron.semantics.differences(Semantics(**{**NOTHING, **stored}))
    if changed:
        raise InputError(
            "stored semantics are not those of the neuron", where=name, got=sorted(changed)
        )
    return neuron


NOTHING = {name: None for name, value in Semantics().to_dict().items() if value is None} | {
    "spikes_per_step": None
}
"""Fields that are not stored when they are None."""


def load_own(stored: NirFile, made: Assembly, steps: int | None) -> SNN:
    """The network of a file of ours."""
    from refsnn.io.nir.write import nir_of

    said = stored.metadata
    if int(said[FORMAT]) != VERSION:
        fix = "it was written by another version of refsnn"
        raise InputError(
            "unknown format", where=FORMAT, expected=VERSION, got=said[FORMAT], fix=fix
        )
    images = _json("refsnn.preprocessing", said["refsnn.preprocessing"])
    snn = SNN(
        made.graph(),
        made.neurons,
        Readout(kind=said["refsnn.readout"], bias_plan=said["refsnn.bias_plan"]),
        int(said["refsnn.steps"]),
        said["refsnn.method"],
        _json("refsnn.settings", said["refsnn.settings"]),
        None if images is None else Preprocessing.from_dict(images),
        extra_frames=int(said["refsnn.extra_steps"]),
        notes=_json("refsnn.notes", said["refsnn.notes"]),
    )
    if steps is not None and steps != snn.input_frames:
        raise InputError("the file says T", where="--steps", expected=snn.input_frames, got=steps)
    wanted = nir_of(snn)
    _same(stored.nodes, wanted["nodes"])
    if _reads(stored.edges) != _reads(wanted["edges"]):
        raise InputError("edges and refsnn.* metadata contradict one another", where="edges")
    return snn


def _reads(edges: list[tuple[str, str]]) -> dict[str, list[str]]:
    """What each node reads, in order: the order of the edges of different nodes is free."""
    found: dict[str, list[str]] = {}
    for one, two in edges:
        found.setdefault(two, []).append(one)
    return found


def _same(stored: Tree, wanted: Tree) -> None:
    """Both halves of a file of ours must tell one story: nodes and metadata."""
    for name in sorted({*stored, *wanted}):
        one, two = stored.get(name, {}), wanted.get(name, {})
        for key in sorted({*one, *two}):
            if not _equal(one.get(key), two.get(key)):
                raise InputError(
                    "nodes and refsnn.* metadata contradict one another", where=f"{name}.{key}",
                    fix="write the file again, or strip the metadata and choose --semantics",
                )  # fmt: skip


def _equal(one: Any, two: Any) -> bool:
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(_equal(one[k], two[k]) for k in one)
    if isinstance(one, str) or isinstance(two, str):
        return isinstance(one, str) and isinstance(two, str) and one == two
    if one is None or two is None:
        return one is two
    return np.array_equal(np.asarray(one), np.asarray(two))


def plain(value: Any) -> Any:
    """A stored scalar as Python's own; text and arrays as they are."""
    return value.item() if isinstance(value, np.ndarray) and value.shape == () else value


def _json(where: str, text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError("metadata are not JSON", where=where, got=error) from error
