"""T13: the table, the checks of the learner's holes, how it counts, and what exercise 1 asks."""

import re
from types import SimpleNamespace

import pytest
from lesson_files import TUTORIALS, cells, cells_by_hand, check_number, fill, learn, module, run

from refsnn.analysis.cost import PJ_AC, PJ_MAC
from refsnn.neurons import BitSerial, Pascal, PascalFirst

LESSON = TUTORIALS / "t13_shoot_out.py"
SOURCE = LESSON.read_text(encoding="utf-8")
CHEAP = SOURCE.split("# ## 6. The figure")[0]
"""The lesson before it trains anything."""
COUNTED = [body for kind, body in cells(SOURCE) if kind == "code"][-1]
"""Section 7, which counts again what section 6 measured."""


def by_hand():
    """Spikes, MAC, AC and 0.1 pJ of every row, written down apart from the lesson."""
    yield [0, 144, 0, 46 * 144]
    for sent in ([3, 0, 5, 1], [3, 0, 6, 1], [3, 0, 6, 1, 1], [2, 0, 2, 1]):
        yield [sum(sent), 0, 36 * sum(sent), 9 * 36 * sum(sent)]


def test_what_the_table_gives_is_right_and_the_rest_are_holes():
    rows = cells_by_hand(SOURCE)
    for (_, steps, *row), true in zip(rows, by_hand(), strict=True):
        assert steps in (None, 3, 7)
        assert all(cell in (None, answer) for cell, answer in zip(row, true, strict=True))
    assert [row[2:].count(None) for row in rows] == [0, 3, 3, 3, 3]


NAMES = ("spikes", "0.1 pJ")


def test_a_full_table_is_accepted(tmp_path):
    spikes, _, _, energy = zip(*by_hand(), strict=True)
    done, _ = run(LESSON, tmp_path, fill(CHEAP, my_spikes=list(spikes), my_energy=list(energy)))
    assert done.stdout.splitlines() == [f"{name}: 0 holes left, wrong in rows []" for name in NAMES]


def test_wrong_cells_are_named(tmp_path):
    """The one spike too many forgotten, and a spike taken back that costs nothing."""
    mine = fill(CHEAP, my_spikes=[0, 9, 9, 9, 5], my_energy=[6624, 2916, 3240, 2916, None])
    done, _ = run(LESSON, tmp_path, mine)
    assert done.stdout.splitlines() == [
        "spikes: 0 holes left, wrong in rows [3, 4]",
        "0.1 pJ: 1 holes left, wrong in rows [4]",
    ]


HARM = {
    "no border on the right": ("min(j + r, columns - 1)", "(j + r + 1)"),
    "one map": ("high * wide * maps", "high * wide"),
    "border of the library": ("Conv2d(4, 3, padding=1)", "Conv2d(4, 3, padding=0)"),
    "another price": ("energy = [46 * 144,", "energy = [45 * 144,"),
    "not taken back": ("uneven + (levels == 5), sum(", "uneven, sum("),
    "two bits": ("for k in range(3))]", "for k in range(2))]"),
}


@pytest.mark.parametrize("harm", HARM)
def test_the_lesson_asserts_what_it_says(harm, tmp_path):
    old, new = HARM[harm]
    assert CHEAP.count(old) == 1
    done, _ = run(LESSON, tmp_path, CHEAP.replace(old, new))
    assert done.returncode != 0
    assert "AssertionError" in done.stderr


def test_the_figure_asserts_what_it_says(tmp_path):
    """A first layer that waits for the others answers later."""
    old = "in_turn = 1 + sum("
    assert SOURCE.count(old) == 1
    done, _ = run(LESSON, tmp_path, SOURCE.replace(old, "in_turn = 2 + sum("))
    assert "AssertionError" in done.stderr


MEASURED = {
    "QCFS 4": (2904, 38225, 4, 5424), "PASCAL 4": (2904, 37385, 1, 12612),
    "threshold balancing 8": (2904, 54235, 8, 10848), "potential init. 16": (2904, 74350, 16, 21696),
    "threshold balancing 16": (2904, 107897, 16, 21696), "rate norm 16": (2904, 86254, 16, 21696),
    "rate norm 32": (2904, 191885, 32, 43392),
}  # fmt: skip
"""MACs, accumulates, T and updates of some methods, as measured: those near the line, and two."""


def count(source=COUNTED):
    """Section 7 with the figures of ``MEASURED``."""
    work = {
        name: (SimpleNamespace(snn_macs=m, snn_accumulates=a, ann_macs=45648), steps, updates, 0)
        for name, (m, a, steps, updates) in MEASURED.items()
    }
    source = source.replace("[16, 15, 12, 15]", "[7, 6, 3, 6]")
    exec(source, {"work": work, "PJ_AC": PJ_AC, "PJ_MAC": PJ_MAC})


def test_four_ways_to_count(capsys):
    count()
    assert "every step  QCFS 42%, PASCAL 22%; 3 cheaper" in capsys.readouterr().out


COUNTS = {
    "the image once": ("T**every", "1"),
    "free updates": ("update * n)", "0 * n)"),
    "float prices for integers": ("0.1 / 0.3", "0.9 / 4.6"),
}


@pytest.mark.parametrize("harm", COUNTS)
def test_another_count_is_another_result(harm):
    old, new = COUNTS[harm]
    assert COUNTED.count(old) == 1
    with pytest.raises(AssertionError):
        count(COUNTED.replace(old, new))


def test_exercise_1_is_a_sum_of_schedules():
    words = r"Six layers in a row, each with L = (\d+).*\n#    T = (\d+) in each, bits (\d+)\."
    levels, steps, bits = map(int, re.search(words, SOURCE).groups())
    assert levels == steps == 2**bits - 1
    first = len(PascalFirst(theta=8, t_out=steps).schedule(1)) - 1
    later = len(Pascal(theta=8, t_out=steps).schedule(steps)) - steps
    serial = len(BitSerial(theta=8, t_out=bits).schedule(bits)) - bits
    sooner = first + 5 * later - 6 * serial
    assert check_number("t13", 1, sooner)
    wrong = (
        6 * (steps - bits),
        6 * later - 6 * serial,
        steps - bits,
        first + 5 * later,
        sooner + 1,
    )
    assert not any(check_number("t13", 1, n) for n in wrong)


def test_the_author_of_the_counter_had_a_test_that_passes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    learn("t13")
    work = module(tmp_path / "t13_exercises.py")
    work.author_test(work.suspect)
    mended = module(TUTORIALS / "solutions" / "t13.py")
    mended.author_test(mended.suspect)
    assert work.suspect(mended.witness, [4]) != mended.suspect(mended.witness, [4])


def test_a_counter_example_is_shown_as_a_table(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    learn("t13")
    learn("t13")
    said = capsys.readouterr().out
    assert "t13, exercise 2: not begun" in said
    assert (
        "neuron  reach  train  spikes\n     0      4    0 0       0\n     1      9   0 -1" in said
    )
    assert "accumulates: 9, yours: -9" in said
