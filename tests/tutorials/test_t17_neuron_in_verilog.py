"""T17: its table, and what is its own; test_lesson_trials.py tries the rest of what is here."""

import re
import shutil
import subprocess

import pytest
from lesson_files import TUTORIALS, check_number, module, run

LESSON = TUTORIALS / "t17_neuron_in_verilog.py"
SOURCE = LESSON.read_text(encoding="utf-8")
WIRES = [(1, 1, 7), (0, 1, 5), (0, 0, 3), (0, 1, 13), (0, 1, 7), (0, 1, 3)]
needs_icarus = pytest.mark.skipif(shutil.which("iverilog") is None, reason="needs Icarus Verilog")


def by_hand():
    """clock, inputs, row_valid, spike, v, word: in numbers, apart from the lesson."""
    v = spike = 0
    for clock, (clear, valid, data) in enumerate(WIRES, 1):
        row = 0
        if clear:
            v, spike = 4, 0
        elif valid:
            u = v + (data if data < 8 else data - 16)
            row, spike = 1, 1 if u >= 8 else 0
            v = u - 8 if spike else u
        yield [clock, clear, valid, data, row, spike, v, v if v >= 0 else 64 + v]


def answers():
    *_, row_valid, spike, _, word = zip(*by_hand(), strict=True)
    return {"my_row_valid": list(row_valid), "my_spike": list(spike), "my_word": list(word)}


*_, ROW_VALID, SPIKE, _, WORD = map(list, zip(*by_hand(), strict=True))
FULL = {"my_row_valid": ROW_VALID, "my_spike": SPIKE, "my_word": WORD}
MISTAKE = (  # the reader who lets the spike fall in a pause, and reads 13 as 13
    FULL | {"my_spike": [0, 1, 0, 1, 0, 1], "my_word": [4, 1, 1, 6, 5, 0]},
    [
        f"{name}: 0 holes left, wrong in clocks {at}"
        for name, at in (("row_valid", []), ("spike", [3, 4]), ("word", [4]))
    ],
)
HARM = {
    "no sign": ("word - (word >> (bits - 1) << bits)", "word"),
    "fires late": ("int(u >= 8)  # eq", "int(u > 8)  # eq"),
    "clear loses": ("    if clear:\n", "    if clear and not in_valid:\n"),
    "spike falls in a pause": ("return 0, *registers[1:]", "return 0, 0, registers[2]"),
    "another model": ("IntIF(theta=8, v_init=4)", "IntIF(theta=8, v_init=3)"),
    "strict": ("wire fire = u >= THETA;", "wire fire = u > THETA;"),
    "unsigned": (
        "input wire signed [CURRENT_W-1:0] in_data,",
        "input wire [CURRENT_W-1:0] in_data,",
    ),
    "a blocking order": ("row_valid <= in_valid;", "row_valid <= fire;"),
    "a fault that is none": ('("rst || clear", "rst")', '("rst || clear", "clear || rst")'),
}
MARKS = dict.fromkeys(
    ("strict", "unsigned", "a blocking order", "a fault that is none"), needs_icarus
)


def test_without_a_simulator_it_runs_and_says_so(tmp_path, monkeypatch):
    """It draws the model twice, calls it that, and claims nothing of Verilog."""
    monkeypatch.setenv("PATH", str(tmp_path))
    done, figures = run(LESSON, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "nothing is simulated, the model stands alone" in done.stdout
    assert "words differ" not in done.stdout
    assert [path.name for path in figures] == ["t17_neuron_in_verilog.png"]


@needs_icarus
def test_with_a_simulator_every_fault_is_seen(tmp_path):
    done, _ = run(LESSON, tmp_path)
    found = dict(re.findall(r"^(.*): (\d+) of 2592 words differ", done.stdout, re.MULTILINE))
    assert found.pop("Icarus Verilog") == "0"
    assert len(found) == 5
    assert all(int(count) > 0 for count in found.values())


@needs_icarus
def test_the_unit_and_its_bench_compile_without_a_warning(tmp_path):
    unit = re.search(r'UNIT = """\n(.*?)"""', SOURCE, re.DOTALL)[1]
    (tmp_path / "unit.v").write_text(unit)
    bench = TUTORIALS / "verilog" / "t17_bench.v"
    command = ["iverilog", "-g2005", "-Wall", "-o", "out", "-s", "bench", "unit.v", str(bench)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "timescale" not in line]
    assert (done.returncode, said) == (0, [])


def test_exercise_1_is_answered_by_the_unit():
    words = r"W = (\d+), CURRENT_W = (\d+), THETA = (\d+)\. v_post holds 10'h(\w+), and 8'h(\w+)"
    groups = re.search(words, SOURCE).groups()
    width, lane, theta = map(int, groups[:3])
    v, data = (int(text, 16) for text in groups[3:])
    number = {
        word: word - (word >> (bits - 1) << bits) for word, bits in ((v, width), (data, lane))
    }
    u = number[v] + number[data]
    assert check_number("t17", 1, u - theta * (u >= theta))
    others = [number[v] + data, (v + data) % 1024 - theta, v + data, (u - theta) % 1024, u % 1024]
    assert not any(check_number("t17", 1, wrong) for wrong in others)


def test_what_convicts_the_suspect_as_it_was_found(stub):
    work = stub("t17")
    mended = module(TUTORIALS / "solutions" / "t17.py")
    guilty = [d for d in range(16) if work.suspect(61, d) != mended.suspect(61, d)]
    assert guilty == mended.convicting


def test_a_counter_example_is_shown_clock_by_clock():
    work = module(TUTORIALS / "solutions" / "t17.py")
    check = module(TUTORIALS / "checks" / "t17.py")
    late = work.edge
    work.edge = lambda now, *rest: {**late(now, *rest), "spike": 0}
    with pytest.raises(AssertionError, match=r"theta = 8, v_init = 4\nclock  clear  in_valid"):
        check.exercise_2(work)
