"""Random networks of small integers (times a power of two), of every neuron that runs packed."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from refsnn.activations import ReLU
from refsnn.codings import constant
from refsnn.engines import packed, run
from refsnn.engines.numpy_ import layered
from refsnn.graph import INPUT, Graph, Node
from refsnn.neurons import IF, LIF, BitSerial, Pascal, PascalFirst, Readout, ShiftedIF
from refsnn.ops import Add, AvgPool2d, Conv2d, Flatten, GlobalAvgPool, Linear, Scale
from refsnn.snn import SNN

SEEDS = st.integers(0, 2**32)
STEPPED = ("IF", "hard", "strict", "shifted", "LIF")
COUNTING = ("bits", "pascal", "first")
GROUPS = ("counts", "sent", "sums", "charges")


def neuron_of(kind, theta, steps):
    made = {
        "IF": lambda: IF(theta=theta),
        "hard": lambda: IF(theta=theta, reset="zero", v_init=0.0),
        "strict": lambda: IF(theta=theta, compare="gt", v_init=0.25),
        "shifted": lambda: ShiftedIF(theta=theta, t_ref=4),
        "LIF": lambda: LIF(theta=theta, v_init=0.5, worth=np.asarray(0.5)),
        "bits": lambda: BitSerial(theta=theta, t_out=3),
        "pascal": lambda: Pascal(theta=theta, t_out=4),
        "first": lambda: PascalFirst(theta=theta, t_out=4),
    }
    return made[kind]()


@st.composite
def networks(draw, kinds=STEPPED, tops=(1, 127, 3000), batch=3, alike=False):
    """(network, images): two convolutions, a block with a shortcut, a pool, linear layers.

    ``alike``: where a spike is worth its threshold, all channels of a layer have the same.
    """
    rng = np.random.default_rng(draw(SEEDS))
    kind, top, steps = (
        draw(st.sampled_from(kinds)),
        draw(st.sampled_from(tops)),
        draw(st.integers(1, 9)),
    )
    channels = draw(st.sampled_from([2, 5, 16, 70]))
    nodes, params = [], {}

    def add(name, op, *inputs):
        nodes.append(Node(name, op, inputs))
        return name

    def weigh(name, *shape):
        params[f"{name}.weight"] = rng.integers(-top, top, shape, endpoint=True) / 8
        params[f"{name}.bias"] = rng.integers(-9, 9, shape[0]) / 8
        return name

    def conv(name, source, c, k, stride=1):
        add(name, Conv2d(channels, k, stride=stride, padding=k // 2), source)
        return weigh(name, channels, c, k, k)

    first = add("act0", ReLU(), conv("conv0", INPUT, 2, 3))
    second = add("act1", ReLU(), conv("conv1", first, channels, draw(st.sampled_from([1, 3]))))
    stride = draw(st.sampled_from([1, 2]))
    inner = conv("conv2", second, channels, 3, stride)
    if stride == 1:
        params["scale.weight"] = np.asarray(rng.integers(1, 9) / 4)
        short = add("scale", Scale(), second)
    else:
        short = conv("short", second, channels, 1, stride)
    third = add("act2", ReLU(), add("add", Add(), inner, short))
    size = 4 // stride
    pool = draw(st.sampled_from(["none", "avg", "global"]))
    if pool == "global":
        third, size = add("mean", GlobalAvgPool(), third), 1
    else:
        if pool == "avg":
            third, size = add("pool", AvgPool2d(2), third), size // 2
        third = add("flat", Flatten(), third)
    add("fc0", Linear(6), third)
    weigh("fc0", 6, channels * size * size)
    add("act3", ReLU(), "fc0")
    add("fc1", Linear(3), "act3")
    weigh("fc1", 3, 6)
    neurons = {}
    for name in ("act0", "act1", "act2", "act3"):
        shape = () if name == "act3" else (channels, 1, 1)
        theta = rng.integers(1, 30 * top, shape if kind == "LIF" else ()) / 4
        if not alike and kind != "LIF":
            theta = theta * 2.0 ** rng.integers(0, 3, shape)
        neurons[name] = neuron_of(kind, theta, steps)
    plan = "every_frame" if kind in STEPPED else "once"
    readout = Readout(kind="sum", bias_plan=plan)
    snn = SNN(
        Graph((2, 4, 4), tuple(nodes), params), neurons, readout, steps if kind in STEPPED else 1
    )
    low = draw(st.sampled_from([0, -4]))
    return snn, rng.integers(low, 16, (batch, 2, 4, 4)) / 4


def packed_run(snn, x, **options):
    """Every stage that can runs packed, whatever the size of the problem."""

    def send(*args):
        return packed.send(*args, **options)

    return layered(snn, constant(x, snn.input_frames), [], send)


def same_runs(a, b):
    """Bit for bit."""
    assert_array_equal(a.logits, b.logits)
    assert a.logits.dtype == b.logits.dtype
    for group in GROUPS:
        one, two = getattr(a, group), getattr(b, group)
        assert set(one) == set(two)
        for name in one:
            assert_array_equal(one[name], two[name], err_msg=f"{group} of {name}")
            assert one[name].dtype == two[name].dtype, group


def main():
    """A few networks of every neuron, without the compiler."""
    import numba
    from hypothesis import Phase, given, settings

    assert numba.config.DISABLE_JIT
    options = {"max_examples": 4, "derandomize": True, "database": None, "deadline": None}

    def held(case):
        same_runs(run(*case), packed_run(*case))

    for kind in (*STEPPED, *COUNTING):
        case = networks((kind,), batch=2)
        settings(phases=[Phase.generate], **options)(given(case=case)(held))()
        print(kind)


if __name__ == "__main__":
    main()
