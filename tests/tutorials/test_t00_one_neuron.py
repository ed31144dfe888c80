"""T00: the table, the checks of the learner's holes, and what exercise 1 asks."""

import re

import pytest
from lesson_files import TUTORIALS, check_number, learn, module, run

LESSON = TUTORIALS / "t00_one_neuron.py"
SOURCE = LESSON.read_text(encoding="utf-8")
MINE = ("my_v", "my_last")


def by_hand():
    """The rows t, x, u, s, v, N, 8 N + v, written down apart from the lesson."""
    v, count = 4, 0
    for t in range(1, 9):
        u = v + 5
        s, v = (1, u - 8) if u >= 8 else (0, u)
        count += s
        yield [t, 5, u, s, v, count, 8 * count + v]


def test_what_the_table_gives_is_right_and_the_rest_are_holes():
    rows = [
        [None if not cell.strip() else int(cell) for cell in row.split("|")]
        for row in re.findall(r"^# \|(  \d  \|.*)\|$", SOURCE, re.MULTILINE)
    ]
    for row, true in zip(rows, by_hand(), strict=True):
        assert len(row) == len(true)
        assert all(cell in (None, answer) for cell, answer in zip(row, true, strict=True))
    assert [t for t, row in enumerate(rows, 1) if None in row] == [3, 4, 5, 7, 8]


def filled(my_v, my_last):
    """The lesson with the learner's lists."""
    source = SOURCE
    for name, values in zip(MINE, (my_v, my_last), strict=True):
        source, times = re.subn(rf"^{name} = .*$", f"{name} = {values}", source, flags=re.MULTILINE)
        assert times == 1
    return source


def test_a_full_table_is_accepted(tmp_path):
    _, _, _, _, v, _, last = zip(*by_hand(), strict=True)
    done, _ = run(LESSON, tmp_path, filled(list(v), list(last)))
    assert done.stdout.splitlines()[:2] == [
        f"{name}: 0 holes left, wrong in rows []" for name in ("v", "8 N + v")
    ]


def test_a_wrong_cell_is_named(tmp_path):
    """The reader who did not fire at equality, in row 4."""
    done, _ = run(
        LESSON, tmp_path, filled([1, 6, 3, 8, 5, 2, 7, None], [9, 14, 19, 24, 29, 34, 40, None])
    )
    assert done.stdout.splitlines()[:2] == [
        "v: 1 holes left, wrong in rows [4]",
        "8 N + v: 1 holes left, wrong in rows [7]",
    ]


HARM = {
    "fires late": ("s = int(u >= theta)", "s = int(u > theta)"),
    "resets to zero": ("v = u - theta * s  #", "v = u * (1 - s)  #"),
    "leaks": ("u = v + x  #", "u = v + x - (v > 6)  #"),
    "law without the start": ("- np.cumsum(x) - v0", "- np.cumsum(x)"),
    "another count": ("assert N[-1] == 5", "assert N[-1] == 4"),
    "another start": ("run(IF(theta=8))", "run(IF(theta=8, v_init=0))"),
    "hardware apart": ("IntIF(theta=8, v_init=4)", "IntIF(theta=8, v_init=3)"),
    "another row 100": ("== 504", "== 500"),
    "another outcome": ("(2, 4, 5, -7)", "(3, 4, 5, -7)"),
}


@pytest.mark.parametrize("harm", HARM)
def test_the_lesson_asserts_what_it_says(harm, tmp_path):
    old, new = HARM[harm]
    assert SOURCE.count(old) == 1
    done, _ = run(LESSON, tmp_path, SOURCE.replace(old, new))
    assert done.returncode != 0
    assert "AssertionError" in done.stderr


def test_exercise_1_is_answered_by_the_law():
    words = r"theta = (\d+) that started at (\d+).*fired (\d+) times,\s#\s+.*stands at (-\d+)"
    theta, start, count, end = map(int, re.search(words, SOURCE).groups())
    assert check_number("t00", 1, theta * count - start + end)
    forgotten = [theta * count, theta * count + end, theta * count - start]
    swapped = [
        theta * count + start - end,
        theta * count - start - end,
        theta * count + start + end,
    ]
    assert not any(check_number("t00", 1, wrong) for wrong in forgotten + swapped)


def test_the_author_of_the_impostor_had_a_test_that_passes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    learn("t00")
    work = module(tmp_path / "t00_exercises.py")
    work.author_test(work.suspect)
    mended = module(TUTORIALS / "solutions" / "t00.py").suspect
    assert work.suspect([5], 8, 4) != mended([5], 8, 4)


def test_a_counter_example_is_shown_as_a_table(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    learn("t00")
    learn("t00")
    said = capsys.readouterr().out
    assert "t00, exercise 2: not begun" in said
    table = ["theta = 2, v(0) = 0", "t  input  u  spike  v  your spike"]
    table += ["1      3  3      1  1           1", "last v: 1, yours: 0"]
    assert "\n".join(table) in said
