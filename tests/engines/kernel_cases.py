"""A neuron in the compiled engine and in the specification; every setting there is."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from refsnn.engines.kernels import bound
from refsnn.engines.layer import Layer
from refsnn.engines.propagate import Chunk, fire
from refsnn.neurons import NEURONS

SIZE = 3
FIELDS = ("states", "counts", "sent", "sums", "charges")


def numbers(low, high):
    """One number, or one for each neuron: neither dyadic nor whole."""
    each = st.floats(low, high)
    return st.one_of(
        each.map(np.asarray), st.lists(each, min_size=SIZE, max_size=SIZE).map(np.array)
    )


def choices(**given):
    """A settings dictionary; a tuple is a choice of its entries."""
    made = {k: st.sampled_from(v) if isinstance(v, tuple) else v for k, v in given.items()}
    return st.fixed_dictionaries(made)


BOOL = (False, True)
THETA = numbers(0.05, 3)
STEPS = (1, 2, 3, 5)
LEAKY = choices(
    theta=THETA, tau=numbers(1.1, 9), r=numbers(0.5, 2), v_leak=numbers(-0.5, 0.5),
    integration=("euler", "exact", "impulse"), compare=("ge", "gt"), reset=("subtract", "to_value"),
    v_reset=numbers(-0.5, 0.5), reset_acts=("same_step", "next_step"), delay=(0, 1),
    v_min=(None, -0.7, 0.1), v_init=(0.0, 0.3), worth=st.none() | THETA,
)  # fmt: skip
CROSSING = choices(
    theta=THETA, tau=numbers(0.3, 9), r=numbers(0.5, 3), v_leak=numbers(-0.5, 2),
    integration=("exact",), reset=("to_value",), reset_acts=("at_crossing",), compare=("ge", "gt"),
    v_reset=numbers(-0.5, 0.5), delay=(0, 1), v_min=(None, 0.1),
)  # fmt: skip
BURSTS = choices(
    theta=THETA, most=(2, 5), reset_acts=("same_step", "next_step"), delay=(0, 1), r=numbers(0.5, 3)
)
PLAIN = choices(
    theta=THETA, compare=("ge", "gt"), reset=("subtract", "to_value"), delay=(0, 1),
    reset_acts=("same_step", "next_step"),
)  # fmt: skip
SETTINGS = {
    "IF": choices(
        theta=THETA, compare=("ge", "gt"), reset=("subtract", "zero"), v_init=(0.0, 0.3, 0.5),
        as_released=BOOL,
    ),
    "ShiftedIF": choices(theta=THETA, t_ref=STEPS, as_released=BOOL, compare=("ge", "gt")),
    "DualThreshold": choices(
        theta=THETA, v_init=(0.0, 0.5, -0.3), theta_negative=(None, 0.0, 0.3, 1.0),
        slack=(0.0, 1e-3, 0.2), strict_positive=BOOL, strict_negative=BOOL, memory=BOOL,
        cap=(None, 1, 3),
    ),
    "Pascal": choices(theta=THETA | numbers(1e-6, 1e-4), t_out=STEPS, as_released=BOOL),
    "PascalFirst": choices(
        theta=THETA, t_out=STEPS, as_released=BOOL, clip_at=st.none() | numbers(0.5, 3)
    ),
    "BitSerial": choices(
        theta=THETA, t_out=(3, 5), drop=(0, 1, 2), bias_plan=("once", "every_frame", "spread")
    ),
    "AdaFire": choices(
        theta=THETA, phi=STEPS, steps=(None, 1, 3), v0=st.none() | numbers(-1, 1), as_released=BOOL,
        dead=st.none() | st.lists(st.booleans(), min_size=SIZE, max_size=SIZE).map(np.array),
    ),
    "LIF": LEAKY | CROSSING | BURSTS | PLAIN,
    "Readout": choices(bias_plan=("every_frame", "once", "spread"), kind=("mean", "sum")),
}  # fmt: skip


@st.composite
def cases(draw, kind):
    """(neuron, currents (T, B, SIZE), bias (1, SIZE)); ties are frequent in half of them."""
    neuron = NEURONS[kind](**draw(SETTINGS[kind]))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    shape = (draw(st.integers(1, 9)), draw(st.integers(1, 3)), SIZE)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    currents, bias = rng.normal(0.3, 1, shape), rng.normal(0, 0.3, (1, SIZE))
    if draw(st.booleans()):
        unit = neuron.theta / 2
        currents, bias = unit * np.round(2 * currents), unit * np.round(2 * bias)
    if draw(st.booleans()):
        currents = np.broadcast_to(currents[0].astype(dtype), shape)
    return neuron, currents.astype(dtype, copy=False), bias.astype(dtype)


def specified(neuron, currents, bias, states):
    chunk = Chunk({}, {}, {}, {}, {})
    return fire("n", neuron, currents, bias, states, chunk, None), chunk


def in_kernels(neuron, currents, bias, states, change=lambda kernel: kernel):
    """The same, sample by sample; ``change`` plants a fault."""
    chunk, shape = Chunk({}, {}, {}, {}, {}), currents.shape[1:]
    kernel = change(bound(neuron, shape[1:], currents.dtype))
    layer = Layer.of(kernel, neuron, shape, len(currents), bias, states.get("n"))
    for row in range(shape[0]):
        layer.drive(currents[:, row : row + 1], row)
    return layer.close(chunk, "n").rows(slice(None)), chunk


def equal(case, states=None, **planted):
    """Bit for bit; in spikes, values and states the sign of zero, too. Gives the state."""
    values, wanted = specified(*case, states or {})
    train, got = in_kernels(*case, states or {}, **planted)
    if wanted.counts:
        same_bits("values", train, values)
    for field in FIELDS:
        one, two = getattr(wanted, field), getattr(got, field)
        assert list(one) == list(two)
        for name in one:
            if field == "states":
                for a, b in zip(one[name], two[name], strict=True):
                    same_bits(field, b, a)
            else:  # NumPy's sum of one -0.0 is 0.0
                assert_array_equal(two[name], one[name], err_msg=field)
                assert two[name].dtype == one[name].dtype
    return got.states


def same_bits(what, got, wanted):
    assert got.dtype == wanted.dtype, what
    assert_array_equal(got, wanted, err_msg=what)
    if got.dtype.kind == "f":
        assert_array_equal(np.signbit(got), np.signbit(wanted), err_msg=f"sign of {what}")


def main():
    """Ten cases of every neuron, without the compiler."""
    import numba
    from hypothesis import Phase, given, settings

    assert numba.config.DISABLE_JIT
    options = {"max_examples": 10, "derandomize": True, "database": None, "deadline": None}

    def held(case):
        equal(case)

    for kind in sorted(SETTINGS):
        settings(phases=[Phase.generate], **options)(given(case=cases(kind))(held))()
        print(kind)


if __name__ == "__main__":
    main()
