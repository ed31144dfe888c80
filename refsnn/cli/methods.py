"""``refsnn methods``: what each method claims, and what it does with each operation."""

from __future__ import annotations

from pathlib import Path

import typer

from refsnn.cli.console import JSON, answering, end, say, show_json, table

COLUMNS = ["method", "claim", "held", "held to"]


def methods(
    page: Path | None = typer.Option(
        None, help="Write the page operation x method (Markdown) here."
    ),
    as_json: bool = JSON,
) -> None:
    """List the methods, each checked against its claim on a small random network."""
    from refsnn.jobs.methods_page import methods_page, self_checks

    with answering(as_json):
        checks = self_checks()
        if page is not None:
            page.write_text(methods_page(), encoding="utf-8")
        if as_json:
            show_json({"methods": [report.to_dict() for report in checks]})
        else:
            rows = [
                [r.method, r.claim.kind, "yes" if r.claim.held else "NO", r.claim.reference]
                for r in checks
            ]
            table("methods, each on a small untrained network", COLUMNS, rows)
            if page is not None:
                say(f"wrote {page}")
        end(all(r.claim.held for r in checks))
