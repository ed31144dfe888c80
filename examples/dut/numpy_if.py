"""An integrate-and-fire neuron in plain NumPy as a device under test.

It reads the hex files itself and shares no code with the library:

    refsnn vectors write out/ --kind if
    refsnn vectors replay out/ --dut numpy_if:device      (from this folder)
"""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np


def read(bundle, tensor, bits):
    """Two's complement words of one file."""
    words = [int(line, 16) for line in (bundle / tensor["file"]).read_text().split()]
    return np.array([w - (w >> (bits - 1) << bits) for w in words]).reshape(tensor["shape"])


class Neuron:
    """The three functions that `fixedpoint.vectors.dut.judge` calls."""

    def load(self, bundle: Path):
        """Read parameters and stimuli."""
        manifest = json.loads((bundle / "manifest.json").read_text())
        tensors = {t["signal"]: t for t in manifest["tensors"]}
        values = {s: read(bundle, tensors[s], tensors[s]["word_bits"])
                  for s in ("current", "theta", "v_init")}  # fmt: skip
        layer = manifest["layers"][0]
        return SimpleNamespace(name=layer["name"], layer=layer, **values, rows=None)

    def run(self, session, sample):
        """One sample, from a cleared membrane."""
        theta, v, count, rows = int(session.theta[0]), int(session.v_init[0]), 0, []
        for current in session.current[sample, :, 0]:
            u = v + int(current)
            spike = int(u > theta if session.layer["compare"] == ">" else u >= theta)
            v = (u - theta * spike) if session.layer["reset"] == "subtract" else u * (1 - spike)
            count += spike
            rows.append((u, spike, v, count, spike))
        session.rows = rows

    def dump(self, session):
        """Expected tensor id to codes."""
        signals = ("u", "spike", "v", "count", "out")
        columns = zip(signals, zip(*session.rows, strict=True), strict=True)
        return {f"{session.name}.{signal}": column for signal, column in columns}


def device():
    """What ``--dut numpy_if:device`` makes."""
    return Neuron()
