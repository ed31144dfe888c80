"""What the processor that Numba compiles for can do."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def features() -> frozenset[str]:
    """Names of its instruction sets, as LLVM spells them (``NUMBA_CPU_FEATURES`` included)."""
    from numba.core.registry import cpu_target

    words = cpu_target.target_context.codegen()._tm_features.split(",")
    return frozenset(word[1:] for word in words if word.startswith("+"))


def compiles() -> bool:
    """Whether Numba does: not with ``NUMBA_DISABLE_JIT=1``."""
    import numba

    config: Any = numba.config
    return not config.DISABLE_JIT


def has_dot() -> bool:
    """``vpdpbusd`` on 512 bits: sixteen sums of four byte products in one instruction."""
    return "avx512vnni" in features()
