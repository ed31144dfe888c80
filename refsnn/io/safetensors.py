"""Weights as safetensors files (package safetensors): named tensors, no code, no graph.

The header is checked against the size of the file before the package sees it: a file can hold no
more than it is long, so memory is bounded by its length.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import Graph
from refsnn.io.optional import optional
from refsnn.io.paths import check_source, check_target, whole_file
from refsnn.typing import Array

MOST_HEADER = 16 * 2**20
"""Bytes of JSON; a network of a hundred thousand tensors needs less."""
DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4",
    "I16": "<i2", "I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip
PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle")
RECIPE = """save the weights again where PyTorch is installed:
  from safetensors.torch import save_file
  save_file(torch.load({name!r}, map_location="cpu", weights_only=True), {new!r})"""


def load_tensors(path: str | Path) -> dict[str, Array]:
    """Every tensor of a safetensors file by name; half precision is widened to float32, exactly.

    Raises
    ------
    InputError
        A file that is damaged or claims more than it holds; a pickle, with the recipe to save it
        again; an element type that NumPy has not.
    """
    path = Path(path)
    _refuse_pickle(path)
    check_source(path)
    _check_header(path)
    package = optional("safetensors", "weights", path)
    try:
        stored = package.deserialize(path.read_bytes())
        return {name: _array(entry) for name, entry in sorted(stored, key=lambda pair: pair[0])}
    except InputError:
        raise
    except Exception as error:  # whatever the package raises on a damaged file
        raise InputError("damaged safetensors file", where=str(path), got=error) from error


def save_tensors(path: str | Path, graph: Graph) -> None:
    """Write the parameters of a graph as ``node.parameter``; the same graph, the same bytes."""
    path = check_target(path)
    package = optional("safetensors.numpy", "weights", path)
    arrays = {name: np.ascontiguousarray(value) for name, value in graph.params.items()}
    for name, value in arrays.items():
        if value.dtype.kind not in "biuf":
            raise UnsupportedError("no such element type", where=name, got=value.dtype)
    shaped = {name: arrays[name].reshape(graph.params[name].shape) for name in sorted(arrays)}
    with whole_file(path) as scratch:
        scratch.write_bytes(package.save(shaped, metadata={"format": "refsnn/weights/1"}))


def _refuse_pickle(path: Path) -> None:
    start = b""
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(4)
    zipped = start == b"PK\x03\x04"
    if zipped and path.suffix == ".npz":
        fix = "a file of ours needs no import; of arrays of others: safetensors.numpy.save_file"
        raise InputError("npz files are not imported", where=str(path),
                         expected="WEIGHTS.safetensors", fix=fix)  # fmt: skip
    if path.suffix in PICKLES or zipped or (start[:1] == b"\x80" and start[1:2] in b"\2\3\4\5"):
        if start[1:2] == b"\2" and path.suffix == ".safetensors" and not zipped:
            return  # a header of 640 bytes begins like a pickle of protocol 2
        new = str(path.with_suffix(".safetensors"))
        raise UnsupportedError(
            "a pickle can run code and is not read",
            where=str(path),
            fix=RECIPE.format(name=str(path), new=new),
        )


def _check_header(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > size - 8:
            raise InputError(
                "truncated or not a safetensors file", where=str(path),
                expected=f"a header of {length} bytes", got=f"a file of {size}",
            )  # fmt: skip
        if length > MOST_HEADER:
            raise InputError(
                "header too large", where=str(path), expected=f"<= {MOST_HEADER}", got=length
            )
        body = file.read(length)
    try:
        header = json.loads(body)
        header.pop("__metadata__", None)
        for name, entry in header.items():
            _check_entry(path, name, entry, size - 8 - length)
    except InputError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InputError("damaged safetensors header", where=str(path), got=error) from error


def _check_entry(path: Path, name: str, entry: Mapping[str, Any], room: int) -> None:
    where = f"{path}, {name}"
    if entry["dtype"] not in DTYPES:
        fix = "save it as float32"
        raise UnsupportedError("element type", where=where, got=entry["dtype"], fix=fix)
    start, end = entry["data_offsets"]
    count = 1
    for length in entry["shape"]:
        if not isinstance(length, int) or isinstance(length, bool) or length < 0:
            raise InputError("shape", where=where, got=entry["shape"])
        count *= length
    wanted = count * np.dtype(DTYPES[entry["dtype"]]).itemsize
    if not 0 <= start <= end <= room or end - start != wanted:
        raise InputError(
            "tensor claims more or less than the file holds", where=where,
            expected=f"{wanted} bytes within {room}", got=f"bytes {start} to {end}",
        )  # fmt: skip


def _array(entry: Mapping[str, Any]) -> Array:
    kind = entry["dtype"]
    raw = np.frombuffer(bytes(entry["data"]), DTYPES[kind]).reshape(entry["shape"])
    if kind == "BF16":  # the upper half of a float32
        return (raw.astype(np.uint32) << 16).view(np.float32)
    return raw.astype(np.float32) if kind == "F16" else raw
