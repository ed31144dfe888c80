"""A small reader of VCD files for the tests: values of the bench's wires at any time."""

from __future__ import annotations

import re
from bisect import bisect_right


class Wave:
    """The wires of the outermost scope, by name."""

    def __init__(self, text):
        self.changes, names, scopes, now = {}, {}, [], 0
        for line in text.splitlines():
            if line.startswith("$scope"):
                scopes.append(line.split()[2])
            elif line.startswith("$upscope"):
                scopes.pop()
            elif found := re.match(r"\$var \S+ +\d+ (\S+) (\w+)", line):
                if len(scopes) == 1:
                    names.setdefault(found[1], []).append(found[2])
                    self.changes[found[2]] = []
            elif line.startswith("#"):
                now = int(line[1:])
            elif line[:1] in "01xzbBXZ" and line[:1]:
                value, code = line[1:].split() if line[0] in "bB" else (line[0], line[1:])
                for name in names.get(code, []):
                    self.changes[name].append((now, value))

    def at(self, name, time):
        """Bits of a wire after all changes up to a time, without leading zeros."""
        index = bisect_right(self.changes[name], (time, "~")) - 1
        return self.changes[name][index][1].lstrip("0") or "0"
