"""T09: the tables, the checks of the learner's holes, and what exercise 1 asks."""

import re
from itertools import product

import pytest
from lesson_files import TUTORIALS, check_number, learn, module
from lesson_trials import filled, refuses, said, table

LESSON = TUTORIALS / "t09_spend_and_stop.py"
SOURCE = LESSON.read_text(encoding="utf-8")
CHARGES, MINDS = (26, 36, 20), (1, 2, 1)


def spent(charge, mind, rho):
    """Spikes and harm, written down apart from the lesson: the nearest multiple, ties up."""
    value = 4 * rho
    count = max(range(20), key=lambda n: (-abs(n * value - charge), n))
    return [count, mind * abs(count * value - charge)]


def by_hand():
    for rho in (1, 2, 4):
        layers = zip(CHARGES, MINDS, strict=True)
        yield [rho, *(cell for q, mind in layers for cell in spent(q, mind, rho))]


def test_what_the_table_gives_is_right_and_the_rest_are_holes():
    rows = [row for row in table(SOURCE) if isinstance(row[0], int)]
    for row, true in zip(rows, by_hand(), strict=True):
        assert all(cell in (None, answer) for cell, answer in zip(row, true, strict=True))
    assert [row.count(None) for row in rows] == [0, 6, 6]


def test_the_images_leave_when_the_lesson_says():
    """Read from the table: the certainty of each step, and the bars of its head."""
    head, *images = (row for row in table(SOURCE) if row[0] in ("image", "a", "b", "c"))
    bars = [int(re.search(r"bar (\d+)", cell)[1]) for cell in head[1:3]]
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


def test_full_lists_are_accepted(tmp_path):
    source = filled(SOURCE, my_plans=[12, 10], my_exits=[1, 3, 3])
    assert said(LESSON, tmp_path, source, 2) == [
        "plans: 0 holes left, wrong in places []",
        "exits: 0 holes left, wrong in places []",
    ]


def test_a_wrong_cell_is_named(tmp_path):
    """The reader who takes greed for the best, and leaves on the bar."""
    source = filled(SOURCE, my_plans=[12, 12], my_exits=[1, 2, None])
    assert said(LESSON, tmp_path, source, 2) == [
        "plans: 0 holes left, wrong in places [2]",
        "exits: 1 holes left, wrong in places [2]",
    ]


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
    "all lie": ('"alpha = 1": tune.exits(summed, np.ones(4))', '"alpha = 1": early'),
}


@pytest.mark.parametrize("harm", HARM)
def test_the_lesson_asserts_what_it_says(harm, tmp_path):
    assert refuses(LESSON, tmp_path, SOURCE, *HARM[harm])


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


def test_the_author_of_the_suspect_had_a_test_that_passes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    learn("t09")
    work = module(tmp_path / "t09_exercises.py")
    work.author_test(work.suspect)
    assert work.suspect([10, 20], [0, 1], (50, 100)) == (1, 0)


def test_a_counter_example_is_shown_as_a_table():
    checks = module(TUTORIALS / "checks" / "t09.py")
    work = module(TUTORIALS / "solutions" / "t09.py")
    work.allocate = lambda spikes, harm, budget: (0,) * len(spikes)
    with pytest.raises(AssertionError) as error:
        checks.exercise_2(work)
    first, head, *rows, said_last = str(error.value).splitlines()
    assert re.fullmatch(r"budget \d+, your plan: \(0,\)", first)
    assert head == "layer  spikes, harm of each candidate"
    assert re.fullmatch(r" +0 ( +\d+, *\d+){2}", rows[0])
    assert re.search(r"expected|harm is|best plan|within the budget", said_last)
