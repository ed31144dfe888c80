"""What the tests of T14 to T18 share: a lesson's table, and the lesson with a fault in it."""

import re

from lesson_files import run


def rows(source):
    """Cells of the table by hand: a head, then rows; None is a hole."""
    lines = re.findall(r"^# \|(.*)\|$", source.split("## 2.")[1].split("## 3.")[0], re.MULTILINE)
    cells = [[cell.strip() or None for cell in line.split("|")] for line in lines]
    return [cells[0], *cells[2:]]


def holes_are_right(given, true):
    """Every cell that is given is right, every row has a hole or is there to check oneself."""
    for row, answers in zip(given, true, strict=True):
        assert len(row) == len(answers)
        assert all(cell in (None, str(a)) for cell, a in zip(row, answers, strict=True))
    assert any(None in row for row in given)


def filled(source, **lists):
    """The lesson up to section 4, with the learner's values in place of its own."""
    source = source.split("# ## 4.")[0]
    for name, values in lists.items():
        pattern = rf"^{name} = (?:\{{.*?^\}}|\[.*?\](?=  #|$)|None$)"
        source, times = re.subn(
            pattern, lambda _, n=name, v=values: f"{n} = {v!r}", source, flags=re.M | re.S
        )
        assert times == 1
    return source


def fails_with(lesson, folder, old, new):
    """The lesson with one fault stops at one of its own assertions."""
    source = lesson.read_text(encoding="utf-8")
    assert source.count(old) == 1, source.count(old)
    done, _ = run(lesson, folder, source.replace(old, new))
    assert done.returncode != 0
    assert "AssertionError" in done.stderr, done.stderr
