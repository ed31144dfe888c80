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
from fixedpoint.vectors.tensor import Tensor, parse_tensor

SCHEMA = "refsnn/hwvec/1"
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
    return Manifest(data, tuple(parse_tensor(entry, where) for entry in data["tensors"]))


def parse_format(text: str) -> Format:
    """Read a format that fits int64 arithmetic: a huge width must not even be computed with."""
    fmt = Format.parse(text)
    if fmt.width > 62:
        raise InputError(
            "format too wide", where="manifest formats", expected="<= 62 bits", got=text
        )
    return fmt


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(key) for key in path)
