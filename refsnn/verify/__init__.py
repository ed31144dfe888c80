"""Verification: where two implementations part, and why."""

from refsnn.verify.compare import Comparison, compare, semantic_differences
from refsnn.verify.dump import Dump, read_dump
from refsnn.verify.first import Divergence
from refsnn.verify.naming import NameMap, parse_map
from refsnn.verify.verdict import Verdict, hold

__all__ = [
    "Comparison",
    "Divergence",
    "Dump",
    "NameMap",
    "Verdict",
    "compare",
    "hold",
    "parse_map",
    "read_dump",
    "semantic_differences",
]
