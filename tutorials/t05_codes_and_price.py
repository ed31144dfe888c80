# %% [markdown]
# # T05. Codes and their price
#
# - needs: T01 and T04, a pencil, 25 minutes; Python with refsnn and matplotlib
# - teaches: four codes of a number; spikes, steps, synaptic operations; what a lost spike costs
# - equations: snn_meets_ann.3, snn_meets_ann.15, snn_meets_ann.19
# - vectors: none
# - figure: t05_codes_and_price.png

# %%
from fractions import Fraction

import numpy as np

from refsnn.activations import QCFS
from refsnn.ann import evaluate
from refsnn.codings import bits, burst, count, first_spike, since_first, thermometer
from refsnn.convert import Calibration, QCFSConversion, SNNMeetsANN
from refsnn.datasets import load_spec
from refsnn.lessons import figure_path
from refsnn.models import network
from refsnn.plots import BLUE, GREY, ORANGE, RED, caption, figure, save
from refsnn.train import Training, train

# %% [markdown]
# ## 1. Question
#
# What does it cost, in spikes and in steps, to send a number?
#
# ## 2. By hand
#
# Four codes for the numbers 0 ... 15, which are what 4 bits can say:
#
#     count    one spike in each of the first n steps, T = 15
#     bits     the binary digits of n, the largest first: a spike is worth 8, 4, 2, 1; T = 4
#     bursts   up to 4 spikes in one step, as many as are left to send; T = 4
#     first    one spike, the sooner the larger n is: in step 16 - n; none for 0; T = 15
#
# Write the trains and count the spikes. In the last row, add up those of 0, 1, ..., 15: four sums,
# and none of them needs sixteen trains if you look for the pattern.
#
# |   n    | count: spikes | bits | spikes | bursts  | spikes | first: step | spikes |
# |:------:|:-------------:|:----:|:------:|:-------:|:------:|:-----------:|:------:|
# |   13   |      13       | 1101 |   3    | 4 4 4 1 |   13   |      3      |   1    |
# |   8    |               |      |        |         |        |             |        |
# |   7    |               |      |        |         |        |             |        |
# |   15   |               |      |        |         |        |             |        |
# |   0    |       0       | 0000 |   0    | 0 0 0 0 |   0    |    never    |   0    |
# | 0...15 |               |  -   |        |    -    |        |      -      |        |
#
# Which code would you take if spikes were dear? If steps were? If some spikes are lost?

# %%
my_bits = [3, None, None, None, 0]  # spikes of 13, 8, 7, 15, 0
my_sums = [None, None, None, None]  # count, bits, bursts, first

# %% [markdown]
# ## 3. Twelve lines
#
# For each code: the frames T for b bits, the spikes in frame t of T, and what one is worth there.

# %%
CODES = {
    "count": (lambda b: 2**b - 1, lambda n, t, T: int(t <= n), lambda t, T: 1),
    "bits": (lambda b: b, lambda n, t, T: n >> (T - t) & 1, lambda t, T: 2 ** (T - t)),
    "bursts": (lambda b: -(-(2**b - 1) // 4), lambda n, t, T: min(max(n - 4 * (t - 1), 0), 4),
               lambda t, T: 1),
    "first": (lambda b: 2**b - 1, lambda n, t, T: int(t == T + 1 - n), lambda t, T: T + 1 - t),
}  # fmt: skip


def send(code, n, b):
    return [CODES[code][1](n, t, CODES[code][0](b)) for t in range(1, CODES[code][0](b) + 1)]


def read(code, spikes):
    return sum(s * CODES[code][2](t, len(spikes)) for t, s in enumerate(spikes, 1))


# %%
found = [sum(send("bits", n, 4)) for n in (13, 8, 7, 15, 0)]
sums = [sum(sum(send(code, n, 4)) for n in range(16)) for code in CODES]
assert sums == [120, 32, 120, 15]
for name, mine, true in (("bits", my_bits, found), ("sums", my_sums, sums)):
    wrong = [i for i, (a, b) in enumerate(zip(mine, true, strict=True), 1) if a not in (None, b)]
    print(f"{name}: {mine.count(None)} holes left, wrong at places {wrong}")

# %% [markdown]
# ## 4. The law
#
# *Steps.* Who only counts, with at most phi spikes a step, hears phi T + 1 numbers: bursts save
# time, not spikes. Of digits no two trains mean the same: 2^T numbers, and the largest is
#
#     Q = 2^T - 1                                                            eq: snn_meets_ann.3
#
# *Spikes.* Let all n in 0 ... Q = 2^b - 1 be equally frequent. Then the mean number of spikes is
#
#     count, bursts   Q / 2          since n and Q - n cost Q together
#     bits            b / 2          since each digit is 1 for half of the numbers
#     first           Q / (Q + 1)    since only 0 has no spike
#
# and a spike carries b bits divided by that: ever less in a count, 2 in a digit, about b in a
# first spike. (The mean over a layer is its activity, snn_meets_ann.19.)
#
# *Work.* All four codes are weighted sums, n = g(1) s(1) + ... + g(T) s(T), where g is 1, or
# 2^(T-t), or T + 1 - t. So a linear layer need not wait for the number:
#
#     W n = sum over t of g(t) W s(t)                         eq: snn_meets_ann.15 for g = 2^(T-t)
#
# W s adds the weights of those inputs that have a spike: no multiplication. **The work is one
# addition for each spike and each neuron that it reaches**, a *synaptic operation* (SynOp). g is
# nothing, a shift, or, after a first spike, the same sum added once more in every step.
#
# All this is derived; `tests/codings/test_codings.py`, `tests/analysis/test_cost.py` state it.
#
# > **What the authors' code does.** That of SNN meets ANN (Datta et al., TMLR 2025) prints the
# > spikes a neuron under the name of sparsity, which is their opposite. Energies are mostly taken
# > as 0.9 pJ an addition, 4.6 pJ a multiply-add (Horowitz 2014): no memory, no membrane, no
# > shift is in them. We give counts.

# %%
for b in range(1, 9):
    Q = 2**b - 1  # eq: snn_meets_ann.3
    law = {"count": Fraction(Q, 2), "bits": Fraction(b, 2), "bursts": Fraction(Q, 2),
           "first": Fraction(Q, Q + 1)}  # fmt: skip
    for code in CODES:
        trains = [send(code, n, b) for n in range(Q + 1)]
        assert [read(code, s) for s in trains] == list(range(Q + 1))
        assert Fraction(sum(map(sum, trains)), Q + 1) == law[code]  # eq: snn_meets_ann.19

# %% [markdown]
# ## 5. The library
#
# `codings` has all four. A network trained with 15 levels then sends counts (QCFS) or, with the
# same weights, bits (SNN meets ANN). `cost` counts, per image.

# %%
LIBRARY = {
    "count": (thermometer, count),
    "bits": (lambda n, T: bits.encode(n, T).spikes, lambda s: bits.decode(bits.BitTrain(s))),
    "bursts": (lambda n, T: burst(n, T, most=4), count),
    "first": (first_spike, since_first),
}
n = np.arange(16)
for code, (encode, decode) in LIBRARY.items():
    trains = encode(n, CODES[code][0](4))
    assert trains.T.tolist() == [send(code, each, 4) for each in n.tolist()]
    assert np.array_equal(decode(trains), n)
W = np.arange(-24, 24).reshape(3, 16)
late = bits.weight_shift(bits.encode(n, 4), lambda s: W @ s)[-1]  # eq: snn_meets_ann.15
assert np.array_equal(late, W @ n)

digits, images, prices = load_spec("digits:train"), load_spec("digits:test"), {}
test = Calibration(images.prepared(dtype=np.float64), images.y)
net = network("mlp", (1, 8, 8), 10, QCFS(levels=15), seed=0)
net = train(net, digits.prepared(), digits.y, Training(epochs=10)).graph.astype(np.float64)
for method in (QCFSConversion(steps=15, snap=10), SNNMeetsANN(steps=4, snap=10)):
    seen = method.convert(net, test=test)[1].evaluation
    prices[method.name] = (seen.cost.spikes, seen.cost.snn_accumulates)
    print(f"{method.title}: {seen.cost.spikes:.0f} spikes, {seen.cost.snn_accumulates:.0f} SynOps, "
          f"{seen.wrong_counts} wrong counts, accuracy {seen.snn_accuracy:.3f}")  # fmt: skip
    assert (seen.wrong_counts == 0) == (method.name == "snn-meets-ann")
assert all(dear > 1.8 * cheap for dear, cheap in zip(*prices.values(), strict=True))

# %% [markdown]
# About half the work, and no error. But bits wait: the first digit of a sum is not known before the
# last digits of its inputs (T07), so each layer listens to all 4 frames, then speaks. Two layers
# take 1 + 2 * 4 = 9 steps an image, against 15; four layers take 17, against 15.
#
# ## 6. The figure
#
# A network's numbers are mostly 0 or small. The information in one is then their entropy, less
# than b bits. Before you look: which code gains most from that?

# %%
CAPTION = """\
Left: information per spike; count and bursts coincide. Lines: the law, numbers equally frequent.
Crosses: trains of the library, counted; one off its line would show the law false. Open marks: what
the first layer of the digits network sends. Right: both prices of a number of 1 ... 8 bits, 4 and 8
marked. If the orange 4 were not below and left of the blue 4, counting would be worth its price."""
LOOKS = {"count": (BLUE, "o"), "bits": (ORANGE, "s"), "bursts": (GREY, "^"), "first": (RED, "v")}
B, Q = np.arange(1, 9), 2 ** np.arange(1, 9) - 1
laws = {"count": Q / 2, "bits": B / 2, "bursts": Q / 2, "first": Q / (Q + 1)}
drive = evaluate(net, test.x)["fc0"].ravel() / float(net.params["act0.lambda"])
sent = {b: np.clip(np.floor(drive * (2**b - 1) + 1 / 2), 0, 2**b - 1).astype(int) for b in B}
shares = [np.unique(sent[b], return_counts=True)[1] / drive.size for b in B]
entropy = np.array([-(share * np.log2(share)).sum() for share in shares])
canvas, axes = figure(1, 2, (9, 5))
(left, right), gain = axes[0], {}
for code, (color, mark) in LOOKS.items():
    steps = [CODES[code][0](int(b)) for b in B]
    spikes, real = (
        np.array([LIBRARY[code][0](levels[b], T).sum() / levels[b].size
                  for b, T in zip(B, steps, strict=True)])
        for levels in ({b: np.arange(2**b) for b in B}, sent)
    )  # fmt: skip
    assert np.array_equal(spikes, laws[code])
    gain[code] = entropy / real / (B / spikes)
    left.semilogy(B, B / laws[code], color=color, linewidth=2.5, alpha=0.6)
    left.plot(B, B / spikes, "x", color=color)
    left.plot(B, entropy / real, mark, color=color, fillstyle="none")
    right.loglog(steps, spikes, color=color, marker=mark, linewidth=0.8, label=code)
    for b in (4, 8):
        place = (steps[b - 1], spikes[b - 1])
        right.annotate(b, place, (-3, -16), textcoords="offset points", color=color, fontsize=12)
left.set(xlabel="precision (bits)", ylabel="information (bits per spike)")
right.set(xlabel="steps per number", ylabel="spikes per number (mean)")
right.legend()
caption(canvas, CAPTION)
save(canvas, figure_path("t05_codes_and_price.png"))
print("gain at 4 bits:", {code: round(float(ratio[3]), 1) for code, ratio in gain.items()})
assert gain["count"][3] > gain["bits"][3] > gain["first"][3] > 1

# %% [markdown]
# ## 7. Break it
#
# Three faults on the way, for 4 bits: one spike is lost (any one); the train comes a frame late,
# and its last frame is cut off; it is read backwards. By how much can a number be wrong, at worst?

# %%
faults = {"lost": lambda s: [[*s[:t], s[t] - 1, *s[t + 1 :]] for t in range(len(s)) if s[t]],
          "late": lambda s: [[0, *s[:-1]]], "backwards": lambda s: [s[::-1]]}  # fmt: skip
worst = {name: [max(abs(read(code, bad) - n) for n in range(16) for bad in fault(send(code, n, 4)))
                for code in CODES] for name, fault in faults.items()}  # fmt: skip
print(list(CODES), worst)
assert worst == {"lost": [1, 8, 1, 15], "late": [1, 8, 3, 1], "backwards": [0, 9, 0, 14]}

# %% [markdown]
# A count survives anything: its spikes pay for that. Bits need a clock that both ends share.
#
# ## 8. Exercises
#
# 1. (a number) A 4 x 4 map, every neuron at level 11 of 15, sends bits into a convolution: 3 x 3,
#    padding 1, stride 1, 4 channels out. How many synaptic operations? Mind the border.
# 2. (code) Write the sender of bits, and a reader who knows after every frame what he has so far.
# 3. (find the bug) A counter of synaptic operations is right on counts, bits and bursts. Mend it,
#    and say which of eight trains convict it.
#
# ```
# refsnn learn T05 --answer 1 NUMBER
# refsnn learn T05                      exercises 2 and 3, in t05_exercises.py
# ```
#
# ## 9. Left out
#
# - Neurons that send these codes: T01 (count), T07 (bits), T08 (bursts). None of the library's
#   sends first spikes. Noise as a model, and coding against it. The price of memory.
#
# Further reading: Rueckauer and Liu, *Conversion of analog to spiking neural networks using sparse
# temporal coding*, ISCAS 2018 (first spikes); Datta et al., TMLR 2025 (bits).
