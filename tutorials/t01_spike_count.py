# %% [markdown]
# # T01. A spike count is a number
#
# - needs: T00, a pencil, 25 minutes; Python with refsnn and matplotlib
# - teaches: what a count stands for; the staircase; clipping; how good a number T steps can give
# - equations: qcfs.9, qcfs.11
# - vectors: none
# - figure: t01_spike_count.png

# %%
import numpy as np

from refsnn.analysis import staircase
from refsnn.codings import constant
from refsnn.lessons import figure_path
from refsnn.neurons import IF, respond
from refsnn.plots import BLUE, ORANGE, caption, figure, save, staircases

# %% [markdown]
# ## 1. Question
#
# A neuron has sent N spikes in T steps: which number has it told the neuron behind it?
#
# ## 2. By hand
#
# The neuron of T00 again: u = v + x, fire if u >= theta, pay theta. A spike that arrives is worth
# theta, so in T steps N spikes carry theta N. They stand for the mean, r = theta N / T.
#
# Let theta = 6, start at v = 3 = theta / 2, and let the input x be the same in all T = 8 steps.
# You need not walk 8 steps for each row. T00 found that the count is a quotient: divide what
# came in, 8 x + 3, by theta, and drop the remainder. But a neuron that fires at most once a step
# cannot send more than 8, nor fewer than 0. Fill in the holes.
#
# |  x  | 8 x + 3 |  N  | 6 N | 6 N - 8 x |
# |:---:|:-------:|:---:|:---:|:---------:|
# |  0  |    3    |  0  |  0  |     0     |
# |  1  |         |     |     |           |
# |  2  |   19    |  3  | 18  |     2     |
# |  3  |         |     |     |           |
# |  4  |         |     |     |           |
# |  5  |         |     |     |           |
# |  6  |   51    |  8  | 48  |     0     |
# |  9  |         |     |     |           |
#
# Check the row x = 2 step by step on squared paper: at which three steps does it fire?
# The last column is the error, in units of 1/8. Which row has another kind of error than the
# rest? How large can the error of the others be, if x need not be a whole number? Put your
# columns here:

# %%
my_N = [0, None, 3, None, None, None, 8, None]
my_error = [0, None, 2, None, None, None, 0, None]

# %% [markdown]
# ## 3. Twelve lines
#
# Encode a number as spikes; decode it. Fill your table before you read on.


# %%
def encode(x, theta, steps, v):
    """The spikes of an integrate-and-fire neuron with the same input in every step."""
    train = []
    for _ in range(steps):
        u = v + x
        train.append(int(u >= theta))
        v = u - theta * train[-1]
    return train


def decode(train, theta):
    """The mean that was sent."""
    return theta * sum(train) / len(train)


# %%
drives = [0, 1, 2, 3, 4, 5, 6, 9]
N = [sum(encode(x, 6, 8, 3)) for x in drives]
error = [6 * n - 8 * x for n, x in zip(N, drives, strict=True)]
assert [t for t, s in enumerate(encode(2, 6, 8, 3), 1) if s] == [2, 5, 8]
for name, mine, true in (("N", my_N, N), ("error", my_error, error)):
    wrong = [x for x, a, b in zip(drives, mine, true, strict=True) if a not in (None, b)]
    print(f"{name}: {mine.count(None)} holes left, wrong in rows x = {wrong}")

# %% [markdown]
# Row x = 9 is off by 24 / 8 = 3: it asks for 9, and theta = 6 is the most a spike a step can say.
# That error is **clipping**, and no number of steps mends it. The others are **rounding**.
#
# ## 4. The law
#
# For an input that is the same in every step, and a start 0 <= v(0) < theta:
#
#     N(T) = clip(floor((T x + v(0)) / theta), 0, T)                         eq: qcfs.9
#
# Proof. If 0 <= x <= theta, T00 has done it: v(T) stays in 0 ... theta, so the count is the
# quotient. If x > theta then u = v + x > theta in the first step, the neuron fires, and v has
# grown: so it goes on, N = T, and the quotient is at least T. If x < 0 then u < theta in the first
# step, v falls, N = 0, and the quotient is not above 0. In both cases the clip says what happens.
#
# With v(0) = theta / 2 the floor becomes "round to the nearest, ties up":
#
#     N(T) = clip(floor(T x / theta + 1/2), 0, T)                            eq: qcfs.11
#
# So theta N / T is x cut off below 0 and above theta, then rounded to the nearest of T + 1 numbers,
# theta / T apart. Its error is at most theta / (2 T), and that is reached at every tie.
# In short: **a rate code is a ruler with T marks, and a clip.** The clipped ReLU is what the ruler
# measures; that is why an ANN made of clipped ReLUs can become a spiking network at all.
#
# `refsnn prove if-constant` has a solver prove it for all whole numbers;
# `tests/convert/test_qcfs_theorem.py` states it for the converted network.


# %%
def count(x, theta, steps, start):
    """The law."""
    return np.clip((steps * x + start) // theta, 0, steps)  # eq: qcfs.9


x = np.arange(-10, 21)
for theta in (2, 6, 10):
    for steps in range(1, 13):
        law = count(x, theta, steps, theta // 2)
        assert law.tolist() == [sum(encode(each, theta, steps, theta // 2)) for each in x.tolist()]
        nearest = np.floor(steps * x / theta + 1 / 2)  # eq: qcfs.11
        assert np.array_equal(law, np.clip(nearest, 0, steps))
        assert np.all(2 * np.abs(theta * law - steps * np.clip(x, 0, theta)) <= theta)

# %% [markdown]
# ## 5. The library
#
# `respond` runs the neuron, `constant` repeats an input without a copy, `decode` counts, and
# `amplitude` says what a spike of each step is worth. `staircase` is the law.

# %%
neuron = IF(theta=6)
spikes = respond(neuron, constant(x, 8)).spikes
assert np.array_equal(neuron.decode(spikes), count(x, 6, 8, 3))
sent = (spikes * neuron.amplitude(8, ndim=0, dtype=np.float64)).mean(axis=0)
stairs, top = staircase(neuron, 8, x.astype(np.float64), mean=True)
assert np.array_equal(sent, stairs)
assert top == 6
assert [decode(encode(each, 6, 8, 3), 6) for each in drives] == sent[np.add(drives, 10)].tolist()

# %% [markdown]
# > **What the authors' code does.** QCFS (Bu et al., ICLR 2022) trains with this staircase in
# > place of the ReLU, at one number of levels L, and runs the network at any T. Its activation is
# > theta / L times qcfs.11 with L for T. That the two agree at T = L for a constant drive is
# > derived here; that they do not in a deeper layer, where the drive varies, is the matter of T02.
#
# ## 6. The figure
#
# Before you look: draw the staircase for T = 4 from memory. Where does its first step stand, at
# x = theta / T or before? How wide are the first and the last step, compared with the others?

# %%
CAPTION = """\
Above: the number a neuron with theta = 6 has sent after T steps, against its constant input.
Below: that number less the clipped ReLU; dotted, the limits theta / (2 T) of the law. One point
outside its limits would show the law false. So would a step that does not stand half-way between
two marks of the ruler: the first is at theta / (2 T), not at theta / T."""

fine = np.arange(-2 * 64, 9 * 64 + 1) / 64
relu = np.clip(fine, 0, 6)
canvas, axes = figure(2, 1, (7, 7), sharex=True, height_ratios=[1.6, 1])
above, below = axes[:, 0]
sent = {T: staircase(neuron, T, fine, mean=True)[0] for T in (4, 8)}
staircases(above, fine, {f"T = {T}": said for T, said in sent.items()}, theta=6)
for (steps, said), color, line in zip(sent.items(), (BLUE, ORANGE), ("--", "-"), strict=True):
    below.step(fine, said - relu, line, where="post", color=color, linewidth=1.4)
    for limit in (-1, 1):
        below.axhline(limit * 3 / steps, color=color, linewidth=0.8, linestyle=":")
    assert np.abs(said - relu).max() == 3 / steps
above.set(xlabel="", xlim=(-2, 9), ylim=(-0.5, 7))
below.set(xlabel="input x of every step (charge)", ylabel="error (charge)")
caption(canvas, CAPTION)
save(canvas, figure_path("t01_spike_count.png"))

# %% [markdown]
# ## 7. Break it
#
# Change one convention at a time. First say for each line: what does the neuron send for x = 4 and
# for x = 5, and what is the worst error over 0 <= x <= 6, as a part of 6 / 8?

# %%
inside = fine[(fine >= 0) & (fine <= 6)]
variants = {"as above": neuron, "start at 0": IF(theta=6, v_init=0),
            "hard reset": IF(theta=6, reset="zero")}  # fmt: skip
seen = {}
for name, variant in variants.items():
    sums = variant.decode(respond(variant, constant(inside, 8)).spikes)
    four, five = (int(sums[inside == value][0]) for value in (4, 5))
    seen[name] = four, five, float(np.abs(6 * sums / 8 - inside).max() / (6 / 8))
    print(f"{name:10}  N(4), N(5), worst error: {seen[name]}")
assert seen["as above"] == (5, 7, 0.5)
assert seen["start at 0"][:2] == (5, 6)
assert 0.9 < seen["start at 0"][2] < 1
assert seen["hard reset"][:2] == (4, 4)
assert seen["hard reset"][2] > 3

# %% [markdown]
# - A start at 0 only rounds down: its worst error comes as near to a whole mark as you like.
# - A hard reset throws away what u had above theta. From x = theta / 2 up to theta it needs two
#   steps for a spike whatever x is: it sends 3 for 4, and 3 for 5. More steps do not mend that.
#
# And a price: of 2^8 different trains, decoding tells only 9 numbers apart. The order of the spikes
# is thrown away. T05 looks at codes that use it.
#
# ## 8. Exercises
#
# 1. (a number) theta = 6, start at theta / 2. Which is the smallest T for which the error is
#    **below** 1/100 for every real x from 0 to theta?
# 2. (code) Write `decode` so that it says, after each step t, what has been sent so far. A step may
#    carry more than one spike, or a negative one.
# 3. (find the bug) Somebody writes the train down from the law, without a membrane. All its counts
#    are right. Mend it, and say which drives x = -3 ... 12 convict it.
#
# ```
# refsnn learn T01 --answer 1 NUMBER
# refsnn learn T01                      exercises 2 and 3, in t01_exercises.py
# ```
#
# ## 9. Left out
#
# - Inputs that change from step to step: the quotient can then be wrong, either way. T02.
# - Why to start at theta / 2, and whether the errors cancel on the mean. T03.
# - Random (Poisson) spikes: their error falls like 1 / sqrt(T) only.
#
# Further reading: Cao, Chen, Khosla, *Spiking deep convolutional neural networks for
# energy-efficient object recognition*, IJCV 2015 (rates for ReLUs); Bu et al., ICLR 2022 (QCFS).
