"""T19: the table, the checks of the learner's holes, the rungs, and what the lesson asserts."""

from itertools import product

import numpy as np
import pytest
from hardware_lessons import filled, holes_are_right, rows
from lesson_files import TUTORIALS, mechanics, module, run

from fixedpoint.neurons import IntIF, run_neuron
from refsnn.ann import logits
from refsnn.ops import Conv2d, Linear

LESSON = TUTORIALS / "t19_bring_your_own.py"
SOURCE = LESSON.read_text(encoding="utf-8")
PLAIN = SOURCE.split("# ## 5.")[0]
"""Without what has to be trained."""
QUICK = SOURCE.split("# ## 6.")[0].replace("foreign.trained(train)", "foreign.trained(train, 1)")


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


def test_what_the_table_gives_is_right():
    _, *body = rows(SOURCE)
    holes_are_right(body, list(by_hand()))


def test_a_full_table_is_accepted(tmp_path):
    done, _ = run(LESSON, tmp_path, filled(SOURCE, mine={r[0]: r[1:] for r in by_hand()}))
    assert done.stdout.splitlines() == [
        f"{row[0]}: 0 holes left, wrong in columns []" for row in by_hand()
    ]


def test_a_wrong_cell_is_named(tmp_path):
    """The reader who forgets to add 64."""
    mine = {row[0]: row[1:] for row in by_hand()} | {"6. word": [0, 4, -12]}
    done, _ = run(LESSON, tmp_path, filled(SOURCE, mine=mine))
    assert done.stdout.splitlines()[5] == "6. word: 0 holes left, wrong in columns [3]"


HARM = {
    "a tie down": (PLAIN, "(4 * z + 8)", "(4 * z + 7)"),
    "another start": (PLAIN, "theta // 2, 0", "0, 0"),
    "rounds half up": (PLAIN, "round(-1.5)", "-1"),
    "no bias": (PLAIN, "3 * x2 - 1\n", "3 * x2\n"),
    "no two's complement": (PLAIN, "v % 64", "abs(v)"),
    "another batch norm": (PLAIN, "// 2 + 2", "// 2 + 1"),
    "another network imported": (QUICK, 'load_onnx(place / "net.onnx")', "foreign.resnet20()"),
    "another network read back": (QUICK, 'load_nir(place / "net.nir")', "made[16][0]"),
    "no change": (SOURCE, '{"compare": "gt"}', "{}"),
}
NEEDS = {"another network imported": "onnx", "another network read back": "nir"}


@pytest.mark.parametrize(
    "harm", [pytest.param(h, marks=[pytest.mark.nightly] * (h == "no change")) for h in HARM]
)
def test_the_lesson_asserts_what_it_says(harm, tmp_path):
    if harm in NEEDS:
        pytest.importorskip(NEEDS[harm])
    source, old, new = HARM[harm]
    assert source.count(old) == 1
    done, _ = run(LESSON, tmp_path, source.replace(old, new))
    assert done.returncode != 0
    assert "AssertionError" in done.stderr, done.stderr


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
    np.testing.assert_allclose(theirs.reshape(2, 10), logits(graph, x), rtol=1e-4, atol=1e-4)


def test_exercise_1_is_answered_by_both_rungs():
    ladders = [one(*x) for x in product(range(8), repeat=2)]
    differ = sum(few != spikes for *_, spikes, few, _ in ladders)
    assert mechanics.check_number("t19", 1, differ)
    assert not any(mechanics.check_number("t19", 1, wrong) for wrong in (0, 64 - differ, 64))


def test_the_author_of_the_judge_had_a_test_that_passes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mechanics.main(["stub", "t19"])
    work = module(tmp_path / "t19_exercises.py")
    work.author_test(work.suspect)
    solution = module(TUTORIALS / "solutions" / "t19.py")
    passed = {n for n, count in work.NEURONS.items() if work.suspect(count, 16, 4)}
    right = {n for n, count in work.NEURONS.items() if solution.suspect(count, 16, 4)}
    assert passed - right == set(solution.let_through)
    assert right == {"right", "> for >="}


def test_the_method_of_exercise_2_is_one_file_of_80_lines():
    text = (TUTORIALS / "solutions" / "t19.py").read_text().split("# --- Exercise 3")[0]
    assert len([s for s in text.splitlines() if s.strip() and not s.strip().startswith("#")]) <= 80
