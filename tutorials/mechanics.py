"""What lessons share: where the figure goes, and squared paper."""

from __future__ import annotations

from refsnn.lessons import figure_path
from refsnn.plots import squared_paper

__all__ = ["figure_path", "squared_paper"]
