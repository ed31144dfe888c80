"""The equations of docs/equations.md that the library implements, and where each one is.

A line of code or of a test that computes an equation carries a comment ``eq: paper.number``.
Formulas need a tag in the code and one in the tests; laws are statements about those formulas
and need one in the tests. ``pytest tests/meta/test_equations.py -s -n 0`` prints the table.
"""

import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("refsnn", "fixedpoint")

FORMULAS = {
    "qcfs": {
        1: "activation: floor, then clip",
        2: "its gradient, as published",
        3: "its gradient, as automatic differentiation of the released code has it",
        4: "IF neuron: integrate",
        5: "IF neuron: fire at equality",
        6: "IF neuron: reset by subtraction",
        8: "the error split by cause",
        9: "output when the membrane ends in [0, theta)",
        11: "constant drive: the count is the T-level activation",
    },
    "pascal": {
        1: "activation: clip, then floor",
        2: "its gradient in the released code",
        3: "a bias of b / T per frame adds up to the bias",
        4: "first activation as a train",
        5: "hidden neuron: integrate",
        6: "hidden neuron: fire, reset, count",
        7: "relaxation: spike or inhibitory spike",
        8: "relaxation: reset and signed count",
        9: "emission of the count",
        13: "closed form in integers",
    },
}
LAWS = {
    "qcfs": {
        7: "charge in is spikes out plus what the membrane gained",
    },
    "pascal": {
        10: "theorem: the emitted count is the activation's level",
    },
}
REGISTERED = {
    f"{paper}.{number}": meaning
    for table in (FORMULAS, LAWS)
    for paper, equations in table.items()
    for number, meaning in equations.items()
}
MARK = re.compile(r"#\s*eq:((?:\s*[a-z_]+\.\d+)+)")


def tags(*folders):
    """Tag to the places that carry it, as ``file:line``."""
    found = defaultdict(list)
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                for mark in MARK.finditer(line) if path != Path(__file__) else ():
                    for tag in mark[1].split():
                        found[tag].append(f"{path.relative_to(ROOT).as_posix()}:{number}")
    return found


@pytest.mark.parametrize("folder", [*CODE, "tests", "tutorials"])
def test_every_tag_is_registered(folder):
    unknown = {tag: places for tag, places in tags(folder).items() if tag not in REGISTERED}
    assert not unknown


@pytest.mark.parametrize("paper", FORMULAS)
def test_every_formula_is_in_the_code(paper):
    missing = {f"{paper}.{number}" for number in FORMULAS[paper]} - tags(*CODE).keys()
    assert not missing


def test_every_equation_is_tested():
    code, tests = tags(*CODE), tags("tests")
    print()
    for tag, meaning in REGISTERED.items():
        where = ", ".join(code[tag]) or "(law)"
        print(f"{tag:10} {meaning:70} {where}; {len(tests[tag])} in tests")
    assert all(tests[tag] for tag in REGISTERED)


@pytest.mark.parametrize("tag", REGISTERED)
def test_every_equation_is_documented(tag):
    page = (ROOT / "docs" / "equations.md").read_text(encoding="utf-8")
    assert f"| {tag} | " in page


def test_a_mark_may_name_several():
    assert MARK.search("x  # eq: qcfs.5 (above)")[1].split() == ["qcfs.5"]
    assert MARK.search("x  # eq: pascal.6 pascal.7")[1].split() == ["pascal.6", "pascal.7"]
    assert not MARK.search("x  # equal: pascal.6")


def test_a_tag_that_is_lost_is_missed(tmp_path, monkeypatch):
    """The checks read files: a folder with one tag has that one only."""
    (tmp_path / "refsnn").mkdir()
    (tmp_path / "refsnn" / "a.py").write_text("y = 1  # eq: qcfs.1\ny = 2  # eq: qcfs.99\n")
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    assert tags("refsnn") == {"qcfs.1": ["refsnn/a.py:1"], "qcfs.99": ["refsnn/a.py:2"]}
    with pytest.raises(AssertionError):
        test_every_tag_is_registered("refsnn")
    with pytest.raises(AssertionError):
        test_every_formula_is_in_the_code("qcfs")
