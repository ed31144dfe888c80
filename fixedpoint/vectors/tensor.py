"""One hex file of a bundle, and the manifest entry that describes it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from math import prod
from typing import Any

from fixedpoint import memfile
from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.typing import IntArray
from fixedpoint.vectors.files import outside

MAX_WORDS = 1 << 20
"""Words of one file: more make some simulators slow to load."""


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """One hex file: where it is, how its words are laid out, and what is in them."""

    id: str
    file: str
    role: str  # param | stimulus | expected
    layer: str
    signal: str
    format: str  # name in the manifest's formats
    shape: tuple[int, ...]
    axes: tuple[str, ...]
    packing: dict[str, Any] | None  # of the last axis into one word
    sample_point: str | None
    words: int
    word_bits: int
    hex_digits: int
    bytes: int
    sha256: str
    crc32: str
    min: int | None
    max: int | None
    n_negative: int
    n_saturated: int | None
    n_ties: int | None


def describe(
    codes: IntArray, fmt: Format, *, packed: bool, names: Mapping[str, Any]
) -> tuple[Tensor, bytes]:
    """Give the manifest entry and the bytes of a tensor.

    ``names`` are the fields that say what it is: id, file, role, layer, signal, format, axes,
    sample_point.
    """
    where = names["id"]
    words = memfile.pack(codes, fmt, where) if packed else memfile.encode(codes, fmt, where)
    if len(words) > MAX_WORDS:
        raise InputError(
            "too many words for one file",
            where=where,
            expected=MAX_WORDS,
            got=len(words),
            fix="write several bundles of fewer samples",
        )
    lanes = codes.shape[-1] if packed else 1
    width = lanes * fmt.width
    data = memfile.dump(words, width)
    entry = Tensor(
        **names,
        shape=codes.shape,
        packing={"lanes": lanes, "lane_bits": fmt.width, "lane0": "lsb"} if packed else None,
        words=len(words),
        word_bits=width,
        hex_digits=-(-width // 4),
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        crc32=memfile.crc32(words),
        min=int(codes.min()) if codes.size else None,
        max=int(codes.max()) if codes.size else None,
        n_negative=int((codes < 0).sum()),
        n_saturated=None,  # not counted here
        n_ties=None,
    )
    return entry, data


NAMES = ("id", "file", "role", "layer", "signal", "format", "axes", "sample_point")
"""The fields of a tensor that say what it is; the others follow from its codes."""


def again(tensor: Tensor, codes: IntArray, fmt: Format) -> Tensor:
    """Describe the codes under the names of a tensor: equal to it if it tells the truth.

    What only the writer can know, the ties and saturated values of a rounding, is taken over.
    """
    names = {name: getattr(tensor, name) for name in NAMES}
    found, _ = describe(codes, fmt, packed=tensor.packing is not None, names=names)
    return replace(found, n_saturated=tensor.n_saturated, n_ties=tensor.n_ties)


def decode(tensor: Tensor, data: bytes, fmt: Format, where: str) -> IntArray:
    """Read the codes from the bytes of the file, strictly; shape as declared."""
    lanes = tensor.shape[-1] if tensor.packing else 1
    expected = (prod(tensor.shape) // lanes, lanes * fmt.width)
    if (tensor.words, tensor.word_bits) != expected:
        raise InputError(
            "shape, format and words contradict each other",
            where=f"manifest, tensor {tensor.id}",
            expected="{} words of {} bits".format(*expected),
            got=f"{tensor.words} words of {tensor.word_bits} bits",
        )
    words = memfile.load(data, tensor.word_bits, tensor.words, where)
    codes = memfile.unpack(words, fmt, lanes) if tensor.packing else memfile.decode(words, fmt)
    return codes.reshape(tensor.shape)


def parse_tensor(entry: Any, where: str) -> Tensor:
    """Check one entry of the manifest."""
    names = {f.name for f in fields(Tensor)}
    if not isinstance(entry, dict) or set(entry) != names:
        got = sorted(set(entry) ^ names) if isinstance(entry, dict) else type(entry).__name__
        raise InputError("bad tensor entry", where=where, expected="the fields of Tensor", got=got)
    shape = entry["shape"]
    dims = isinstance(shape, list) and all(type(n) is int and n > 0 for n in shape)
    sizes = (entry[key] for key in ("words", "word_bits", "hex_digits", "bytes"))
    numbers = all(type(size) is int and size > 0 for size in sizes)
    texts = all(type(entry[k]) is str for k in ("id", "file", "role", "signal", "format", "sha256"))
    if not (dims and shape and numbers and texts and isinstance(entry["axes"], list)):
        raise InputError("bad tensor entry", where=where, got=entry["id"])
    if why := outside(entry["file"]):
        raise InputError(f"tensor outside its bundle: {why}", where=where, got=entry["file"])
    return Tensor(**entry | {"shape": tuple(shape), "axes": tuple(entry["axes"])})
