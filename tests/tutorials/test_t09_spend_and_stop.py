"""T09: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

import re
from itertools import product

import pytest
from lesson_files import TUTORIALS, check_number, module, table_by_hand

LESSON = TUTORIALS / "t09_spend_and_stop.py"
SOURCE = LESSON.read_text(encoding="utf-8")
CHARGES, MINDS = (26, 36, 20), (1, 2, 1)


def spent(charge, mind, rho):
    """Spikes and harm, written down apart from the lesson: the nearest multiple, ties up."""
    value = 4 * rho
    count = max(range(20), key=lambda n: (-abs(n * value - charge), n))
    return [count, mind * abs(count * value - charge)]


def by_hand():
    """Both tables; of the second one only what the reader has to fill in."""
    for rho in (1, 2, 4):
        layers = zip(CHARGES, MINDS, strict=True)
        yield [rho, *(cell for q, mind in layers for cell in spent(q, mind, rho))]
    for image, leaves in zip(table_by_hand(SOURCE)[3:], (1, 3, 3), strict=True):
        yield [*image[:4], leaves]


FULL = {"my_plans": [12, 10], "my_exits": [1, 3, 3]}
MISTAKE = (  # the reader who takes greed for the best, and leaves on the bar
    {"my_plans": [12, 12], "my_exits": [1, 2, None]},
    ["plans: 0 holes left, wrong in places [2]", "exits: 1 holes left, wrong in places [2]"],
)
HARM = {
    "leaves on the bar": ("if c > bar)", "if c >= bar)"),
    "truncates": ("(2 * q + 4 * rho) //", "(2 * q) //"),
    "B counts once": ("[[1], [2], [1]]", "[[1], [1], [1]]"),
    "a larger budget": ("greedy(spikes, harm, 10)", "greedy(spikes, harm, 14)"),
    "the frontier misses": ("np.transpose(harm), 10)", "np.transpose(harm), 9)"),
    "the frontier is beaten": (".choice) == least\n", ".choice) == least - 1\n"),
    "never beaten": ("> least\nassert", "< least\nassert"),
    "bars of another step": ("[leave(c, bars) for", "[leave(c, bars[::-1]) for"),
    "one ratio is better": ("np.mean(np.log(own)) <", "np.mean(np.log(own)) >"),
    "late lies": ("early.step[~good & kept]", "early.step[good]"),
    "all lie": ('"alpha = 1": tune.exits(summed, np.ones(4))', '"alpha = 1": early'),
}


def test_the_images_leave_when_the_lesson_says():
    """Read from the table: the certainty of each step, and the bars of its head."""
    images = table_by_hand(SOURCE)[3:]
    bars = list(map(int, re.findall(r"t = \d, bar (\d+)", SOURCE)))
    left = []
    for image in images:
        certain = [
            int(cell.split(":")[0]) > bar for cell, bar in zip(image[1:3], bars, strict=True)
        ]
        left.append(1 if certain[0] else 2 if certain[1] else 3)
    assert left == [1, 3, 3]
    minds = [
        (image[left[k]].split(": ")[1], image[3].split(": ")[1]) for k, image in enumerate(images)
    ]
    assert [early != late for early, late in minds] == [True, False, False]


def test_exercise_1_asks_for_the_best_plan():
    text = SOURCE.split("1. (a number)")[1].split("2. (code)")[0].replace("\n#", " ")
    sent, harms = re.search(r"layers send (.+?)\s+spikes at a harm of (.+?)\. How", text).groups()
    spikes, harm = (
        [[*map(int, row.split(","))] for row in part.split(";")] for part in (sent, harms)
    )
    budget = int(re.search(r"budget of (\d+)", text)[1])

    def total(rows, plan):
        return sum(row[k] for row, k in zip(rows, plan, strict=True))

    plans = [p for p in product(range(3), repeat=3) if total(harm, p) <= budget]
    assert check_number("t09", 1, min(total(spikes, p) for p in plans))
    greed = module(TUTORIALS / "solutions" / "t09.py")
    assert total(spikes, greed.allocate(spikes, harm, budget)) == min(
        total(spikes, p) for p in plans
    )
    assert not check_number("t09", 1, 730)  # what greed leaves


def test_a_counter_example_is_shown_as_a_table():
    checks = module(TUTORIALS / "checks" / "t09.py")
    work = module(TUTORIALS / "solutions" / "t09.py")
    work.allocate = lambda spikes, harm, budget: (0,) * len(spikes)
    with pytest.raises(AssertionError) as error:
        checks.exercise_2(work)
    first, head, *rows, said_last = str(error.value).splitlines()
    assert re.fullmatch(r"budget \d+, your plan: \(0,\); spikes, harm of each candidate:", first)
    assert head == "layer  candidate 0  candidate 1"
    assert re.fullmatch(r" +0 ( +\d+, *\d+){2}", rows[0])
    assert re.search(r"expected|harm is|best plan|within the budget", said_last)
