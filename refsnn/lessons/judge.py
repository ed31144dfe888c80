"""The child process that tries one exercise.

A learner's code may loop for ever, exit, or take all memory. Here it can only end this process.
"""

from __future__ import annotations

import faulthandler
import importlib.util
import json
import traceback
from pathlib import Path
from types import ModuleType

MEMORY = 3 << 30
"""Bytes: a loop that collects without end is stopped before the machine is."""

FORM = "your file ran, but its result has not the form that was asked for"


def load(path: Path) -> ModuleType:
    """Run a Python file and give its names, without a place in ``sys.modules``."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def judge(checks: Path, exercise: int, work: Path) -> tuple[str, str]:
    """The verdict and its reason."""
    check = load(checks).EXERCISES[exercise]
    try:
        check(load(work))
    except NotImplementedError:
        return "not begun", ""
    except AssertionError as wrong:
        return "not yet", str(wrong) or _place(wrong, work)
    except MemoryError:
        return "not yet", f"{work.name} asked for more than {MEMORY >> 30} GiB: an endless loop?"
    except SyntaxError as wrong:
        return "not yet", "".join(traceback.format_exception_only(wrong)).strip()
    except (Exception, SystemExit) as wrong:  # the learner's own code may raise anything
        return "not yet", f"{type(wrong).__name__}: {wrong}\n{_place(wrong, work)}"
    return "right", ""


def _place(error: BaseException, work: Path) -> str:
    """The last line of the learner's file that led to the error."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(work)]
    if not frames:
        return FORM
    return f"{work.name}, line {frames[-1].lineno}: {frames[-1].line}"


def main(arguments: list[str]) -> None:
    """CHECKS EXERCISE WORK SECONDS FOLDER: writes verdict.json, or stopped.txt, into FOLDER."""
    checks, exercise, work, seconds, folder = arguments
    _limit_memory()
    load(Path(checks))  # imports are not on the learner's clock
    with (Path(folder) / "stopped.txt").open("w") as stopped:
        faulthandler.dump_traceback_later(float(seconds), exit=True, file=stopped)
        said, why = judge(Path(checks), int(exercise), Path(work))
        faulthandler.cancel_dump_traceback_later()
    verdict = {"said": said, "why": why}
    (Path(folder) / "verdict.json").write_text(json.dumps(verdict), encoding="utf-8")


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    limit = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
