"""Memory files: the strict subset of ``$readmemh`` text that every HDL tool reads alike.

1. ASCII, LF line ends, a final newline (one simulator silently drops the last word without it).
2. One word a line, exactly ceil(W/4) lower-case digits; no prefix, sign, ``_``, x, z or comment.
3. Two's complement masked to W bits; unused top bits of the first digit are zero, not the sign
   (W = 6: -1 is ``3f``). Signedness lives in the manifest, never in the file.
4. Exactly as many words as the memory is deep; no ``@address`` lines.
5. Packed words hold lane 0 in the least significant bits; pad bits are zero.

Inside this module a word is a row of ceil(W/8) little-endian bytes, so that packed words wider than
64 bits are nothing special, and checksums run over the same bytes in every language.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.memfile_faults import Fault, first_fault
from fixedpoint.typing import IntArray

Words = npt.NDArray[np.uint8]
"""(n, ceil(W/8)): one word a row, least significant byte first."""

_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)
_BAD = 255
_VALUE = np.full(256, _BAD, np.uint8)
_VALUE[_DIGITS] = np.arange(16, dtype=np.uint8)
_NEWLINE = 10


def encode(codes: npt.ArrayLike, fmt: Format, where: str = "codes") -> Words:
    """Give the words of a flat code array; raises where a code is outside the format."""
    _check_width(fmt)
    flat = fmt.require(codes, where).reshape(-1)
    masked = flat & ((1 << fmt.width) - 1)  # eq: integers.8
    return np.ascontiguousarray(masked, "<i8").view(np.uint8).reshape(-1, 8)[:, : _bytes(fmt.width)]


def decode(words: Words, fmt: Format) -> IntArray:
    """Give the codes (n,) of words; the inverse of `encode`."""
    _check_width(fmt)
    full = np.zeros((len(words), 8), np.uint8)
    full[:, : words.shape[1]] = words
    codes = full.view("<i8").reshape(-1).astype(np.int64)
    return np.where(codes > fmt.high, codes - (1 << fmt.width), codes)


def pack(codes: npt.ArrayLike, fmt: Format, where: str = "codes") -> Words:
    """Pack the last axis of codes (..., lanes) into one word each, lane 0 in the lowest bits."""
    array = fmt.require(codes, where)
    shifts = np.arange(fmt.width)
    bits = (array[..., None] >> shifts & 1).astype(np.uint8)
    flat = bits.reshape(-1, array.shape[-1] * fmt.width)
    return np.packbits(flat, axis=1, bitorder="little")


def unpack(words: Words, fmt: Format, lanes: int) -> IntArray:
    """Give the codes (n, lanes) of packed words; the inverse of `pack`."""
    bits = np.unpackbits(words, axis=1, bitorder="little", count=lanes * fmt.width)
    weights = 1 << np.arange(fmt.width, dtype=np.int64)
    codes = bits.reshape(-1, lanes, fmt.width).astype(np.int64) @ weights
    return np.where(codes > fmt.high, codes - (1 << fmt.width), codes)


def dump(words: Words, width: int) -> bytes:
    """Give the text of words of ``width`` bits."""
    nibbles = np.stack([words & 15, words >> 4], axis=-1).reshape(len(words), 2 * words.shape[1])
    lines = np.full((len(words), _digits(width) + 1), _NEWLINE, np.uint8)
    lines[:, :-1] = _DIGITS[nibbles[:, : _digits(width)][:, ::-1]]
    return lines.tobytes()


def load(data: bytes, width: int, count: int, where: str = "memory file") -> Words:
    """Read ``count`` words of ``width`` bits; raises on all that `dump` would not have written."""
    digits = _digits(width)
    nibbles = _nibbles(data, width, count)
    if nibbles is None:
        found = first_fault(data, width, count)
        assert found is not None, "the fast reader and the slow one disagree"
        raise found.error(where)
    low_first = np.zeros((count, 2 * _bytes(width)), np.uint8)
    low_first[:, :digits] = nibbles[:, ::-1]
    return np.asarray(low_first[:, 0::2] | low_first[:, 1::2] << 4, np.uint8)


def _nibbles(data: bytes, width: int, count: int) -> npt.NDArray[np.uint8] | None:
    """The digits of all lines, (count, digits); None if anything is wrong."""
    digits, raw = _digits(width), np.frombuffer(data, np.uint8)
    if raw.size != count * (digits + 1):
        return None
    lines = raw.reshape(count, digits + 1)
    nibbles = np.asarray(_VALUE[lines[:, :-1]])
    top = 1 << (width - 4 * (digits - 1))
    good = (lines[:, -1] == _NEWLINE).all() and (nibbles != _BAD).all()
    return nibbles if good and (nibbles[:, 0] < top).all() else None


def crc32(words: Words) -> str:
    """CRC-32 (IEEE 802.3, reflected) over the little-endian bytes of the words, in order."""
    return f"{zlib.crc32(np.ascontiguousarray(words).tobytes()):08x}"


def write_hex(path: Path, codes: npt.ArrayLike, fmt: Format) -> None:
    """Write codes (any shape, last axis fastest), one a line."""
    path.write_bytes(dump(encode(codes, fmt, path.name), fmt.width))


def read_hex(path: Path, fmt: Format, words: int) -> IntArray:
    """Read the ``words`` codes of a file, strictly."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError("cannot read", where=str(path), got=error.strerror) from error
    return decode(load(data, fmt.width, words, str(path)), fmt)


def _digits(width: int) -> int:
    return -(-width // 4)


def _bytes(width: int) -> int:
    return -(-width // 8)


def _check_width(fmt: Format) -> None:
    if fmt.width > 62:
        raise InputError("format too wide for int64 codes", expected="width <= 62", got=fmt.width)


def fault(data: bytes, width: int, count: int) -> Fault | None:
    """Find the first fault of a file of ``count`` words of ``width`` bits; None of a good one."""
    return None if _nibbles(data, width, count) is not None else first_fault(data, width, count)
