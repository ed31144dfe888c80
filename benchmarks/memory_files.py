"""Speed of the hex writer and reader, in words a second: ``python benchmarks/memory_files.py``."""

from __future__ import annotations

import time
from collections.abc import Callable

from fixedpoint import Format, memfile
from fixedpoint.stimuli import integers

WORDS = 1 << 20


def best(run: Callable[[], object], times: int = 5) -> float:
    """Million words a second of the fastest of some runs."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return WORDS / min(seconds) / 1e6


def main() -> None:
    print("bits  write  read  a format() loop   (million words a second)")
    for width in (8, 12, 16, 32):
        fmt = Format(True, width)
        codes = integers(width, fmt.low, fmt.high, WORDS)
        data = memfile.dump(memfile.encode(codes, fmt), width)
        write = best(lambda c=codes, f=fmt: memfile.dump(memfile.encode(c, f), f.width))
        read = best(lambda d=data, f=fmt: memfile.decode(memfile.load(d, f.width, WORDS), f))
        mask, digits = (1 << width) - 1, -(-width // 4)
        loop = best(lambda c=codes, m=mask, d=digits: [f"{x & m:0{d}x}" for x in c.tolist()], 1)
        print(f"{width:4d} {write:6.0f} {read:5.0f} {loop:10.1f}")


if __name__ == "__main__":
    main()
