"""What reading a file may do: read it. No code runs, no other file is opened, memory is bounded."""

from __future__ import annotations

import sys
import tracemalloc
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from refsnn.errors import InputError

MOST = 2**26
"""Bytes that reading a small file may take."""
HOME = [
    Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix, Path(__file__).parents[2])
]
RUNS = (
    "pickle.find_class",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "subprocess.Popen",
    "os.remove",
)
TALLY: Counter[tuple[str, str]] = Counter()
"""(reader, outcome) to number of files; emptied into the report of each test."""


class Watch:
    """What happens while a reader reads: an audit hook cannot be taken away, so it is switched."""

    on = False
    folder = Path()
    seen: list[str] = []  # noqa: RUF012

    @classmethod
    def hook(cls, event, args):
        if cls.on and (event in RUNS or (event == "open" and cls.foreign(*args[:2]))):
            cls.seen.append(f"{event} {args[:2]}")

    @classmethod
    def foreign(cls, path, mode):
        """Written at all, or read outside of the folder and of Python's own files."""
        if not isinstance(path, str | bytes) or path in ("/dev/null", b"/dev/null"):
            return False
        place = Path(path.decode() if isinstance(path, bytes) else path).resolve()
        inside = any(place.is_relative_to(root) for root in (cls.folder.resolve(), *HOME))
        return not inside or (mode is not None and any(letter in mode for letter in "wax+"))


sys.addaudithook(Watch.hook)


@contextmanager
def watched(folder, *, runs=False):
    """Nothing but reading; ``runs``: the reader works in a process of its own."""
    Watch.folder, Watch.seen, Watch.on = folder, [], not runs
    tracemalloc.start()
    try:
        yield
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        Watch.on = False
    assert Watch.seen == []
    assert peak < MOST, f"{peak} bytes"


def attempt(name, reader, path):
    """Read a file that may be anything: it is read, or refused in one sentence; nothing else."""
    with (
        np.errstate(all="ignore"),
        watched(path if path.is_dir() else path.parent, runs=reader.runs),
    ):
        try:
            reader.read(path)
        except InputError as error:
            assert str(error)  # noqa: PT017
            assert "Traceback" not in str(error)  # noqa: PT017
            TALLY[name, "refused"] += 1
        else:
            TALLY[name, "read"] += 1
