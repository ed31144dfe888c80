"""The bundles that the vector and simulator tests write: small, and covering every variant."""

import numpy as np

from fixedpoint import Format, IntIF, IntPascal, write_layer_bundle, write_neuron_bundle
from fixedpoint.models_accumulate import IntAccumulate
from fixedpoint.models_bit_serial import IntBitSerial
from fixedpoint.models_burst import IntBurst
from fixedpoint.models_dual import IntDual
from fixedpoint.stimuli import integers
from fixedpoint.vectors.variants import VARIANTS


def dense(out, neuron, high=3, name="dense0", in_bits=0):
    weight = integers(1, -8, 7, 5 * 7).reshape(5, 7)
    return write_layer_bundle(
        out,
        name,
        weight=weight,
        weight_format=Format(True, 8),
        bias=integers(2, -3, 3, 5),
        neuron=neuron,
        spikes_in=integers(3, 0, high, 12 * 6 * 7).reshape(12, 6, 7),
        in_bits=in_bits,
    )


THETAS = np.array([8, 5, 7, 16, 9])
WRITERS = {
    "if": lambda out: write_neuron_bundle(out, "if", samples=64, seed=7),
    "pascal": lambda out: write_neuron_bundle(out, "pascal", samples=64, seed=7),
    **{
        kind: lambda out, kind=kind: write_neuron_bundle(out, kind, samples=48, seed=7)
        for kind in VARIANTS
        if kind not in ("if", "pascal")
    },
    "if_gt_zero": lambda out: write_neuron_bundle(
        out, "if", samples=32, compare="gt", reset="zero"
    ),
    "burst_wide": lambda out: write_neuron_bundle(
        out, "burst", samples=32, theta=37, t=5, in_format=Format(True, 11), phi=7, shift=3
    ),
    "bit_serial_odd_theta": lambda out: write_neuron_bundle(
        out, "bit_serial", samples=32, theta=11, t=3, drop=1
    ),
    "if_16_bit": lambda out: write_neuron_bundle(
        out, "if", samples=32, theta=1000, t=5, in_format=Format(True, 14)
    ),
    "pascal_odd_theta": lambda out: write_neuron_bundle(out, "pascal", samples=32, theta=37, t=3),
    "pascal_one_step": lambda out: write_neuron_bundle(out, "pascal", samples=32, t=1),
    "layer_if": lambda out: dense(out, IntIF(theta=THETAS, v_init=THETAS // 2)),
    "layer_if_bits": lambda out: dense(out, IntIF(theta=8, v_init=4), high=1),
    "layer_weighted_bits": lambda out: dense(
        out, IntBitSerial(theta=THETAS, v_init=THETAS // 2, t_out=5), high=1, in_bits=7
    ),
    "layer_pascal": lambda out: dense(
        out, IntPascal(theta=THETAS, v_init=THETAS // 2 - 9, t_out=4)
    ),
    "layer_accumulate": lambda out: dense(
        out, IntAccumulate(theta=THETAS, v_init=THETAS // 2, t_out=4)
    ),
    "layer_bit_serial": lambda out: dense(
        out, IntBitSerial(theta=THETAS, v_init=THETAS // 2, t_out=3)
    ),
    "layer_burst": lambda out: dense(out, IntBurst(theta=THETAS, v_init=0, phi=3, shift=1)),
    "layer_dual": lambda out: dense(out, IntDual(theta=THETAS, v_init=THETAS // 2, cap=4)),
}
