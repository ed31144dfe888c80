"""The bundles that the vector and simulator tests write: small, and covering every variant."""

import numpy as np

from fixedpoint import Format, IntIF, IntPascal, write_layer_bundle, write_neuron_bundle
from fixedpoint.stimuli import integers


def dense(out, neuron, high=3, name="dense0"):
    weight = integers(1, -8, 7, 5 * 7).reshape(5, 7)
    return write_layer_bundle(
        out,
        name,
        weight=weight,
        weight_format=Format(True, 8),
        bias=integers(2, -3, 3, 5),
        neuron=neuron,
        spikes_in=integers(3, 0, high, 12 * 6 * 7).reshape(12, 6, 7),
    )


THETAS = np.array([8, 5, 7, 16, 9])
WRITERS = {
    "if": lambda out: write_neuron_bundle(out, "if", samples=64, seed=7),
    "pascal": lambda out: write_neuron_bundle(out, "pascal", samples=64, seed=7),
    "if_gt_zero": lambda out: write_neuron_bundle(
        out, "if", samples=32, compare="gt", reset="zero"
    ),
    "if_16_bit": lambda out: write_neuron_bundle(
        out, "if", samples=32, theta=1000, t=5, in_format=Format(True, 14)
    ),
    "pascal_odd_theta": lambda out: write_neuron_bundle(out, "pascal", samples=32, theta=37, t=3),
    "pascal_one_step": lambda out: write_neuron_bundle(out, "pascal", samples=32, t=1),
    "layer_if": lambda out: dense(out, IntIF(theta=THETAS, v_init=THETAS // 2)),
    "layer_if_bits": lambda out: dense(out, IntIF(theta=8, v_init=4), high=1),
    "layer_pascal": lambda out: dense(
        out, IntPascal(theta=THETAS, v_init=THETAS // 2 - 9, t_out=4)
    ),
}
