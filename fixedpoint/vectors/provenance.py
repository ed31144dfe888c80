"""Who wrote a bundle, with what, when: kept outside the hashes, so that bundles stay identical."""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime

import numpy as np


def provenance() -> bytes:
    """Give provenance.json; the date honours SOURCE_DATE_EPOCH."""
    from importlib.metadata import PackageNotFoundError  # slow to import
    from importlib.metadata import version as version_of

    try:
        version: str | None = version_of("refsnn")
    except PackageNotFoundError:
        version = None
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    date = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    facts = {
        "generator": {"name": "fixedpoint", "distribution": "refsnn", "version": version},
        "source_commit": os.environ.get("REFSNN_COMMIT"),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": platform.platform(),
        "command": sys.argv,
        "date": date.isoformat(timespec="seconds"),
    }
    return (json.dumps(facts, indent=1) + "\n").encode()
