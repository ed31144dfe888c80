"""Run a trained network of others as the ANN it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from refsnn.ann import correct, logits
from refsnn.datasets import Split
from refsnn.datasets.named import load_named
from refsnn.errors import InputError, nearest
from refsnn.io.archive import Naming, save_arrays
from refsnn.io.onnx import Header, load_onnx, read_header
from refsnn.jobs.options import check_dtype
from refsnn.jobs.trained import Unsaid
from refsnn.typing import Array, IntArray, Shape

LOGITS = "refsnn/logits/1"
LAYOUTS = ("same", "channels-last", "channels-first")
"""Axes of the images against those of the network's input."""


class Outcome(NamedTuple):
    """What a network said."""

    logits: Array
    labels: IntArray | None
    nodes: int
    layout: str


def save_logits(path: Path, scores: Array, header: dict[str, Any]) -> None:
    """Write ``logits`` and ``predictions`` (largest along axis 1; ties: the first), in one step."""
    predictions = scores.argmax(1)
    save_arrays(path, LOGITS, header, {"logits": scores, "predictions": predictions})


def run_onnx(path: Path, spec: str, unsaid: Unsaid, dtype: str = "float64") -> Outcome:
    """Logits of an ONNX network.

    Notes
    -----
    Images are taken as they lie where their shape is that of the input; else with their channels
    brought to the other end where that fits, or with the channel axis of one that is missing.
    """
    check_dtype(dtype)
    header = read_header(path)
    if unsaid.sizes is not None:
        with Naming(path):
            header = replace(header, sizes=header.sample(unsaid.sizes))
    split = load_named(
        spec, unsaid.named, header.name, lambda s: bool(fitting(s[1:], header.sizes))
    )
    layout = chosen(split, header, unsaid.layout)
    x = arranged(split.x, layout)
    graph = load_onnx(path, x.shape[1:], unsaid.named.get("output"))
    ready = Split(x, split.y, split.name, split.preprocessing)
    scores = logits(graph, _prepared(ready, header, unsaid, np.dtype(dtype)))
    return Outcome(scores, split.y, len(graph.nodes), layout)


def accuracy_of(outcome: Outcome) -> float | None:
    """Fraction of right predictions, where there are labels and a vector of logits each."""
    if outcome.labels is None or outcome.logits.ndim != 2:
        return None
    return correct(outcome.logits, outcome.labels)


def fitting(shape: Shape, sizes: Shape) -> dict[str, Shape]:
    """Ways to lay out one sample of this shape so that it fits; 0 fits anything."""
    ways = {"same": shape}
    if len(shape) == 3:
        ways |= {"channels-last": (shape[2], *shape[:2]), "channels-first": (*shape[1:], shape[0])}
    if len(shape) == len(sizes) - 1 == 2:
        ways |= {"no channel": (1, *shape), "no channel, last": (*shape, 1)}
    return {
        name: way
        for name, way in ways.items()
        if len(way) == len(sizes) and all(s in (n, 0) for n, s in zip(way, sizes, strict=True))
    }


def chosen(split: Split, header: Header, asked: str | None) -> str:
    """How the images are laid out: as asked, as they are, or in the only other way that fits."""
    if asked is not None and asked not in LAYOUTS:
        fix = nearest(asked, list(LAYOUTS))
        raise InputError("no layout", where="--layout", got=repr(asked), fix=fix)
    shape = split.x.shape[1:]
    ways = fitting(shape, header.sizes)
    if asked is None and (len(set(ways.values())) == 1 or ways.get("same") == header.sizes):
        return next(iter(ways))
    if asked is not None and asked in ways:
        return asked
    wanted = " x ".join(str(size) if size else "?" for size in header.sizes)
    if asked is None and ways:
        raise InputError(
            "where are the channels of the images?", where=split.name, expected=wanted, got=shape,
            fix="say --layout " + " or ".join(way for way in ways if way in LAYOUTS),
        )  # fmt: skip
    raise InputError(
        f"images do not fit the input {header.name!r}", where=split.name, expected=wanted,
        got=shape, fix="give images of this size, or --layout with their channels at the other end",
    )  # fmt: skip


def arranged(x: Array, layout: str) -> Array:
    """Images in the layout of the network."""
    if layout == "same":
        return x
    if layout.startswith("no channel"):
        return x[..., None] if layout.endswith("last") else x[:, None]
    ends = (-1, 1) if layout == "channels-last" else (1, -1)
    return np.ascontiguousarray(np.moveaxis(x, *ends))


def _prepared(split: Split, header: Header, unsaid: Unsaid, dtype: np.dtype[Any]) -> Array:
    """Network input: what the options say, what the data set says, or whole numbers as they are."""
    if split.x.dtype.kind == "f" and unsaid.scale is not None:
        fix = "leave --scale away, or store the raw integers"
        raise InputError("images are floats: taken as they are", where="--scale", fix=fix)
    raw = split.x.dtype.kind != "f"
    own = unsaid.preprocessing(split.x.shape[1:])
    if raw and own is None and header.whole_numbers:
        return split.x.astype(dtype)
    return split.prepared(own, dtype)
