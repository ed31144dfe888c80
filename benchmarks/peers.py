"""This library against its peers on one core of a CPU: ratios of one run.

    PYTHONPATH=. PEER_PYTHON benchmarks/peers.py            # tables of benchmarks/README.md
    PYTHONPATH=. PEER_PYTHON benchmarks/peers.py --quick    # three rows, one minute

PEER_PYTHON is the Python of an environment of its own with numpy, numba, onnx, onnxruntime,
``torch==2.13.0`` from PyTorch's CPU index, spikingjelly and snntorch. Every implementation is a
process; all of them run in turn, round by round; medians of processor time, which other jobs on
the machine disturb less than the time on the wall (with one thread they are the same). Logits of
spiking networks must equal those of the NumPy engine, number for number, before a time counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import peer_cases
import workloads
from peer_worker import SPIKING

from refsnn.analysis.exactness import exactness
from refsnn.engines import run
from refsnn.typing import Array

HERE = Path(__file__).parent
LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
SLICE = 40.0
"""ms that a turn should take at least."""
LARGE = ("ours int8", "SpikingJelly", "torch, time folded")
PASSES = ("torch ANN fp32", "torch ANN bf16", "ONNX Runtime ANN fp32", "ONNX Runtime ANN int8")
EXACT = ("ours PASCAL", "ours bits")


class Row(NamedTuple):
    """A workload and who runs it."""

    network: str
    percent: int
    batch: int
    steps: int
    names: tuple[str, ...]

    @property
    def title(self) -> str:
        """As in the tables."""
        return f"{self.network}-r{self.percent:02}-b{self.batch}-t{self.steps}"


FULL = (*LARGE, "snnTorch", *PASSES, *EXACT)
ROWS = (
    Row("vgg16", 10, 1, 8, ("ours fp32", *FULL)),
    Row("vgg16", 5, 1, 8, ("ours fp32", *LARGE)),
    Row("vgg16", 20, 1, 8, ("ours fp32", *LARGE)),
    Row("vgg16", 10, 32, 16, LARGE),
    Row("resnet20", 10, 1, 8, FULL),
    Row("resnet20", 10, 32, 8, LARGE),
)
QUICK = (ROWS[0]._replace(names=LARGE), ROWS[4]._replace(names=LARGE))


class Worker:
    """One implementation at work in its process."""

    def __init__(self, name: str, file: Path) -> None:
        env = os.environ | dict.fromkeys(LIMITS, "1")
        command = [sys.executable, str(HERE / "peer_worker.py"), name, str(file)]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(command, env=env, text=True, **pipes)
        self.name, self.first = name, self._answer()["first_s"]

    def ask(self, request: str) -> Any:
        """Send one line, read one."""
        assert self.process.stdin is not None
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} failed")
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def written(row: Row, folder: Path) -> tuple[Path, dict[str, Array]]:
    """The case as a file, and the logits that each implementation must have."""
    graph = workloads.NETWORKS[row.network]()
    thetas = workloads.calibrated(graph, row.percent / 100)
    x = workloads.images(row.batch)
    judged = {"": workloads.spiking(graph, row.steps, thetas)}
    if set(EXACT) & set(row.names):
        scaled = workloads.halved(graph, thetas)
        judged["ours PASCAL"] = workloads.pascal(scaled)
        judged["ours bits"] = workloads.bit_serial(scaled)
    logits = {}
    for name, snn in judged.items():
        wide = x.astype(np.float64)
        level = exactness(snn, wide)
        assert level.level == "E", level.reason
        logits[name] = run(snn, wide, batch=4).logits
        assert np.ptp(logits[name]) > 0, f"{name}: silent"
    file = folder / f"{row.title}.npz"
    peer_cases.save(file, graph, thetas, x, row.steps, logits[""])
    return file, logits


def timed(row: Row, file: Path, logits: dict[str, Array], rounds: int) -> dict[str, Any]:
    """Medians in ms, in turns; peak memory in MiB."""
    with ExitStack() as stack:
        workers: list[Worker] = []
        for name in row.names:
            workers.append(Worker(name, file))
            stack.callback(workers[-1].close)
        return measured(row, workers, logits, rounds)


def measured(
    row: Row, workers: list[Worker], logits: dict[str, Array], rounds: int
) -> dict[str, Any]:
    """Of workers that are ready."""
    for worker in workers:
        wanted = logits.get(worker.name, logits[""] if worker.name in SPIKING else None)
        if wanted is not None and not np.array_equal(worker.ask("logits"), wanted):
            raise SystemExit(f"{row.title}: {worker.name} has other logits")
    turns = {w.name: max(1, round(SLICE / w.ask("run 1"))) for w in workers}
    found: dict[str, list[float]] = {worker.name: [] for worker in workers}
    for _ in range(rounds):
        for worker in workers:
            found[worker.name].append(worker.ask(f"run {turns[worker.name]}"))
    return {
        w.name: {
            "ms": median(found[w.name]), "least": min(found[w.name]), "most": max(found[w.name]),
            "MiB": w.ask("peak"), "first_s": w.first,
        }
        for w in workers
    }  # fmt: skip


def table(row: Row, made: dict[str, Any]) -> str:
    """As Markdown; ratios are against SpikingJelly and the ANN pass of the same run."""
    base = made["SpikingJelly"]["ms"]
    ann = made.get("torch ANN fp32", {}).get("ms")
    lines = [f"\n### {row.title}\n"]
    lines += ["| | ms (least to most) | SpikingJelly / it | it / torch ANN pass | peak MiB |"]
    lines += ["|---|---|---|---|---|"]
    for name, one in made.items():
        spread = f"{one['ms']:.2f} ({one['least']:.2f} to {one['most']:.2f})"
        share = f"{one['ms'] / ann:.2f}" if ann else ""
        lines.append(f"| {name} | {spread} | {base / one['ms']:.2f} | {share} | {one['MiB']:.0f} |")
    return "\n".join(lines)


def machine() -> Iterable[str]:
    """Versions, processor, load."""
    names = ("numpy", "numba", "torch", "spikingjelly", "snntorch", "onnxruntime")
    yield "; ".join(f"{name} {metadata.version(name)}" for name in names)
    model = [row for row in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in row]
    yield f"Python {platform.python_version()}, {model[0].split(':')[1].strip()}, one thread"
    yield f"load at the start: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="rows whose title has this in it")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print("\n".join(machine()), flush=True)
    every = {}
    with tempfile.TemporaryDirectory() as folder:
        for row in QUICK if options.quick else ROWS:
            if options.only not in row.title:
                continue
            file, logits = written(row, Path(folder))
            every[row.title] = timed(row, file, logits, options.rounds)
            print(table(row, every[row.title]), flush=True)
            file.unlink()
    if options.json:
        options.json.write_text(json.dumps(every, indent=1))


if __name__ == "__main__":
    main()
