"""The manifest: what each file of a bundle is, as data with its own checksum."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from math import prod
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from fixedpoint import memfile
from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.typing import IntArray

SCHEMA = "refsnn/hwvec/1"
MAX_WORDS = 1 << 20
"""Words of one file: more make some simulators slow to load."""

_T = TypeVar("_T")
_SECTIONS: dict[str, type] = {
    "generator": dict,
    "license": dict,
    "seed": dict,
    "method": dict,
    "claim": dict,
    "time": dict,
    "formats": dict,
    "layers": list,
    "tensors": list,
    "protocol": dict,
    "compare": dict,
    "coverage": dict,
    "quality": dict,
    "vectors": dict,
    "simulation": dict,
}


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

    def encode(self, codes: IntArray, fmt: Format) -> memfile.Words:
        """Give the words of the codes."""
        return (
            memfile.pack(codes, fmt, self.id)
            if self.packing
            else memfile.encode(codes, fmt, self.id)
        )

    def decode(self, data: bytes, fmt: Format, where: str) -> IntArray:
        """Read the codes from the bytes of the file, strictly; shape as declared."""
        expected_bits = fmt.width * (self.shape[-1] if self.packing else 1)
        expected_words = prod(self.shape[:-1] if self.packing else self.shape)
        if (self.word_bits, self.words) != (expected_bits, expected_words):
            raise InputError(
                "shape, format and words contradict each other",
                where=f"manifest, tensor {self.id}",
                expected=f"{expected_words} words of {expected_bits} bits",
                got=f"{self.words} words of {self.word_bits} bits",
            )
        words = memfile.load(data, self.word_bits, self.words, where)
        codes = (
            memfile.unpack(words, fmt, self.shape[-1])
            if self.packing
            else memfile.decode(words, fmt)
        )
        return codes.reshape(self.shape)


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
        n_saturated=0,  # no signal can saturate: the widths are proven
        n_ties=None,
    )
    return entry, data


@dataclass(frozen=True, eq=False)
class Manifest:
    """A checked manifest: the JSON object, and its tensors."""

    data: Mapping[str, Any]
    tensors: tuple[Tensor, ...]

    @property
    def bundle_id(self) -> str:
        """SHA-256 of the canonical JSON without this field."""
        return str(self.data["bundle_id"])

    @property
    def name(self) -> str:
        """Name of the bundle."""
        return self.get("method", "name", kind=str)

    @property
    def n_words(self) -> int:
        """Number of expected words, which a simulation must have compared."""
        return self.get("vectors", "n_words", kind=int)

    def get(self, *path: str | int, kind: type[_T]) -> _T:
        """Give one value, or an `InputError` that says where it is missing or of a wrong type."""
        found: Any = self.data
        try:
            for key in path:
                found = found[key]
        except (KeyError, IndexError, TypeError):
            raise InputError(
                "missing", where=f"manifest {_dotted(path)}", expected=kind.__name__
            ) from None
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            got = type(found).__name__
            where = f"manifest {_dotted(path)}"
            raise InputError("wrong type", where=where, expected=kind.__name__, got=got)
        return found

    def format(self, name: str) -> Format:
        """Give a named format."""
        return Format.parse(self.get("formats", name, kind=str))

    def tensor(self, signal: str) -> Tensor:
        """Give the tensor of a signal."""
        for tensor in self.tensors:
            if tensor.signal == signal:
                return tensor
        raise InputError("no such tensor", where="manifest tensors", expected=signal)

    def text(self) -> str:
        """Give what is written to manifest.json."""
        return json.dumps(self.data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def seal(data: Mapping[str, Any], tensors: list[Tensor]) -> Manifest:
    """Give the manifest with its tensors and its identity filled in."""
    full = dict(data) | {"schema": SCHEMA, "tensors": [asdict(t) for t in tensors]}
    plain = json.loads(json.dumps(full))
    plain["bundle_id"] = identity(plain)
    return Manifest(plain, tuple(tensors))


def identity(data: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON without ``bundle_id``: sorted keys, no spaces, UTF-8."""
    rest = {key: value for key, value in data.items() if key != "bundle_id"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def read_manifest(path: Path) -> Manifest:
    """Read and check a manifest; every fault is an `InputError`."""
    where = str(path)
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError("cannot read the manifest", where=where, got=error) from None
    if not isinstance(data, dict):
        raise InputError("no JSON object", where=where, got=type(data).__name__)
    if data.get("schema") != SCHEMA:
        fix = "use the version of the library that wrote it"
        raise InputError(
            "unknown schema", where=where, expected=SCHEMA, got=data.get("schema"), fix=fix
        )
    manifest = Manifest(data, ())
    for section, kind in _SECTIONS.items():
        manifest.get(section, kind=kind)
    if manifest.get("bundle_id", kind=str) != identity(data):
        raise InputError(
            "bundle_id does not fit the manifest", where=where, expected=identity(data)
        )
    return Manifest(data, tuple(_tensor(entry, where) for entry in data["tensors"]))


def _tensor(entry: Any, where: str) -> Tensor:
    names = {f.name for f in fields(Tensor)}
    if not isinstance(entry, dict) or set(entry) != names:
        got = sorted(set(entry) ^ names) if isinstance(entry, dict) else type(entry).__name__
        raise InputError("bad tensor entry", where=where, expected="the fields of Tensor", got=got)
    shape = entry["shape"]
    dims = isinstance(shape, list) and all(type(n) is int and n > 0 for n in shape)
    numbers = all(type(entry[k]) is int for k in ("words", "word_bits", "hex_digits", "bytes"))
    texts = all(type(entry[k]) is str for k in ("id", "file", "role", "signal", "format", "sha256"))
    if not (dims and shape and numbers and texts and isinstance(entry["axes"], list)):
        raise InputError("bad tensor entry", where=where, got=entry["id"])
    path = PurePosixPath(entry["file"])
    if path.is_absolute() or ".." in path.parts:
        raise InputError("tensor outside its bundle", where=where, got=entry["file"])
    return Tensor(**entry | {"shape": tuple(shape), "axes": tuple(entry["axes"])})


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(key) for key in path)
