"""``refsnn bench``: what the compiled kernels do on this machine, next to BLAS."""

from __future__ import annotations

from typing import Any

import typer

from refsnn.cli.console import JSON, answering, say, show_json, table
from refsnn.errors import InputError

NUMBERS = (("ms", 2), ("gops", 0), ("of_sgemm", 2))
EXAMPLE = "Example: refsnn bench --steps 8 --rate 0.1"


def bench(
    steps: int = typer.Option(8, help="Time steps T, 1..64."),
    rate: float = typer.Option(0.1, help="Part of the inputs that spikes in a step."),
    rounds: int = typer.Option(7, help="Of which the medians are shown; 1 or more."),
    as_json: bool = JSON,
) -> None:
    """Layers of int8 weights in GOP/s, and the ratio to a float32 matrix product of the same run.

    Peers are measured by benchmarks/peers.py.
    """
    from refsnn.jobs.bench import BenchJob, run_bench

    with answering(as_json):
        _check("--steps", 1 <= steps <= 64, "1..64", steps)
        _check("--rate", 0 <= rate <= 1, "0..1", rate)
        _check("--rounds", rounds >= 1, "1 or more", rounds)
        job = BenchJob(steps=steps, rate=rate, rounds=rounds)
        found = run_bench(job) if as_json else run_bench(job, say)
        if as_json:
            show_json(found)
        else:
            show(found)


def _check(where: str, fine: bool, expected: str, got: Any) -> None:
    if not fine:
        raise InputError("out of range", where=where, expected=expected, got=got)


def show(found: dict[str, Any]) -> None:
    """Tables for people."""
    dot = "with" if found["byte_dot"] else "without"
    threads = "one thread" if found["threads"] == 1 else "BLAS with threads of its own"
    print(f"sgemm {found['sgemm_gflops']:.0f} GFLOP/s, {threads}; {dot} vpdpbusd")
    lines = [
        [row["layer"], row["kernel"], *(f"{row[key]:.{n}f}" for key, n in NUMBERS)]
        for row in found["rows"]
    ]
    title = f"int8, T = {found['steps']}, {100 * found['rate']:g} % spikes"
    table(title, ["layer", "kernel", "ms", "GOP/s", "of sgemm"], lines)
    net = found["network"]
    times = f"numpy {net['numpy_ms']:.1f} ms, numba {net['numba_ms']:.1f} ms"
    print(f"{net['network']}: {times}, {net['faster']:.1f} times faster, logits equal bit for bit")
