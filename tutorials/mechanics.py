"""What all lessons share: checked answers, stubs made from solutions, a place for the figure.

python tutorials/mechanics.py stub t00            writes t00_exercises.py, yours to fill in
python tutorials/mechanics.py check t00           tries it
python tutorials/mechanics.py answer t00 1 42     checks a number
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import operator
import os
import sys
from math import ceil, floor
from pathlib import Path
from types import ModuleType
from typing import Any

from fixedpoint.errors import InputError, nearest

HERE = Path(__file__).resolve().parent
BEGIN, END, STUB = "# exercise: begin", "# exercise: end", "# stub: "


def digest(lesson: str, exercise: int, salt: str, answer: int) -> str:
    """SHA-256 of a whole number, salted: so that no file holds the answer in clear."""
    text = f"{salt}:{lesson}:{exercise}:{operator.index(answer)}"
    return hashlib.sha256(text.encode()).hexdigest()


def check_number(lesson: str, exercise: int, answer: int) -> bool:
    """Whether this is the answer to a numeric exercise (``answers.json`` holds the digests)."""
    known = json.loads((HERE / "answers.json").read_text())
    entry = known.get(lesson, {}).get(str(exercise))
    if entry is None:
        raise InputError(f"no numeric exercise {exercise}", where=lesson)
    try:
        return digest(lesson, exercise, entry["salt"], answer) == str(entry["sha256"])
    except TypeError:
        raise InputError(
            "not a whole number", where=f"{lesson}, exercise {exercise}", got=repr(answer)
        ) from None


def figure_path(name: str) -> Path:
    """Where a lesson writes its figure: in REFSNN_FIGURE_DIR, or else in the current folder."""
    return Path(os.environ.get("REFSNN_FIGURE_DIR", ".")) / name


def squared_paper(axis: Any, x: float, y: float) -> None:
    """Rule the axes of a figure into squares of x by y."""
    (left, right), (low, high) = axis.get_xlim(), axis.get_ylim()
    axis.set_xticks([n * x for n in range(ceil(left / x), floor(right / x) + 1)], minor=True)
    axis.set_yticks([n * y for n in range(ceil(low / y), floor(high / y) + 1)], minor=True)
    axis.grid(which="both", color="#d5e6f3", linewidth=0.7)


def blank(source: str) -> str:
    """The stub of a solution: each marked region gives way to its ``# stub:`` lines.

    A region without such lines becomes ``raise NotImplementedError``.
    """
    kept: list[str] = []
    region: list[str] | None = None
    for number, line in enumerate(source.splitlines(), 1):
        mark = line.strip()
        if mark in (BEGIN, END) and (mark == BEGIN) != (region is None):
            raise InputError("unpaired exercise mark", where=f"line {number}", got=mark)
        if mark == BEGIN:
            indent, region = line[: line.index("#")], []
        elif mark == END:
            kept += [indent + code for code in region or ['raise NotImplementedError("yours")']]
            region = None
        elif region is None:
            kept.append(line)
        elif mark.startswith(STUB):
            region.append(mark.removeprefix(STUB))
    if region is not None:
        raise InputError("unpaired exercise mark", where="end of file", expected=END)
    return "\n".join(kept) + "\n"


def load(path: str | Path) -> ModuleType:
    """Run a Python file and give its names, without a place in ``sys.modules``."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    if spec is None or spec.loader is None or not Path(path).is_file():
        raise InputError("no such Python file", where=str(path), fix="write one with: stub LESSON")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def part(folder: str, lesson: str) -> Path:
    """The file of a lesson in ``solutions`` or ``checks``."""
    known = sorted(path.stem for path in (HERE / folder).glob("t*.py"))
    if lesson not in known:
        raise InputError(f"no lesson {lesson!r} in {folder}", fix=nearest(lesson, known))
    return HERE / folder / f"{lesson}.py"


def verdict(check: Any, work: ModuleType) -> str:
    """``right``, or what is wrong with the work."""
    try:
        check(work)
    except NotImplementedError:
        return "not begun"
    except Exception as wrong:  # the learner's own code may raise anything
        return f"not yet\n{type(wrong).__name__}: {wrong}"
    return "right"


def write_stub(lesson: str) -> int:
    """Write the stub of a lesson here; a file in progress is not overwritten."""
    path = Path(f"{lesson}_exercises.py")
    if path.exists():
        raise InputError("the file exists", where=str(path), fix="move it away for a fresh stub")
    path.write_text(blank(part("solutions", lesson).read_text()))
    print(f"wrote {path}")
    return 0


def check_file(lesson: str, path: str = "") -> int:
    """Try a filled-in stub, exercise by exercise; 0 if all are right."""
    checks = load(part("checks", lesson)).EXERCISES
    work = load(path or f"{lesson}_exercises.py")
    verdicts = {number: verdict(check, work) for number, check in checks.items()}
    for number, said in verdicts.items():
        print(f"{lesson}, exercise {number}: {said}")
    return int(set(verdicts.values()) != {"right"})


def whole(text: str) -> int:
    """A whole number typed by the learner."""
    try:
        return int(text)
    except ValueError:
        raise InputError("not a whole number", got=repr(text)) from None


def check_answer(lesson: str, exercise: str, answer: str) -> int:
    """Check one number; 0 if it is right."""
    right = check_number(lesson, whole(exercise), whole(answer))
    print(f"{lesson}, exercise {exercise}: {'right' if right else 'not yet'}")
    return int(not right)


COMMANDS: dict[str, tuple[Any, set[int]]] = {
    "stub": (write_stub, {1}),
    "check": (check_file, {1, 2}),
    "answer": (check_answer, {3}),
}


def main(arguments: list[str]) -> int:
    """Run one command; 2 if it was called wrongly."""
    command, counts = COMMANDS.get(arguments[0] if arguments else "", (None, set()))
    if command is None or len(arguments) - 1 not in counts:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        return int(command(*arguments[1:]))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
