"""T19: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

from importlib.util import find_spec
from itertools import product

import numpy as np
import pytest
from lesson_files import TUTORIALS, check_number, module, run

from fixedpoint.neurons import IntIF, run_neuron
from refsnn.ann import logits
from refsnn.ops import Conv2d, Linear

LESSON = TUTORIALS / "t19_bring_your_own.py"
SOURCE = LESSON.read_text(encoding="utf-8")
PLAIN = SOURCE.split("# ## 5.")[0]
"""Without what has to be trained."""
QUICK = SOURCE.split("# ## 6.")[0].replace("foreign.trained(train)", "foreign.trained(train, 1)")


def needs(package):
    """Skipped where it is not installed."""
    return pytest.mark.skipif(find_spec(package) is None, reason=f"needs {package}")


def fired(z, theta):
    """Spikes and last membrane of the library's integer neuron."""
    done = run_neuron(IntIF(theta=theta, v_init=theta // 2), np.full(4, z), trace=True)
    return int(sum(done.trace.spike)), int(done.trace.v[-1])


def one(x1, x2):
    """All rungs of one input, apart from the lesson."""
    z = 6 * x1 - 3 * x2 - 1
    level = max(0, min(4, int(np.floor(z / 4 + 0.5))))
    few, v = fired(3 * x1 - 2 * x2, 8)
    return 3 * (2 * x1 - x2 - 1) + 2, z, level, fired(z, 16)[0], few, v + 64 * (v < 0)


def by_hand():
    """name, then the three inputs, of every rung."""
    names = ("batch norm", "folded", "level", "spikes", "3 bits", "word")
    columns = zip(*[one(*x) for x in ((3, 1), (2, 3), (0, 2))], strict=True)
    for n, (name, row) in enumerate(zip(names, columns, strict=True), 1):
        yield [f"{n}. {name}", *row]


MINE = {row[0]: row[1:] for row in by_hand()}
FULL = {"mine": MINE}
MISTAKE = (  # the reader who forgets to add 64
    {"mine": MINE | {"6. word": [0, 4, -12]}},
    [f"{name}: 0 holes left, wrong in columns {[3] * (name == '6. word')}" for name in MINE],
)
HARM = {
    "a tie down": ("(4 * z + 8)", "(4 * z + 7)"),
    "another start": ("theta // 2, 0", "0, 0"),
    "rounds half up": ("round(-1.5)", "-1"),
    "no bias": ("3 * x2 - 1\n", "3 * x2\n"),
    "no two's complement": ("v % 64", "abs(v)"),
    "another batch norm": ("// 2 + 2", "// 2 + 1"),
    "another network imported": ('load_onnx(place / "net.onnx")', "foreign.resnet20()", QUICK),
    "another network read back": ('load_nir(place / "net.nir")', "made[16][0]", QUICK),
    "no change": ('{"compare": "gt"}', "{}", SOURCE),
}
TRIED = PLAIN
MARKS = {
    "another network imported": needs("onnx"),
    "another network read back": needs("nir"),
    "no change": pytest.mark.nightly,
}


def test_without_the_packages_it_says_so(tmp_path):
    """And climbs the other rungs."""
    asked = "importlib.util.find_spec(name) is not None"
    assert QUICK.count(asked) == 1
    done, _ = run(LESSON, tmp_path, QUICK.replace(asked, "False"))
    assert done.returncode == 0, done.stderr
    left_out, rungs = done.stdout.splitlines()[-2:]
    assert left_out == "left out: ['onnx', 'nir']"
    assert [name in rungs for name in ("spiking", "8 bits", "imported", "NIR")] == [1, 1, 0, 0]


def test_the_other_tool_writes_the_network_it_has(tmp_path):
    """By the judgement of ONNX's own evaluator; 20 layers with weights on the main way."""
    onnx = pytest.importorskip("onnx")
    from onnx.reference import ReferenceEvaluator

    foreign = module(TUTORIALS / "foreign.py")
    graph = foreign.resnet20()
    weighted = [n for n in graph.nodes if isinstance(n.op, Conv2d | Linear)]
    assert len([n for n in weighted if not n.name.startswith("way")]) == 20
    rng = np.random.default_rng(0)
    moved = {k: v + rng.uniform(0, 0.1, v.shape).astype(v.dtype) for k, v in graph.params.items()}
    graph = graph.with_params(moved)
    foreign.write_onnx(graph, tmp_path / "net.onnx")
    net, x = onnx.load(tmp_path / "net.onnx"), rng.uniform(0, 1, (2, 1, 8, 8)).astype(np.float32)
    onnx.checker.check_model(net)
    (theirs,) = ReferenceEvaluator(net).run(None, {"input": x})
    # both in float32, 20 layers deep, sums in another order: seen 2e-7 of a logit
    np.testing.assert_allclose(theirs.reshape(2, 10), logits(graph, x), rtol=1e-5)


def test_exercise_1_is_answered_by_both_rungs():
    ladders = [one(*x) for x in product(range(8), repeat=2)]
    differ = sum(few != spikes for *_, spikes, few, _ in ladders)
    assert check_number("t19", 1, differ)
    assert not any(check_number("t19", 1, wrong) for wrong in (0, 64 - differ, 64))


def test_what_convicts_the_suspect_as_it_was_found(stub):
    work = stub("t19")
    solution = module(TUTORIALS / "solutions" / "t19.py")
    passed = {n for n, count in work.NEURONS.items() if work.suspect(count, 16, 4)}
    right = {n for n, count in work.NEURONS.items() if solution.suspect(count, 16, 4)}
    assert passed - right == set(solution.let_through)
    assert right == {"right", "> for >="}


def test_the_method_of_exercise_2_is_one_file_of_80_lines():
    text = (TUTORIALS / "solutions" / "t19.py").read_text().split("# --- Exercise 3")[0]
    assert len([s for s in text.splitlines() if s.strip() and not s.strip().startswith("#")]) <= 80
