"""Saturating arithmetic against Python integers, NumPy, fxpmath and APyTypes: ratios of one run.

    python benchmarks/fixed_point.py            # peers: pip install fxpmath==0.4.10 apytypes==0.5.1

The workloads: a 512 x 512 matrix-vector product, Q4.12 by Q4.12 into a 32-bit accumulator that
saturates after every product, in address order, rounded half to even and saturated to Q4.12; and
one step of 65536 IF neurons with a saturating membrane. Data are random over the whole range. A
result is compared with that of Python integers before its time counts; where a peer has another
semantics, the number of its wrong outputs says so. All implementations run in turn, round by round;
medians.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable
from importlib import metadata
from statistics import median
from typing import Any

import numpy as np

from fixedpoint import IntIF, oracle
from fixedpoint.accumulate import Accumulate, Accumulator, add_columns, if_step
from fixedpoint.arith import bring_in_range, round_shift
from fixedpoint.formats import Cast, Format
from fixedpoint.register import Register
from fixedpoint.schedule import STEP, Phase, State

SIZE, NEURONS = 512, 65536
ACC, OUT = Register(32), Cast(Format(True, 16, 12), "half_even", "saturate")
MEMBRANE, THETA = Register(12), 64
LONG_ENOUGH = 0.02
"""Seconds of calls of one implementation in a round: caches are then those of its own data."""
Work = Callable[[], Any]


def out_cast(acc: Any) -> Any:
    """Q8.24 to Q4.12."""
    return bring_in_range(round_shift(acc, 12, "half_even"), True, 16, "saturate")


def matvec_in_python(weight: list[list[int]], x: list[int]) -> list[int]:
    """The judge: one integer after the other."""
    low, high, found = ACC.format.low, ACC.format.high, []
    for row in weight:
        acc = 0
        for w, value in zip(row, x, strict=True):
            acc = max(low, min(high, acc + w * value))
        found.append(oracle.cast(acc, 24, OUT))
    return found


def matvec_works(rng: np.random.Generator) -> tuple[Any, dict[str, Work]]:
    """The product in every implementation there is here."""
    weight = rng.integers(-(2**15), 2**15, (SIZE, SIZE))
    x = rng.integers(-(2**15), 2**15, (1, SIZE))
    rows, values = weight.tolist(), x[0].tolist()
    columns, zeros = np.ascontiguousarray(weight.T), np.zeros((1, SIZE), np.int64)
    loaded = Accumulator(weight, 0, Accumulate(ACC), (-(2**15), 2**15 - 1), OUT, 24)
    works: dict[str, Work] = {
        "Python integers": lambda: matvec_in_python(rows, values),
        "this library": lambda: loaded(x)[0],
        "this library, array code": lambda: out_cast(add_columns(zeros, x, columns, ACC))[0],
        "NumPy int64, no saturation on the way": lambda: out_cast(x @ weight.T)[0],
    }
    return matvec_in_python(rows, values), {**works, **_matvec_peers(weight, x[0])}


def _matvec_peers(weight: Any, x: Any) -> dict[str, Work]:
    found: dict[str, Work] = {}
    try:
        from fxpmath import Fxp
    except ModuleNotFoundError:
        pass
    else:
        a, b = (Fxp(v / 2**12, True, 16, 12) for v in (weight, x))
        to = {"signed": True, "n_word": 16, "n_frac": 12, "rounding": "around"}
        found["fxpmath"] = lambda: np.asarray(Fxp(a.dot(b), **to).val, np.int64)
    try:
        import apytypes as ap
    except ModuleNotFoundError:
        return found
    p, q = (ap.APyFixedArray.from_float(v / 2**12, 4, 12) for v in (weight, x))
    mode = (ap.QuantizationMode.TIES_EVEN, ap.OverflowMode.SAT)
    found["APyTypes"] = lambda: _codes((p @ q).cast(4, 12, *mode), 12)
    return found


def step_works(rng: np.random.Generator) -> tuple[Any, dict[str, Work]]:
    """One step of the neurons in every implementation there is here; codes of v and spikes."""
    v = rng.integers(MEMBRANE.format.low, THETA, NEURONS)
    current = rng.integers(-(2**11), 2**11, NEURONS)
    neuron = IntIF(theta=THETA, v_init=0, membrane=MEMBRANE)

    def stepped() -> Any:
        done = neuron.step(State(v, np.zeros_like(v)), current, Phase(STEP, 1))
        return done.state.v, done.spike

    def compiled(kind: Any) -> Work:
        mine = v.astype(kind), current.astype(kind)
        return lambda: if_step(*mine, THETA, MEMBRANE)

    works = {
        "this library, int16": compiled(np.int16),
        "this library, int32": compiled(np.int32),
        "integer neuron (array code)": stepped,
    }
    return _steps_in_python(v.tolist(), current.tolist()), {**works, **_step_peers(v, current)}


def _steps_in_python(v: list[int], current: list[int]) -> Any:
    low, high = MEMBRANE.format.low, MEMBRANE.format.high
    sums = [max(low, min(high, a + b)) for a, b in zip(v, current, strict=True)]
    spikes = [int(u >= THETA) for u in sums]
    return [u - THETA * s for u, s in zip(sums, spikes, strict=True)], spikes


def _step_peers(v: Any, current: Any) -> dict[str, Work]:
    found: dict[str, Work] = {}
    try:
        from fxpmath import Fxp
    except ModuleNotFoundError:
        pass
    else:
        settings = {"signed": True, "n_word": 12, "n_frac": 0, "overflow": "saturate"}
        a, b = Fxp(v, **settings), Fxp(current, **settings)

        def by_fxpmath() -> Any:
            u = Fxp(a + b, **settings).val
            spikes = u >= THETA
            return u - THETA * spikes, spikes

        found["fxpmath"] = by_fxpmath
    try:
        import apytypes as ap
    except ModuleNotFoundError:
        return found
    p, q = (ap.APyFixedArray.from_float(x, 12, 0) for x in (v, current))
    theta = ap.APyFixedArray.from_float(np.full(NEURONS, THETA), 12, 0)

    def by_apytypes() -> Any:
        u = (p + q).cast(12, 0, overflow=ap.OverflowMode.SAT)
        spikes = np.asarray(u >= theta)
        taken = ap.APyFixedArray.from_float(spikes * THETA, 12, 0)
        return _codes((u - taken).cast(12, 0), 0), spikes

    found["APyTypes"] = by_apytypes
    return found


def _codes(values: Any, frac: int) -> Any:
    return np.asarray(np.ldexp(values.to_numpy(), frac), np.int64)


def compare(title: str, expected: Any, works: dict[str, Work], rounds: int) -> None:
    """Check every implementation, time them in turn, print the ratios."""
    wrong = {name: _differing(expected, work()) for name, work in works.items()}
    times: dict[str, list[float]] = {name: [] for name in works}
    repeats = {name: max(1, int(LONG_ENOUGH / _seconds(work, 1))) for name, work in works.items()}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(_seconds(work, repeats[name]))
    ours = median(times[next(n for n in works if n.startswith("this library"))])
    print(f"\n{title}\n")
    print("| implementation | ms | its time / ours | wrong outputs |")
    print("|---|---|---|---|")
    for name, seconds in times.items():
        ms = median(seconds)
        print(f"| {name} | {1e3 * ms:.4f} | {ms / ours:.1f} | {wrong[name]} |")


def _seconds(work: Work, repeat: int) -> float:
    start = time.perf_counter()
    for _ in range(repeat):
        work()
    return (time.perf_counter() - start) / repeat


def _differing(expected: Any, got: Any) -> int:
    parts = zip(np.atleast_2d(expected), np.atleast_2d(np.asarray(got)), strict=True)
    return int(np.any([np.asarray(a) != np.asarray(b) for a, b in parts], axis=0).sum())


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="medians of so many (default 7)")
    rounds = parser.parse_args().rounds
    if rounds < 1:
        sys.exit("--rounds: expected 1 or more")
    print(f"{platform.machine()}, {platform.python_version()},", ", ".join(_versions()))
    rng = np.random.default_rng(0)
    expected, works = matvec_works(rng)
    compare(f"{SIZE} x {SIZE} saturating Q4.12 matrix-vector product", expected, works, rounds)
    expected, works = step_works(rng)
    compare(f"{NEURONS} saturating IF neurons, one step", expected, works, rounds)


def _versions() -> list[str]:
    found = []
    for name in ("numpy", "numba", "fxpmath", "apytypes"):
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"{name} not installed")
    return found


if __name__ == "__main__":
    main()
