"""Every page is in the navigation once, and every public module in the reference."""

import importlib
import pkgutil
from pathlib import Path

import pytest
from pages import HIDDEN, SECTIONS, Site, commands, reference

import fixedpoint
import refsnn

SITE = Site(Path(__file__).parents[2])


def listed():
    """Pages of the navigation."""
    for section in SITE.nav():
        for pages in section.values():
            yield from [pages] if isinstance(pages, str) else pages


def test_every_page_is_in_the_navigation_once():
    pages = list(listed())
    assert len(set(pages)) == len(pages)
    assert {path.name for path in (SITE.root / "docs").glob("*.md")} <= set(pages)
    assert len(SITE.lessons) >= 10
    assert {f"lessons/{path.stem}.md" for path in SITE.lessons} <= set(pages)
    assert {"index.md", "commands.md", "license.md", "lessons/index.md"} <= set(pages)
    assert set(SITE.sources) <= set(pages)


def test_the_notation_comes_first():
    (mathematics,) = (section for section in SITE.nav() if "Mathematics" in section)
    names = [f"{name}.md" for name in SECTIONS["Mathematics"]]
    assert mathematics["Mathematics"] == [name for name in names if name in SITE.written]


def test_a_page_without_a_section_is_listed_all_the_same(tmp_path):
    (tmp_path / "docs").mkdir()
    for name in ("methods", "new"):
        (tmp_path / "docs" / f"{name}.md").write_text("# x")
    nav = Site(tmp_path).nav()
    assert {"Methods": ["methods.md"]} in nav
    assert {"More": ["new.md"]} in nav


@pytest.mark.parametrize("top", [refsnn, fixedpoint], ids=lambda top: top.__name__)
def test_every_public_module_is_in_the_reference(top):
    modules = [m.name for m in pkgutil.walk_packages(top.__path__, f"{top.__name__}.")]
    public = [m for m in modules if "._" not in m and not m.startswith(HIDDEN)]
    assert {*public, top.__name__} == {
        name
        for p, ms in SITE.packages.items()
        for name in (p, *ms)
        if name.startswith(top.__name__)
    }
    assert SITE.targets["refsnn/ann.py"] == "reference/refsnn.html#refsnn.ann"
    assert SITE.targets["refsnn/neurons/__init__.py"] == "reference/refsnn.neurons.html"


def test_a_page_of_the_reference():
    name = "refsnn.codings"
    text = reference(name, SITE.packages[name])
    assert text.startswith(f"# {name}\n\n::: {name}\n    options:\n")
    assert text.count("\n::: ") == 1 + len(SITE.packages[name])
    assert importlib.import_module(name)


def test_words_that_become_links():
    targets = SITE.targets
    assert targets["pascal.10"] == "equations.html#pascal.10"
    assert targets["T00"] == "lessons/t00_one_neuron.html"
    assert targets["docs/methods.md"] == "methods.html"
    assert targets["refsnn.neurons.pascal"] == "reference/refsnn.neurons.html#refsnn.neurons.pascal"


def test_commands_are_those_of_the_command_line():
    text = commands(SITE.root)
    assert text.startswith("# Commands\n")
    for name in ("demo", "convert", "learn", "vectors write"):
        assert f"## `refsnn {name}`" in text
