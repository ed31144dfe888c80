"""Settings of a method by name, as a command line gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from refsnn.convert.base import Method
from refsnn.errors import InputError, nearest


def with_settings(method: type[Method], settings: Mapping[str, Any]) -> Method:
    """A method from settings by name; unknown names and values of another type are errors."""
    known = get_type_hints(method)
    names = {f.name for f in fields(method)}
    for name, value in settings.items():
        if name not in names:
            hint = nearest(name, sorted(names))
            raise InputError(f"unknown setting {name!r}", where=method.name, fix=hint)
        if not _is_a(value, known[name]):
            raise InputError(
                "setting of another type",
                where=f"{method.name}.{name}",
                expected=_spoken(known[name]),
                got=repr(value),
            )
    return method(**settings)


def _spoken(wanted: Any) -> Any:
    """A type in words: the values of a choice, the name of a class."""
    if get_origin(wanted) is Literal:
        return " or ".join(map(str, get_args(wanted)))
    return getattr(wanted, "__name__", wanted)


def _is_a(value: Any, wanted: Any) -> bool:
    """Whether a value has the annotated type; True is no number, and 1 is a float."""
    choices = get_args(wanted) or (wanted,)
    if float in choices and isinstance(value, int) and not isinstance(value, bool):
        return True
    return type(value) in choices or value in choices
