"""The one exception that can be said more of: the disabled bit-serial draft is no bit-serial code.

Its authors' draft fires while it still accumulates, and sends the least significant bit first. Its
logits are no value of this library; they are held to what they must differ from.
"""

import re

import numpy as np
import pytest
from oracle.oracle_files import folder, load

ROUNDING = 1e-5
"""Sums of the two networks in float32, in another order."""


def drafts():
    """(T, draft logits, logits of the ANN) of every network of the file that has both."""
    path = folder() / "snn_meets_ann.npz"
    if not path.is_file():
        return []
    fields = load(path)
    found = (re.fullmatch(r"(conv_T(\d+)_)draft_logits", name) for name in fields)
    return [
        (int(m[2]), fields[m[0]], fields[m[1] + "ann_logits"])
        for m in found
        if m and m[1] + "ann_logits" in fields
    ]


def test_the_draft_equals_its_ann_for_one_bit_only():
    if not drafts():
        pytest.skip("no draft logits in snn_meets_ann.npz, or no such file")
    for bits, draft, ann in drafts():
        gap = np.max(np.abs(draft.astype(np.float64) - ann))
        assert gap <= ROUNDING if bits == 1 else gap > 0.1
