"""Replay of ``adaptive_calibration.npz``: the authors' burst neuron, thresholds and pipeline.

Layout: data/adaptive_calibration.md.
"""

import numpy as np
from oracle import replay_adaptive_nets as nets
from oracle.ledger import Group, Kind

from refsnn.calibration import mmse
from refsnn.neurons import AdaFire, respond
from refsnn.neurons.ada_fire import burst_counts, constant_count
from refsnn.ops import Conv2d

EXCEPTIONS: dict[str, str] = {}
"""Fields that are neither inputs nor compared, by pattern, with the reason: none."""
THRESHOLD_GRID = 0.01
"""Near-equal errors, summed in another order, may pick the next threshold of the grid."""


def traced(neuron: AdaFire, currents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Spikes and membranes of every step."""
    seen: list[np.ndarray] = []
    response = respond(neuron, currents, probe=lambda _p, _c, step: seen.append(step.state.v))
    return response.spikes, np.stack(seen)


def cases(group: Group) -> list[tuple[str, int, np.ndarray]]:
    """Name, T and currents (T, B, O) of every train of a linear group."""
    weight, bias, found = group.use("W"), group.use("b"), []
    for match in group.names(r"T(\d+)\.(var|const)\.x"):
        x, steps = group.use(match[0]), int(match[1])
        if match[2] == "const":
            x = np.broadcast_to(x, (steps, *x.shape))
        found.append((match[0][: -len(".x")], steps, x @ weight.T + bias))
    return found


def neurons(group: Group, steps: int, *, as_released: bool) -> list[list[AdaFire]]:
    """One neuron for each burst limit and ratio."""
    thetas = group.use("theta") * group.use("rhos").astype(np.float32)
    return [
        [AdaFire(theta=t, phi=int(phi), steps=steps, as_released=as_released) for t in thetas]
        for phi in group.use("phis")
    ]


def linear(group: Group) -> None:
    """Linear layers, float32, bit for bit: spikes and membranes after the reset."""
    group.use("Ts")
    group.compare("theta_rho", group.use("theta") * group.use("rhos").astype(np.float32))
    for name, steps, currents in cases(group):
        made = neurons(group, steps, as_released=True)
        done = [[traced(neuron, currents) for neuron in row] for row in made]
        spikes = np.array([[n for n, _ in row] for row in done])  # eq: adaptive_calibration.10
        group.compare(f"{name}.n", spikes)  # eq: adaptive_calibration.8 adaptive_calibration.9
        membranes = np.array([[v for _, v in row] for row in done])
        group.compare(f"{name}.v", membranes)  # eq: adaptive_calibration.11


def exact_linear(group: Group) -> None:
    """The neuron that compares, in float64, and its closed forms; dyadic thresholds only."""
    if group.peek("theta") * 64 % 1:
        return
    for name, steps, currents in cases(group):
        if not group.has(f"{name}.n"):
            continue
        drive = currents.astype(np.float64)
        for i, row in enumerate(neurons(group, steps, as_released=False)):
            for j, neuron in enumerate(row):
                expected = group.peek(f"{name}.n")[i, j]
                spikes, _ = traced(neuron, drive)
                np.testing.assert_array_equal(spikes, expected)
                charge = np.cumsum(drive + neuron.shift(np.float64), axis=0)
                counts = burst_counts(charge, neuron.theta, neuron.phi)
                np.testing.assert_array_equal(np.cumsum(spikes, axis=0), counts)
                if name.endswith("const"):
                    total = steps * drive[0]
                    level = constant_count(total, neuron.theta, neuron.phi, steps)
                    np.testing.assert_array_equal(counts[-1], level)


def convolution(group: Group) -> None:
    """A convolutional layer, with a residual current in some; bit for bit."""
    steps, phi, stride, padding, groups, dilation, kernel = map(int, group.use("cfg"))
    weight, bias, x = group.use("W"), group.use("b"), group.use("x")
    op = Conv2d(len(weight), kernel, stride, padding, dilation, groups)
    currents = np.stack([op.apply({"weight": weight, "bias": bias}, frame) for frame in x])
    if group.has("res"):
        currents = currents + group.use("res")
    theta = group.use("theta")[0]
    neuron = AdaFire(theta=theta, phi=phi, steps=steps, as_released=True)
    spikes, membranes = traced(neuron, currents)
    group.compare("n", spikes)
    group.compare("v", membranes)


def search(group: Group) -> None:
    """Thresholds of least squared error, one batch: per channel, and one for all."""
    steps, phis = group.use("Ts"), group.use("phis")

    def table(name: str, per_channel: bool) -> np.ndarray:
        a = group.use(name)
        return np.array(
            [[mmse(a, int(t), int(p), per_channel=per_channel) for p in phis] for t in steps]
        )

    for source, field, per_channel in (
        ("act4", "thr4_cw", True),
        ("act4", "thr4_global", False),
        ("act2", "thr2", False),
    ):
        if not group.has(source):
            continue
        step = THRESHOLD_GRID * float(np.max(group.use(source))) * 1.01
        found = table(source, per_channel)  # eq: adaptive_calibration.2
        group.compare(field, found, step)  # eq: adaptive_calibration.3 adaptive_calibration.4
        if group.has(field):
            same = np.mean(found == group.peek(field))
            assert same > 0.9, f"{field}: {same:.0%} of the thresholds agree bit for bit"


NAME = r"[^.]+"
KINDS = (
    Kind("A", NAME, "rhos", linear, exact_linear, "."),
    Kind("A2", NAME, "x", convolution, None, "."),
    Kind("B", NAME, r"act\d", search, None, "."),
    Kind("C", NAME, "layers", nets.pipeline, None, "."),
)
