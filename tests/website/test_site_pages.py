"""Every page is in the navigation once, and every public module in the reference."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from pages import HIDDEN, SECTIONS, Site, commands, reference
from where import marks, where

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
    assert mathematics["Mathematics"] == [f"{name}.md" for name in SECTIONS["Mathematics"]]


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
    assert targets["AdaFire"] == "reference/refsnn.neurons.html#refsnn.neurons.ada_fire.AdaFire"
    assert targets["best_choice"].endswith("#refsnn.calibration.frontier.best_choice")
    assert not {"run", "save", "_check", "main"} & targets.keys()
    assert targets["refsnn.neurons.pascal"] == "reference/refsnn.neurons.html#refsnn.neurons.pascal"


def test_where_each_equation_is():
    rows = dict(re.findall(r"^\| (\S+) \| (.*) \|$", where(SITE.root, SITE.tags), re.MULTILINE))
    assert list(rows)[1:] == SITE.tags
    code, lessons, tests = rows["pascal.9"].split(" | ")
    assert "`refsnn/neurons/pascal.py`" in code.split(", ")
    assert "T10" in lessons.split(", ")
    assert int(tests) >= 1


def test_marks_are_read_from_the_files(tmp_path):
    for name, text in {
        "a": "x  # eq: qcfs.1 qcfs.2, nir.3\n# eq: qcfs.1",
        "b": "seq: qcfs.4",
    }.items():
        (tmp_path / "code").mkdir(exist_ok=True)
        (tmp_path / "code" / f"{name}.py").write_text(text)
    found = marks(tmp_path, ["code"])
    assert found == {"qcfs.1": ["code/a.py"] * 2, "qcfs.2": ["code/a.py"], "nir.3": ["code/a.py"]}


def test_commands_are_those_of_the_command_line():
    text = commands(SITE.root)
    assert text.startswith("# Commands\n")
    for name in ("demo", "convert", "learn", "vectors write"):
        assert f"## `refsnn {name}`" in text
    listed = re.findall(r"^\* `[\w-]+`: (.+)$", text, re.MULTILINE)
    assert len(listed) > 20
    assert not [line for line in listed if line.endswith("...")]
    assert "* `demo`: Train, convert with every method, verify each claim, lower" in text
