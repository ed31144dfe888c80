"""The published set of test vectors: one small bundle of everything, the same on every machine.

Nothing in it is trained: weights, images and trains come from SplitMix64, so that anybody can write
the same bytes again. ``python -m refsnn.jobs.published_vectors OUT`` or ``refsnn vectors publish``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from fixedpoint.formats import Format
from fixedpoint.models import IntIF, IntPascal
from fixedpoint.program import Layer, Program, Tap
from fixedpoint.stimuli import integers, substream
from fixedpoint.synapses import Conv, Dense, Flatten, SumPool, Synapse
from fixedpoint.typing import IntArray
from fixedpoint.vectors import Manifest, write_layer_bundle, write_neuron_bundle
from fixedpoint.vectors.network import write_network_bundle
from fixedpoint.vectors.scalar import write_scalar_bundle
from fixedpoint.vectors.variants import VARIANTS
from refsnn.jobs.whole import whole_folder

SEED, SAMPLES = 1, 16
Writer = Callable[[Path], Manifest]
S5 = Format(True, 5)
SCALARS: dict[str, dict[str, Any]] = {
    "round": {"in_format": Format(True, 8), "drop": 3},
    "overflow": {"in_format": Format(True, 8), "out_format": Format(True, 5)},
    "cast": {"in_format": Format(True, 8), "out_format": Format(True, 4), "drop": 3},
    "requantise": {"in_format": Format(True, 8), "out_format": S5, "mult": -13, "drop": 6},
    "add_sat": {"in_format": S5, "out_format": S5},
    "mul": {"in_format": Format(True, 4), "out_format": S5, "drop": 2},
}


def bundles() -> dict[str, Writer]:
    """Folder to the function that writes its bundle."""
    scalars = {f"L0/{op}": _scalar(op) for op in SCALARS}
    neurons = {f"L1/{kind}": _neuron(kind) for kind in VARIANTS}
    networks = {"L3/mlp_if": _mlp, "L3/conv_pascal": _conv}
    return {**scalars, **neurons, "L2/dense_if": _layer, **networks}


def _scalar(op: str) -> Writer:
    return lambda out: write_scalar_bundle(out, op, **SCALARS[op])


def _neuron(kind: str) -> Writer:
    return lambda out: write_neuron_bundle(out, kind, samples=SAMPLES, seed=SEED)


def _mlp(out: Path) -> Manifest:
    return write_network_bundle(out, mlp(), _images(8, 16), name="mlp_if")


def _conv(out: Path) -> Manifest:
    return write_network_bundle(out, conv(), _images(4, 2, 4, 4), name="conv_pascal")


def _drawn(name: str, low: int, high: int, *shape: int) -> IntArray:
    count = 1
    for extent in shape:
        count *= extent
    return integers(substream(SEED, name), low, high, count).reshape(shape)


def _images(*shape: int) -> IntArray:
    return _drawn("images", 0, 15, *shape)


def _layer(out: Path) -> Manifest:
    theta = _drawn("theta", 12, 40, 6)
    return write_layer_bundle(
        out,
        "dense_if",
        weight=_drawn("weight", -7, 7, 6, 12),
        weight_format=Format(True, 4),
        bias=_drawn("bias", -3, 3, 6),
        neuron=IntIF(theta=theta, v_init=theta // 2),
        spikes_in=_drawn("spikes", 0, 1, SAMPLES, 8, 12),
    )


def _tap(source: str, *path: Synapse) -> tuple[Tap, ...]:
    return (Tap(source, path),)


def mlp() -> Program:
    """16-8-8-4, IF neurons, four steps: comes with Verilog of the whole network."""
    neurons = [IntIF(theta=64, v_init=32), IntIF(theta=16, v_init=8)]
    sizes = (16, 8, 8, 4)
    weights = [_drawn(f"mlp{i}", -7, 7, sizes[i + 1], sizes[i]) for i in range(3)]
    biases = [_drawn(f"mlp bias{i}", -4, 4, sizes[i + 1]) for i in range(3)]
    taps = [_tap(s, Dense(w)) for s, w in zip(("input", "act0", "act1"), weights, strict=True)]
    layers = (
        Layer("act0", taps[0], biases[0], neurons[0], False),
        Layer("act1", taps[1], biases[1], neurons[1], False),
        Layer("readout", taps[2], biases[2], None, False),
    )
    return Program(Format(False, 4), (16,), 4, layers)


def conv() -> Program:
    """A convolution, a sum pool and two linear layers, spike-accumulation neurons."""
    layers = (
        Layer(
            "act0",
            _tap("input", Conv(_drawn("conv0", -7, 7, 3, 2, 3, 3), padding=(1, 1))),
            _drawn("conv bias0", -9, 9, 3, 1, 1),
            IntPascal(theta=96, v_init=48, t_out=4),
            True,
        ),
        Layer(
            "act1",
            _tap("act0", SumPool((2, 2), (2, 2)), Flatten(), Dense(_drawn("conv1", -7, 7, 6, 12))),
            _drawn("conv bias1", -9, 9, 6),
            IntPascal(theta=21, v_init=10, t_out=4),
            True,
        ),
        Layer("readout", _tap("act1", Dense(_drawn("conv2", -7, 7, 3, 6))), _images(3), None, True),
    )
    return Program(Format(False, 4), (2, 4, 4), 1, layers)


def publish(out: Path) -> dict[str, Any]:
    """Write every bundle and ``index.json``, whole or not at all; give the index."""
    with whole_folder(out) as scratch:
        index = {"schema": "refsnn/hwvec-index/1", "bundles": list(_written(scratch))}
        (scratch / "index.json").write_text(json.dumps(index, indent=1) + "\n", "utf-8")
    return index


def _written(root: Path) -> Iterator[dict[str, Any]]:
    for path, write in bundles().items():
        manifest = write(root / path)
        yield {
            "path": path,
            "level": manifest.data["level"],
            "name": manifest.name,
            "bundle_id": manifest.bundle_id,
            "samples": manifest.data["vectors"]["n_samples"],
            "words": manifest.n_words,
        }


def main() -> None:
    """Write the set into the folder named on the command line."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m refsnn.jobs.published_vectors OUT")
    index = publish(Path(sys.argv[1]))
    print(f"{len(index['bundles'])} bundles in {sys.argv[1]}")


if __name__ == "__main__":
    main()
