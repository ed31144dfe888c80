"""Our neurons as Python expressions: what the page prints is what was run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from peers.record import made
from refsnn.neurons import IF, LIF, DualThreshold, Neuron

NEURONS: dict[str, type[Neuron]] = {"IF": IF, "LIF": LIF, "DualThreshold": DualThreshold}
COMPARE, STARTS = ("ge", "gt"), (0.0, 0.5, 1.0)
MANY = 127
"""Most spikes a step that a neuron of ours may send."""

Numbers = Mapping[str, tuple[float, ...]]


def neuron_of(text: str) -> Neuron:
    """The neuron an expression of `candidates` makes."""
    neuron = made(text, NEURONS)
    assert isinstance(neuron, Neuron)
    return neuron


def expression(name: str, **settings: Any) -> str:
    """``name(theta=1.0, ...)`` with these settings in this order."""
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in settings.items())})"


def candidates(grid: str, numbers: Numbers) -> list[str]:
    """The settings tried for a neuron, the simplest first."""
    tried = {"plain": plain, "leaky": leaky, "signed": signed}[grid](numbers)
    return sorted(set(tried), key=lambda text: (not text.startswith("IF"), len(text), text))


def plain(numbers: Numbers) -> Iterator[str]:
    """Neurons that add their currents up."""
    starts = (*STARTS, *numbers.get("v_init", ()))
    for compare, reset, start in product(COMPARE, ("subtract", "zero"), starts):
        yield expression("IF", theta=1.0, compare=compare, reset=reset, v_init=start)
    for compare, settings, start in product(COMPARE, resets(numbers), starts):
        yield expression("LIF", theta=1.0, compare=compare, **settings, v_init=start)
    for most, floor, start in product((2, MANY), (None, -1.0, 0.0), starts):
        fixed = {} if floor is None else {"v_min": floor}
        yield expression("LIF", theta=1.0, most=most, **fixed, v_init=start)
    for compare, floor, start in product(COMPARE, (-1.0, 0.0), starts):
        yield expression("LIF", theta=1.0, compare=compare, v_min=floor, v_init=start)


def resets(numbers: Numbers) -> Iterator[dict[str, Any]]:
    """What a spike does, when, and whether it leaves late."""
    kinds: list[dict[str, Any]] = [{"reset": "subtract"}]
    for level in (0.0, *numbers.get("v_reset", ())):
        kinds.append({"reset": "to_value", "v_reset": level})
    for kind, acts, delay in product(kinds, ("same_step", "next_step"), (0, 1)):
        late = {"reset_acts": acts} if acts == "next_step" else {}
        yield kind | late | ({"delay": 1} if delay else {})


def leaky(numbers: Numbers) -> Iterator[str]:
    """Neurons that forget: three discretisations, with the input decayed or whole."""
    (tau,) = numbers["tau"]
    starts, rests = (0.0, *numbers.get("v_init", ())), (0.0, *numbers.get("v_leak", ()))
    schemes, gains = ("euler", "exact", "impulse"), (1.0, tau)
    for scheme, gain, rest, start in product(schemes, gains, rests, starts):
        leak: dict[str, Any] = {"tau": tau, "integration": scheme}
        leak |= ({"r": gain} if gain != 1 else {}) | ({"v_leak": rest} if rest else {})
        for compare, settings in product(COMPARE, resets(numbers)):
            yield expression("LIF", theta=1.0, **leak, compare=compare, **settings, v_init=start)
        yield expression("LIF", theta=1.0, **leak, most=MANY, v_init=start)


def signed(numbers: Numbers) -> Iterator[str]:
    """Neurons that send inhibitory spikes too."""
    caps = (None, *(int(cap) for cap in numbers.get("cap", ())))
    levels, either = (0.0, 1.0), (False, True)
    for start, level, cap, memory in product(STARTS, levels, caps, either):
        for above, below in product(either, either):
            yield expression(
                "DualThreshold", theta=1.0, v_init=start, theta_negative=level, cap=cap,
                memory=memory, strict_positive=above, strict_negative=below,
            )  # fmt: skip
