"""What a bundle is made of: tensors and the bytes of their files, and the sections all share."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from fixedpoint.formats import Format
from fixedpoint.typing import IntArray
from fixedpoint.vectors.files import PROVENANCE, SUMS, sums
from fixedpoint.vectors.manifest import Manifest
from fixedpoint.vectors.provenance import provenance
from fixedpoint.vectors.tensor import Tensor, describe
from fixedpoint.vectors.texts import license_text

FOLDERS = {"param": "param", "stimulus": "stim", "expected": "exp"}
GENERATOR = {"name": "fixedpoint", "versions": PROVENANCE}
COMPARE = {"tolerance": 0, "dont_care": None, "x_is_mismatch": True}
QUALITY = dict.fromkeys(("mutants", "killed", "equivalent", "tool", "seed"))


class Content:
    """Collects formats, tensors and files while a bundle is being written."""

    def __init__(self) -> None:
        self.formats: dict[str, Format] = {}
        self.tensors: list[Tensor] = []
        self.files: dict[str, bytes] = {}

    def add(
        self,
        role: str,
        layer: str,
        signal: str,
        codes: IntArray,
        format_name: str,
        axes: tuple[str, ...],
        *,
        packed: bool = False,
        point: str | None = None,
        saturated: int | None = None,
        ties: int | None = None,
    ) -> Tensor:
        """Add one tensor, in a format that is already among ``formats``; null is not counted."""
        tensor_id = f"{layer}.{signal}"
        names = {
            "id": tensor_id,
            "file": f"{FOLDERS[role]}/{tensor_id}.hex",
            "role": role,
            "layer": layer,
            "signal": signal,
            "format": format_name,
            "axes": axes,
            "sample_point": point,
        }
        tensor, data = describe(codes, self.formats[format_name], packed=packed, names=names)
        self.tensors.append(replace(tensor, n_saturated=saturated, n_ties=ties))
        self.files[tensor.file] = data
        return self.tensors[-1]

    @property
    def expected(self) -> list[Tensor]:
        """The expected tensors, in manifest order."""
        return [tensor for tensor in self.tensors if tensor.role == "expected"]

    @property
    def n_words(self) -> int:
        """Expected words."""
        return sum(tensor.words for tensor in self.expected)

    def vectors(self, samples: int, steps: int, spikes: list[int]) -> dict[str, Any]:
        """Give the section of sizes and sums."""
        expected = b"".join(self.files[tensor.file] for tensor in self.expected)
        return {
            "n_samples": samples,
            "n_steps": steps,
            "n_words": self.n_words,
            "expected_digest": hashlib.sha256(expected).hexdigest(),
            "expected_spike_count": spikes,
        }

    def all_files(self, manifest: Manifest, texts: dict[str, str], source: str) -> dict[str, bytes]:
        """Give every file of the folder, checksums last."""
        own = {"manifest.json": manifest.text(), "LICENSE.txt": license_text(source), **texts}
        files = self.files | {name: text.encode() for name, text in own.items()}
        return files | {SUMS: sums(files), PROVENANCE: provenance()}
