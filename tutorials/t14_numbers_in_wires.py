# %% [markdown]
# # T14. Numbers that fit in wires
#
# - needs: T00; pencil and paper, 25 minutes; Python with refsnn and matplotlib
# - teaches: six ways to round, two to overflow; what each does to a mean; why the order matters
# - equations: integers.1, integers.2, integers.3, integers.4
# - vectors: none (`refsnn vectors write out/ --kind cast` writes them for every pair of modes)
# - figure: t14_numbers_in_wires.png
#
# A number in a circuit is a whole number on a bundle of wires, in two's complement. This lesson
# takes wires away, at the bottom and at the top. `a >> n` divides by 2^n and rounds *down*.

# %%
from fractions import Fraction
from itertools import permutations

import numpy as np

from fixedpoint import Cast, Format, oracle
from refsnn.lessons import figure_path
from refsnn.plots import BLUE, GREY, ORANGE, caption, figure, save

# %% [markdown]
# ## 1. Question
#
# A number has more wires than there is room for: which may go, and what does each way cost?
#
# ## 2. By hand
#
# Four numbers on four wires: -5, -3, 3, 5. One wire must go.
#
# At the bottom: halve them. The results -2.5, -1.5, 1.5, 2.5 are ties, and every mode breaks ties
# in its own way. *floor* goes down, *ceil* up, *to_zero* drops what is behind the point. The last
# three go to the nearest; in a tie *half_up* up, *half_away* away from zero, *half_even* to the
# even neighbour.
#
# At the top: keep three wires, -4 ... 3. *saturate* stops at the ends. *wrap* drops the top wire:
# it goes round in a circle of 8 numbers, so that 4 is -4 again.
#
# Fill in the holes. The column of -5 is there so that you can check yourself.
#
# | | -5 | -3 | 3 | 5 |
# |:----------|:--:|:--:|:--:|:--:|
# | floor     | -3 |    |    |    |
# | ceil      | -2 |    |    |    |
# | to_zero   | -2 |    |    |    |
# | half_up   | -2 |    |    |    |
# | half_away | -3 |    |    |    |
# | half_even | -2 |    |    |    |
# | saturate  | -4 |    |    |    |
# | wrap      |  3 |    |    |    |
#
# Which of the six rows of rounding add up to zero, as the four numbers do? Put your rows here:

# %%
mine = {
    "floor": [-3, None, None, None],
    "ceil": [-2, None, None, None],
    "to_zero": [-2, None, None, None],
    "half_up": [-2, None, None, None],
    "half_away": [-3, None, None, None],
    "half_even": [-2, None, None, None],
    "saturate": [-4, None, None, None],
    "wrap": [3, None, None, None],
}

# %% [markdown]
# ## 3. Twelve lines
#
# The shift gives the floor f for nothing. All a mode decides is whether to add 1, and it needs
# no more than the bits that were dropped, the sign, and the last bit of f.


# %%
def drop(a, n, mode):
    """Take n wires away at the bottom."""
    f, r, half = a >> n, a & ((1 << n) - 1), 1 << n >> 1
    above, tie = r > half, r == half
    inc = {
        "floor": False, "ceil": r > 0, "to_zero": r > 0 and a < 0, "half_up": above or tie,
        "half_away": above or (tie and a >= 0), "half_even": above or (tie and f & 1 == 1),
    }  # fmt: skip
    return f + int(inc[mode])  # eq: integers.1


# %%
def keep(a, width, mode):
    """Take wires away at the top: ``width`` stay."""
    low, high = -(1 << (width - 1)), (1 << (width - 1)) - 1
    if mode == "wrap":
        return low + ((a - low) & ((1 << width) - 1))  # eq: integers.2
    return min(max(a, low), high)  # eq: integers.3


ROUNDINGS = ("floor", "ceil", "to_zero", "half_up", "half_away", "half_even")
FOUR = (-5, -3, 3, 5)
table = {mode: [drop(a, 1, mode) for a in FOUR] for mode in ROUNDINGS}
table |= {mode: [keep(a, 3, mode) for a in FOUR] for mode in ("saturate", "wrap")}
for mode, row in mine.items():
    wrong = [a for a, given, true in zip(FOUR, row, table[mode], strict=True)
             if given not in (None, true)]  # fmt: skip
    print(f"{mode}: {row.count(None)} holes left, wrong under {wrong}")
sums = {mode: sum(table[mode]) for mode in ROUNDINGS}
assert sums == {"floor": -2, "ceil": 2, "to_zero": 0, "half_up": 2, "half_away": 0, "half_even": 0}

# %% [markdown]
# ## 4. The law
#
# Drop n bits, r of them set as a number: r / 2^n of a step is lost by the floor, and every r from
# 0 to 2^n - 1 comes as often as any other. On the mean, in steps of the result:
#
#     floor       -(1 - 2^-n) / 2
#     half_up     2^-(n+1)               only the tie is left over         eq: integers.4
#     half_even   0                      the tie goes up as often as down
#
# `test_mean_error_of_a_rounding` in `tests/fixedpoint/test_casts.py` states it. to_zero and
# half_away have mean 0 too, but look again: of positive numbers alone, they do not.


# %%
def mean_error(mode, n, codes):
    """Mean of result minus true quotient, as a fraction of a step."""
    lost = sum((drop(int(a), n, mode) << n) - int(a) for a in codes)
    return Fraction(lost, len(codes) << n)


EVERY = np.arange(-128, 128)
for n in (1, 2, 3):
    one = Fraction(1, 2**n)
    assert mean_error("floor", n, EVERY) == -(1 - one) / 2
    assert mean_error("half_up", n, EVERY) == one / 2
    assert mean_error("half_even", n, EVERY) == 0
assert mean_error("half_away", 2, EVERY[128:]) == Fraction(1, 8)

# %% [markdown]
# ## 5. The library
#
# A `Format` is a set of values: `s6.2` is signed, 6 bits in all, 2 behind the point. A `Cast` is
# the way in: **round first, then overflow.** Its 13 roundings and 6 overflows are written twice:
# in shifts (`fixedpoint/arith.py`) and in fractions, as one would define them
# (`fixedpoint/oracle.py`). The two share no line, and agree on every code up to 8 bits, in every
# pair of modes.

# %%
for rounding in ROUNDINGS:
    for overflow in ("saturate", "wrap"):
        cast = Cast(Format(True, 5), rounding, overflow)
        ours = [keep(drop(int(a), 2, rounding), 5, overflow) for a in EVERY]
        assert cast.cast(EVERY, 2).tolist() == ours
        assert [oracle.cast(int(a), 2, cast) for a in EVERY] == ours
assert Cast(Format(True, 4), "half_up", "wrap").cast([31], 2) == -8  # 7.75: 8, then -8

# %% [markdown]
# > **What others call it.** *Half up* is +2.5 to 3 and -2.5 to -2 for most hardware people, and
# > -2.5 to -3 for QONNX, Java and school. The library takes foreign names with their owner only,
# > `"qonnx:HALF_UP"`, and keeps the meaning: half_away.
#
# ## 6. The figure
#
# Two bits are dropped from every number -128 ... 127. Before you look: which panels are
# symmetric? In which do the blue bars alone have their centre at zero?

# %%
CAPTION = """\
Error of dropping 2 bits, for all 8-bit numbers. Line: mean of all, also in the title; dashed: mean
of the numbers from 0 up. If the line of half_even were off 0, or that of floor off -3/8, the law
would be false. to_zero and half_away hide a bias behind the sign: after a ReLU nothing hides it."""

canvas, axes = figure(2, 3, (8.6, 5.6), sharex=True, sharey=True)
grid = np.arange(-3, 4)
for axis, mode in zip(axes.flat, ROUNDINGS, strict=True):
    errors = np.array([4 * drop(int(a), 2, mode) - a for a in EVERY])
    counts = [[np.sum(errors[part] == e) for e in grid] for part in (EVERY >= 0, EVERY < 0)]
    axis.bar(grid / 4, counts[0], 0.2, color=BLUE, label="numbers from 0 up")
    axis.bar(grid / 4, counts[1], 0.2, counts[0], color=ORANGE, hatch="//", edgecolor="white",
             label="negative numbers")  # fmt: skip
    both, upper = (mean_error(mode, 2, part) for part in (EVERY, EVERY[128:]))
    axis.axvline(float(both), color="black", linewidth=2)
    axis.axvline(float(upper), color="black", linewidth=1.6, linestyle="--")
    axis.set_title(f"{mode}: {both} (from 0 up: {upper})", fontsize=10)
    axis.grid(axis="y", color=GREY, alpha=0.4)
for axis in axes[:, 0]:
    axis.set_ylabel("how many numbers")
for axis in axes[1]:
    axis.set_xlabel("error (steps of the result)")
    axis.set_xticks(grid / 4, ["-3/4", "-1/2", "-1/4", "0", "1/4", "1/2", "3/4"], fontsize=9)
canvas.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
caption(canvas, CAPTION)
save(canvas, figure_path("t14_numbers_in_wires.png"))

# %% [markdown]
# ## 7. Break it
#
# *One small error, every step.* A neuron gets the current 17/16 for 1024 steps, but its wires
# carry eighths. One bit goes: 17 becomes 8.5. Its threshold is 8. How many spikes are lost, or
# too many, of 1024 * 17/16 / 8 = 136? Say it for each mode before you run this.
#
# *Saturation has a memory.* +100, +100, -100 into 8 bits: does the order matter? With wrap?

# %%
drift = {}
for mode in ROUNDINGS:
    charge = sum(drop(17, 1, mode) for _ in range(1024))
    drift[mode] = charge // (8 * 8) - 136
print("spikes too many:", drift)
assert [*drift.values()] == [-8, 8, -8, 8, 8, -8]


def added(terms, mode):
    """The accumulator after each term."""
    held = 0
    for term in terms:
        held = keep(held + term, 8, mode)
    return held


orders = list(permutations((100, 100, -100)))
ends = {mode: {added(terms, mode) for terms in orders} for mode in ("saturate", "wrap")}
assert ends == {"saturate": {27, 100}, "wrap": {100}}

# %% [markdown]
# - half_even is fair over many numbers, not over one number many times: here it is wrong by as
#   much as the floor. No mode is unbiased for a constant. Give the membrane the bits instead.
# - A saturating sum depends on the order of its terms, a wrapping one does not: it passes 127,
#   comes back, and is right if only the last value fits. The sum in between is nonsense, so a
#   neuron must not compare it. A bundle of vectors therefore states the order (T16), and T15
#   computes a width at which neither ever happens.
#
# ## 8. Exercises
#
# 1. (a number) An 8-bit accumulator saturates at every addition. It starts at 0 and adds 100,
#    60, -90, -128, 50, -33, in this order. What does it hold?
# 2. (code) Write half_even with shifts, `&`, `+`, `-` and comparisons only: no `/`, `%`, `round`.
# 3. (find the bug) A cast to `width` bits passed its author's test on 620 numbers. Mend it. Then
#    say which of the codes -128 ... 127 convict it, as you found it.
#
# ```
# refsnn learn T14 --answer 1 NUMBER
# refsnn learn T14                      exercises 2 and 3, in t14_exercises.py
# ```
#
# ## 9. Left out
#
# - The other seven roundings and four overflows: `fixedpoint/modes.py` names them.
# - Stochastic rounding: unbiased even for a constant, if the random words are part of the input.
# - Choosing the point: how many bits go before it and how many behind (T15).
#
# Further reading: IEEE 754-2019, section 4.3; Goldberg, *What every computer scientist should know
# about floating-point arithmetic*, ACM Computing Surveys 1991; `fixedpoint/modes.py`.
