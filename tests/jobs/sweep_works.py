"""Work that dies, for `test_sweep_workers`: Dask's processes import it by name."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def log(folder, point) -> int:
    """Note an attempt; gives how many there were before."""
    file = Path(folder) / f"{point.key}.log"
    before = len(file.read_text()) if file.exists() else 0
    with file.open("a") as out:
        out.write("x")
    return before


def fine(folder, point):
    log(folder, point)
    return {"refused": None, "value": len(point.title)}


def dies_once(folder, point):
    """The worker is killed by the first attempt at steps=3."""
    if log(folder, point) == 0 and point.settings["steps"] == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"refused": None, "value": len(point.title)}


def always_dies(folder, point):
    log(folder, point)
    if point.settings["steps"] == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"refused": None, "value": len(point.title)}


def breaks(folder, point):
    log(folder, point)
    if point.settings["steps"] == 3:
        raise ZeroDivisionError("a bug")
    return {"refused": None, "value": len(point.title)}
