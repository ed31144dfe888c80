"""Which distances below its threshold a membrane can have: where no tie can occur, none matters."""

from __future__ import annotations

import numpy as np

from refsnn.analysis.exactness import charge_grids, dyadic_bits
from refsnn.engines import Case
from refsnn.typing import Array
from refsnn.verify.rule import rule_of

BELOW = -(2.0**-60)
"""The slack of ``u > theta``: a membrane on the threshold does not fire."""


def reachable(case: Case, layer: str, low: float, high: float) -> bool:
    """Whether some membrane of a layer can be ``low < theta - u <= high`` below its threshold.

    Charges, thresholds and shifts are multiples of d = 2**-frac, for inputs on the grid of the
    case. Reset is by subtraction, so that u = start + i d, and a level is j d: what the membrane
    lacks is ``-start`` modulo d. True where this is not known.
    """
    grids, rule = charge_grids(case.snn, case.x), rule_of(case.snn.neurons[layer])
    if grids is None or rule is None or rule.hard or rule.leak or rule.v_min is not None:
        return True
    if rule.bias_plan == "spread":
        return True  # b / T is on no grid of ours
    finer = [dyadic_bits(np.asarray(value)) for value in (rule.theta, rule.shift)]
    if None in finer:
        return True
    step = 2.0 ** -max(grids[layer], *(bits for bits in finer if bits is not None))
    lacks: Array = np.mod(-np.asarray(rule.start, np.float64), step)
    return bool(np.any(np.floor((high - lacks) / step) > np.floor((low - lacks) / step)))
