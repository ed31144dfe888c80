"""What commands say, and how they end: results on standard output, the rest on standard error."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import typer

from refsnn.errors import InputError

OK, DIFFERS, CANNOT = 0, 1, 2

JSON = typer.Option(False, "--json", help="One JSON object on standard output, nothing else there.")


def say(text: str) -> None:
    """A line of progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def show_json(data: dict[str, Any]) -> None:
    """One JSON object on standard output. NaN and infinity become null: they are not JSON."""
    print(json.dumps(_plain(data), indent=2, allow_nan=False))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value


def table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print one table on standard output; full width when it is not a terminal."""
    from rich.console import Console
    from rich.table import Table

    grid = Table(title=title, title_justify="left")
    for i, column in enumerate(columns):
        grid.add_column(column, justify="left" if i == 0 else "right", no_wrap=True)
    for row in rows:
        grid.add_row(*row)
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(200, console.width))
    console.print(grid)


def percent(value: float | None) -> str:
    """An accuracy, or a dash where there are no labels."""
    return "-" if value is None else f"{100 * value:.2f} %"


@contextmanager
def progress(title: str, total: int, *, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """A progress bar on standard error; the yielded function advances it by one and labels it."""
    with _bar(title, total, quiet) as update:
        yield lambda label: update(advance=1, label=label)


@contextmanager
def working(title: str, *, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """A moving bar on standard error, for work of unknown length; the function labels it."""
    with _bar(title, None, quiet) as update:
        yield lambda label: update(label=label)


@contextmanager
def _bar(title: str, total: int | None, quiet: bool) -> Iterator[Callable[..., None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        *([] if total is None else [MofNCompleteColumn()]),
        TimeElapsedColumn(),
        TextColumn("{task.fields[label]}"),
    )
    console, gone = Console(stderr=True), total is None
    quiet |= gone and not console.is_terminal  # a bar that is gone leaves an empty line in a file
    with Progress(*columns, console=console, disable=quiet, transient=gone) as bar:
        task = bar.add_task(title, total=total, label="")
        yield partial(bar.update, task)


def fail(error: InputError, *, as_json: bool) -> NoReturn:
    """End with exit code 2 and the error's one sentence."""
    if as_json:
        show_json({"error": str(error)})
    say(f"refsnn: {error}")
    raise typer.Exit(CANNOT)


@contextmanager
def answering(as_json: bool) -> Iterator[None]:
    """Run a command's body; bad input ends with one sentence and exit code 2."""
    try:
        yield
    except InputError as error:
        fail(error, as_json=as_json)
    except OSError as error:
        where = str(error.filename) if error.filename else None
        fail(InputError(error.strerror or str(error), where=where), as_json=as_json)


def end(fine: bool) -> None:
    """Exit 1 when something differs or a claim failed."""
    if not fine:
        raise typer.Exit(DIFFERS)
