"""``refsnn operators``: which operators of ONNX are read, and what they become."""

from __future__ import annotations

from pathlib import Path

import typer

from refsnn.cli.console import JSON, answering, say, show_json, table

EXAMPLE = "Example: refsnn operators --page docs/onnx.md"


def operators(
    page: Path | None = typer.Option(None, help="Write the page on ONNX (Markdown) here."),
    as_json: bool = JSON,
) -> None:
    """List the operators of ONNX that are read."""
    from refsnn.jobs.onnx_page import onnx_page, operator_rows

    with answering(as_json):
        rows = operator_rows()
        if page is not None:
            page.write_text(onnx_page(), encoding="utf-8")
    if as_json:
        show_json({"operators": rows, "page": page})
        return
    columns = ["operator", "becomes", "definitions"]
    table("operators of ONNX", columns, [[row[column] for column in columns] for row in rows])
    if page is not None:
        say(f"wrote {page}")
