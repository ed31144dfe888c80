"""Read an ONNX file without trusting it: sizes are checked, nothing outside it is opened."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from refsnn.errors import InputError, UnsupportedError
from refsnn.io.optional import optional
from refsnn.io.paths import check_source
from refsnn.typing import Array

LARGEST = 2**31
"""Bytes of a file, and elements of a tensor: more is refused before it is read."""
AGAIN = "export the network again"
OLDEST = 11
"""Oldest operator set that is read."""


def onnx() -> Any:
    """The package, or an `InputError` that says what to install."""
    return optional("onnx", "onnx", "ONNX")


def read_model(path: Path) -> Any:
    """The parsed file."""
    check_source(path)
    if path.stat().st_size > LARGEST:
        raise InputError("file too large", where=str(path), expected=f"below {LARGEST} bytes")
    package = onnx()
    try:
        model = package.load_model_from_string(path.read_bytes())
    except Exception as error:  # the parser's own exceptions are of many kinds
        got = str(error)[:120]
        raise InputError("no ONNX file", where=str(path), got=got, fix=AGAIN) from None
    if not model.graph.node:
        got = "a file without nodes"
        raise InputError("no ONNX network", where=str(path), got=got, fix=AGAIN)
    if model.graph.sparse_initializer:
        fix = "store its weights as dense tensors"
        raise UnsupportedError("sparse weights are not read", where=str(path), fix=fix)
    return model


def opset(model: Any) -> int:
    """Version of the standard operators the file is written in."""
    versions = [o.version for o in model.opset_import if o.domain in ("", "ai.onnx")]
    newest = onnx().defs.onnx_opset_version()
    if len(versions) != 1:
        got = versions or "none"
        raise InputError("no version of the operators", expected="one", got=got, fix=AGAIN)
    if not OLDEST <= versions[0] <= newest:
        fix = "onnx.version_converter.convert_version(MODEL, 17), or a newer package onnx"
        expected = f"{OLDEST} to {newest}"
        raise UnsupportedError("operator set", expected=expected, got=versions[0], fix=fix)
    return int(versions[0])


def constant(tensor: Any) -> Array:
    """A tensor of the file as an array."""
    package = onnx()
    name = tensor.name or "constant"
    if tensor.data_location == package.TensorProto.EXTERNAL or tensor.external_data:
        fix = "save it with its data inside: onnx.save(onnx.load(FILE), NEW)"
        raise UnsupportedError("data in another file", where=name, fix=fix)
    elements = prod(tensor.dims)
    if any(d < 0 for d in tensor.dims) or elements > LARGEST:
        raise InputError("impossible tensor", where=name, got=list(tensor.dims), fix=AGAIN)
    try:
        return np.asarray(package.numpy_helper.to_array(tensor))
    except Exception as error:  # of its own kinds, too
        got = str(error)[:120]
        raise InputError("damaged tensor", where=name, got=got, fix=AGAIN) from None
