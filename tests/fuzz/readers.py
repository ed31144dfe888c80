"""Every reader of files, with a valid file of its kind."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

import numpy as np
from laws.dyadic_networks import Shape, graph_of, images
from vectors.bundles import WRITERS, rehash
from verify.diagnosing import file_of, right

from fixedpoint import Format
from fixedpoint.memfile import read_hex, write_hex
from fixedpoint.vectors import check, replay_any
from refsnn.convert import PascalConversion, QCFSConversion
from refsnn.datasets.spec import load_npz
from refsnn.engines import run
from refsnn.io import (
    Model,
    load_model,
    load_program,
    load_run,
    load_snn,
    save_model,
    save_program,
    save_run,
    save_snn,
)
from refsnn.io.golden import load_case
from refsnn.io.maps import load_json
from refsnn.io.nir import load_nir, save_nir
from refsnn.io.onnx import load_onnx
from refsnn.io.safetensors import load_tensors, save_tensors
from refsnn.io.state_dict import load_names
from refsnn.jobs.verifying import verify_file
from refsnn.lower import lower
from refsnn.verify import parse_map


class Reader(NamedTuple):
    """How a file of a kind is written and read."""

    write: Callable[[Path], None]
    read: Callable[[Path], object]
    suffix: str = ".npz"
    runs: bool = False
    """Reads in a process of its own."""


GRAPH = graph_of(Shape(levels=(4,), residual=False, pool="global"), 3)


@cache
def snn():
    return PascalConversion().convert(GRAPH)[0]


@cache
def rate():
    """NIR takes nothing else."""
    return QCFSConversion(steps=4).convert(GRAPH)[0]


def _dump(path):
    arrays = right("qcfs-mlp")
    np.savez(
        path, **{key: arrays[key] for key in ("act0/spikes", "act0/v", "act1/counts", "logits")}
    )


def _data(path):
    np.savez(path, x=np.arange(2 * 3 * 4 * 4.0).reshape(2, 3, 4, 4), y=np.arange(2))


def _onnx(path):
    from onnx import TensorProto, helper, numpy_helper

    weight = numpy_helper.from_array(np.ones((2, 1, 3, 3), np.float32), "W")
    nodes = [helper.make_node("Conv", ["x", "W"], ["c"]), helper.make_node("Relu", ["c"], ["y"])]
    ends = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)]
        for name, shape in (("x", [1, 1, 5, 5]), ("y", None))
    ]
    graph = helper.make_graph(nodes, "net", *ends, [weight])
    path.write_bytes(helper.make_model(graph).SerializeToString())


MAP = {
    "case": "qcfs-mlp",
    "axes": "BTC",
    "names": {"a": "act0/v", "b": {"signal": "logits", "axes": "BC"}},
}
NAMES = {"a": "conv0.weight", "b": None, "c": {"to": "fc.weight", "axes": [1, 0]}}
BYTE = Format(True, 8)


def _bundle(path):
    WRITERS["neuron"](path)


def _read_bundle(path):
    check(path)
    replay_any(path)


READERS: dict[str, Reader] = {
    "model": Reader(lambda p: save_model(p, Model(snn().graph)), load_model),
    "network": Reader(lambda p: save_snn(p, snn()), load_snn),
    "trace": Reader(lambda p: save_run(p, run(snn(), images(0), record=["act0"]), {}), load_run),
    "program": Reader(lambda p: save_program(p, lower(snn(), images(0)).program), load_program),
    "golden case": Reader(lambda p: p.write_bytes(file_of("qcfs-mlp")), load_case),
    "their dump": Reader(_dump, lambda p: verify_file(p, name="qcfs-mlp")),
    "data": Reader(_data, load_npz),
    "names map": Reader(
        lambda p: p.write_text(json.dumps(MAP)), lambda p: parse_map(load_json(p), str(p)), ".json"
    ),
    "parameter names": Reader(lambda p: p.write_text(json.dumps(NAMES)), load_names, ".json"),
    "hex": Reader(
        lambda p: write_hex(p, np.arange(-20, 20), BYTE), lambda p: read_hex(p, BYTE, 40), ".hex"
    ),
    "bundle": Reader(_bundle, _read_bundle, ""),
}
OPTIONAL = {
    "safetensors": ("safetensors", Reader(lambda p: save_tensors(p, snn().graph), load_tensors, ".safetensors")),
    "onnx": ("onnx", Reader(_onnx, load_onnx, ".onnx")),
    "nir": ("nir", Reader(lambda p: save_nir(p, rate()), load_nir, ".nir", runs=True)),
}  # fmt: skip
READERS |= {name: r for name, (package, r) in OPTIONAL.items() if importlib.util.find_spec(package)}
ARCHIVES = [name for name, reader in READERS.items() if reader.suffix == ".npz"]
MAPS = [name for name, reader in READERS.items() if reader.suffix == ".json"]
FILES = [name for name in READERS if name != "bundle"]


@cache
def home():
    """One folder for all files of a run; it is removed by the tests' clean-up."""
    return Path(mkdtemp(prefix="refsnn-fuzz-"))


@cache
def sound(name):
    """A valid file, read once, so that nothing is imported later."""
    reader = READERS[name]
    path = home() / f"sound-{name.replace(' ', '-')}{reader.suffix}"
    reader.write(path)
    reader.read(path)
    return path


def target(name):
    """Where the damaged file is written."""
    return home() / f"damaged-{name.replace(' ', '-')}{READERS[name].suffix}"


def copied_bundle():
    """A fresh copy of the sound bundle."""
    path = target("bundle")
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(sound("bundle"), path)
    return path


__all__ = [
    "ARCHIVES",
    "FILES",
    "MAPS",
    "READERS",
    "copied_bundle",
    "home",
    "rehash",
    "sound",
    "target",
]
