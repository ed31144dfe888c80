"""Verification: where two runs part."""

from refsnn.verify.compare import Comparison, Divergence, compare, semantic_differences

__all__ = ["Comparison", "Divergence", "compare", "semantic_differences"]
