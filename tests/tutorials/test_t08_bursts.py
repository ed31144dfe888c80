"""T08: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

import re

import pytest
from lesson_files import TUTORIALS, check_number, module

LESSON = TUTORIALS / "t08_bursts.py"
SOURCE = LESSON.read_text(encoding="utf-8")
TRAINS = {"late": (4, 0, 3, 25), "early": (24, 0, 0, -16)}


def sent(currents, phi):
    """(n, v) of every step, written down apart from the lesson: spike by spike."""
    v = 0
    for z in currents:
        v, n = v + z + 1, 0
        while v >= 8 and n < phi:
            v, n = v - 8, n + 1
        yield n, v


def by_hand():
    for name, currents in TRAINS.items():
        columns = [list(sent(currents, phi)) for phi in (1, 2, 4)]
        for t, z in enumerate(currents):
            yield [name, t + 1, z, *(cell for column in columns for cell in column[t])]


def totals(name):
    return [sum(n for n, _ in sent(TRAINS[name], phi)) for phi in (1, 2, 4)]


FULL = {"my_late": totals("late"), "my_early": totals("early")}
MISTAKE = (  # the reader for whom a spike is always one, and can be taken back
    {"my_late": [2, 2, 2], "my_early": [3, 1, None]},
    ["late: 0 holes left, wrong for phi = [2, 4]", "early: 1 holes left, wrong for phi = [2]"],
)
HARM = {
    "no shift": ("u = v + z + h  #", "u = v + z  #"),
    "no limit": ("min(max(u // theta, 0), phi)  #", "max(u // theta, 0)  #"),
    "hard reset": ("v = u - theta * n  #", "v = u * (n == 0)  #"),
    "takes spikes back": ("max(n, f))", "f)"),
    "a fall with phi": ("assert before <= N[-1]", "assert before >= N[-1]"),
    "another ceiling": ("// 16, 0), 20)", "// 16, 0), 19)"),
    "hardware apart": ("v_init=0, phi=phi, shift=1", "v_init=0, phi=phi, shift=0"),
    "another law": ("np.cumsum(x + 1, axis=0), 8", "np.cumsum(x, axis=0), 8"),
    "worth too much": ("neuron.theta + 0.5), 0)", "neuron.theta + 1.5), 0)"),
    "another outcome": ('[["steady", "late"], ["late"]', '[["steady"], ["late"]'),
}


def test_exercise_1_asks_for_the_highest_charge():
    text = SOURCE.split("1. (a number)")[1].split("2. (code)")[0]
    assert "theta = 16, T = 8, h = 1" in text
    currents = [int(z) for z in re.search(r"are (.*)\. What", text)[1].split(",")]
    charge = [sum(currents[: t + 1]) + t + 1 for t in range(len(currents))]
    assert len(charge) == 8
    count = max(S // 16 for S in charge)
    assert check_number("t08", 1, 16 * count)
    for wrong in (count, 16 * (charge[-1] // 16), max(charge), sum(currents), charge[-1]):
        assert not check_number("t08", 1, wrong)


def test_a_counter_example_is_shown_as_a_table():
    checks = module(TUTORIALS / "checks" / "t08.py")
    work = module(TUTORIALS / "solutions" / "t08.py")
    right = work.counts
    work.counts = lambda currents, theta, h, phi: right(currents, theta, h, None)
    with pytest.raises(AssertionError) as error:
        checks.exercise_2(work)
    assert str(error.value).splitlines() == [
        "theta = 8, h = 1, phi = 1",
        "t  input   u  spike   v  N  your N",
        "1     19  20      1  12  1       2",
    ]
