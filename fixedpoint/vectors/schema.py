"""The manifest against its JSON Schema (``hwvec-1.schema.json``, draft 2020-12), and its lines.

A reader of the keywords that this schema uses, so that checking needs no further package; the tests
hold it to the ``jsonschema`` package.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

SCHEMA_FILE = "hwvec-1.schema.json"
Place = tuple[str | int, ...]
"""Keys and indices from the root of a JSON document to a value."""


class Violation(NamedTuple):
    """One value that the schema does not allow."""

    place: Place
    reason: str


@cache
def schema() -> dict[str, Any]:
    """Give the schema."""
    text = files("fixedpoint.vectors").joinpath(SCHEMA_FILE).read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def violations(value: Any, rule: dict[str, Any] | None = None, at: Place = ()) -> list[Violation]:
    """Give everything that the schema does not allow in a manifest."""
    return list(_walk(value, schema() if rule is None else rule, at))


_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


def _walk(value: Any, rule: dict[str, Any], at: Place) -> Iterator[Violation]:
    wrong = _wrong_type(value, rule) or _wrong_value(value, rule)
    if wrong:
        yield Violation(at, wrong)
    elif isinstance(value, dict):
        yield from _walk_object(value, rule, at)
    elif isinstance(value, list):
        if len(value) < rule.get("minItems", 0):
            yield Violation(at, "too few items")
        for i, item in enumerate(value):
            yield from _walk(item, rule.get("items", {}), (*at, i))


def _wrong_type(value: Any, rule: dict[str, Any]) -> str | None:
    wanted = rule.get("type", list(_TYPES))
    names = [wanted] if isinstance(wanted, str) else wanted
    if any(type(value) in _TYPES[name] for name in names):
        return None
    return f"wrong type: expected {' or '.join(names)}, got {type(value).__name__}"


def _wrong_value(value: Any, rule: dict[str, Any]) -> str | None:
    if "const" in rule and _differ(value, rule["const"]):
        return f"expected {rule['const']!r}, got {value!r}"
    if "enum" in rule and all(_differ(value, known) for known in rule["enum"]):
        return f"expected one of {rule['enum']}, got {value!r}"
    if "pattern" in rule and isinstance(value, str) and not re.search(rule["pattern"], value):
        return f"expected {rule['pattern']}, got {value!r}"
    if "minimum" in rule and isinstance(value, int) and value < rule["minimum"]:
        return f"expected at least {rule['minimum']}, got {value}"
    return None


def _differ(value: Any, known: Any) -> bool:
    return type(value) is not type(known) or bool(value != known)


def _walk_object(value: dict[str, Any], rule: dict[str, Any], at: Place) -> Iterator[Violation]:
    for key in rule.get("required", []):
        if key not in value:
            yield Violation(at, f"missing field {key!r}")
    if len(value) < rule.get("minProperties", 0):
        yield Violation(at, "too few fields")
    others = rule.get("additionalProperties", {})
    for key, item in value.items():
        inner = rule.get("properties", {}).get(key, others)
        if inner is False:
            yield Violation((*at, key), "unknown field")
        else:
            yield from _walk(item, inner, (*at, key))


_MARK = "\N{REPLACEMENT CHARACTER} here"


def line_of(data: Any, place: Place) -> int:
    """Give the line that begins a value in the canonical text of a manifest."""
    lines = canonical(_marked(data, place)).splitlines()
    return next(i for i, line in enumerate(lines, 1) if _MARK in line)


def canonical(data: Any) -> str:
    """Give the text of manifest.json: sorted keys, one value a line."""
    return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _marked(data: Any, place: Place) -> Any:
    if not place:
        return _MARK
    key, rest = place[0], place[1:]
    if isinstance(data, dict):
        return {**data, key: _marked(data.get(str(key)), rest)}
    return [_marked(item, rest) if i == key else item for i, item in enumerate(data)]


def dotted(place: Place) -> str:
    """Give a place as text: ``tensors[3].sha256``."""
    parts = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in place)
    return "".join(parts).removeprefix(".") or "the manifest"
