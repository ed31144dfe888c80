"""Parts of a whole: errors by cause, layer by layer or step count by step count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from refsnn.errors import InputError, nearest
from refsnn.plots.canvas import BLUE, ORANGE, RED

INHERITED = "inherited"
CAUSES = {INHERITED: "#BBBBBB", "clipping": ORANGE, "quantisation": BLUE, "unevenness": RED}
"""Colours of the causes of error, the same in every figure."""

HATCHES = {INHERITED: "", "clipping": "//", "quantisation": "", "unevenness": "xx"}
"""Causes differ without colour too."""


def error_bars(
    axis: Any,
    sizes: Mapping[Any, Mapping[str, float]],
    totals: Sequence[float] | None = None,
    causes: Sequence[str] = tuple(CAUSES),
) -> None:
    """Error by cause as stacked bars: a bar for each layer, or for each T.

    Parameters
    ----------
    sizes : mapping
        Label of a bar to cause to size.
    totals : sequence, optional
        Drawn as dashes across the bars: the size of the sum, where parts cancel.
    causes : sequence of str
        Which causes to draw, from below.
    """
    places, base = np.arange(len(sizes)), np.zeros(len(sizes))
    for cause in causes:
        _known(cause)
        heights = np.array([parts[cause] for parts in sizes.values()])
        look = {"color": CAUSES[cause], "hatch": HATCHES[cause], "edgecolor": "white"}
        axis.bar(places, heights, 0.8, base, label=cause, linewidth=0, **look)
        base = base + heights
    if totals is not None:
        axis.hlines(totals, places - 0.4, places + 0.4, color="black", linewidth=2, label="sum")
    axis.set_xticks(places, [str(label) for label in sizes])
    axis.set_ylim(0, max(axis.get_ylim()[1], 1.05 * float(base.max())))


def _known(cause: str) -> None:
    if cause not in CAUSES:
        fix = nearest(cause, list(CAUSES))
        raise InputError(f"unknown cause of error {cause!r}", where="error_bars", fix=fix)
