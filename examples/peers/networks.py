"""Small networks of every package against ours: spikes, membranes and logits of every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from peers.small_net import (
    STEPS,
    Signals,
    converted,
    dyadic_params,
    frames,
    rounded_params,
    with_neurons,
)
from refsnn.convert import PotentialInitialization, ThresholdBalancing

WORTH = "LIF(theta=2.0, compare={!r}, reset={!r}{}, v_init={!r}, worth=1.0)"
"""Neurons of other packages send ones, whatever the threshold."""
SOFT, HARD, LATE = "subtract", "to_value", ", reset_acts='next_step'"
STEPPED = {
    ("spikingjelly", "neuron.IFNode(v_threshold=2.0)"): WORTH.format("ge", HARD, "", 0.0),
    ("spikingjelly", "neuron.IFNode(v_threshold=2.0, v_reset=None)"):
        WORTH.format("ge", SOFT, "", 0.0),
    ("spikingjelly", "neuron.HalfThresholdIFNode(v_threshold=2.0)"):
        WORTH.format("ge", SOFT, "", 0.5),
    ("snntorch", "snn.Leaky(beta=1.0, threshold=2.0)"): WORTH.format("gt", SOFT, LATE, 0.0),
    ("snntorch", "snn.Leaky(beta=1.0, threshold=2.0, reset_mechanism='zero', reset_delay=False)"):
        WORTH.format("gt", HARD, "", 0.0),
    ("norse", "norse.IAFCell(p=IAFParameters(v_th=tensor(2.0)))"):
        WORTH.format("gt", HARD, "", 0.0),
    ("sinabs", "sl.IAF(spike_threshold=tensor(2.0))"):
        "LIF(theta=2.0, most=127, v_init=0.0, worth=1.0)",
}  # fmt: skip
"""Their neuron, by package and code, to ours."""


class Outcome(NamedTuple):
    """One network held against one of ours."""

    package: str
    theirs: str
    ours: str
    steps: int
    """Neuron steps compared."""
    fired: int
    """Spikes sent in them, by theirs."""
    spikes: int
    """Steps in which spikes differ."""
    membranes: int
    """Steps in which membranes differ."""
    logits: int
    """Summed outputs that differ."""
    weights: str = "dyadic"

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.spikes or self.membranes or self.logits)


def outcome(named: tuple[str, str, str], theirs: Signals, ours: Signals) -> Outcome:
    """Count what differs."""
    names = list(ours.spikes)

    def unlike(a: dict[str, Any], b: dict[str, Any]) -> int:
        assert all(a[name].shape == b[name].shape for name in names)
        return sum(int(np.sum(a[name] != b[name])) for name in names)

    steps = sum(ours.spikes[name].size for name in names)
    fired = int(sum(np.abs(theirs.spikes[name]).sum() for name in names))
    differing = unlike(theirs.spikes, ours.spikes), unlike(theirs.membranes, ours.membranes)
    return Outcome(*named, steps, fired, *differing, int(np.sum(theirs.logits != ours.logits)))


def neurons_in_place() -> Iterator[Outcome]:
    """Each package's neuron between our synapses, as PyTorch computes them."""
    from peers.torch_net import stepped

    for (package, theirs), ours in STEPPED.items():
        make = import_module(f"peers.with_{package}").stepper
        run = stepped(dyadic_params(), (make(theirs), make(theirs)), frames())
        yield outcome((package, theirs, ours), run, with_neurons(ours))


def conversions() -> Iterator[Outcome]:
    """What each package makes of the ANN itself, against the method of ours that is the same."""
    from peers.converters import ann2snn, from_model, half_threshold

    x, exact, floats = frames()[0], dyadic_params(), rounded_params()
    balanced = ThresholdBalancing(steps=STEPS, shift=False)
    started = PotentialInitialization(steps=STEPS, percentile=100.0)
    recipe, half = "ann2snn RateCodingRecipe(mode='Max'{})", {"neuron_factory": half_threshold}
    plain = ("spikingjelly", recipe.format(""), "threshold-balancing, shift=false")
    starting = (
        "spikingjelly", recipe.format(", neuron_factory=half_threshold"),
        "potential-initialization, percentile=100",
    )  # fmt: skip
    yield outcome(plain, ann2snn(exact, x), converted(balanced, exact, x))
    yield outcome(starting, ann2snn(exact, x, **half), converted(started, exact, x))
    loose = outcome(plain, ann2snn(floats, x), converted(balanced, floats, x))
    yield loose._replace(weights="rounded")
    model = "LIF(theta=1.0, most=127, v_min=-1.0, v_init=0.0)"
    named = ("sinabs", "from_model(net)", model)
    yield outcome(named, from_model(exact, frames()), with_neurons(model))


GROUPS: tuple[Callable[[], Iterator[Outcome]], ...] = (neurons_in_place, conversions)
