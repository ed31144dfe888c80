"""Every claim is as stated, every planted fault is caught; and what does not count as a proof."""

from dataclasses import replace

import pytest

from fixedpoint.errors import InputError
from fixedpoint.proofs import CLAIMS, RTL_CLAIMS, Control, Replay, Verdict, chosen, run_claim
from fixedpoint.proofs.base import Claim
from fixedpoint.proofs.solve import Query, by_z3, decide, fault_by_z3
from fixedpoint.proofs.width_safety import width

z3 = pytest.importorskip("z3")
TIMEOUT = 60.0


def explain(row):
    return row.verdict, row.replay, [(c.fault, c.verdict, c.replay) for c in row.caught]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_claim(claim):
    row = run_claim(claim, TIMEOUT)
    assert row.ok, explain(row)
    # a fault of these claims is always shown on the integer models
    assert all(c.replay is not None and c.replay.real for c in row.caught if c.wanted == "refuted")


def test_names_differ():
    names = [claim.name for claim in (*CLAIMS, *RTL_CLAIMS)]
    assert len(names) == len(set(names))
    assert all(claim.controls for claim in (*CLAIMS, *RTL_CLAIMS))


def queries(then, given=(), **more):
    return [Query("part", list(given), then, **more)]


def claim(proves, control=None, **more):
    x = z3.Int("x")
    caught = control or Control("wrong", fault_by_z3(lambda: queries(x > 0, run=True)))
    return Claim("c", "s", "f", "m", "b", by_z3(lambda: proves), (caught,), **more)


def test_true_and_false():
    x = z3.Int("x")
    assert run_claim(claim(queries(x + 1 > x))).ok
    assert not run_claim(claim(queries(x > 0))).ok
    row = run_claim(claim(queries(x > 0, shown={"x": x}, small=[x == 0])))
    assert row.verdict == Verdict("refuted", ("part",), {"x": 0})


def test_assumptions_that_contradict_prove_nothing():
    x = z3.Int("x")
    row = run_claim(claim(queries(x > 5, given=[x > 3, x < 2])))
    assert row.verdict.outcome == "vacuous"
    assert not row.ok


def hard():
    """Without a wit of structure: no solver ends within milliseconds."""
    x, y, z = (z3.BitVec(name, 64) for name in "xyz")
    return queries(x * y * z * x + y != z * z * z + 0x1234567, given=[x > 5, y > 6, z > 7])


def test_a_time_limit_is_no_proof():
    verdict = decide(hard()[0], 0.005)
    assert verdict.outcome == "unknown"
    assert not run_claim(claim(hard()), 0.005).ok


def test_an_answer_unknown_is_no_proof(monkeypatch):
    monkeypatch.setattr(z3.Solver, "check", lambda self, *_: z3.unknown)
    assert decide(queries(z3.BoolVal(True))[0], 1.0).outcome == "unknown"


def test_a_fault_that_is_not_caught_fails_the_row():
    x = z3.Int("x")
    harmless = Control("harmless", fault_by_z3(lambda: queries(x + 1 > x, run=True)))
    row = run_claim(claim(queries(x + 1 > x), harmless))
    assert row.verdict.outcome == "proved"
    assert not row.ok


def test_a_fault_has_to_show_in_a_run_and_in_the_induction():
    x = z3.Int("x")
    step, run = queries(x > 0), queries(x > 0, run=True)
    sound_step, sound_run = queries(x + 1 > x), queries(x + 1 > x, run=True)
    assert fault_by_z3(lambda: step + run)(9).outcome == "refuted"
    assert fault_by_z3(lambda: step + sound_run)(9).outcome == "unknown"
    assert fault_by_z3(lambda: sound_step + run)(9).outcome == "unknown"


@pytest.mark.parametrize(
    ("numbers", "real"),
    [
        ((3, 2, 2, 3), True),
        ((3, 2, 1, 3), False),  # model and solver differ
        ((3, 3, 3, 3), False),  # the model agrees with the formula
        ((3, 2, 2, 2), False),  # so does the model without the fault with the faulty one
        ((3, 2, 2, None), True),
    ],
)
def test_what_a_counter_example_has_to_show(numbers, real):
    replay = Replay(*numbers)
    assert replay.real == real
    x = z3.Int("x")
    control = Control("fault", fault_by_z3(lambda: queries(x > 0, run=True)), lambda _: replay)
    assert run_claim(claim(queries(x + 1 > x), control)).ok == real


def test_a_statement_known_to_be_false_needs_its_counter_example():
    one = next(claim for claim in CLAIMS if claim.outcome == "refuted")
    assert run_claim(one).ok
    assert not run_claim(replace(one, outcome="proved")).ok
    assert not run_claim(replace(one, replay=lambda _: Replay(1, 1, 1))).ok


def test_width_of_the_membrane():
    """``ceil(log2(M + 1)) + 1``, M = 32 + 12 * 128 = 1568."""
    assert width() == 12
    assert width(frames=16, start=0) == 13  # -2048 would fit 12 bits: safe, not always least


def test_chosen():
    assert chosen() == CLAIMS
    assert [claim.name for claim in chosen(["if-constant"])] == ["if-constant"]
    with pytest.raises(InputError, match="did you mean 'pascal-level'"):
        chosen(["pascal-lvel"])
