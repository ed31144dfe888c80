"""The pages of the site: those under ``docs``, and those made of other files of the repository."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lessons import page, run_all
from references import equation_tags
from where import where

SECTIONS = {
    "Mathematics": ("notation", "equations", "where", "glossary"),
    "Methods": ("methods", "ladder", "resnet20", "implementations", "nir", "onnx"),
    "Hardware": ("hardware", "fixedpoint", "vectors", "rtl-contract", "proofs"),
    "Checks": ("verify", "fast", "benchmarks"),
}
"""Pages under ``docs`` by section, as far as they exist; others are listed under More."""

WHOLE = {
    "README.md": "index.md",
    "tutorials/README.md": "lessons/index.md",
    "benchmarks/README.md": "benchmarks.md",
}
PROJECT = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
PACKAGES = ("refsnn", "fixedpoint")
OBJECT = re.compile(r"^(?:class|def) ([A-Z]\w+|[a-z]\w*_\w+)\b", re.MULTILINE)
HIDDEN = ("refsnn.cli",)
"""Described by the page of commands."""


@dataclass(frozen=True)
class Site:
    """The pages of a repository."""

    root: Path

    @cached_property
    def lessons(self) -> list[Path]:
        """Lessons, in order."""
        return sorted((self.root / "tutorials").glob("t[0-9][0-9]_*.py"))

    @cached_property
    def written(self) -> list[str]:
        """Pages that stand under ``docs``."""
        return sorted(path.name for path in (self.root / "docs").glob("*.md"))

    @cached_property
    def packages(self) -> dict[str, list[str]]:
        """Dotted names: packages to their public modules."""
        return {name: modules for top in PACKAGES for name, modules in _packages(self.root, top)}

    @cached_property
    def sources(self) -> dict[str, str]:
        """Page to the file of the repository that it shows."""
        whole = {**WHOLE, **PROJECT, "LICENSE": "license.md"}
        shown = {page: file for file, page in whole.items() if (self.root / file).is_file()}
        lessons = {f"lessons/{path.stem}.md": f"tutorials/{path.name}" for path in self.lessons}
        return shown | lessons | {name: f"docs/{name}" for name in self.written}

    @cached_property
    def places(self) -> dict[str, str]:
        """File or folder of the repository to page."""
        places = {file: page for page, file in self.sources.items()}
        pictures = {f"docs/{p.name}": p.name for p in (self.root / "docs").glob("*.png")}
        return places | pictures | {"tutorials": "lessons/index.md", "docs": "index.md"}

    @cached_property
    def tags(self) -> list[str]:
        """Tags of equations, in order."""
        return equation_tags((self.root / "docs" / "equations.md").read_text(encoding="utf-8"))

    @cached_property
    def targets(self) -> dict[str, str]:
        """Words that become links in the text: tags, lessons, names of files."""
        tags = {tag: f"equations.html#{tag}" for tag in self.tags}
        lessons = {path.name[:3].upper(): f"lessons/{path.stem}.html" for path in self.lessons}
        files = {file: _html(page) for file, page in self.places.items() if page.endswith(".md")}
        return tags | lessons | files | self.modules | self.objects

    @cached_property
    def modules(self) -> dict[str, str]:
        """Python files and dotted names to their places in the reference."""
        named = [(f"reference/{p}.html", m) for p, ms in self.packages.items() for m in (p, *ms)]
        files = {m.replace(".", "/") + ".py": f"{page}#{m}" for page, m in named}
        inits = {f"{p.replace('.', '/')}/__init__.py": f"reference/{p}.html" for p in self.packages}
        return files | inits | {module: f"{page}#{module}" for page, module in named}

    @cached_property
    def objects(self) -> dict[str, str]:
        """Classes and functions to their places; names that are no plain words, and unique."""
        places: dict[str, list[str]] = {}
        for package, modules in self.packages.items():
            for module in modules:
                source = (self.root / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
                for name in OBJECT.findall(source):
                    place = f"reference/{package}.html#{module}.{name}"
                    places.setdefault(name, []).append(place)
        return {name: found[0] for name, found in places.items() if len(found) == 1}

    def nav(self) -> list[Any]:
        """Sections of the site."""
        listed = {f"{name}.md" for names in SECTIONS.values() for name in names}
        there = {*self.sources, "where.md"}
        sections = {
            title: [f"{name}.md" for name in names if f"{name}.md" in there]
            for title, names in SECTIONS.items()
        }
        sections["More"] = [name for name in self.written if name not in listed]
        reference = ["commands.md", *(f"reference/{name}.md" for name in self.packages)]
        project = [page for page in (*PROJECT.values(), "license.md") if page in self.sources]
        lessons = [page for page in self.sources if page.startswith("lessons/")]
        every = {"Lessons": lessons, **sections, "Reference": reference, "Project": project}
        return [{"Home": "index.md"}, *({title: pages} for title, pages in every.items() if pages)]

    def made(self, cache: Path) -> dict[str, str | bytes]:
        """Every page and figure that does not stand under ``docs``: name to content."""
        files: dict[str, str | bytes] = {
            page: (self.root / file).read_text(encoding="utf-8")
            for page, file in self.sources.items()
            if not file.startswith("docs/") and page.count("lessons/t") == 0
        }
        files["license.md"] = f"# Licence\n\n```text\n{files['license.md']!s}\n```\n"
        files["commands.md"] = commands(self.root)
        files["where.md"] = where(self.root, self.tags)
        files |= {f"reference/{name}.md": reference(name, ms) for name, ms in self.packages.items()}
        return files | self._lesson_files(cache)

    def _lesson_files(self, cache: Path) -> dict[str, str | bytes]:
        files: dict[str, str | bytes] = {}
        for path, (done, folder) in zip(self.lessons, run_all(self.lessons, cache), strict=True):
            source = path.read_text(encoding="utf-8")
            files[f"lessons/{path.stem}.md"] = page(source, done, path.name)
            files[f"lessons/{path.name}"] = source
            figures = [name for did in done for name in did.figures]
            files |= {f"lessons/{name}": (folder / name).read_bytes() for name in figures}
        return files


def _packages(root: Path, top: str) -> Iterator[tuple[str, list[str]]]:
    """A package and the packages in it, each with its own public modules."""
    for init in sorted((root / top).rglob("__init__.py")):
        name = ".".join(init.parent.relative_to(root).parts)
        if name.startswith(HIDDEN):
            continue
        modules = [path.stem for path in sorted(init.parent.glob("*.py")) if path.stem[0] != "_"]
        yield name, [f"{name}.{module}" for module in modules]


def _html(page: str) -> str:
    return page.removesuffix(".md") + ".html"


def reference(package: str, modules: list[str]) -> str:
    """The page of a package: its own words, then its modules."""
    bare = "    options:\n      members: false\n      show_root_heading: false\n"
    return f"# {package}\n\n::: {package}\n{bare}" + "".join(
        f"\n::: {module}\n" for module in modules
    )


def commands(root: Path) -> str:
    """Every command with its options, as typer documents them, its lists unabridged."""
    command = [sys.executable, "-m", "typer", "refsnn.cli", "utils", "docs", "--name", "refsnn"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    said = dict(re.findall(r"^##+ `refsnn (.+)`\n\n(.+)", done.stdout, re.MULTILINE))
    group, lines = "", ["# Commands"]
    for line in done.stdout.splitlines()[1:]:
        if heading := re.match(r"##+ `refsnn (.+)`", line):
            group = heading[1] + " "
        item = re.match(r"\* `([\w-]+)`: .*\.\.\.$", line)
        lines.append(f"* `{item[1]}`: {said[group + item[1]]}" if item else line)
    return "\n".join(lines) + "\n"
