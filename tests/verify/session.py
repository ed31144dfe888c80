"""The example of docs/verify.md: commands of another implementation's author, and the answers."""

from __future__ import annotations

import json
import os
from contextlib import chdir
from pathlib import Path

import numpy as np
from typer.testing import CliRunner
from verify.diagnosing import recording

from refsnn.cli import app

CASE, MISTAKE = "qcfs-conv", "strict"
COMMANDS = (
    "verify theirs.npz --case qcfs-conv",
    "verify theirs.npz --names map.json",
    "verify fixed.npz --names map.json",
)
MAP = {"case": CASE, "names": {"spk1": "act0/spikes", "spk2": "act1/spikes"}}


def dump(path, mistake):
    """Trains with the samples first, time second."""
    done = recording(CASE, mistake)
    trains = {f"spk{i + 1}": np.moveaxis(done[f"act{i}/spikes"], 0, 1) for i in range(2)}
    np.savez(path, **trains)


def session(folder: Path) -> str:
    """The commands and what they print."""
    dump(folder / "theirs.npz", MISTAKE)
    dump(folder / "fixed.npz", "")
    (folder / "map.json").write_text(json.dumps(MAP))
    lines = ["```"]
    with chdir(folder):
        for command in COMMANDS:
            done = CliRunner().invoke(app, command.split(), env={**os.environ, "COLUMNS": "100"})
            lines += [
                f"$ refsnn {command}",
                done.output.rstrip(),
                f"[exit code {done.exit_code}]",
                "",
            ]
            if command == COMMANDS[0]:
                lines += ["$ cat map.json", json.dumps(MAP), ""]
    return "\n".join([*lines[:-1], "```"])
