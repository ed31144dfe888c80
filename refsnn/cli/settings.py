"""Read ``--set key=value``."""

from __future__ import annotations

import json
import math
from typing import Any

from refsnn.errors import InputError


def parse_settings(pairs: list[str]) -> dict[str, Any]:
    """``["steps=8"]`` as ``{"steps": 8}``; what is no JSON value is a string."""
    settings: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise InputError("not a setting", where="--set", expected="key=value", got=repr(pair))
        if key in settings:
            raise InputError("set twice", where=f"--set {key}")
        settings[key] = _value(text)
    return settings


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def parse_numbers(text: str, where: str) -> list[int] | list[float]:
    """``"7,-5,6"`` as integers, or as floats when any entry is one."""
    values = [_number(part.strip(), where) for part in text.split(",")]
    if all(isinstance(value, int) for value in values):
        return [int(value) for value in values]
    return [float(value) for value in values]


def _number(text: str, where: str) -> int | float:
    for kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            continue
        if math.isfinite(value):
            return value
    fix = "write finite numbers with commas between them, such as 7,-5,6,-9"
    raise InputError("not a number", where=where, got=repr(text), fix=fix)
