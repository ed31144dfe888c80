"""Check a bundle's files and text, strictly, before any other program reads them.

Simulators drop, mask or skip what they cannot read, often without a word. So everything is judged
here first: hashes, file names, the schema, the manifest's own sums, and every line of every hex
file. What the words *mean* is the business of `replay`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fixedpoint import memfile
from fixedpoint.errors import InputError
from fixedpoint.vectors.files import Finding, survey
from fixedpoint.vectors.manifest import (
    MANIFEST,
    identity,
    layer_crc32,
    level,
    parse_format,
    parse_text,
)
from fixedpoint.vectors.schema import Place, canonical, dotted, line_of, violations
from fixedpoint.vectors.tensor import Tensor, again, decode, parse_tensor


@dataclass(frozen=True)
class CheckReport:
    """Result of `check`."""

    bundle: str
    bundle_id: str | None  # None where there is no readable manifest
    level: str | None
    files: int  # hashed
    tensors: int  # whose every line was read
    words: int  # in them
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether there is nothing to refuse."""
        return not self.findings

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain JSON values."""
        return {**asdict(self), "ok": self.ok}


def check(bundle: Path) -> CheckReport:
    """Read a bundle strictly and report everything that is wrong with it.

    Parameters
    ----------
    bundle : Path
        A folder.

    Returns
    -------
    CheckReport
        Each finding names the file, the line where there is one, and the reason. Lines come
        before sums: a damaged file has a finding for the line and one for its checksum.

    Raises
    ------
    InputError
        There is no such folder.
    """
    files, of_files = survey(Path(bundle))
    data, of_manifest = _manifest(files)
    reading = _Reading(files, data or {})
    findings = [*of_manifest, *reading.tensors(), *reading.sums()] if data else of_manifest
    return CheckReport(
        bundle=str(bundle),
        bundle_id=None if data is None else str(data.get("bundle_id")),
        level=None if data is None else str(data.get("level")),
        files=len(files),
        tensors=reading.read,
        words=reading.words,
        findings=tuple(sorted(findings, key=_by_file)) + tuple(of_files),
    )


def _by_file(finding: Finding) -> tuple[bool, str, int]:
    return finding.file != MANIFEST, finding.file, finding.line or 0


def _manifest(files: Mapping[str, bytes]) -> tuple[dict[str, Any] | None, list[Finding]]:
    if MANIFEST not in files:
        return None, []  # the survey has said so, or SHA256SUMS does not list it
    data, problem = parse_text(files[MANIFEST])
    if data is None or problem:
        return None, [problem] if problem else []
    faults = [_at(data, place, reason) for place, reason in violations(data)]
    if not faults and data["bundle_id"] != identity(data):
        expected = identity(data)
        faults.append(_at(data, ("bundle_id",), f"does not fit the manifest: expected {expected}"))
    faults += _text_faults(files[MANIFEST].decode(), canonical(data))
    return (data if isinstance(data.get("tensors"), list) else None), faults


def _at(data: Any, place: Place, reason: str) -> Finding:
    return Finding(MANIFEST, line_of(data, place), f"{dotted(place)}: {reason}")


def _text_faults(text: str, expected: str) -> list[Finding]:
    if text == expected:
        return []
    pairs = zip(text.split("\n"), expected.split("\n"), strict=False)
    line = next((i for i, (a, b) in enumerate(pairs, 1) if a != b), None)
    return [Finding(MANIFEST, line, "not the canonical text: a key twice, or edited by hand")]


class _Reading:
    """Reads the tensors of a manifest and compares them with what it says of them."""

    def __init__(self, files: Mapping[str, bytes], data: Mapping[str, Any]) -> None:
        self.files, self.data = files, data
        self.read = self.words = 0
        self.good: list[Tensor] = []

    def tensors(self) -> Iterator[Finding]:
        """Read every hex file."""
        seen: set[str] = set()
        for i, entry in enumerate(self.data["tensors"]):
            try:
                tensor = parse_tensor(entry, f"tensors[{i}]")
            except InputError as error:
                yield self._of_entry(i, str(error))
                continue
            if {tensor.file, tensor.id} & seen:
                yield self._of_entry(i, "file or id is used twice")
            seen |= {tensor.file, tensor.id}
            yield from self._tensor(i, tensor)
        hexes = {name for name in self.files if name.endswith(".hex")}
        yield from (Finding(n, None, "no tensor describes it") for n in sorted(hexes - seen))

    def _tensor(self, i: int, tensor: Tensor) -> Iterator[Finding]:
        data = self.files.get(tensor.file)
        if data is None:
            yield self._of_entry(i, f"missing file {tensor.file}")
        elif fault := memfile.fault(data, tensor.word_bits, tensor.words):
            yield Finding(tensor.file, fault.line, fault.text)
        else:
            yield from self._values(i, tensor, data)

    def _values(self, i: int, tensor: Tensor, data: bytes) -> Iterator[Finding]:
        try:
            fmt = parse_format(self.data["formats"][tensor.format])
            true = again(tensor, decode(tensor, data, fmt, tensor.file), fmt)
        except (InputError, KeyError, TypeError) as error:
            yield self._of_entry(i, str(error))
            return
        self.read, self.words = self.read + 1, self.words + tensor.words
        self.good.append(tensor)
        for field, value in asdict(true).items():
            if value != (got := getattr(tensor, field)):
                reason = f"{tensor.file} has {field} {value}, got {got}"
                yield _at(self.data, ("tensors", i, field), reason)

    def _of_entry(self, i: int, reason: str) -> Finding:
        return _at(self.data, ("tensors", i), reason)

    def sums(self) -> Iterator[Finding]:
        """Compare the sums over all tensors; only if every tensor could be read."""
        if len(self.good) != len(self.data["tensors"]) or violations(self.data):
            return
        expected = [t for t in self.good if t.role == "expected"]
        digest = hashlib.sha256(b"".join(self.files[t.file] for t in expected)).hexdigest()
        facts: dict[Place, Any] = {
            ("level",): level(self.data),
            ("vectors", "n_words"): sum(t.words for t in expected),
            ("vectors", "expected_digest"): digest,
            ("vectors", "layer_crc32"): layer_crc32(self.good),
        }
        for place, value in facts.items():
            if (got := _value_at(self.data, place)) != value:
                yield _at(self.data, place, f"expected {value}, got {got}")
        for i, name in enumerate(self.data["simulation"]["sources"]):
            if name not in self.files:
                yield _at(self.data, ("simulation", "sources", i), f"missing file {name}")


def _value_at(data: Any, place: Place) -> Any:
    for key in place:
        data = data[key]
    return data
