"""Long runs behind the tables of docs/hardware.md: speed of the vectors, mutation scores."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fixedpoint.hdl import verilator
from fixedpoint.hdl.device import compared_words, run_device
from fixedpoint.hdl.quality import bundle_score
from fixedpoint.hdl.testbench import TWINS
from fixedpoint.vectors.manifest import Manifest
from fixedpoint.vectors.replay import replay
from fixedpoint.vectors.variants import VARIANTS
from fixedpoint.vectors.write import write_neuron_bundle

Tell = Callable[[str], None]


def run_all(scratch: Path, samples: int, tell: Tell) -> list[dict[str, Any]]:
    """Run the vectors of every variant in every simulator there is for it; words a second."""
    found = []
    for name in VARIANTS:
        bundle = scratch / f"{name}_{samples}"
        manifest = write_neuron_bundle(bundle, name, samples=samples, seed=1)
        entry: dict[str, Any] = {
            "variant": name,
            "rows": compared_words(manifest, True) // 2,
            "words": compared_words(manifest, True),
            "replay": _timed(lambda b: replay(b).ok, bundle),
            "icarus": _timed(_passes, bundle, name, "icarus"),
            "verilator": _in_verilator(bundle, manifest, name, scratch),
        }
        if VARIANTS[name].kind in TWINS:
            entry["ghdl"] = _timed(_passes, bundle, name, "ghdl")
        found.append(entry)
        tell(name)
    return found


def score_all(
    scratch: Path, mutants: int, seed: int, tell: Tell, names: Sequence[str] = tuple(VARIANTS)
) -> list[dict[str, Any]]:
    """Mutation score of every variant's published vectors."""
    found = []
    for name in names:
        bundle = scratch / f"{name}_mutated"
        write_neuron_bundle(bundle, name, samples=PUBLISHED, seed=1)
        score = bundle_score(bundle, mutants=mutants, seed=seed)
        surviving = [mutant.fault for mutant in score.surviving]
        found.append({"variant": name, **score.quality(), "surviving": surviving})
        tell(name)
    return found


PUBLISHED = 48
"""Random samples of a published bundle."""


def _timed(passes: Callable[..., bool], *arguments: Any) -> dict[str, Any]:
    start = time.perf_counter()
    good = passes(*arguments)
    return {"ok": good, "seconds": time.perf_counter() - start}


def _passes(bundle: Path, name: str, simulator: str) -> bool:
    return run_device(
        bundle, f"{name}_neuron_top", sources_of(bundle, simulator), simulator=simulator
    ).ok


def sources_of(bundle: Path, simulator: str) -> list[Path]:
    """The shipped files of a bundle for a simulator, in the order it wants them."""
    if simulator != "ghdl":
        return sorted(bundle.glob("rtl/*.v"))
    files = bundle.glob("rtl/*.vhd")
    return sorted(files, key=lambda path: (path.stem != "membrane_add", "_top" in path.stem))


def _in_verilator(bundle: Path, manifest: Manifest, name: str, scratch: Path) -> dict[str, Any]:
    """Building and running are timed apart: one program serves all bundles of a neuron."""
    files = [str(path) for path in sources_of(bundle, "verilator")]
    folder = scratch / f"{name}_built"
    folder.mkdir()
    start = time.perf_counter()
    built = verilator.build(bundle, manifest, f"{name}_neuron_top", files, True, folder, 600)
    seconds = time.perf_counter() - start
    if built.returncode != 0:
        return {"ok": False, "build_seconds": seconds, "seconds": None}
    line = f"PASS {compared_words(manifest, True)}\n"
    ran = _timed(lambda: verilator.drive(bundle, manifest, folder, 600).stdout == line)
    return {**ran, "build_seconds": seconds}
