"""``refsnn prove``: theorems about the integer neurons and their RTL, decided by solvers."""

from __future__ import annotations

from pathlib import Path

import typer

from refsnn.cli.console import JSON, answering, end, progress, say, show_json
from refsnn.errors import InputError

EXAMPLE = "Example: refsnn prove pascal-level, or: refsnn prove --rtl --page docs/proofs.md"


def prove(
    names: list[str] = typer.Argument(None, help="Claims to decide; all that z3 decides alone."),
    rtl: bool = typer.Option(False, help="The claims about the shipped RTL too (Yosys, GHDL)."),
    timeout: float = typer.Option(20.0, help="Seconds for one query; longer is not proved."),
    page: Path | None = typer.Option(None, help="Write the table as a page (Markdown) here."),
    as_json: bool = JSON,
) -> None:
    """Decide claims, each also with a planted fault. Exit code 1 unless all are as stated."""
    from fixedpoint.proofs import chosen, run_claims
    from fixedpoint.proofs import page as pages

    with answering(as_json):
        if not timeout > 0:
            raise InputError("no time", where="--timeout", expected="> 0 seconds", got=timeout)
        claims, rows = chosen(names or (), rtl), []
        with progress("proving", len(claims), quiet=as_json) as done:
            for row in run_claims(claims, timeout):
                rows.append(row)
                done(row.claim.name)
        if as_json:
            found = {"versions": pages.versions(), "claims": [pages.as_json(row) for row in rows]}
            show_json({"ok": all(row.ok for row in rows), **found})
        else:
            _show(pages.COLUMNS, [pages.cells(row) for row in rows])
            print(f"{sum(row.ok for row in rows)} of {len(rows)} claims are as stated")
        if page is not None:
            page.write_text(pages.page(rows), encoding="utf-8")
            say(f"wrote {page}")
        end(all(row.ok for row in rows))


def _show(columns: list[str], rows: list[list[str]]) -> None:
    """A table on a terminal; elsewhere a line for each claim."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        for row in (columns, *rows):
            print(" | ".join(row))
        return
    grid = Table(*columns, show_lines=True)
    for row in rows:
        grid.add_row(*row)
    console.print(grid)
