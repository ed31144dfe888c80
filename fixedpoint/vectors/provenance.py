"""Who wrote a bundle, with what, when: kept outside the hashes, so that bundles stay identical."""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from fixedpoint.errors import InputError


def provenance() -> bytes:
    """Give provenance.json: versions, command, date.

    The date honours SOURCE_DATE_EPOCH; the source commit is what REFSNN_COMMIT says, else null.
    """
    from importlib.metadata import PackageNotFoundError  # slow to import
    from importlib.metadata import version as version_of

    try:
        version: str | None = version_of("refsnn")
    except PackageNotFoundError:
        version = None
    facts = {
        "generator": {"name": "fixedpoint", "distribution": "refsnn", "version": version},
        "source_commit": os.environ.get("REFSNN_COMMIT"),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": f"{platform.system()} {platform.machine()}",
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "date": _date().isoformat(timespec="seconds"),
    }
    return (json.dumps(facts, indent=1) + "\n").encode()


def _date() -> datetime:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return datetime.now(UTC)
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        raise InputError(
            "no date", where="SOURCE_DATE_EPOCH", expected="seconds since 1970", got=repr(epoch)
        ) from None
