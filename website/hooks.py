"""What mkdocs calls while it builds the site; what is done stands in the files beside this one."""

from __future__ import annotations

import logging
from pathlib import Path

from check import problems
from indices import Indices
from lessons import LessonError
from mathematics import Mathematics
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pages import Site
from references import anchored, linked, relinked

LOG = logging.getLogger("mkdocs.hooks.refsnn")
SITE = Site(Path(__file__).resolve().parents[1])
CACHE = SITE.root / "build" / "lessons"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """The navigation follows from the pages that exist; a folder of files has no page 404."""
    config.nav = SITE.nav()
    config.markdown_extensions += [Mathematics(), Indices()]
    config.theme.static_templates.discard("404.html")
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what does not stand under docs."""
    try:
        made = SITE.made(CACHE)
    except LessonError as failure:
        raise PluginError(str(failure)) from None
    for name, content in made.items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links to files of the repository lead to their pages."""
    here = page.file.src_uri
    if here == "equations.md":
        markdown = anchored(markdown)
    source = SITE.sources.get(here)
    return relinked(markdown, source, here, SITE.places) if source else markdown


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Tags of equations, lessons and names of files become links."""
    return linked(html, page.file.dest_uri, SITE.targets)


def on_post_build(config: MkDocsConfig) -> None:
    """Check every link; with --strict a fault fails the build."""
    for fault in problems(Path(config.site_dir)):
        LOG.warning(fault)
