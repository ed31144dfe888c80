"""BLAS at one thread: for many small products, and beside threads of this library's own.

Two pools on the same cores wait for one another: with both, a forward pass was measured at 5 and
at 197 ms. The products of a convolution are too small to share out: one thread was measured 2 to 3
times as fast as two. And sums in float have one order, whatever the number of cores.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

NAMES = ("scipy_openblas_{}_num_threads64_", "scipy_openblas_{}_num_threads")
"""What the OpenBLAS in NumPy's wheels calls its two functions."""


class _Inside:
    """Who is inside: BLAS has one limit for all threads of the process.

    The first one in remembers what it was, the last one out puts it back, in whatever order those
    between them come and go.
    """

    def __init__(self) -> None:
        self.lock, self.count, self.before = Lock(), 0, 0

    def enter(self, get: Any, put: Any) -> None:
        with self.lock:
            if self.count == 0:
                self.before = get()
                put(1)
            self.count += 1

    def leave(self, put: Any) -> None:
        with self.lock:
            self.count -= 1
            if self.count == 0:
                put(self.before)


_INSIDE = _Inside()


@contextmanager
def single_threaded() -> Iterator[bool]:
    """Set NumPy's BLAS to one thread, and back at the end; gives whether that could be done.

    May be nested, and entered by several threads at a time: what was before is back when the last
    one has left.
    """
    found = _functions()
    if found is None:
        yield False
        return
    get, put = found
    _INSIDE.enter(get, put)
    try:
        yield True
    finally:
        _INSIDE.leave(put)


@cache
def _functions() -> tuple[Any, Any] | None:
    """How many threads, and set them; None for a NumPy with another BLAS."""
    folder = Path(np.__file__).parent
    for file in [*folder.parent.glob("numpy.libs/*openblas*"), *folder.glob(".dylibs/*openblas*")]:
        library = ctypes.CDLL(str(file))  # already loaded: this is the same one
        for name in NAMES:
            if hasattr(library, name.format("set")):
                return library[name.format("get")], library[name.format("set")]
    return None
