"""``refsnn nir-study``: the eleven recordings of NIR's one-neuron study, explained."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from refsnn.cli.console import JSON, answering, end, show_json

EXAMPLE = "Example: refsnn nir-study data/nir_lif"


def nir_study(
    folder: Path | None = typer.Argument(
        None, help="Folder with lif_*.csv and lif_norse.nir; default: $REFSNN_DATA/nir_lif."
    ),
    as_json: bool = JSON,
) -> None:
    """Print which semantics give which recorded spike train. Exit code 1 if one is unexplained."""
    from refsnn.jobs.nir_study import page, study

    with answering(as_json):
        found = list(study(folder or Path(os.environ.get("REFSNN_DATA", "data")) / "nir_lif"))
        if as_json:
            show_json({"recordings": [finding._asdict() for finding in found]})
        else:
            print(page(found))
        end(all(finding.match[finding.semantics] != "x" for finding in found))
