"""Check a built site: every link leads somewhere, and no page fetches anything from elsewhere."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHES = {("script", "src"), ("img", "src"), ("iframe", "src"), ("link", "href")}


class Page(HTMLParser):
    """The places in a page, its links, and what a browser loads to show it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.places: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the places and targets of one element."""
        for name, value in attrs:
            if value is None:
                continue
            if name == "id" or (tag == "a" and name == "name"):
                self.places.add(value)
            elif (tag, name) in FETCHES:
                self.fetched.append(value)
            elif tag == "a" and name == "href":
                self.links.append(value)


def problems(site: Path) -> list[str]:
    """What is wrong, a sentence each."""
    texts = {path.relative_to(site).as_posix(): path for path in sorted(site.rglob("*.html"))}
    pages = {name: Page(path.read_text(encoding="utf-8")) for name, path in texts.items()}
    files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    return [fault for name, page in pages.items() for fault in _faults(name, page, pages, files)]


def _faults(name: str, page: Page, pages: dict[str, Page], files: set[str]) -> Iterator[str]:
    for target in sorted(set(page.fetched)):
        if urlsplit(target).netloc:
            yield f"{name} fetches {target}: the site must do without a network"
    for target in sorted({*page.links, *page.fetched}):
        parts = urlsplit(target)
        if parts.scheme or parts.netloc or target in ("", "#", "#__tabbed"):
            continue
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
        path = name if not parts.path else path
        if path not in files:
            yield f"{name} links to {target}: no such file"
        elif path in pages and _missing(parts.fragment, pages[path]):
            yield f"{name} links to {target}: no such place on that page"


def _missing(fragment: str, page: Page) -> bool:
    return bool(fragment) and unquote(fragment) not in page.places
