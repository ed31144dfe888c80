"""Packages that only some files need."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from refsnn.errors import InputError


def optional(package: str, extra: str, where: str | Path) -> Any:
    """The package, imported when it is needed, or an error that says how to get it."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise InputError(
            f"such files need the package {package}",
            where=str(where),
            fix=f'python -m pip install "refsnn[{extra}]"',
        ) from error
