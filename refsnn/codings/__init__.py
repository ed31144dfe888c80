"""Codings: an integer level as a train of frames, and back. Bit-serial trains are in `bits`."""

from refsnn.codings.frames import (
    CODINGS,
    burst,
    constant,
    count,
    even,
    first_spike,
    is_constant,
    since_first,
    thermometer,
)

__all__ = [
    "CODINGS",
    "burst",
    "constant",
    "count",
    "even",
    "first_spike",
    "is_constant",
    "since_first",
    "thermometer",
]
