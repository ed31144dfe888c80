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
from typing import Any

import numpy as np

NAMES = ("scipy_openblas_{}_num_threads64_", "scipy_openblas_{}_num_threads")
"""What the OpenBLAS in NumPy's wheels calls its two functions."""


@contextmanager
def single_threaded() -> Iterator[bool]:
    """Set NumPy's BLAS to one thread, and back at the end; gives whether that could be done."""
    found = _functions()
    if found is None:
        yield False
        return
    get, put = found
    before = get()
    put(1)
    try:
        yield True
    finally:
        put(before)


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
