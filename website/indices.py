"""``[row][column]`` in a docstring is a layout, not a link to something called column."""

from __future__ import annotations

from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor

BRACKETS = r"(?:\[[^\]\[]+\])+\[([^\]\[]+)\]"


class Layout(InlineProcessor):
    """Brackets in a row stay as they are, unless the last one is a link that the page defines."""

    def handleMatch(self, m: Any, data: str) -> tuple[str | None, int | None, int | None]:
        """Keep the text."""
        linked = m[1].lower() in self.md.references
        return (None, None, None) if linked else (m[0], m.start(0), m.end(0))


class Indices(Extension):
    """The pattern."""

    def extendMarkdown(self, md: Markdown) -> None:
        """After code spans and formulas, before references (170)."""
        md.inlinePatterns.register(Layout(BRACKETS, md), "layout", 175)
