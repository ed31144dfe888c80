"""Errors of the library. `InputError` is shared with `fixedpoint`: one sentence, one form."""

from __future__ import annotations

import fixedpoint

if getattr(fixedpoint, "MARKER", None) != "refsnn/fixedpoint":
    raise ImportError(
        f"refsnn needs its own package 'fixedpoint', but {fixedpoint.__file__} shadows it: "
        "uninstall the other distribution named 'fixedpoint', then reinstall refsnn"
    )

from fixedpoint.errors import InputError, nearest

__all__ = ["InputError", "UnsupportedError", "nearest"]


class UnsupportedError(InputError):
    """The input is well formed, but what it asks for has no exact or published meaning here."""
