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
        15: "steps of a layer of neurons",
        16: "Adaptive Layerwise: agreement A",
        17: "Adaptive Layerwise: kurtosis of the bin counts",
        18: "Adaptive Layerwise: skewness of the bin counts",
        19: "Adaptive Layerwise: B",
        20: "Adaptive Layerwise: the metric",
        21: "effective number of steps",
        22: "energy of the neuron over that of an IF neuron",
        23: "energy of an IF step by fan-in",
        24: "energy model",
    },
    "adaptive_calibration": {
        2: "threshold candidates",
        3: "what a burst neuron can send of an activation",
        4: "the threshold of least squared error",
        5: "moving average over batches",
        6: "bias calibration",
        7: "potential calibration",
        8: "shift of a step",
        9: "burst neuron: integrate",
        10: "burst by division, as released",
        11: "burst neuron: reset by what was sent",
        12: "burst by comparisons",
        13: "recursion of the count, every drive",
        14: "constant drive: rounds half up",
        19: "bound of the error of a layer",
        22: "symmetric divergence",
        23: "frontier of cost and divergence",
        24: "compression ratio",
        25: "candidate ratios",
        26: "budget of the compression",
        27: "normalised entropy",
        28: "mean entropy of the samples that are right",
        29: "exit threshold",
        30: "exit",
    },
    "snn_meets_ann": {
        3: "a step of lambda / (2**T - 1)",
        6: "number of set bits",
        7: "its surrogate gradient",
        8: "the same with respect to the threshold",
        10: "shifted batch norm",
        12: "bit-serial neuron: accumulate",
        13: "bit-serial neuron: emit, MSB first",
        14: "Horner's rule",
        15: "shifted weights, MSB first",
        16: "shifted weights, LSB first",
        17: "accumulator width by format",
        18: "accumulator bound",
        19: "activity",
        21: "closed form in integers",
        22: "bound of dropped bits",
    },
    "error_compensation": {
        1: "clip",
        2: "its gradient",
        3: "the same with respect to the threshold",
        9: "dual-threshold neuron: integrate",
        10: "dual-threshold neuron: both tests",
        11: "dual-threshold neuron: reset",
        12: "dual-threshold neuron: memory",
        16: "the right count in integers",
        30: "a threshold that is positive by its form",
        31: "its slope",
        33: "extra frames that are always enough",
    },
    "potential_initialization": {
        12: "mean error under uniform constant drive",
        13: "its mean square",
    },
    "threshold_balancing": {
        1: "shifted clip",
        2: "its gradient",
        3: "neuron with a shift in every step",
        4: "thresholds are the largest pre-activations",
    },
    "rate_norm": {
        1: "running maximum",
        2: "fraction",
        3: "threshold",
        4: "rate",
        5: "gradients",
        7: "projection on the target rates",
        8: "Omega, and the bound it gives",
    },
    "nir": {
        1: "leaky neuron: one step of the membrane",
        2: "forward difference",
        3: "exact decay",
        4: "what a unit of current adds",
        5: "the membrane after a crossing within a step",
        6: "integer leak",
    },
    "integers": {
        1: "rounding: the floor, and an increment",
        2: "overflow: wrap",
        3: "overflow: saturate",
        5: "lowering: the step of a layer and its integers",
        6: "range of a current",
        7: "range of a membrane",
        8: "a code as a word of W bits",
        9: "sums that no order and no float format changes",
    },
}
LAWS = {
    "qcfs": {
        7: "charge in is spikes out plus what the membrane gained",
    },
    "pascal": {
        10: "theorem: the emitted count is the activation's level",
        25: "spikes sent are the sum of the ANN's levels",
    },
    "adaptive_calibration": {
        15: "order does not matter without inhibition and capacity limit",
        16: "an unlimited burst ends every deficit, no excess",
        17: "all charge in the first or the last step",
        18: "bound when the membrane ends in [0, theta)",
        20: "one step is a quantised ReLU",
        31: "charge in is spikes out plus what the membrane gained",
    },
    "snn_meets_ann": {
        1: "activation: qcfs.1 with 2**T - 1 levels",
        2: "its level",
        4: "its gradient: qcfs.3",
        5: "the same with respect to the threshold",
        9: "T applications of a shifted batch norm add up to one",
        20: "theorem: the bits are those of the activation's level",
    },
    "error_compensation": {
        4: "quantised clip: qcfs.1",
        5: "its gradient: pascal.2 or qcfs.3",
        14: "charge in is spikes out plus what the membrane gained",
        24: "the last membrane tells whether the count is right",
        28: "silence settles the count",
        29: "theorem: a settled network is the QCFS network with L = T",
        32: "two frames: never too many spikes",
    },
    "potential_initialization": {
        5: "thresholds and weights scale together",
        14: "a shift in every step is a start at half the threshold",
    },
    "integers": {
        4: "mean error of a rounding",
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
