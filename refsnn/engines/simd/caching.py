"""Machine code on disk, and when it is out of date.

Numba compiles a function again where its file has changed. A kernel here is made of the functions
of the whole folder, so its stamp is that of every file in it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any


def kept(dispatcher: Any, signatures: tuple[str, ...]) -> Any:
    """Compile for these types, or load what was compiled before; no other types afterwards."""
    dispatcher.enable_caching()
    file = dispatcher._cache._cache_file  # not public; without it only the kernel's file counts
    file._source_stamp = (file._source_stamp, stamp())
    for signature in signatures:
        dispatcher.compile(signature)
    dispatcher.disable_compile()
    return dispatcher


@cache
def stamp() -> tuple[tuple[str, int, int], ...]:
    """(name, time of the last change, bytes) of every file of this folder."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    found = ((file.name, file.stat()) for file in files)
    return tuple((name, one.st_mtime_ns, one.st_size) for name, one in found)
