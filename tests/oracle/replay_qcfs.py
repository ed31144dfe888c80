"""Replay of ``qcfs.npz``: the authors' activation and IF neuron. Layout: data/qcfs.md."""

import numpy as np
from oracle import replay_qcfs_nets as nets
from oracle import ties
from oracle.ledger import Group, Kind

from refsnn.activations import QCFS
from refsnn.analysis.split import staircase
from refsnn.neurons import IF, Step, respond

EXCEPTIONS: dict[str, str] = {}
"""Fields that are neither inputs nor compared, by pattern, with the reason."""

GRADIENT = 3e-7
"""dy/dlambda: automatic differentiation sums the same terms in another order of roundings."""
UNIT_SLOPE = 6e-8
"""dy/dz: the file beside the data states this deviation from 1, where dividing by L is not exact."""


def power_of_two(n: int) -> bool:
    return n & (n - 1) == 0


def activation(group: Group) -> None:
    """A: value and gradients, elementwise (each element is given a threshold of its own)."""
    levels, z = group.number("L"), group.use("z")
    params = {"lambda": np.broadcast_to(group.use("lambda"), z.shape)}
    op = QCFS(levels, gradient="floor_first", as_released=True)
    y, saved = op.forward(params, z[None])  # eq: qcfs.1
    (dz,), grads = op.backward(params, saved, np.ones_like(y))  # eq: qcfs.3
    exact_step = power_of_two(levels)
    group.compare("y", y[0])
    group.compare("dydz", dz[0], 0 if exact_step else UNIT_SLOPE)
    group.compare("dydlambda", grads["lambda"], 0 if exact_step and group.dyadic else GRADIENT)


def neuron(group: Group) -> None:
    """B: one IF neuron per column."""
    x, theta = group.use("x"), group.use("theta")
    steps: list[Step] = []
    released = IF(theta=theta, as_released=True)
    spikes = respond(released, x, probe=lambda _phase, _current, step: steps.append(step)).spikes
    group.compare("spk", spikes)  # eq: qcfs.4 qcfs.5
    group.compare("v_norm", np.stack([step.state.v for step in steps]))  # eq: qcfs.6
    for name in group.names(r"ann_mean_L(\d+)"):
        levels = int(name[1])
        mean = x[:levels].mean(0, dtype=np.float64).astype(np.float32)
        value = QCFS(levels, as_released=True).apply({"lambda": theta}, mean[None])
        group.compare(name[0], value[0])
    if group.has("n_const"):
        exact = group.dyadic and np.frexp(theta)[0] == 0.5  # the released code divides by theta
        constant_drive(x[:, : int(group.use("n_const"))], spikes, theta, exact)
    if group.has("n_var"):
        start = int(group.peek("n_const")) if group.has("n_const") else 0
        columns = slice(start, start + int(group.use("n_var")))
        conservation(x[:, columns].astype(np.float64), float(theta))


def constant_drive(x: np.ndarray, spikes: np.ndarray, theta: np.ndarray, exact: bool) -> None:
    """After every step, the output under constant drive is the staircase of that many levels.

    On a tie, non-dyadic float32 sums may fall on either side: such columns are left out there.
    """
    assert np.all(x == x[0])
    z, threshold = x[0].astype(np.float64), float(theta)
    for steps in range(1, len(x) + 1):
        value, _ = staircase(IF(theta=threshold), steps, z, mean=True)  # eq: qcfs.9 qcfs.11
        settled = exact | ties.clear(steps * z, threshold, ties.NEAR * threshold)
        counts = spikes[:steps, : x.shape[1]].sum(0)
        assert np.array_equal(counts[settled], np.rint(value * steps / threshold)[settled])


def conservation(x: np.ndarray, theta: float) -> None:
    """Charge in is spikes out plus what the membrane gained, for drives that vary in time."""
    response = respond(IF(theta=theta), x)
    left = response.state.v - theta / 2  # eq: qcfs.7
    np.testing.assert_allclose(
        theta * response.spikes.sum(0) + left, x.sum(0), rtol=1e-12, atol=1e-12
    )


KINDS = (
    Kind("A", r"A_L(?P<L>\d+)(?:_(?P<kind>[a-z]))?", "z", activation),
    Kind("B", r"B(?:_(?P<kind>[a-z]))?", "x", neuron),
    Kind("C", r"C(?:_(?P<kind>[a-z]))?", "x", nets.perceptron, nets.exact_perceptron),
    Kind("D", r"D(?:_(?P<kind>[a-z]))?", "x", nets.convolutional, nets.exact_convolutional),
)
