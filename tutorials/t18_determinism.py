# %% [markdown]
# # T18. Determinism laboratory
#
# - needs: T00, T14, T15; pencil and paper, 30 minutes; Python with refsnn and matplotlib
# - teaches: why the order of a sum moves spikes, when it cannot, and what more bits do not cure
# - equations: integers.9, nir.1
# - vectors: none
# - figure: t18_determinism.png
#
# A float keeps a fixed number of *significant* bits, counted from the first 1: 24 in float32, 53
# in float64. What does not fit is rounded, after every addition. So a sum has an order.

# %%
from collections import Counter
from fractions import Fraction
from itertools import combinations_with_replacement as triples

import numpy as np

from refsnn.activations import QCFS
from refsnn.analysis.exactness import exactness
from refsnn.convert import QCFSConversion
from refsnn.datasets import digits
from refsnn.engines import run
from refsnn.graph import INPUT, Node, initialise
from refsnn.io.nir import CONVENTIONS
from refsnn.lessons import figure_path
from refsnn.neurons import respond
from refsnn.ops import Linear
from refsnn.plots import BLUE, GREY, ORANGE, caption, figure, save

# %% [markdown]
# ## 1. Question
#
# Same network, same input, two machines: why do the spikes differ, and when can they not?
#
# ## 2. By hand
#
# A toy float with 4 significant bits. It holds every whole number up to 16, then every second one
# up to 32, every fourth up to 64, every eighth up to 128, and their negatives. In between it goes
# to the nearest; in a tie to the one with the even multiple: 17 lies between 16 = 8 * 2 and
# 18 = 9 * 2, and goes to 16; 19 goes to 20 = 10 * 2. Add in two orders, rounding each time:
#
# |  a |  b  |  c  | a + b | (a + b) + c | b + c | a + (b + c) |
# |:--:|:---:|:---:|:-----:|:-----------:|:-----:|:-----------:|
# | 16 |  1  |  1  |  16   |     16      |   2   |     18      |
# |  7 |  5  |  3  |       |             |       |             |
# | 64 | 40  | 16  |       |             |       |             |
# | 30 | -30 |  1  |       |             |       |             |
# | 30 |  3  | -30 |       |             |       |             |

# %%
my_left = [16, None, None, None, None]  # (a + b) + c
my_right = [18, None, None, None, None]  # a + (b + c)

# %% [markdown]
# ## 3. Twelve lines


# %%
def toy(x):
    """The nearest number with 4 significant bits; ``round`` breaks ties to even."""
    step = 2 ** max(abs(x).bit_length() - 4, 0)
    return round(Fraction(x, step)) * step


def total(terms):
    held = 0
    for term in terms:
        held = toy(held + term)
    return held


# %%
ROWS = [(16, 1, 1), (7, 5, 3), (64, 40, 16), (30, -30, 1), (30, 3, -30)]
left, right = [total((a, b, c)) for a, b, c in ROWS], [total((b, c, a)) for a, b, c in ROWS]
for name, mine, true in (("left", my_left, left), ("right", my_right, right)):
    wrong = [n for n, (a, g) in enumerate(zip(true, mine, strict=True), 1) if g not in (None, a)]
    print(f"{name}: {mine.count(None)} holes left, wrong in rows {wrong}")
assert (left, right) == ([16, 15, 120, 1, 2], [18, 15, 120, 2, 2])

# %% [markdown]
# Row 1: a neuron with theta = 18 fires in one order and not in the other. Row 4: the sum is small,
# the error is as large as the sum. Row 5: both orders agree, and both are wrong (it is 3). So two
# runs that agree prove nothing.
#
# ## 4. The law
#
# **Multiples of 2^-f whose magnitudes add up to less than 2^(p-f) have the same sum in every
# order: the exact one** (p significant bits; eq: integers.9). Every partial sum is a multiple of
# 2^-f below 2^(p-f): it is a float, so nothing is ever rounded. It is the sum of *magnitudes*: row
# 4 has the sum 1. And f is free: row 3 are multiples of 8, f = -3, 120 < 2^(4+3).
# `tests/analysis/test_exactness_proof.py` states it. With f = 0, all triples from -16 to 16:

# %%
unsafe = 0
for a, b, c in triples(range(-16, 17), 3):
    sums = {total((a, b, c)), total((b, c, a)), total((c, a, b))}
    if abs(a) + abs(b) + abs(c) < 2**4:  # eq: integers.9
        assert sums == {a + b + c}
    unsafe += len(sums) > 1
assert unsafe == 1386

# %% [markdown]
# ## 5. The library
#
# A network in whole numbers, as T15 makes them: Theta = 64, two layers of 48 neurons, 8 steps, 100
# digits. In integers nothing is rounded: that is the truth. Then the same in floats, times some
# scale: weights W * scale, theta = 64 * scale. On paper the scale cancels.
#
# `exactness` is the law as a proof, against 24 or 53 bits less three of reserve. It runs nothing.
# E: exact. R: reproducible, with the same versions, machine, settings and shapes.

# %%
N, T, THETA, ORDERS = 48, 8, 64, 8
rng = np.random.default_rng(18)
W = rng.integers(-7, 8, (N, 64)), rng.integers(-20, 24, (N, N))
IMAGES = np.round(16 * digits().test.prepared(dtype="float64").reshape(-1, 64)[:100])


def in_integers(x):
    """Spikes (layer, step, image, neuron)."""
    v, sent = [np.full((len(x), N), THETA // 2) for _ in W], ([], [])
    for _ in range(T):
        s = x.astype(np.int64)
        for layer, w in enumerate(W):
            u = v[layer] + s @ w.T
            s = (u >= THETA).astype(np.int64)
            v[layer] = u - THETA * s
            sent[layer].append(s)
    return np.array(sent)


nodes = [Node("fc1", Linear(N, bias=False), (INPUT,)), Node("act1", QCFS(levels=T), ("fc1",)),
         Node("fc2", Linear(N, bias=False), ("act1",)), Node("act2", QCFS(levels=T), ("fc2",)),
         Node("out", Linear(10, bias=False), ("act2",))]  # fmt: skip
blank = initialise((64,), nodes, seed=0)


def in_floats(scale, order, dtype):
    """The same spikes from the float network, its sums in some order; its level."""
    rng = np.random.default_rng(order)
    pixels, units = rng.permutation(64), rng.permutation(N)
    theta = np.array(float(THETA * scale))
    weights = {"fc1.weight": W[0][units][:, pixels] * float(scale),
               "fc2.weight": W[1][:, units] / THETA, "out.weight": np.ones((10, N)),
               "act1.lambda": theta, "act2.lambda": theta}  # fmt: skip
    snn, _ = QCFSConversion(steps=T).convert(blank.with_params(weights))
    x = IMAGES[:, pixels].astype(dtype)
    traces = run(snn, x, record=["act1", "act2"]).traces
    first = traces["act1"].fired[..., np.argsort(units)]
    return np.stack([first, traces["act2"].fired]), exactness(snn, x).level


truth = in_integers(IMAGES)
SCALES = {"1/16": 1 / 16, "3/8": 3 / 8, "1/8 + 2^-20": 1 / 8 + 2**-20, "1/10": 0.1, "1/3": 1 / 3,
          "1/127": 1 / 127}  # fmt: skip
flips, levels = {}, {}
for dtype in ("float32", "float64"):
    for name, scale in SCALES.items():
        runs = [in_floats(scale, order, dtype) for order in range(ORDERS)]
        flips[dtype, name] = [int(np.sum(spikes != truth)) for spikes, _ in runs]
        (levels[dtype, name],) = {level for _, level in runs}
assert all(flips[key] == [0] * ORDERS for key, level in levels.items() if level == "E")
for dtype, proven in (("float32", "EERRRR"), ("float64", "EEERRR")):
    assert "".join(levels[dtype, name] for name in SCALES) == proven
    assert min(flips[dtype, "1/10"]) > 0
    assert min(flips[dtype, "1/10"]) < max(flips[dtype, "1/10"])

# %% [markdown]
# > **What the authors' code does.** PASCAL's compares with a tolerance of 8e-5: that moves the
# > tie to another place, where charges just below it now fire (`as_released=True` replays it).
#
# ## 6. The figure
#
# 76800 places where a spike can be. Before you look: by how much is float64 better than float32?

# %%
CAPTION = """\
Spikes that differ from the integer network, of 76800; a dot for each of 8 orders of the inputs and
the first layer's neurons. E: proven exact; R: not. A dot above 0 over an E would falsify the
law. 1/8 + 2^-20 is dyadic, but its sums need 34 bits. The spread of a column is the order alone."""

canvas, ((axis,),) = figure(1, 1, (8.2, 4.6))
for shift, color, marker, dtype in ((-0.14, ORANGE, "o", "float32"), (0.14, BLUE, "s", "float64")):
    for place, name in enumerate(SCALES):
        across = place + shift + np.linspace(-0.09, 0.09, ORDERS)
        label = dtype if place == 0 else None
        axis.plot(across, flips[dtype, name], marker, color=color, ms=5, alpha=0.8, label=label)
        axis.text(place + shift, -75, levels[dtype, name], ha="center", color=color, fontsize=11)
axis.axhline(0, color="black", linewidth=0.8)
axis.set(ylim=(-110, 700), yticks=range(0, 700, 100), ylabel="spikes that differ")
axis.set(xticks=range(len(SCALES)), xticklabels=SCALES, xlabel="scale of weights and thresholds")
axis.grid(axis="y", color=GREY, alpha=0.4)
axis.legend(loc="upper left")
caption(canvas, CAPTION)
save(canvas, figure_path("t18_determinism.png"))

# %% [markdown]
# float64 is no better where there are ties, and weights of few bits meet them all the time. The
# last bit decides a tie, whichever bit that is: more bits make a rounding smaller, not rarer.
#
# ## 7. Break it
#
# Not all that differs is rounding. NIR's authors sent 34 spikes into one leaky neuron on eleven
# simulators and chips (Pedersen et al., *Nature Communications* 2024). `CONVENTIONS` holds twelve
# readings of one file, by their tools' names. How many trains will you see? How many in float64?

# %%
few = [60, 220, 270, 310, 320, 350, 370, 400, 410, 840, 850]
arrivals = [*few, *range(430, 531, 10), *range(670, 781, 10)]
currents = np.isin(np.arange(1000), arrivals)[:, None].astype(float)
seen = {}
for dtype in ("float32", "float64"):
    for tool, chosen in CONVENTIONS.items():
        neuron = chosen.lif_neuron(*map(np.array, (0.1, 2.5e-3, 1.0, 0.0, 0.0)), dt=1e-4)
        spikes = respond(neuron, currents.astype(dtype)).spikes  # eq: nir.1
        seen[dtype, tool] = tuple(np.flatnonzero(spikes).tolist())
for spikes, tools in Counter(seen.values()).items():
    print(*spikes, "from", tools // 2, "readings")
trains = {(460, 510, 710, 760): 8, (461, 511, 711, 761): 2, (450, 500, 710, 760): 1}
trains[tuple(sorted(arrivals))] = 1
for dtype in ("float32", "float64"):
    assert Counter(seen[dtype, tool] for tool in CONVENTIONS) == trains

# %% [markdown]
# Four trains, in either dtype. Eight agree, on this input, though some decay by 1 - dt / tau and
# some by e^(-dt / tau). Two send a spike a step late; one adds an input at the end of a step; one
# takes it undivided by tau. No bits cure that: a model must *say* what it is (`docs/nir.md`).
#
# ## 8. Exercises
#
# 1. (a number) 16, 1, 1, 1, -16 as toy floats, in each of the 120 orders (the ones are told apart).
#    In how many is the sum exact?
# 2. (code) The leaky neuron in plain Python: three schemes, two resets, early and late. It must
#    give the three trains, and what the library gives on other inputs.
# 3. (find the bug) A proof that a sum is safe. Mend it, and say which of seven cases convict it.
#
# ```
# refsnn learn T18 --answer 1 NUMBER
# refsnn learn T18                      exercises 2 and 3, in t18_exercises.py
# ```
#
# ## 9. Left out
#
# - Threads and batch sizes: two more ways to another order (level R names them all).
# - Fused multiply-add, which rounds once in place of twice; seeds (stochastic coding, level S).
#
# Further reading: Higham, *Accuracy and stability of numerical algorithms*, chapter 4; Demmel and
# Nguyen, *Fast reproducible floating-point summation*, 2013; `refsnn/analysis/exactness.py`.
