"""What the tests of single lessons share: their tables, and the lesson with a part replaced."""

import re

from lesson_files import run


def table(source):
    """Rows of whole numbers of the tables by hand; None is a hole, words are left as they are."""
    rows = []
    for line in re.findall(r"^# \|(.*)\|$", source, re.MULTILINE):
        cells = [cell.strip() for cell in line.split("|")]
        if not set("".join(cells)) <= set(":-"):
            rows.append([_value(cell) for cell in cells])
    return rows


def _value(cell):
    if not cell:
        return None
    return int(cell) if re.fullmatch(r"-?\d+", cell) else cell


def filled(source, **lists):
    """The lesson with the learner's lists."""
    for name, values in lists.items():
        source, times = re.subn(rf"^{name} = .*$", f"{name} = {values}", source, flags=re.MULTILINE)
        assert times == 1
    return source


def said(lesson, folder, source, lines):
    """The first lines that a lesson prints."""
    done, _ = run(lesson, folder, source)
    return done.stdout.splitlines()[:lines]


def refuses(lesson, folder, source, old, new):
    """Whether a lesson with one thing changed is stopped by its own assertions."""
    assert source.count(old) == 1
    done, _ = run(lesson, folder, source.replace(old, new))
    return done.returncode != 0 and "AssertionError" in done.stderr
