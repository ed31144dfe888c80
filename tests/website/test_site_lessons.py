"""A lesson becomes a page: its cells, what they printed, its figure; and it runs once."""

from pathlib import Path

import lessons
import pytest

LESSONS = sorted((Path(__file__).parents[2] / "tutorials").glob("t[0-9][0-9]_*.py"))

LESSON = '''# %% [markdown]
# # T99. A test
#
# - needs: nothing
#
# ## 3. Twelve lines

# %%
x = 6 * 7
print("x is", x)

# %%
from pathlib import Path
import os

CAPTION = """One [small]
figure"""
Path(os.environ["REFSNN_FIGURE_DIR"], "t99.png").write_bytes(b"png")
print("```")

# %% [markdown]
# The end.
'''
PAGE = '''# T99. A test

*This page is [t99.py](t99.py), executed.*

- needs: nothing

## 3. Twelve lines

??? example "Twelve lines: open it when your table is full"

    ```{ .python }
    x = 6 * 7
    print("x is", x)
    ```

```{ .text .output }
x is 42
```

````{ .python }
from pathlib import Path
import os

CAPTION = """One [small]
figure"""
Path(os.environ["REFSNN_FIGURE_DIR"], "t99.png").write_bytes(b"png")
print("```")
````

````{ .text .output }
```
````

![One (small) figure](t99.png)

The end.
'''


@pytest.fixture
def lesson(tmp_path):
    """A lesson in a repository of its own."""
    (tmp_path / "tutorials").mkdir()
    path = tmp_path / "tutorials" / "t99_test.py"
    path.write_text(LESSON)
    return path


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_cells_make_up_the_lesson(path):
    """Put together again they are the file, and each begins at the line that it names."""
    source, again = path.read_text(encoding="utf-8"), ""
    for cell in lessons.cells(source):
        again += "# %% [markdown]\n" if cell.markdown else "# %%\n"
        assert cell.line == again.count("\n") + 1
        lines = cell.text.splitlines()
        again += "".join(f"{_comment(line) if cell.markdown else line}\n" for line in lines)
    assert _plain(again) == _plain(source)


def _comment(line):
    return f"# {line}".rstrip()


def _plain(text):
    """Comments without a word (the blank lines around a cell of text) as blank lines."""
    return [line if line != "#" else "" for line in text.splitlines()]


def test_the_page(lesson, tmp_path):
    done, folder = lessons.cached(lesson, tmp_path / "cache")
    assert [path.name for path in folder.glob("*.png")] == ["t99.png"]
    assert lessons.page(LESSON, done, "t99.py") == PAGE


def test_a_lesson_runs_again_only_if_something_changed(lesson, tmp_path, monkeypatch):
    ran = []

    def execute(path, folder):
        folder.mkdir(parents=True)
        ran.append(folder.name)
        return []

    monkeypatch.setattr(lessons, "execute", execute)
    (tmp_path / "refsnn").mkdir()
    source = tmp_path / "refsnn" / "code.py"
    source.write_text("1")
    for change in ("1", "1", "2"):
        source.write_text(change)
        lessons.cached(lesson, tmp_path / "cache")
    assert len(ran) == 2
    lesson.write_text(LESSON + "\n")
    lessons.cached(lesson, tmp_path / "cache")
    assert len(set(ran)) == 3
    for name, runs in {"t98_other.py": 3, "foreign.py": 4}.items():
        (lesson.parent / name).write_text(name)
        lessons.cached(lesson, tmp_path / "cache")
        assert len(set(ran)) == runs


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("x = 1 / 0", "ZeroDivisionError"),
        ("import warnings; warnings.warn('old')", "UserWarning: old"),
    ],
)
def test_a_lesson_that_fails_or_warns_is_named_with_its_line(line, said, lesson, tmp_path):
    lesson.write_text(LESSON.replace("x = 6 * 7", line))
    with pytest.raises(lessons.LessonError, match="t99_test.py does not run") as error:
        lessons.execute(lesson, tmp_path / "figures")
    assert said in str(error.value)
    assert f't99_test.py", line {LESSON.splitlines().index("x = 6 * 7") + 1}' in str(error.value)


def test_a_failure_is_not_kept(lesson, tmp_path):
    lesson.write_text(LESSON.replace("x = 6 * 7", "x = 1 / 0"))
    for _ in range(2):
        with pytest.raises(lessons.LessonError):
            lessons.cached(lesson, tmp_path / "cache")
