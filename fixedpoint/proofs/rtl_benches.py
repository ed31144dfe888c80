"""The shipped modules inside their proof: goals, and invariants that carry the induction."""

from __future__ import annotations

from fixedpoint.proofs.rtl import Bench

LEVEL = "if (t == LAST) assert (emitted == level);"

IF = Bench(
    "if_neuron",
    goal="assert (v + taken == sum);",
    reached="count == 2",
    parameters={"T_IN": 4, "T_OUT": 0, "W": 11},
    depth=7,
    invariants="""assert (count <= t);
            assert (v >= -START - reach && v <= START + reach);""",
    ports="",
    induction=2,
)
ACCUMULATE = Bench(
    "accumulate_neuron",
    goal=LEVEL + " if (t == LAST) assert (count == level);",
    reached="emitted == 2",
    parameters={"T_IN": 4, "T_OUT": 4, "TOP": 4},
    depth=11,
    invariants="""assert (v + taken == sum);
            assert (emitted == count && (!running || t <= EMITS || sent + spike == count));
            if (t <= T_IN) assert (count == 0);
            else begin
                assert (count <= t - T_IN);
                assert (count == t - T_IN || v < theta);
                assert (count == 0 || v >= 0);
            end""",
    induction=2,
)
BIT_SERIAL = Bench(
    "bit_serial_neuron",
    goal=LEVEL + " if (t == LAST) assert (count == level);",
    reached="emitted == 5",
    parameters={"T_IN": 4, "T_OUT": 4, "TOP": 15, "BINARY": 1, "THETA_MAX": 127},
    depth=11,
    own=", .BITS(T_OUT)",
    watched=("[T_OUT-1:0] worth", "signed [W-1:0] threshold"),
    invariants="""assert (v + taken == sum);
            assert (v >= -START - reach && v <= START + reach);
            assert (sum < 0 ? count == 0 : v >= 0);
            assert (own_worth == (1 << (T_OUT - 1)) >> (t < T_IN ? 0 : t - EMITS));
            assert (own_worth == 0 || own_threshold == own_worth * wide);
            assert (own_worth == 0 || (count & (2 * own_worth - 1)) == 0);
            if (t < T_IN) assert (count == 0);
            else assert (emitted << (LAST - t) == count);
            assert (count + 2 * own_worth <= TOP + 1);
            if (own_worth == 0) assert (v < wide || count == TOP);
            else assert (v < 2 * own_worth * wide || count + 2 * own_worth == TOP + 1);""",
    induction=2,
)
PASCAL = Bench(
    "pascal_neuron",
    goal=LEVEL,
    reached="emitted == 2",
    parameters={"T_IN": 4, "T_RELAX": 3, "T_OUT": 4, "TOP": 4},
    depth=14,
    spike="signed [1:0]",
    signed="signed",
    watched=("signed [COUNT_W-1:0] emitted",),
    invariants="""assert (v + taken == sum);
            assert (v >= -START - reach && (v <= START + reach || v < theta));
            assert (t == 0 || v < theta || count >= 1 + relaxed);
            assert (t == 0 || v >= 0 || count <= frames - 1 - relaxed);
            assert (count >= -relaxed && count <= frames + relaxed);
            assert (own_emitted == (t > EMITS ? t - EMITS : 0));
            if (t > EMITS) assert (emitted ==
                (count < 0 ? 0 : count > t - EMITS ? t - EMITS : count));""",
    induction=2,
)
