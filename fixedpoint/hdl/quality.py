"""The mutation score of a neuron bundle: whether its vectors can fail."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from fixedpoint.errors import InputError
from fixedpoint.hdl.device import compared_words
from fixedpoint.hdl.icarus import run_bench
from fixedpoint.hdl.mutation import Mutant, MutationScore, mutation_score
from fixedpoint.hdl.testbench import bench_text
from fixedpoint.vectors.replay import read_bundle


def bundle_score(
    bundle: Path,
    *,
    mutants: int = 100,
    seed: int = 1,
    done: Callable[[Mutant], None] | None = None,
) -> MutationScore:
    """Plant faults in the bundle's own module and run its bench in Icarus Verilog on each.

    Parameters
    ----------
    bundle : Path
        Of one neuron.
    mutants, seed : int
        How many faults, and which.
    done : callable, optional
        Told of every verdict.

    Raises
    ------
    InputError
        A bench fails for another reason than a word that differs: that would say nothing.
    """
    folder = Path(bundle).resolve()
    _, manifest = read_bundle(folder)
    top, words = f"{manifest.name}_top", compared_words(manifest, True)
    sources = sorted(str(path.relative_to(folder)) for path in folder.glob("rtl/*.v"))
    with tempfile.TemporaryDirectory() as scratch:
        bench = Path(scratch) / "bench.v"
        bench.write_text(bench_text(manifest))

        def passes(module: Path) -> bool:
            result = run_bench(folder, f"tb_{manifest.name}", [str(bench), str(module)], words)
            if not (result.ok or result.mismatches):  # killed means that a word differed
                raise InputError(
                    "no pass and no mismatch", where=module.name, got=result.log[-300:]
                )
            return result.ok

        return mutation_score(folder, sources, top, passes, mutants=mutants, seed=seed, done=done)
