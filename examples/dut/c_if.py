"""The C neuron beside this file as a device under test.

refsnn vectors replay out/ --dut c_if:device      (from this folder; needs cc)
"""

import json
import subprocess
import tempfile
from pathlib import Path
from types import SimpleNamespace

SOURCE = Path(__file__).with_name("if_neuron.c")


def compiled(source):
    """Build the program; it stays as long as the process."""
    program = Path(tempfile.mkdtemp(prefix="dut.")) / "if_neuron"
    subprocess.run(["cc", "-O2", "-Wall", "-Werror", "-o", program, source], check=True)
    return program


class Program:
    """Runs the program once for all samples, and hands out its lines."""

    def __init__(self, source=SOURCE):
        self.program = compiled(source)

    def load(self, bundle):
        """Run every sample."""
        manifest = json.loads((bundle / "manifest.json").read_text())
        tensor = {t["signal"]: t for t in manifest["tensors"]}
        steps = manifest["time"]["T_in"]
        words = [tensor["current"]["file"], tensor["current"]["word_bits"], tensor["theta"]["file"],
                 tensor["v_init"]["file"], tensor["theta"]["word_bits"], steps]  # fmt: skip
        done = subprocess.run([self.program, *map(str, words)], cwd=bundle, check=True,
                              capture_output=True, text=True)  # fmt: skip
        rows = [[int(word) for word in line.split()] for line in done.stdout.splitlines()]
        return SimpleNamespace(name=manifest["layers"][0]["name"], rows=rows, steps=steps, at=0)

    def run(self, session, sample):
        """Find the sample's lines."""
        session.at = sample * session.steps

    def dump(self, session):
        """Expected tensor id to codes."""
        rows = session.rows[session.at : session.at + session.steps]
        u, spike, v, count = zip(*rows, strict=True)
        codes = {"u": u, "spike": spike, "v": v, "count": count, "out": spike}
        return {f"{session.name}.{signal}": column for signal, column in codes.items()}


def device():
    """What ``--dut c_if:device`` makes."""
    return Program()
