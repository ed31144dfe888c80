"""Shared Hypothesis strategies: neurons with their input, all on a dyadic grid."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from refsnn.neurons import NEURONS, Neuron

DTYPES = (np.int64, np.float32, np.float64)
SIZE = 3
"""Neurons of a case, so that per-neuron thresholds have a fixed shape."""


class Case(NamedTuple):
    """A neuron and what drives it."""

    neuron: Neuron
    currents: np.ndarray
    """(T, B, SIZE), whole numbers in any dtype: every sum of them is exact."""
    bias: np.ndarray
    """(1, SIZE), enters once."""


def thetas():
    """One threshold, or one per neuron: whole numbers, odd ones included."""
    each = st.integers(1, 16)
    return st.one_of(each.map(np.asarray), hnp.arrays(np.int64, SIZE, elements=each))


LEVELS = st.integers(1, 6)


@st.composite
def bit_serial(draw):
    """Some of the bits dropped in half of the cases."""
    bits = draw(LEVELS)
    drop = draw(st.just(0) | st.integers(0, bits - 1))
    return {"theta": draw(thetas()), "t_out": bits, "drop": drop}


SETTINGS = {
    "IF": st.fixed_dictionaries(
        {
            "theta": thetas(),
            "compare": st.sampled_from(["ge", "gt"]),
            "reset": st.sampled_from(["subtract", "zero"]),
            "v_init": st.sampled_from([0.0, 0.25, 0.5, 1.0]),
        }
    ),
    "DualThreshold": st.fixed_dictionaries(
        {
            "theta": thetas(),
            "v_init": st.sampled_from([0.0, 0.5]),
            "theta_negative": st.sampled_from([None, 0.0, 0.25, 0.5, 1.0]),
            "strict_positive": st.booleans(),
            "strict_negative": st.booleans(),
            "memory": st.booleans(),
            "cap": st.sampled_from([None, 1, 2, 4]),
        }
    ),
    "ShiftedIF": st.fixed_dictionaries({"theta": thetas(), "t_ref": st.sampled_from([1, 2])}),
    "Pascal": st.fixed_dictionaries({"theta": thetas(), "t_out": LEVELS}),
    "PascalFirst": st.fixed_dictionaries({"theta": thetas(), "t_out": LEVELS}),
    "BitSerial": bit_serial(),
    "AdaFire": st.fixed_dictionaries(
        {
            "theta": thetas(),
            "phi": st.integers(1, 5),
            "steps": st.sampled_from([None, 1, 2]),
        }
    ),
    "LIF": st.fixed_dictionaries(
        {
            "theta": thetas(),
            "compare": st.sampled_from(["ge", "gt"]),
            "reset": st.sampled_from(["subtract", "to_value"]),
            "reset_acts": st.sampled_from(["same_step", "next_step"]),
            "delay": st.sampled_from([0, 1]),
            "v_reset": st.sampled_from([0, -3]),
            "v_init": st.sampled_from([0.0, 1.0]),
        }
    ),
    "Readout": st.fixed_dictionaries(
        {
            "bias_plan": st.sampled_from(["every_frame", "once", "spread"]),
            "kind": st.sampled_from(["mean", "sum"]),
        }
    ),
}
"""Settings under which a neuron's declared laws hold (as released, some do not)."""


def neurons(kind: str, law: str = "", **changes):
    """Neurons of a kind; ``conservation`` is a law of soft resets."""
    made = SETTINGS[kind].map(lambda settings: NEURONS[kind](**{**settings, **changes}))
    return made.filter(lambda n: n.semantics.reset == "subtract") if law == "conservation" else made


def whole(shape):
    """Arrays of whole numbers, -42 to 42: one byte each, which draws fast and shrinks to zeros."""
    size = int(np.prod(shape))
    return st.binary(min_size=size, max_size=size).map(
        lambda raw: (np.frombuffer(raw, np.int8).astype(np.int64).reshape(shape) + 1) // 3
    )


@st.composite
def cases(draw, neuron, dtypes=DTYPES):
    """A neuron of the strategy ``neuron`` with a train of currents."""
    frames, batch = draw(st.integers(1, 7)), draw(st.integers(1, 3))
    dtype = draw(st.sampled_from(dtypes))
    currents = draw(whole((frames, batch, SIZE))).astype(dtype)
    bias = draw(whole((1, SIZE))).astype(dtype)
    return frozen_case(draw(neuron), currents, bias)


def frozen_case(neuron, currents, bias):
    """All arrays read-only: a neuron that writes into its arguments fails."""
    for array in (currents, bias):
        array.flags.writeable = False
    return Case(neuron, currents, bias)
