"""docs/onnx.md: which operators are read, written from the code that reads them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from string import Template

from refsnn.io.onnx.file import LARGEST, OLDEST, onnx
from refsnn.io.onnx.fold import FOLDED, MOST
from refsnn.io.onnx.operators import NEEDED, OPERATORS

OPERATOR_COLUMNS = ("operator", "definitions", "becomes", "limits")


def onnx_page() -> str:
    """The page, in Markdown."""
    template = files("refsnn.jobs").joinpath("onnx_page.mdin").read_text("utf-8")
    return Template(template).substitute(
        operators=_table(OPERATOR_COLUMNS, [list(row.values()) for row in operator_rows()]),
        refused=_table(("operator", "needed"), _refused()),
        folded=", ".join(sorted(FOLDED)),
        softmax=NEEDED["Softmax"],
        most=f"2^{MOST.bit_length() - 1}",
        oldest=OLDEST,
        largest=f"2^{LARGEST.bit_length() - 1}",
    )


def operator_rows() -> list[dict[str, str]]:
    """Each operator that is read: the definitions that were, what it becomes, its limits."""
    return [
        {
            "operator": kind,
            "definitions": ", ".join(map(str, definitions(kind, entry.newest))),
            "becomes": entry.becomes,
            "limits": entry.limits,
        }
        for kind, entry in sorted(OPERATORS.items())
    ]


def definitions(kind: str, newest: int) -> list[int]:
    """Operator sets that define it anew, of those that are read; the first one holds in 11."""
    schemas = onnx().defs
    top = schemas.onnx_opset_version()
    found = {
        schemas.get_schema(kind, version, "").since_version for version in range(OLDEST, top + 1)
    }
    return sorted(version for version in found if version <= newest)


def _refused() -> list[list[str]]:
    """One row for each reason."""
    found: dict[str, list[str]] = {}
    for kind, why in sorted(NEEDED.items()):
        found.setdefault(why, []).append(kind)
    return [[", ".join(kinds), why] for why, kinds in found.items()]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
