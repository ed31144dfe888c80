"""``refsnn learn``: the lessons, their exercises, and how far one has come."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from refsnn.cli.console import JSON, answering, end, say, show_json, table

if TYPE_CHECKING:
    from refsnn.lessons import Lesson, Shelf

EXAMPLE = "Example: refsnn learn T00, then refsnn learn T00 --answer 1 42"


def learn(
    lesson: str | None = typer.Argument(None, help="T00, T01, ...; without one: the list."),
    answer: tuple[str, str] = typer.Option(
        ("", ""),
        metavar="EXERCISE NUMBER",
        show_default=False,
        help="Is this the number of that exercise?",
    ),
    work: Path | None = typer.Option(
        None, help="The file to try. Default: tNN_exercises.py here, written if there is none."
    ),
    lessons: Path | None = typer.Option(
        None, help="Folder of the lessons, where they are not beside the package."
    ),
    seconds: float = typer.Option(30.0, help="Time limit of an exercise."),
    as_json: bool = JSON,
) -> None:
    """List the lessons and your progress, or try the exercises of one.

    The first `refsnn learn T06` writes t06_exercises.py to the current folder; later ones try what
    you wrote in it and show a case where it fails. No file that exists is overwritten.
    """
    from refsnn.lessons import find_shelf

    with answering(as_json):
        shelf = find_shelf(lessons)
        if lesson is None:
            show_list(shelf, as_json)
        elif answer != ("", ""):
            show_answer(shelf, shelf.lesson(lesson), answer, as_json)
        else:
            show_verdicts(shelf, shelf.lesson(lesson), work, seconds, as_json)


def show_list(shelf: Shelf, as_json: bool) -> None:
    """One row per lesson."""
    from refsnn.lessons.progress import read_progress

    progress = read_progress()
    found = {n: progress.get(n, {}) for n in shelf.lessons}
    if as_json:
        rows = [_row(one, {"progress": found[n]}) for n, one in shelf.lessons.items()]
        show_json({"folder": shelf.folder, "lessons": rows})
        return
    lines = [
        [f"{n.upper()}  {one.title}", *(_mark(found[n].get(str(k))) for k in (1, 2, 3))]
        for n, one in shelf.lessons.items()
    ]
    table(f"lessons in {shelf.folder}", ["", "1", "2", "3"], lines)
    right = sum(said == "right" for solved in found.values() for said in solved.values())
    print(f"exercises: x right ({right} of {3 * len(lines)}), o not yet. ", end="")
    print("refsnn learn T00 says what to open")


def _mark(said: str | None) -> str:
    return {"right": "x", "not yet": "o"}.get(said or "", "")


def _row(lesson: Lesson, more: dict[str, Any]) -> dict[str, Any]:
    about = {"lesson": lesson.number, "title": lesson.title, "question": lesson.question}
    return {**about, "open": lesson.path, **more}


def show_answer(shelf: Shelf, lesson: Lesson, answer: tuple[str, str], as_json: bool) -> None:
    """Whether a number is right."""
    from refsnn.lessons.numbers import check_number, whole
    from refsnn.lessons.progress import NOT_YET, RIGHT, note, read_progress

    exercise, number = whole(answer[0]), whole(answer[1])
    right = check_number(shelf, lesson, exercise, number)
    said = RIGHT if right else NOT_YET
    if right or read_progress().get(lesson.number, {}).get(str(exercise)) != RIGHT:
        note(lesson, {exercise: said})
    if as_json:
        show_json(_row(lesson, {"exercise": exercise, "answer": number, "said": said}))
    else:
        print(f"{lesson.number}, exercise {exercise}: {said}")
    end(right)


def show_verdicts(
    shelf: Shelf, lesson: Lesson, work: Path | None, seconds: float, as_json: bool
) -> None:
    """What to open, and what became of each exercise."""
    from refsnn.lessons import try_exercises, write_stub
    from refsnn.lessons.progress import RIGHT, note
    from refsnn.lessons.seals import sealed_checks

    checks, path = sealed_checks(shelf, lesson), work or lesson.exercises
    written = work is None and write_stub(shelf.solution(lesson), path)
    numeric = [int(k) for k in shelf.answers.get(lesson.number, {})]
    if not as_json:
        _say_what_to_open(lesson, path, written, numeric)
    verdicts = []
    for verdict in () if written else try_exercises(checks, path, seconds):
        verdicts.append(verdict)
        if not as_json:
            why = f"\n{verdict.why}" if verdict.why else ""
            print(f"{lesson.number}, exercise {verdict.exercise}: {verdict.said}{why}", flush=True)
    if work is None and verdicts:
        note(lesson, {v.exercise: v.said for v in verdicts})
    if as_json:
        about = {"file": path, "written": written, "numeric": numeric}
        show_json(_row(lesson, {**about, "verdicts": [v._asdict() for v in verdicts]}))
    end(all(v.said == RIGHT for v in verdicts))


def _say_what_to_open(lesson: Lesson, path: Path, written: bool, numeric: list[int]) -> None:
    name = lesson.number.upper()
    say(f"{name}. {lesson.title}: open {lesson.path}")
    for exercise in numeric:
        say(f"exercise {exercise} is a number: refsnn learn {name} --answer {exercise} NUMBER")
    if written:
        say(f"wrote {path}: fill it in, then refsnn learn {name} again")
