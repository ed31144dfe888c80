"""Why a mistake cannot show: in any signal, or in what is sent."""

from __future__ import annotations

from refsnn.analysis.exactness import charge_grids
from refsnn.engines import Case
from refsnn.verify.mistakes.base import Reason
from refsnn.verify.rule import rule_of
from refsnn.verify.ties import BELOW, reachable

TOTALS = frozenset({"counts", "sums", "logits"})
SENT = TOTALS | {"spikes", "values"}
ALL_BUT_V = SENT | {"current", "u", "fired"}

CLIPPED = Reason(
    "below 0, where truncation and floor part, the clip at 0 makes both 0", frozenset()
)
READ_SO = Reason("the next layer reads the bits as they are sent", TOTALS)
NEGATIVE_COUNT = Reason("a count below 0 sends nothing, as one of 0", SENT)


def _exact(case: Case, _sites: tuple[str, ...] = ()) -> bool:
    """Whether sums are not rounded, so that their order does not matter."""
    return charge_grids(case.snn, case.x) is not None


SETTLED = Reason("the relaxation has settled: a further step changes nothing", SENT, _exact)


def _subtracts(case: Case, sites: tuple[str, ...]) -> bool:
    if not _exact(case):
        return False
    rules = [rule_of(case.snn.neurons[site]) for site in sites]
    return all(r is not None and not (r.hard or r.leak) and r.v_min is None for r in rules)


COMMUTES = Reason(
    "what the comparison sees is the same: subtracting and adding commute", ALL_BUT_V, _subtracts
)


def _same_charge(case: Case, sites: tuple[str, ...]) -> bool:
    """Layers that send what their total charge is worth, b / T exact, and b or T b b / T before."""
    layers = {**case.snn.neurons, case.snn.graph.output: case.snn.readout}
    frames = [case.snn.frames[case.snn.graph.node(site).inputs[0]] for site in sites]
    rules = [rule_of(layers[site]) for site in sites]
    late = all(r is not None and r.kind != "step" and r.bias_plan != "every_frame" for r in rules)
    return late and _exact(case) and all(t & (t - 1) == 0 for t in frames)


CHARGE_ALONE = Reason(
    "what is sent depends on the total charge alone, and b / T in T steps is b", SENT, _same_charge
)


def _no_tie(case: Case, sites: tuple[str, ...]) -> bool:
    return not any(reachable(case, site, BELOW, 0.0) for site in sites)


NO_TIE = Reason(
    "no tie can occur: no membrane of this grid equals its threshold", frozenset(), _no_tie
)


def not_so_close(slack: float) -> Reason:
    """No membrane comes within a tolerance of its threshold from below."""

    def holds(case: Case, sites: tuple[str, ...]) -> bool:
        strict = [case.snn.neurons[site].semantics.compare == "gt" for site in sites]
        lows = [BELOW if said else 0.0 for said in strict]
        return not any(reachable(case, *at, slack) for at in zip(sites, lows, strict=True))

    return Reason("no membrane of this grid is that close below its threshold", frozenset(), holds)
