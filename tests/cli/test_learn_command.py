"""``refsnn learn``: what it writes, what it says, and that a learner can break nothing."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from refsnn.cli import app
from refsnn.lessons import find_shelf

TUTORIALS = Path(__file__).parents[2] / "tutorials"
SOLUTION = TUTORIALS / "solutions" / "t00.py"
SOURCE = SOLUTION.read_text(encoding="utf-8")
WORK = Path("t00_exercises.py")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REFSNN_LESSONS", raising=False)


def learn(*words):
    return CliRunner().invoke(app, ["learn", *map(str, words)])


def verdicts(*words):
    """Exercise to (said, why)."""
    outcome = learn("T00", "--json", *words)
    data = json.loads(outcome.stdout)
    assert outcome.exit_code == int(any(v["said"] != "right" for v in data["verdicts"]))
    return {v["exercise"]: (v["said"], v["why"]) for v in data["verdicts"]}


LINE = "        u = v + x\n"


def spoilt(new):
    """The solution with a line of exercise 3 replaced, as the learner's file."""
    assert SOURCE.count(LINE) == 1
    WORK.write_text(SOURCE.replace(LINE, " " * 8 + new), encoding="utf-8")


def test_first_it_writes_a_stub_and_says_what_to_open():
    outcome = learn("T00")
    assert outcome.exit_code == 0
    assert str(TUTORIALS / "t00_one_neuron.py") in outcome.stderr
    assert "--answer 1 NUMBER" in outcome.stderr
    assert "wrote t00_exercises.py" in outcome.stderr
    assert "# exercise:" not in WORK.read_text()


def test_then_it_tries_what_is_there_and_overwrites_nothing():
    learn("T00")
    before = WORK.read_bytes()
    outcome = learn("t00")
    assert outcome.exit_code == 1
    lines = outcome.stdout.splitlines()
    assert lines[:2] == ["t00, exercise 2: not begun", "t00, exercise 3: not yet"]
    assert lines[3].split() == ["t", "input", "u", "spike", "v", "your", "spike"]
    assert WORK.read_bytes() == before


def test_a_solution_is_right_and_noted():
    shutil.copy(SOLUTION, WORK)
    assert verdicts() == {2: ("right", ""), 3: ("right", "")}
    assert json.loads(Path("refsnn_progress.json").read_text()) == {
        "t00": {"2": "right", "3": "right"}
    }
    assert learn().stdout.count("x") >= 2


def test_another_file_can_be_tried_and_leaves_no_trace():
    assert set(verdicts("--work", SOLUTION).values()) == {("right", "")}
    assert list(Path().iterdir()) == []


def test_an_endless_loop_is_stopped_where_it_was():
    spoilt("u = v + x\n        while s_ := 1:\n            pass\n")
    said = verdicts("--seconds", 1)
    assert said[2] == ("right", "")
    assert said[3][0] == "not yet"
    assert said[3][1].startswith("stopped after 1 s: an endless loop? It was at line ")
    assert "t00_exercises.py, in suspect" in said[3][1]


def test_a_loop_that_collects_is_stopped_before_the_memory_is_gone():
    spoilt("u = v + x\n        spikes = [0] * 10**9\n")
    assert "endless loop?" in verdicts()[3][1]


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("u = v +\n", "invalid syntax"),
        ("u = v + x / 0\n", "ZeroDivisionError: division by zero\nt00_exercises.py, line "),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
        ("import os; os._exit(7)\n", "t00_exercises.py ended Python itself (code 7)"),
        ("return None\n", "has not the form that was asked for"),
        ("print('hello'); return [], 0\n", "last v: 0, yours: 0"),
    ],
    ids=["syntax", "error", "exit", "hard exit", "form", "print"],
)
def test_whatever_the_learner_wrote_is_answered(new, said):
    spoilt(new)
    verdict = verdicts()[3]
    assert verdict[0] == "not yet"
    assert said in verdict[1]


def test_a_number():
    outcome = learn("T00", "--answer", 1, -5)
    assert (outcome.exit_code, outcome.stdout) == (1, "t00, exercise 1: not yet\n")
    right = next(n for n in range(3000) if learn_number(n))
    assert learn("T00", "--answer", 1, right).exit_code == 0
    learn("T00", "--answer", 1, right + 1)
    assert json.loads(Path("refsnn_progress.json").read_text()) == {"t00": {"1": "right"}}
    said = json.loads(learn("T00", "--answer", 1, right, "--json").stdout)
    assert (said["exercise"], said["said"]) == (1, "right")


def learn_number(n):
    from refsnn.lessons import check_number

    shelf = find_shelf()
    return check_number(shelf, shelf.lesson("0"), 1, n)


def test_the_list_as_json():
    data = json.loads(learn("--json").stdout)
    assert data["lessons"][0]["title"] == "One neuron on squared paper"
    assert data["lessons"][0]["question"].endswith("put into it?")
    assert [lesson["lesson"] for lesson in data["lessons"]] == list(find_shelf().lessons)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["T99"], "no lesson 'T99'; "),
        (["neurons"], "Known: T00"),
        (["T00", "--answer", "9", "4"], "no numeric exercise 9"),
        (["T00", "--answer", "1", "many"], "not a whole number"),
        (["T00", "--work", "nowhere.py"], "no such file"),
        (["T00", "--work", SOLUTION, "--seconds", "0"], "time limit"),
        (["--lessons", "nowhere"], "no lessons here"),
    ],
)
def test_a_wrong_call_is_explained(words, said):
    outcome = learn(*words)
    assert outcome.exit_code == 2
    assert said in outcome.stderr
    assert list(Path().iterdir()) == []


def copied():
    """A folder of lessons of one's own."""
    shutil.copytree(TUTORIALS, "lessons", ignore=shutil.ignore_patterns("__pycache__"))
    return Path("lessons")


def test_an_edited_check_file_is_refused():
    folder = copied()
    with (folder / "checks" / "t00.py").open("a") as file:
        file.write("\nEXERCISES = {}\n")
    shutil.copy(SOLUTION, WORK)
    outcome = learn("T00", "--lessons", folder)
    assert outcome.exit_code == 2
    assert "not the check file that came with the lesson" in outcome.stderr
    assert WORK.read_text(encoding="utf-8") == SOURCE


def test_a_missing_part_is_named():
    folder = copied()
    (folder / "solutions" / "t00.py").unlink()
    outcome = learn("T00", "--lessons", folder)
    assert outcome.exit_code == 2
    assert "solutions/t00.py: a file of the lesson is missing" in outcome.stderr.replace("\\", "/")


def test_lessons_are_found_by_the_variable_and_line_ends_do_not_matter(monkeypatch):
    folder = copied()
    check = folder / "checks" / "t00.py"
    check.write_bytes(check.read_bytes().replace(b"\n", b"\r\n"))
    monkeypatch.setenv("REFSNN_LESSONS", str(folder))
    assert json.loads(learn("--json").stdout)["folder"] == "lessons"
    assert learn("T00", "--work", SOLUTION).exit_code == 0


def test_a_spoilt_progress_file_is_kept():
    Path("refsnn_progress.json").write_text("{")
    for words in ([], ["T00", "--answer", "1", "4"]):
        outcome = learn(*words)
        assert outcome.exit_code == 2
        assert "not a file of progress" in outcome.stderr
    assert Path("refsnn_progress.json").read_text() == "{"
