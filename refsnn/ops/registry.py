"""The operations by name, and their plain-data form for files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

from refsnn.errors import InputError, nearest
from refsnn.ops.base import Op

OPS: dict[str, type[Op]] = {}
"""Every concrete operation by class name; activations join when `refsnn.activations` loads."""

AnyOp = TypeVar("AnyOp", bound=type[Op])


def register(op: AnyOp) -> AnyOp:
    """Class decorator: make the operation known by its class name."""
    OPS[op.__name__] = op
    return op


def to_dict(op: Op) -> dict[str, Any]:
    """``{"op": name, **fields}`` of plain values (tuples become lists): ready for JSON.

    >>> from refsnn.ops import AvgPool2d
    >>> to_dict(AvgPool2d((2, 2)))
    {'op': 'AvgPool2d', 'kernel': [2, 2], 'stride': None, 'padding': 0, 'divisor': None}
    """
    values = {field.name: _plain(getattr(op, field.name)) for field in fields(op)}
    return {"op": type(op).__name__, **values}


def from_dict(data: Mapping[str, Any]) -> Op:
    """The operation that `to_dict` described; lists become tuples.

    Raises
    ------
    InputError
        An unknown operation or field, a field that is missing, or a bad value.
    """
    name = data.get("op")
    if not isinstance(name, str) or name not in OPS:
        raise InputError("unknown operation", got=repr(name), fix=nearest(str(name), list(OPS)))
    values = {key: _frozen(value) for key, value in data.items() if key != "op"}
    known = [field.name for field in fields(OPS[name])]
    for key in values.keys() - set(known):
        raise InputError("unknown field", where=name, got=key, fix=nearest(key, known))
    try:
        return OPS[name](**values)
    except TypeError as error:
        raise InputError("cannot be made", where=name, got=str(error)) from error


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
