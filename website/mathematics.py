r"""``$...$`` and ``$$...$$`` become MathML when a page is made: nothing is fetched to show them."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert
from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor

DISPLAYED = r"\$\$(.+?)\$\$"
INLINE = r"(?<![\w$\\])\$(?![\s$])([^$\n]+?)(?<!\s)\$(?![\w$])"


class Formula(InlineProcessor):
    """LaTeX to MathML; after code spans, before emphasis, so that ``_`` and ``*`` are LaTeX's."""

    def __init__(self, pattern: str, md: Markdown, display: str) -> None:
        super().__init__(pattern, md)
        self.display = display

    def handleMatch(self, m: Any, data: str) -> tuple[str | Element, int, int]:
        """Stash the MathML of one formula."""
        mathml = convert(self.unescape(m[1]).strip(), display=self.display)
        return self.md.htmlStash.store(mathml), m.start(0), m.end(0)


class Mathematics(Extension):
    """The two patterns."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Between code spans (190) and escapes (180)."""
        md.inlinePatterns.register(Formula(DISPLAYED, md, "block"), "formula-block", 186)
        md.inlinePatterns.register(Formula(INLINE, md, "inline"), "formula", 185)
