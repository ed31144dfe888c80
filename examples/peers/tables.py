"""Rows of the page: a neuron in terms of our semantics, its setting, its parting, a network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from peers.match import READINGS, Finding, Parting
from peers.networks import Outcome
from peers.nir_trips import Arrival
from peers.settings import MANY, neuron_of

FIRES = {"ge": "v >= theta", "gt": "v > theta"}
SCHEMES = {"sum": "none", "euler": "forward difference", "exact": "exact", "impulse": "impulse"}
RESETS = {"subtract": "theta subtracted", "zero": "to 0", "to_value": "to {:g}"}

SEMANTICS = (
    "neuron", "fires", "reset", "spikes a step", "start", "leak", "its membrane is ours",
    "rounded floats",
)  # fmt: skip
SETTINGS = ("neuron", "setting", "tried", "also", "ties met", "note")
NETWORKS = (
    "network", "ours", "weights", "spikes sent", "spikes differ", "membranes differ",
    "logits differ",
)  # fmt: skip
TRIPS = ("neuron", "in the file", "spikes sent", "back", "ours", "read with", "note")


def table(head: tuple[str, ...], rows: Iterable[list[str]]) -> str:
    """Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def semantics_row(finding: Finding) -> list[str]:
    """One neuron of theirs in our terms."""
    name = f"`{finding.peer.code}`"
    if not finding.matches:
        return [name, "**none of ours**", *[""] * (len(SEMANTICS) - 2)]
    match = finding.matches[0]
    neuron: Any = neuron_of(match.setting)
    fires = FIRES[neuron.semantics.compare] + (", **mild currents only**" if finding.mild else "")
    rounded = "{} spikes, {} membranes".format(*finding.rounded) if finding.rounded else ""
    start = f"{neuron.semantics.v_init:g} theta"
    cells = [fires, reset(neuron), spikes_a_step(neuron), start, leak(neuron)]
    return [name, *cells, READINGS[match.reading], rounded]


def reset(neuron: Any) -> str:
    """What a spike does to the membrane, and when."""
    means = neuron.semantics
    late = "" if means.reset_acts == "same_step" else ", a step later"
    return RESETS[means.reset].format(float(getattr(neuron, "v_reset", 0))) + late


def spikes_a_step(neuron: Any) -> str:
    """How many spikes, of which signs, and what bounds the membrane."""
    means = neuron.semantics
    if means.negative != "never":
        return signs(neuron)
    most = "any number" if means.spikes_per_step == MANY else str(means.spikes_per_step)
    return most if means.v_min is None else f"{most}; floor {means.v_min:g} theta"


def signs(neuron: Any) -> str:
    """When a neuron sends -1."""
    means = neuron.semantics
    sign = "<=" if means.negative_at_equality else "<"
    gate = " if it has one to retract" if means.negative == "gated" else ""
    cap = f"; at most {neuron.cap} net" if means.count_cap else ""
    return f"1, or -1 at v {sign} {0 - means.theta_negative:g} theta{gate}{cap}"


def leak(neuron: Any) -> str:
    """Discretisation, and whether the current is decayed with the membrane."""
    scheme = neuron.semantics.integration
    if scheme == "sum":
        return "none"
    share = "current whole" if neuron.r != 1 else "current times its part"
    rest = f", to {float(neuron.v_leak):g}" if neuron.v_leak else ""
    return f"{SCHEMES[scheme]}, {share}{rest}"


def setting_row(finding: Finding) -> list[str]:
    """One neuron of theirs and its setting."""
    first = f"`{finding.matches[0].setting}`" if finding.matches else "none"
    if finding.mild:
        first += " while no current exceeds theta"
    found = [str(len(finding.matches) - 1), str(finding.ties)] if finding.matches else ["", ""]
    return [f"`{finding.peer.code}`", first, str(finding.tried), *found, finding.peer.note]


def parting_line(finding: Finding, at: Parting) -> str:
    """One divergence in words."""
    given = ", ".join(f"{x:g}" for x in at.currents)
    return (
        f"- `{finding.peer.code}` against `{at.setting}`: after {given} theirs sends "
        f"{at.theirs[0]:g} and reports {at.theirs[1]:.4g}, ours sends {at.ours[0]:g} and is left "
        f"with {at.ours[1]:.4g}. {finding.peer.note}"
    ).rstrip()


def network_row(found: Outcome) -> list[str]:
    """One network."""
    differing = [str(n) for n in (found.spikes, found.membranes, found.logits)]
    named = [f"{found.package}: `{found.theirs}`", f"`{found.ours}`", found.weights]
    return [*named, str(found.fired), *differing]


def trip_row(arrival: Arrival) -> list[str]:
    """One neuron through a NIR file."""
    trip = arrival.trip
    given = f"`--semantics {trip.semantics}`" + (f" `--dt {trip.dt:g}`" if trip.dt else "")
    code = f"{trip.package}: `{trip.code}`"
    return [code, arrival.node, str(arrival.fired), arrival.own, arrival.ours, given, trip.note]
