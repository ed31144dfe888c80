# %% [markdown]
# # T11. How many levels does a layer need?
#
# - needs: T10 (levels become spikes), pencil and paper, 30 minutes; Python with refsnn, matplotlib
# - teaches: PASCAL's Adaptive Layerwise metric, effective steps, and how to doubt a figure
# - equations: pascal.16, pascal.17, pascal.18, pascal.19, pascal.20, pascal.21, pascal.22
# - vectors: none
# - figure: t11_how_many_levels.png
#
# A level costs: L levels take L steps and up to L spikes. PASCAL (Ramesh and Srinivasan, TMLR 2025)
# trains with one L, measures every layer, gives each its own L, and trains on. The metric below is
# the released code's. *How it becomes an L is in nothing we could read*: that rule is our own.

# %%
import numpy as np

from refsnn.activations import QCFS
from refsnn.analysis import (
    RELEASED_RHO,
    LevelPolicy,
    effective_steps,
    effective_steps_of,
    layerwise,
)
from refsnn.ann import accuracy
from refsnn.datasets import digits
from refsnn.jobs.two_stage import AdaptivePlan, measure, with_levels
from refsnn.lessons import figure_path
from refsnn.models import mlp
from refsnn.plots import BLUE, GREY, ORANGE, RED, caption, figure, save
from refsnn.train import Training, train

# %% [markdown]
# ## 1. Question
#
# Can a histogram of a layer's outputs tell how many levels the layer needs?
#
# ## 2. By hand
#
# Two layers, ten outputs each. P: 0 0 0 0 0 0 1 2 3 4. Q: 0 0 0 0 1 1 1 1 2 2.
# Cut the range from the smallest to the largest output into K = 5 equal bins and count: h.
# Then d = h - 2, since 2 is the mean of five counts with sum 10. Fill in the holes.
#
# |  bin  | h of P |  d  | d^2 | d^3 | d^4 | h of Q |  d  | d^2 | d^3 | d^4 |
# |:-----:|:------:|:---:|:---:|:---:|:---:|:------:|:---:|:---:|:---:|:---:|
# |   1   |   6    |  4  | 16  | 64  | 256 |   4    |  2  |     |     |     |
# |   2   |   1    | -1  |     |     |     |   0    | -2  |     |     |     |
# |   3   |   1    |     |     |     |     |   4    |     |     |     |     |
# |   4   |   1    |     |     |     |     |   0    |     |     |     |     |
# |   5   |   1    |     |     |     |     |   2    |  0  |  0  |  0  |  0  |
# |  sum  |   10   |  0  |     |     |     |   10   |  0  |     |     |     |
#
# The metric is made of these sums. V is the number of bins with h >= 2, their fair share:
#
#     sigma^2 = sum d^2 / 5      g = (sum d^3 / 5) / sigma^3      k = (sum d^4 / 5) / sigma^4 - 3
#     A = 1 - (V - 1) / 4        B = (g^2 + 1) (k + 12.5)         metric = A B
#
# P comes out without a pocket calculator. Which layer has the larger metric? Which of them, would
# you say, could do with fewer levels? Write here the sums of d^2, d^3, d^4:

# %%
my_p = [None, None, None]
my_q = [None, None, None]

# %% [markdown]
# ## 3. Twelve lines
#
# Do not read on before your table is full.


# %%
def metric(h):
    """The Adaptive Layerwise metric of K bin counts, in the order of the released code."""
    K, N = len(h), sum(h)
    d = [count - N / K for count in h]
    var = sum(x**2 for x in d) / K
    V = sum(K * count >= N for count in h)
    A = 1 - (V - 1) / (K - 1)  # eq: pascal.16
    k = sum(x**4 for x in d) / K / var**2 - 3  # eq: pascal.17
    g = sum(x**3 for x in d) / K / var**1.5  # eq: pascal.18
    B = (g**2 + 1) * (k + 3 * K**2 / ((K - 2) * (K - 3)))  # eq: pascal.19
    return A * B  # eq: pascal.20


# %%
P, Q = (6, 1, 1, 1, 1), (4, 0, 4, 0, 2)
for name, h, mine in (("P", P, my_p), ("Q", Q, my_q)):
    true = [sum((count - 2) ** n for count in h) for n in (2, 3, 4)]
    wrong = [n for n, a, b in zip((2, 3, 4), mine, true, strict=True) if a not in (None, b)]
    print(f"{name}: {mine.count(None)} holes left, wrong sums of powers {wrong}")
assert metric(P) == 41.4375
assert abs(metric(Q) - 5.375) < 1e-12  # its sigma is a rounded root

# %% [markdown]
# P: A = 1, g = 1.5, k = 1/4, so 3.25 * 12.75 = 41.4375. Q: A = 1/2, g = 0, k = -1.75: 5.375.
# In P one bin holds most. Hence the reading: *large metric, few levels needed*.
#
# ## 4. The law
#
# What a formula is worth shows in what it does not see. Three facts (derived):
#
# - Only the five counts enter, not where the bins lie: shuffle the bins, and nothing changes.
# - 41.4375 is the largest value. It is reached by *every* h of four equal counts and a larger one.
# - Five equal counts: sigma = 0, and the metric is 0/0.
#
# They are tested in `tests/analysis/test_layerwise.py`. The price is a mean over layers:
#
#     T_eff = mean of r T,  r = (1 + (5 T - 2) rho) / (1 + T rho)       eq: pascal.21, pascal.22
#
# rho: energy of one neuron step over that of the layer's synapses; r: energy of PASCAL's neuron
# over that of IF. It is no latency: layers take turns, time to the answer is a *sum* (T10).

# %%
assert metric(Q) == metric((4, 4, 2, 0, 0))
assert metric((25, 0, 0, 0, 0)) == 41.4375

# %% [markdown]
# ## 5. The library
#
# `layerwise` starts from the outputs. `effective_steps` is T_eff.

# %%
for h, values in ((P, [0, 0, 0, 0, 0, 0, 1, 2, 3, 4]), (Q, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2])):
    found = layerwise(np.array(values))
    assert tuple(found.histogram) == h
    assert abs(found.metric - metric(h)) < 1e-12  # rounded in another order

RESNET18 = (4, 4, 4, 1, 4, 4, 4, 1, 4, 1, 1, 1, 1, 1, 1, 1, 4)  # L of the released example
rho = RELEASED_RHO["resnet18-cifar"]
assert (len(RESNET18), len(rho)) == (17, 10)
assert round(effective_steps(RESNET18, rho, as_released=True), 4) == 3.1362
assert round(sum(RESNET18) / 17, 3) == 2.412

# %% [markdown]
# > **What the authors' code does.** B resembles Sarle's coefficient of bimodality, but multiplies
# > where that divides (whether the paper divides could not be read). Kurtosis and skewness are
# > those of the five *counts*, not of the outputs. The script for T_eff pairs the 17 levels of
# > ResNet-18 with 10 coefficients through `zip`, which drops the last seven in silence: 3.14, the
# > figure quoted for this network, is of its first ten layers. (Here the slip makes the method look
# > *worse*.) `effective_steps` refuses unequal lists unless told `as_released=True`.
#
# ## 6. The figure
#
# Five layers of 32 neurons, batch norm, on the digits. Train with L = 4, measure, give the three
# inner layers 1, 2 and 4 levels, the larger the metric the fewer (`LevelPolicy`: ours), train on.
# Beside it the opposite order, and L = 2 throughout; four seeds. By how much will our order win?

# %%
CAPTION = """\
Left: levels that the metric chose, one bar a seed. Right: accuracy after the second stage; small
marks are seeds, large ones their means. If the metric, read our way, told which layers need few
levels, the bars of a layer would be alike, and "by metric" would lie above "opposite"."""

data = digits()
x, y = data.train.prepared(dtype="float32"), data.train.y
test = data.test.prepared(dtype="float64"), data.test.y


def climb(seed):
    """What the metric chose; (accuracy, T_eff) of every plan."""
    graph = mlp((1, 8, 8), 10, QCFS(levels=4, lambda_init=4.0), seed, width=32, depth=5, norm=True)
    graph = train(graph, x, y, Training(epochs=12, rate=0.05, batch=128, seed=seed)).graph
    seen = {name: found.metric for name, found in measure(graph, x[:512], AdaptivePlan()).items()}
    policy = LevelPolicy(choices=(1, 2, 4))
    plans = {
        "L = 4": dict.fromkeys(seen, 4),
        "by metric": policy.choose(seen, uniform=4),
        "opposite": policy.choose({name: -value for name, value in seen.items()}, uniform=4),
        "L = 2": dict.fromkeys(seen, 2),
    }
    points = {}
    for name, levels in plans.items():
        later = Training(epochs=6, rate=0.05, batch=128, seed=seed + 1)
        final = train(with_levels(graph, levels), x, y, later).graph.astype(np.float64)
        points[name] = accuracy(final, *test), effective_steps_of(final, levels).value
    return list(plans["by metric"].values()), points


chosen, points = zip(*(climb(seed) for seed in range(4)), strict=True)
canvas, ((left, right),) = figure(1, 2, (9.6, 4.6))
for seed, levels in enumerate(chosen):
    left.bar(np.arange(1, 6) + 0.2 * (seed - 1.5), levels, 0.17, color=BLUE, alpha=1 - 0.2 * seed)
left.set(xlabel="layer (first and last keep L = 4)", ylabel="chosen levels L", yticks=[1, 2, 4])
mean = {}
looks = {"L = 4": GREY, "by metric": BLUE, "opposite": ORANGE, "L = 2": RED}
for (name, colour), form in zip(looks.items(), "osD^", strict=True):
    kept, steps = np.array([p[name] for p in points]).T
    mean[name] = kept.mean()
    right.plot(steps, 100 * kept, form, color=colour, ms=5, alpha=0.5)
    right.plot(steps[0], 100 * mean[name], form, color=colour, ms=11, label=name)
    print(f"{name:10} T_eff {steps[0]:.2f}, accuracy {100 * mean[name]:.1f} %")
right.set(xlabel="T_eff (steps)", ylabel="test accuracy (%)")
right.legend(loc="lower right")
caption(canvas, CAPTION)
save(canvas, figure_path("t11_how_many_levels.png"))
assert len({tuple(levels) for levels in chosen}) > 1  # the seed decides who gets one level
assert mean["by metric"] < min(mean["L = 4"], mean["opposite"]) + 0.02  # no gain worth the name

# %% [markdown]
# No measurable gain, and the list depends on the seed. That is this small network and *our* rule;
# of the paper's networks it says nothing. A figure of merit is not understood before it is tested.
#
# ## 7. Break it
#
# Before you run this: which of the three histograms has the largest metric?

# %%
breaks = [metric(h) for h in ((12, 3, 2, 2, 1), (11, 4, 2, 2, 1), (4, 4, 4, 4, 9))]
assert [round(value, 1) for value in breaks] == [37.7, 23.8, 41.4]

# %% [markdown]
# - One output moved from bin 1 to bin 2, and a third of the metric is gone: the second bin reached
#   its fair share N/K, so A fell from 1 to 3/4. Such cliffs are why the seed decides above.
# - Four equal bins and one a little fuller give the largest metric there is, although nothing is
#   concentrated; one step further, at (4, 4, 4, 4, 4), it is 0/0.
#
# ## 8. Exercises
#
# 1. (a number) Of all ways to put 22 outputs into five bins (in order, h1 ... h5), how many have
#    the largest metric, 41.4375?
# 2. (code) Write the metric from the *outputs*: five equal bins over their range, the last one
#    closed on the right, then the formulas. Plain Python is enough.
# 3. (find the bug) A function for T_eff passed its author's tests. Mend it, so that it cannot
#    flatter or slander anyone. Then say which of four networks it had got wrong.
#
# ```
# refsnn learn T11 --answer 1 NUMBER
# refsnn learn T11                      exercises 2 and 3, in t11_exercises.py
# ```
#
# ## 9. Left out
#
# Where 5 T - 2 and rho come from. Both stages on a network of your own: `refsnn train --adaptive`.
#
# Further reading: Ramesh and Srinivasan, TMLR 2025, arXiv:2505.01730; `docs/equations.md`, section
# PASCAL, with the same experiment on a convolutional network; C. van der Eijk, *Measuring agreement
# in ordered rating scales*, Quality & Quantity 2001 (A resembles his).
