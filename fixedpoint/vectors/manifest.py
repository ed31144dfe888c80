"""The manifest: what each file of a bundle is, as data with its own checksum."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.vectors.files import Finding
from fixedpoint.vectors.schema import SCHEMA_FILE, canonical, dotted, line_of, violations
from fixedpoint.vectors.tensor import Tensor, parse_tensor

SCHEMA = "refsnn/hwvec/1"
MANIFEST = "manifest.json"
_T = TypeVar("_T")


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
        return parse_format(self.get("formats", name, kind=str))

    def tensor(self, signal: str) -> Tensor:
        """Give the tensor of a signal."""
        for tensor in self.tensors:
            if tensor.signal == signal:
                return tensor
        raise InputError("no such tensor", where="manifest tensors", expected=signal)

    def text(self) -> str:
        """Give what is written to manifest.json."""
        return canonical(self.data)


def seal(data: Mapping[str, Any], tensors: list[Tensor]) -> Manifest:
    """Give the manifest with its tensors, its level, its checksums and its identity filled in."""
    derived = {"schema": SCHEMA, "level": level(data), "tensors": [asdict(t) for t in tensors]}
    checksums = {"layer_crc32": layer_crc32(tensors)}
    full = {**data, **derived, "vectors": {**data["vectors"], **checksums}}
    plain = json.loads(json.dumps(full))
    plain["bundle_id"] = identity(plain)
    return Manifest(plain, tuple(tensors))


_LEVELS = {"scalar": "L0", "neuron": "L1", "dense": "L2"}
OUTPUTS = ("out", "logits", "y")
"""The signal a layer gives to the next: one of these for each kind of layer."""


def level(data: Mapping[str, Any]) -> str:
    """Give the level of a bundle: scalar operation, neuron, layer, or network."""
    kinds = [layer.get("kind") for layer in data["layers"]]
    return _LEVELS.get(kinds[0], "L3") if len(kinds) == 1 else "L3"


def layer_crc32(tensors: list[Tensor]) -> dict[str, str]:
    """Give the CRC-32 of each layer's output words: one number for hardware without traces."""
    return {t.layer: t.crc32 for t in tensors if t.role == "expected" and t.signal in OUTPUTS}


def identity(data: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON without ``bundle_id``: sorted keys, no spaces, UTF-8."""
    rest = {key: value for key, value in data.items() if key != "bundle_id"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def parse_text(text: bytes) -> tuple[dict[str, Any] | None, Finding | None]:
    """Parse a manifest of a known schema; else say on which line it fails."""
    try:
        data = json.loads(text.decode("utf-8"))
        canonical(data).encode()  # a lone surrogate has no bytes
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        return None, Finding(MANIFEST, line, f"cannot read the manifest: {error}")
    if not isinstance(data, dict):
        return None, Finding(MANIFEST, 1, f"no JSON object, got {type(data).__name__}")
    if (got := data.get("schema")) != SCHEMA:
        reason = f"unknown schema: expected {SCHEMA}, got {got}"
        return None, Finding(MANIFEST, line_of(data, ("schema",)), reason)
    return data, None


def read_manifest(path: Path) -> Manifest:
    """Read and check a manifest; every fault is an `InputError`."""
    try:
        data, problem = parse_text(path.read_bytes())
    except OSError as error:
        raise InputError("cannot read the manifest", where=str(path), got=error.strerror) from None
    if data is None or problem:
        where = f"{path}:{problem.line}" if problem and problem.line else str(path)
        fix = "use the version of the library that wrote it"
        raise InputError(problem.reason if problem else "", where=where, fix=fix)
    return _checked(data, str(path))


def _checked(data: dict[str, Any], where: str) -> Manifest:
    for place, reason in violations(data):
        line = line_of(data, place)
        raise InputError(reason, where=f"{where}:{line}: {dotted(place)}", fix=f"see {SCHEMA_FILE}")
    if data["bundle_id"] != identity(data):
        raise InputError(
            "bundle_id does not fit the manifest", where=where, expected=identity(data)
        )
    return Manifest(data, tuple(parse_tensor(entry, where) for entry in data["tensors"]))


def parse_format(text: str) -> Format:
    """Read a format that fits int64 arithmetic: a huge width must not even be computed with."""
    fmt = Format.parse(str(text))
    if fmt.width > 62:
        raise InputError(
            "format too wide", where="manifest formats", expected="<= 62 bits", got=text
        )
    return fmt


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(key) for key in path)
