"""T11: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

import re
from itertools import product

import numpy as np
from lesson_files import TUTORIALS, check_number

from refsnn.analysis import layerwise

LESSON = TUTORIALS / "t11_how_many_levels.py"
SOURCE = LESSON.read_text(encoding="utf-8")
CHEAP = SOURCE.split("# ## 6. The figure")[0]
"""The lesson before it trains anything."""
CLIFFS = CHEAP + "# 7\n#" + SOURCE.split("# ## 7. Break it")[1]
"""And its section 7."""


def by_hand():
    """The rows of the table, written down apart from the lesson; the last one holds the sums."""
    outputs = [[int(a) for a in words.split()] for words in re.findall(r"[PQ]: ([\d ]+)\.", SOURCE)]
    h = [layerwise(np.array(values)).histogram.tolist() for values in outputs]
    rows = [
        [number for n in (p, q) for number in (n, *((n - 2) ** k for k in (1, 2, 3, 4)))]
        for p, q in zip(*h, strict=True)
    ]
    rows.append([sum(column) for column in zip(*rows, strict=True)])
    return [[bin_, *row] for bin_, row in zip((1, 2, 3, 4, 5, "sum"), rows, strict=True)]


SUMS = by_hand()[-1]
FULL = {"my_p": SUMS[3:6], "my_q": SUMS[8:]}
MISTAKE = (  # the reader to whom every cube is positive
    {"my_p": SUMS[3:6], "my_q": [16, 16, 64]},
    ["P: 0 holes left, wrong sums of powers []", "Q: 0 holes left, wrong sums of powers [3]"],
)
TRIED = CHEAP
HARM = {
    "more than the share": ("K * count >= N", "K * count > N"),
    "plain kurtosis": ("/ var**2 - 3", "/ var**2"),
    "divides": ("(g**2 + 1) * (k", "(g**2 + 1) / (k"),
    "sample variance": ("for x in d) / K\n    V", "for x in d) / (K - 1)\n    V"),
    "another layer": ("1, 1, 1, 1, 2, 2])", "1, 1, 1, 1, 2, 3])"),
    "another figure": ("== 3.1362", "== 3.1361"),
    "another mean": ("== 2.412", "== 2.413"),
    "another cliff": ("[37.7, 23.8,", "[37.7, 23.9,", CLIFFS),
}


def test_exercise_1_counts_histograms():
    many = int(re.search(r"ways to put (\d+) outputs", SOURCE).group(1))
    tops = 0
    for h in product(range(many + 1), repeat=4):
        last = many - sum(h)
        if last >= 0 and len({*h, last}) == 2:
            few, most = sorted({*h, last})
            tops += (*h, last).count(most) == 1
            outputs = np.repeat(np.arange(5), (*h, last))
            if few:  # else the range has other ends
                # its roots and quotients are rounded; the next lower value is 41.096
                largest = abs(layerwise(outputs).metric - 41.4375) < 1e-9
                assert largest == ((*h, last).count(most) == 1)
    assert check_number("t11", 1, tops)
    assert not any(check_number("t11", 1, n) for n in (5, many, tops - 5, tops + 5))


def test_a_counter_example_is_shown(said_of_stub):
    said = said_of_stub("t11")
    assert "T [4, 1], rho [1.0]: no ValueError, but 15.2" in said
