"""References: paths of the repository to pages, equation tags and lesson numbers to links."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

LINK = re.compile(r"(!?\[[^\]]*\])\(([^)\s#]+)(#[^)\s]*)?\)")
FENCED = re.compile(r"^( *)(`{3,}|~{3,}).*?^\1\2`*$", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| ([a-z_]+\.\d+[a-z]?) \|", re.MULTILINE)
WORD = re.compile(r"(?<![\w.])(?:[a-z_]+\.\d+[a-z]?|T\d\d)(?![\w(]|\.\w)")
LITERAL = re.compile(r"::(</p>\s*<(?:div|pre))")
"""Two colons before a block: what announces code in a docstring, and one colon on a page."""
TOKEN = re.compile(r"(<!--.*?-->|<[^>]+>)", re.DOTALL)
CLOSED = ("a", "h1", "h2", "h3", "h4", "h5", "h6", "script", "style", "math", "title")
"""Elements in which nothing is linked."""


def relinked(markdown: str, source: str, here: str, pages: Mapping[str, str]) -> str:
    """Links to files of the repository as links to their pages.

    Parameters
    ----------
    source, here : str
        The file that was written, from the root; its page, from the root of the site.
    pages : mapping
        Files and folders of the repository to pages.
    """

    def link(match: re.Match[str]) -> str:
        text, target, anchor = match[1], match[2], match[3] or ""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        return f"{text}({relative(pages[path], here)}{anchor})" if path in pages else match[0]

    return outside(FENCED, markdown, lambda text: LINK.sub(link, text))


def outside(pattern: re.Pattern[str], text: str, change: object) -> str:
    """Change what lies between the matches of a pattern."""
    assert callable(change)
    done, at = [], 0
    for match in pattern.finditer(text):
        done += [change(text[at : match.start()]), match[0]]
        at = match.end()
    return "".join([*done, change(text[at:])])


def relative(page: str, here: str) -> str:
    """One page as seen from another."""
    return posixpath.relpath(page, posixpath.dirname(here) or ".")


def equation_tags(markdown: str) -> list[str]:
    """The tags of the rows of the page of equations."""
    return ROW.findall(markdown)


def anchored(markdown: str) -> str:
    """Each row of the page of equations can be linked to."""
    return ROW.sub(r'| <span id="\1">\1</span> |', markdown)


def linked(html: str, here: str, targets: Mapping[str, str]) -> str:
    """Known words (tags, lesson numbers; in code spans file names too) as links.

    ``targets`` maps a word to ``page#anchor`` from the root of the site. A page does not link to
    itself, but to its anchors.
    """
    done, stack = [], list[str]()
    for part in TOKEN.split(LITERAL.sub(r":\1", html)):
        if part.startswith("<"):
            _follow(part, stack)
        elif not any(name in CLOSED for name in stack):
            part = _words(part, here, targets, whole=stack[-1:] == ["code"])
        done.append(part)
    return "".join(done)


def _follow(tag: str, stack: list[str]) -> None:
    """Keep the names of the open elements that matter."""
    name = re.match(r"</?([\w-]+)", tag)
    if not name or name[1] not in (*CLOSED, "code", "pre") or tag.endswith("/>"):
        return
    if not tag.startswith("</"):
        stack.append(name[1])
    elif name[1] in stack:
        del stack[len(stack) - 1 - stack[::-1].index(name[1]) :]


def _words(text: str, here: str, targets: Mapping[str, str], whole: bool) -> str:
    def link(word: str) -> str:
        page, _, anchor = targets.get(word, here).partition("#")
        if page == here and not anchor:
            return word
        return f'<a href="{relative(page, here)}{"#" * bool(anchor)}{anchor}">{word}</a>'

    return link(text) if whole and text in targets else WORD.sub(lambda m: link(m[0]), text)
