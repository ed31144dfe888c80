"""The house: style, types, imports, packaging, and what the documents promise."""

import re
import subprocess
import sys
import tomllib

import numpy as np
import pytest

TYPED_AGAINST = "2.4."
LINT_IMPORTS = "from importlinter.cli import lint_imports as f; raise SystemExit(f(no_cache=True))"


@pytest.mark.parametrize(
    "command",
    [
        ("-m", "ruff", "check", "--no-cache", "."),
        ("-m", "ruff", "format", "--no-cache", "--check", "."),
        ("-m", "mypy"),
        ("-c", LINT_IMPORTS),
    ],
    ids=["ruff", "format", "mypy", "imports"],
)
def test_tools_are_content(pytestconfig, command):
    if "mypy" in command and not np.__version__.startswith(TYPED_AGAINST):
        pytest.skip(f"types are checked against NumPy {TYPED_AGAINST}, here is {np.__version__}")
    done = subprocess.run(
        [sys.executable, *command], cwd=pytestconfig.rootpath, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_is_cheap():
    code = (
        "import sys, refsnn, refsnn.neurons, refsnn.convert, fixedpoint\n"
        "heavy = {'numba', 'scipy', 'rich', 'typer', 'matplotlib', 'pooch'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_foreign_fixedpoint_is_told_apart(tmp_path):
    (tmp_path / "fixedpoint").mkdir()
    (tmp_path / "fixedpoint" / "__init__.py").write_text("")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import refsnn.errors"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode != 0
    assert "shadows it" in done.stderr.splitlines()[-1]


def test_readme_has_the_two_commands(pytestconfig):
    first_screen = "\n".join((pytestconfig.rootpath / "README.md").read_text().splitlines()[:20])
    assert re.findall(r"```\n(.*?)\n```", first_screen, re.DOTALL) == [
        'python -m pip install ".[demo]" && refsnn demo',
        'python -m pip install -e ".[test]" && python -m pytest',
    ]


def test_packaging(pytestconfig):
    with (pytestconfig.rootpath / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    names = {re.split(r"[><=\[]", d)[0] for d in project["project"]["dependencies"]}
    assert names == {"numpy", "numba", "scipy", "typer", "rich"}
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == [
        "refsnn",
        "fixedpoint",
    ]


def test_every_folder_of_the_packages_is_a_package(pytestconfig):
    for top in ("refsnn", "fixedpoint"):
        for source in (pytestconfig.rootpath / top).rglob("*.py"):
            assert (source.parent / "__init__.py").exists(), source
