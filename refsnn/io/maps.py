"""Small JSON files that people write: bounded, no key twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from refsnn.errors import InputError
from refsnn.io.paths import check_source

MOST_BYTES = 2**20
"""A map of names is short."""


def load_json(path: str | Path) -> Any:
    """The value of a JSON file; a key given twice is an error."""
    path = check_source(path)
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise InputError(
            "too large to be read", where=str(path), expected=f"<= {MOST_BYTES} bytes", got=size
        )
    try:
        return json.loads(path.read_text("utf-8"), object_pairs_hook=_once)
    except InputError as error:
        raise error.within(str(path)) from error
    except (ValueError, RecursionError) as error:
        raise InputError("not JSON", where=str(path), got=error) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InputError("key given twice", got=repr(key))
        found[key] = value
    return found
