# %% [markdown]
# # T00. One neuron on squared paper
#
# - needs: pencil and squared paper, 25 minutes; Python with refsnn and matplotlib
# - teaches: integrate, fire, reset; what a spike costs; the law of conservation of charge
# - equations: qcfs.4, qcfs.5, qcfs.6, qcfs.7
# - vectors: none
# - figure: t00_one_neuron.png
#
# A tag such as `qcfs.7` is this project's own number for an equation that belongs to a paper,
# here QCFS (Bu et al., ICLR 2022).

# %%
import numpy as np

from fixedpoint.neurons import IntIF, run_neuron
from refsnn.lessons import figure_path
from refsnn.neurons import IF, respond
from refsnn.plots import BLUE, GREY, ORANGE, RED, caption, figure, save, squared_paper

# %% [markdown]
# ## 1. Question
#
# When a neuron has fired N times, where has everything gone that was put into it?
#
# ## 2. By hand
#
# An integrate-and-fire neuron holds one number, its membrane v. It does three things per step:
#
#     integrate   u = v + x                     x is the input of this step
#     fire        s = 1 if u >= theta, else 0   theta is the threshold
#     reset       v = u - theta * s             a "soft" reset: one spike costs theta
#
# Let theta = 8, v = 4 at the start, and x = 5 in every step. N counts the spikes so far.
# Fill in the holes, with a pencil. Row 6 is there so that you can check yourself on the way.
#
# |  t  |  x  |  u  |  s  |  v  |  N  | 8 N + v |
# |:---:|:---:|:---:|:---:|:---:|:---:|:-------:|
# |  1  |  5  |  9  |  1  |  1  |  1  |    9    |
# |  2  |  5  |  6  |  0  |  6  |  1  |   14    |
# |  3  |  5  |     |     |     |     |         |
# |  4  |  5  |     |     |     |     |         |
# |  5  |  5  |     |     |     |     |         |
# |  6  |  5  | 10  |  1  |  2  |  4  |   34    |
# |  7  |  5  |     |     |     |     |         |
# |  8  |  5  |     |     |     |     |         |
#
# Now draw v against t: one square a unit, up by x, down by 8 where it fires.
# Look down the last column. What would it hold in row 100? Write down your guess; section 4
# proves it. Then put your v and your last column here:

# %%
my_v = [1, 6, None, None, None, 2, None, None]
my_last = [9, 14, None, None, None, 34, None, None]

# %% [markdown]
# ## 3. Twelve lines
#
# The same in Python. Do not read the numbers below before your table is full.


# %%
def neuron(currents, theta, v):
    """Integrate, fire, reset: (u, s, v) of every step."""
    steps = []
    for x in currents:
        u = v + x  # eq: qcfs.4
        s = int(u >= theta)  # eq: qcfs.5
        v = u - theta * s  # eq: qcfs.6
        steps.append((u, s, v))
    return steps


u, s, v = np.array(neuron([5] * 8, theta=8, v=4)).T

# %%
N = np.cumsum(s)
assert N[-1] == 5
for name, mine, true in (("v", my_v, v), ("8 N + v", my_last, 8 * N + v)):
    wrong = [t for t in range(1, 9) if mine[t - 1] not in (None, true[t - 1])]
    print(f"{name}: {mine.count(None)} holes left, wrong in rows {wrong}")

# %% [markdown]
# Did row 4 stop you? There u is exactly 8. The rule says `>=`, so it fires. Section 7 says `>`.
#
# ## 4. The law
#
# The last column grows by 5 a step: by x. Row 100 holds 4 + 5 * 100 = 504. Here is why.
# In one step the membrane gains x and pays theta for a spike, and that is all:
#
#     v(t) - v(t-1) = x(t) - theta s(t)
#
# Add this up over t = 1 ... T. On the left everything cancels but the two ends:
#
#     theta N(T) = x(1) + ... + x(T) + v(0) - v(T)                  eq: qcfs.7
#
# In words: what the spikes carried away is what came in, plus what was there, less what is left.
# The proof asks for one thing: nothing but inputs and spikes moves the membrane, and each spike
# takes exactly theta. It does not ask for positive inputs, nor for a good start, nor for a
# sensible moment to fire. In integers it holds without any rounding. In floating point it is
# exact only where no sum is rounded.
#
# The library states it for every neuron that claims it: `conservation` in
# `tests/laws/catalogue.py`, run on random neurons by `tests/laws/test_neuron_laws.py`.


# %%
def residue(x, s, v, theta, v0):
    """What the law says is zero, after each step."""
    return theta * np.cumsum(s) + v - np.cumsum(x) - v0  # eq: qcfs.7


for seed in range(200):
    rng = np.random.default_rng(seed)
    theta, v0 = int(rng.integers(1, 20)), int(rng.integers(-20, 20))
    currents = rng.integers(-30, 30, size=50)
    _, spikes, left = np.array(neuron(currents, theta, v0)).T
    assert not residue(currents, spikes, left, theta, v0).any()

# %% [markdown]
# The law alone does not give N, since v(T) is not known. But suppose 0 <= v(T) < theta. Then it
# is a division with remainder: **the count is the quotient, the membrane is the remainder.**
# If 0 <= x <= theta in every step and the start is in that range, it is always so: u stays
# below 2 theta, a spike comes once it reaches theta, and v is back in the range.

# %%
_, spikes, left = np.array(neuron([5] * 100, theta=8, v=4)).T
assert 8 * spikes.sum() + left[-1] == 504
assert all(divmod(5 * t + 4, 8) == (N[t - 1], v[t - 1]) for t in range(1, 9))

# %% [markdown]
# ## 5. The library
#
# `IF` is this neuron. It starts at theta / 2 unless told otherwise, which is our 4. `respond`
# runs it over a train of inputs, time first; a probe sees every step. Integers stay integers.
# `fixedpoint` has the neuron a second time, written apart from the first, for hardware.

# %%
x = np.full(8, 5)


def run(neuron):
    """The columns u, s, v of a library neuron on the inputs of the table."""
    steps = []
    respond(neuron, x[:, None], probe=lambda phase, current, step: steps.append(step))
    return np.array([(step.u, step.spikes, step.state.v) for step in steps])[:, :, 0].T


soft = run(IF(theta=8))
assert soft.dtype == np.int64
assert np.array_equal(soft, (u, s, v))
hardware = run_neuron(IntIF(theta=8, v_init=4), x[:, None], trace=True).trace
assert np.array_equal(soft, (hardware.u[:, 0], hardware.spike[:, 0], hardware.v[:, 0]))

# %% [markdown]
# The same from a shell: `refsnn neuron if --theta 8 --input 5,5,5,5,5,5,5,5`
#
# > **What the authors' code does.** The released QCFS neuron divides its input by theta and
# > compares with 1. It fires at equality and subtracts 1. It starts at 1/2 by way of one extra
# > step with the input 0.5, which cannot fire. We simply start at theta / 2.
#
# ## 6. The figure
#
# Compare the upper half with your drawing. The lower half is `residue`. Before you look: where
# would that line go for a neuron that, when it fires, forgets all it holds (a hard reset)?

# %%
CAPTION = """\
Above: up by x = 5 in every step, down by theta = 8 at a spike (drawn later). Orange: u where it
fires. Below: theta N + v, less all that was put in. If the blue line left zero at any step, the law
would be false. A hard reset leaves it at its first spike: what u had above theta is thrown away."""

hard = run(IF(theta=8, reset="zero"))
canvas, axes = figure(2, 1, (7, 7.2), sharex=True, height_ratios=[2.4, 1])
top, bottom = axes[:, 0]
t = np.arange(1, 9)
when, level = (np.column_stack(pair).ravel() for pair in ((t, t + 0.4), (u, v)))
top.step([0, *when, 9], [4, *level, v[-1]], where="post", color=BLUE, linewidth=1.8)
top.axhline(8, color=GREY, linestyle="--")
top.text(0.1, 8.15, "theta", color=GREY)
for k, before, after in zip(t, u, v, strict=True):
    top.text(k + 0.7, after + 0.2, after, color=BLUE, ha="center")
    if before > after:
        top.hlines(before, k, k + 0.4, color=ORANGE, linewidth=3.5)
        top.text(k + 0.2, before + 0.3, before, color=ORANGE, ha="center")
for (_, s_, v_), name, color, style in ((hard, "hard", RED, "--"), (soft, "soft", BLUE, "-")):
    off = residue(x, s_, v_, 8, 4)
    bottom.step(range(10), [0, *off, off[-1]], style, where="post", color=color, lw=2.2, label=name)
top.set(ylabel="membrane (charge)", ylim=(-0.2, 14), xlim=(0, 9), xticks=t)
bottom.set(ylabel="residue (charge)", ylim=(-8, 2), xlabel="step t")
bottom.legend(title="reset", loc="lower left")
squared_paper(top, 0.5, 1)
squared_paper(bottom, 0.5, 2)
caption(canvas, CAPTION)
save(canvas, figure_path("t00_one_neuron.png"))

# %% [markdown]
# ## 7. Break it
#
# Change one convention at a time. Before you run this, say for each line of `variants` what N
# and v become after 8 steps, and whether the residue stays zero. Redo the table if in doubt.

# %%
variants = {
    "as above": IF(theta=8),
    "hard reset": IF(theta=8, reset="zero"),
    "> for >=": IF(theta=8, compare="gt"),
    "start at 0": IF(theta=8, v_init=0),
}
seen = []
for name, variant in variants.items():
    _, s_, v_ = run(variant)
    off = residue(x, s_, v_, 8, int(8 * variant.v_init))
    seen.append((s_[:4].sum(), s_.sum(), v_[-1], off[-1]))
    print(f"{name:10}  N(4), N(8), v(8), residue:", *seen[-1])
assert seen == [(3, 5, 4, 0), (2, 4, 5, -7), (2, 5, 4, 0), (2, 5, 0, 0)]

# %% [markdown]
# - The hard reset loses a spike. Its residue, -7, is what it threw away: 1 + 2 + 2 + 2.
# - `>` moves the spike of step 4 to step 5. The law does not notice, nor do N(8) and v(8): one
#   must compare step by step. **A right sum proves no single spike right.**
# - A start at 0 rounds down: 20 / 8 = 2.5 gives 2 spikes in 4 steps. A start at theta / 2 rounds
#   to the nearest, and `>=` takes the tie upwards: 3. That half is the shift of QCFS.
#
# ## 8. Exercises
#
# 1. (a number) Of a neuron with theta = 24 that started at 12 you know: it has fired 37 times,
#    and its membrane stands at -5. Its inputs, of both signs, are lost. What was their sum?
# 2. (code) Write the neuron without a membrane. Two counters are enough: the law says how.
# 3. (find the bug) A neuron passed its author's test, 1000 steps long. One of its lines is wrong.
#    Mend it. Then say which of the drives x = 0 ... 8 convict it. What have the others in common?
#
# ```
# refsnn learn T00 --answer 1 NUMBER    is this the number of exercise 1?
# refsnn learn T00                      first: writes t00_exercises.py, for exercises 2 and 3;
#                                       then: tries what you wrote, and shows where it fails
# ```
#
# ## 9. Left out
#
# - What the count is for: with constant x, theta N(T) / T is a staircase along a clipped ReLU.
# - Inputs that change, of both signs. Then v(T) may leave the range, the division of section 4
#   fails although the law holds, and the order of the inputs counts.
# - Leak, refractory time, synaptic filters: conversion of this kind uses none of them.
#
# Further reading: Rueckauer et al., *Conversion of continuous-valued deep networks to efficient
# event-driven networks for image classification*, Frontiers in Neuroscience 2017 (both resets);
# Bu et al., *Optimal ANN-SNN conversion for high-accuracy and ultra-low-latency spiking neural
# networks*, ICLR 2022, arXiv:2303.04347 (QCFS).
