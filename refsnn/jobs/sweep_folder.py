"""Where a sweep keeps its points: a file each, whole or not there; and the table of all of them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from refsnn import __version__
from refsnn.errors import InputError
from refsnn.io.paths import whole_file
from refsnn.jobs.sweep import KIND, Point, described

TABLE = "sweep.json"


class Folder:
    """A sweep's folder. Only the process that was started by a person writes to it."""

    def __init__(self, path: Path) -> None:
        if path.exists() and not path.is_dir():
            raise InputError("not a folder", where=str(path), fix="name another one with -o")
        self.path = path
        (path / "points").mkdir(parents=True, exist_ok=True)

    def file(self, point: Point) -> Path:
        """Of one point."""
        return self.path / "points" / f"{point.key}.json"

    def find(self, point: Point) -> dict[str, Any] | None:
        """A finished point; None where it has to be computed."""
        file = self.file(point)
        if not file.exists():
            return None
        try:
            found = json.loads(file.read_text())
        except ValueError:
            found = None
        if not isinstance(found, dict) or found.get("key") != point.key:
            fix = "delete it: the point is computed again"
            raise InputError("not a point of a sweep", where=str(file), fix=fix)
        return found

    def keep(self, point: Point, outcome: dict[str, Any]) -> dict[str, Any]:
        """Write a finished point in one step."""
        found = described(point, outcome)
        put(self.file(point), found)
        return found

    def close(self, points: Sequence[Point]) -> dict[str, Any]:
        """Write and give the table: the points in their order, each once, as far as they are."""
        rows = [self.find(point) for point in points]
        first = points[0]
        table = {
            "format": KIND, "refsnn": __version__, "model": first.digest, "calib": first.calib,
            "test": first.test, "points": len(points), "rows": [row for row in rows if row],
        }  # fmt: skip
        put(self.path / TABLE, table)
        return table


def put(path: Path, data: dict[str, Any]) -> None:
    """JSON, written beside and moved in place."""
    text = json.dumps(data, indent=1, sort_keys=True, allow_nan=False)
    with whole_file(path) as scratch, scratch.open("w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
