"""Small programs for network bundles: every synapse, every neuron, and a trained digits MLP."""

from functools import cache

import numpy as np

from fixedpoint import Format, IntIF, IntPascal
from fixedpoint.models_accumulate import IntAccumulate
from fixedpoint.models_bit_serial import IntBitSerial
from fixedpoint.models_burst import IntBurst
from fixedpoint.models_dual import IntDual
from fixedpoint.program import Layer, Program, Tap
from fixedpoint.stimuli import integers
from fixedpoint.synapses import Conv, Dense, Flatten, GlobalSumPool, Pad, Scale, Slice, SumPool


def draw(seed, *shape, high=7):
    return integers(seed, -high, high, int(np.prod(shape))).reshape(shape)


def branched(neuron, *, once=False, frames=4, extra=0):
    """A convolution behind a pad; a residual join of a pooled map and a sliced, scaled input."""
    pad = Pad(((0, 0), (1, 1), (1, 1)))
    some = Slice(((0, 1, None), (None, None, None), (None, None, None)))
    half = SumPool((2, 2), (2, 2))
    taps = (
        Tap("a.0", (half, Conv(draw(2, 4, 3, 1, 1)))),
        Tap("input", (half, some, Scale(np.array(2)))),
    )
    layers = (
        Layer(
            "a.0", (Tap("input", (pad, Conv(draw(1, 3, 2, 3, 3)))),), draw(3, 3, 1, 1), neuron, once
        ),
        Layer("b", taps, np.array(1), neuron, once),
        Layer("c", (Tap("b", (Flatten(), Dense(draw(4, 5, 16)))),), draw(5, 5), neuron, once),
        Layer(
            "out",
            (Tap("c", (Dense(draw(6, 3, 5)),)), Tap("a.0", (GlobalSumPool(),))),
            draw(7, 3),
            None,
            once,
        ),
    )
    return Program(Format(False, 4), (2, 4, 4), frames, layers, extra)


PROGRAMS = {
    "if": lambda: branched(IntIF(theta=8, v_init=4)),
    "if gt zero": lambda: branched(IntIF(theta=8, v_init=4, compare="gt", reset="zero")),
    "if once, silent end": lambda: branched(IntIF(theta=8, v_init=4), once=True, extra=2),
    "pascal": lambda: branched(IntPascal(theta=9, v_init=4, t_out=3), once=True, frames=1),
    "accumulate": lambda: branched(IntAccumulate(theta=9, v_init=4, t_out=3), once=True, frames=1),
    "burst": lambda: branched(IntBurst(theta=8, v_init=1, phi=3, shift=2)),
    "dual": lambda: branched(IntDual(theta=8, v_init=4, cap=4), extra=3),
    "bit serial": lambda: branched(IntBitSerial(theta=5, v_init=2, t_out=3), once=True, frames=1),
}


def images(count=4):
    return integers(9, 0, 15, count * 32).reshape(count, 2, 4, 4)


@cache
def digits_mlp():
    """QCFS-trained 64-16-16-10 on the shipped digits, converted and lowered; and test images."""
    from refsnn.convert import QCFSConversion
    from refsnn.datasets import load_spec
    from refsnn.lower import lower
    from refsnn.models import activation, mlp
    from refsnn.train import Training, train

    data, test = load_spec("digits:train"), load_spec("digits:test")
    graph = mlp((1, 8, 8), 10, activation("qcfs", 4), 0, width=16)
    trained = train(graph, data.prepared(), data.y, Training(epochs=15)).graph
    x = test.prepared(data.preprocessing, np.float64)
    lowered = lower(QCFSConversion(steps=4).convert(trained, None)[0], x, test.y)
    return lowered, lowered.codes(x), test.y
