# %% [markdown]
# # T15. Lowering
#
# - needs: T00, T14; pencil and paper, 30 minutes; Python with refsnn and matplotlib
# - teaches: one scale per layer, a threshold that is a power of two, widths proven for all inputs
# - equations: integers.5, integers.6, integers.7, potential_initialization.5
# - vectors: none (T16 writes those of a lowered network)
# - figure: t15_lowering.png
#
# *Lowering* turns a trained network, with its real numbers, into one of whole numbers.

# %%
from itertools import product
from math import floor, log2

import numpy as np

from fixedpoint.neurons import IntIF, run_neuron
from fixedpoint.widths import prove
from refsnn.activations import QCFS
from refsnn.convert import QCFSConversion
from refsnn.graph import INPUT, Node, initialise
from refsnn.jobs.training import TrainJob, prepare
from refsnn.lessons import figure_path
from refsnn.lower import lower
from refsnn.ops import Linear
from refsnn.plots import BLUE, GREY, caption, figure, save

# %% [markdown]
# ## 1. Question
#
# How many wires does a membrane need, so that no input whatever can break it?
#
# ## 2. By hand
#
# A neuron with theta = 100 has four inputs, each 0 or 1 in a step, weights 45, -30, 62, 15, and a
# bias of 10 in every step. It starts at theta / 2. The circuit has 4-bit weights, -7 ... 7.
#
# *Scale.* A neuron does not notice if weights, bias, threshold and start all are multiplied by
# one number. Make the threshold Theta a power of two, as large as the weights allow: the largest,
# 62, may become 62 * 8 / 100 = 4.96, but not 62 * 16 / 100 = 9.92. So Theta = 8. Round the rest.
#
# *Range.* What is the least current a step can bring, counted while it is being added up, in any
# order? Only negative terms. The most? Only positive ones.
#
# |       | real | times 8 / 100 | whole |
# |:------|:----:|:-----:|:-----:|
# | Theta | 100  | 8.00  | 8     |
# | w1    | 45   | 3.60  | 4     |
# | w2    | -30  |       |       |
# | w3    | 62   | 4.96  |       |
# | w4    | 15   |       |       |
# | bias  | 10   | 0.80  |       |
# | least |      |       |       |
# | most  |      |       |       |
#
# (The last two are made of whole numbers; *real* stays empty.) Now the membrane over T = 4 steps,
# from v = 4. Its deepest: all steps bring the least. Its highest: all bring the most, and we do
# not count on a spike. How many wires hold that, in two's complement?

# %%
my_whole = [8, 4, None, None, None, None]
my_current = [None, None]  # least, most
my_membrane = [None, None]  # deepest, highest
my_wires = [None]

# %% [markdown]
# ## 3. Twelve lines


# %%
def whole(reals, theta, bits):
    """Theta, and the weights in its steps."""
    top = 2 ** (bits - 1) - 1
    Theta = 2 ** floor(log2(top * theta / max(map(abs, reals))))  # eq: integers.5
    return Theta, [round(w * Theta / theta) for w in reals]


def ranges(W, b, Theta, v0, T):
    """Least and most of a current, then of the membrane."""
    least, most = (f(b, 0) + sum(f(w, 0) for w in W) for f in (min, max))  # eq: integers.6
    return least, most, min(v0, 0) + T * least, max(max(v0, 0) + T * most, Theta)  # eq: integers.7


# %%
def wires(low, high):
    """The narrowest two's complement that holds both."""
    return max((-low - 1).bit_length() if low < 0 else 0, high.bit_length()) + 1


Theta, W = whole([45, -30, 62, 15], 100, bits=4)
b, v0 = round(10 * Theta / 100), Theta // 2
least, most, deepest, highest = ranges(W, b, Theta, v0, T=4)
true = {
    "whole": ([Theta, *W, b], my_whole),
    "current": ([least, most], my_current),
    "membrane": ([deepest, highest], my_membrane),
    "wires": ([wires(deepest, highest)], my_wires),
}
for name, (right, given) in true.items():
    wrong = [n for n, (a, g) in enumerate(zip(right, given, strict=True), 1) if g not in (None, a)]
    print(f"{name}: {given.count(None)} holes left, wrong at {wrong}")
assert (least, most, deepest, highest, wires(deepest, highest)) == (-2, 11, -8, 48, 7)

# %% [markdown]
# ## 4. The law
#
# **Scale.** (W, b, theta, v0) and (kW, kb, k theta, k v0) fire alike, for every k > 0:
# each line of the neuron is multiplied by k, and `u >= theta` does not change.
# (eq: potential_initialization.5) So all error of lowering is the rounding of weights and bias.
#
# **Width.** A spike comes only at u >= Theta and takes Theta: it never leaves v below 0. So v is
# below 0 only by input since it last was not: it stays above min(v0, 0) + T * least. And spikes
# only lower it: it stays below v0 + T * most. Not one input was tried for this. The library's
# proof is stated in `tests/lower/test_program_widths.py`, where small programs meet every input.
#
# Here 16 inputs a step, 4 steps: 65536 trains. We can try them all.

# %%
EVERY = np.array(list(product((0, 1), repeat=4)))
currents = EVERY @ np.array(W) + b
trains = np.array(list(product(currents, repeat=4))).T
seen = run_neuron(IntIF(theta=Theta, v_init=v0), trains).v_range
assert deepest <= seen[0] <= seen[1] <= highest
assert wires(*seen) == wires(deepest, highest) - 1
print(f"proven {deepest} .. {highest}, seen {seen[0]} .. {seen[1]} over {trains.shape[1]} trains")

# %% [markdown]
# The proof is wider than what happens, since it does not count on spikes: one wire, here. It buys
# a width that holds for any signs of the weights and any order of the inputs.
#
# ## 5. The library
#
# The same neuron as a network of one, converted and lowered: the same whole numbers.

# %%
nodes = [Node("fc", Linear(1), (INPUT,)), Node("act", QCFS(levels=4), ("fc",)),
         Node("out", Linear(1), ("act",))]  # fmt: skip
one = initialise((4,), nodes, seed=0)
one = one.with_params({**one.params, "fc.weight": np.array([[0.45, -0.3, 0.62, 0.15]]),
                       "fc.bias": np.array([0.1]), "act.lambda": np.array(1.0)})  # fmt: skip
lowered = lower(QCFSConversion(steps=4).convert(one)[0], EVERY.astype(float), bits=4)
layer, proven = lowered.program.layer("act"), prove(lowered.program)["act"]
assert layer.taps[0].path[0].weight.tolist() == [W]
assert (int(layer.neuron.theta), int(layer.neuron.v_init), layer.bias.tolist()) == (8, 4, [1])
assert (*proven.accumulator, *proven.membrane) == (least, most, deepest, highest)

# %% [markdown]
# And a network that has learned something: a small CNN on the digits, weights of 8 bits.
# `held`: the integers and a float network with the same rounded weights agree in every spike and
# every logit. After the rounding of weights nothing else may happen.

# %%
job = prepare(TrainJob(net="cnn", settings={"epochs": 4}))
x, y = job.test.prepared()[:48], job.test.y[:48]
snn, _ = QCFSConversion(steps=4).convert(job.run().graph)
reports = {bits: lower(snn, x, y, bits=bits).report for bits in (2, 4, 8)}
assert all(report.held for report in reports.values())
for bits, report in reports.items():
    print(f"{bits}-bit weights: {report.accuracy['integer']:.3f} right,"
          f" {report.counts_differ_from_float} spike counts moved by the rounding")  # fmt: skip
assert reports[8].accuracy["integer"] > 0.8 > reports[2].accuracy["integer"]

# %% [markdown]
# > **What others do.** Many flows keep any theta and rescale each layer's sums by a multiplier and
# > a shift, w * M >> n, which rounds in every step. A neuron that resets by subtraction needs
# > neither: its scale goes into the weights once, before anything runs.
#
# ## 6. The figure
#
# Each layer's membrane with 8-bit weights: what is proven for all images, and what 48 images did.

# %%
CAPTION = """\
Grey: proven range of the membrane, all inputs; blue: seen over 48 images. If a blue bar ever left
its grey one, the proof would be false (and the run would have stopped). From one dotted line to
the next is one wire. What the blue bar does not use is the price of "for every input"."""


def place(v):
    """Signed logarithm: 2^k goes to k, -2^k to -k."""
    return np.sign(v) * np.log2(1 + abs(v))


canvas, ((axis,),) = figure(1, 1, (8.2, 4.6))
layers = [layer for layer in reports[8].layers if layer.observed_membrane is not None]
for row, layer in enumerate(layers):
    for bounds, color, height in ((layer.proven_membrane, GREY, 0.74),
                                  (layer.observed_membrane, BLUE, 0.4)):  # fmt: skip
        left, right = map(place, bounds)
        axis.barh(row, right - left, height, left, color=color)
    (low, high), (down, up) = layer.proven_membrane, layer.observed_membrane
    assert low <= down <= up <= high
    said = f"{layer.bits['membrane']} wires proven\n{wires(down, up)} seen"
    axis.text(18.4, row, said, fontsize=9, va="center")
powers = [-16, -12, -8, -4, 0, 4, 8, 12, 16]
axis.set_xticks(powers, [f"{'-' if p < 0 else ''}2^{abs(p)}" if p else "0" for p in powers])
for p in range(-18, 19):
    axis.axvline(p, color=GREY, linestyle=":", linewidth=0.6, zorder=0)
axis.set(yticks=range(len(layers)), yticklabels=[layer.name for layer in layers], xlim=(-18, 25),
         ylabel="layer", xlabel="membrane (integer steps, signed logarithm)")  # fmt: skip
axis.invert_yaxis()
caption(canvas, CAPTION)
save(canvas, figure_path("t15_lowering.png"))

# %% [markdown]
# ## 7. Break it
#
# The proof asks for wires that these images never used. Take them away from every layer, and then
# one more (but Theta must fit); a membrane that has no room saturates (T14). Before you run it:
# when will spikes differ? And will the accuracy tell?

# %%
for fewer in (0, 1):
    seen = {layer.name: wires(*layer.observed_membrane) for layer in layers}
    kept = {x.name: max(seen[x.name] - fewer, wires(0, max(x.theta))) for x in layers}
    report = lower(snn, x, y, bits=8, membranes=kept).report
    print(f"{fewer} wires fewer than seen: {report.spikes_differ} spikes differ,"
          f" {report.accuracy['integer']:.3f} right")  # fmt: skip
    assert report.held == (fewer == 0)
assert report.spikes_differ > 100
assert abs(report.accuracy["integer"] - reports[8].accuracy["integer"]) < 0.05

# %% [markdown]
# As many wires as were seen: no difference on *these* images. On others, nobody knows. A width by
# observation is a bet, a width by proof is not. One wire less costs hundreds of spikes, and the
# accuracy hardly tells. (If you take the bet, take it in the open: `refsnn lower --help`.)
#
# ## 8. Exercises
#
# 1. (a number) A 3 x 3 convolution with 16 input channels, weights of 8 bits (-127 ... 127), a
#    bias in -128 ... 127 in every step, inputs 0 or 1. T = 6, start 32, Theta = 64. How many
#    wires does a membrane need for any such weights and any input?
# 2. (code) Write the ranges for inputs from `lo` to `hi`, which may be negative.
# 3. (find the bug) One Theta per channel: it passed its author's test. Mend it, and say which of
#    five layers convict it, as you found it.
#
# ```
# refsnn learn T15 --answer 1 NUMBER
# refsnn learn T15                      exercises 2 and 3, in t15_exercises.py
# ```
#
# ## 9. Left out
#
# - Average pools (sums, whose division goes into the next weights), shortcuts (a whole weight
#   theta_src / theta_dst), biases that enter once: `refsnn/lower/quantise.py`.
# - Training that knows of the rounding; other neurons' widths (`fixedpoint/widths.py`).
#
# Further reading: Jacob et al., *Quantization and training of neural networks for efficient
# integer-arithmetic-only inference*, CVPR 2018 (the multiplier and the shift); `docs/proofs.md`.
