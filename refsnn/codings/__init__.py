"""Codings: an integer level as a train of frames, and back. Bit-serial trains are in `bits`."""

from refsnn.codings.frames import CODINGS, constant, count, even, is_constant, thermometer

__all__ = ["CODINGS", "constant", "count", "even", "is_constant", "thermometer"]
