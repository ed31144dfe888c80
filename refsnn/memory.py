"""How many samples are worked on at a time, so that what they need stays within bounds."""

from __future__ import annotations

BYTES = 2**27
"""What a block of samples may take."""
MOST = 256
"""Samples of the largest block."""
WORD = 8
"""Bytes of a value."""


def sample_blocks(samples: int, values: int) -> list[slice]:
    """Consecutive blocks of ``samples`` that keep ``values`` numbers each; one at least in each."""
    size = max(1, min(MOST, BYTES // (WORD * max(values, 1))))
    return [slice(i, min(i + size, samples)) for i in range(0, samples, size)]
