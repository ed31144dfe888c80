# %% [markdown]
# # T06. Bit-serial I: shift and add
#
# - needs: pencil and paper, 25 minutes; T05; Python with refsnn and matplotlib
# - teaches: levels as bit planes; a weighted sum by shifts and additions; who may come first
# - equations: snn_meets_ann.14, snn_meets_ann.15, snn_meets_ann.16
# - vectors: none
# - figure: t06_shift_and_add.png
#
# A tag such as `snn_meets_ann.14` is this project's own number for an equation that belongs to a
# paper, here *SNN meets ANN* (Datta et al., TMLR 2025). What a spike train is to a neuron that
# sends one is lesson T07; here we only receive.

# %%
from functools import reduce

import numpy as np

from refsnn.codings.bits import ACCUMULATORS, decode, encode, horner, lsb_first, weight_shift
from refsnn.datasets import digits
from refsnn.errors import InputError
from refsnn.lessons import figure_path
from refsnn.ops import Conv2d
from refsnn.plots import bit_planes, caption, figure, heat, save

# %% [markdown]
# ## 1. Question
#
# How can four frames of spikes carry any of sixteen levels, and be added up without multiplying?
#
# ## 2. By hand
#
# A count needs 15 frames to say 15. So send the level as you write it in binary, the most
# significant bit (MSB) first: 6 is 0110. In frame 1 a spike stands for 8, then for 4, 2, 1.
# Frame t of all inputs together is a *bit plane*.
#
# Three inputs hold the levels 6, 9, 13. Their weights are 3, -5, 2. The neuron has one register,
# `acc`, empty at the start. In every frame it doubles the register, then adds the weights of the
# inputs that spike:
#
#     p   = sum of the weights whose input spikes in this frame
#     acc = 2 acc + p
#
# Write the three levels in binary, then fill in the holes.
#
# |  t  | worth | spikes of 6, 9, 13 |  p  | acc |
# |:---:|:-----:|:------------------:|:---:|:---:|
# |  1  |   8   |      0, 1, 1       | -3  | -3  |
# |  2  |   4   |                    |     |     |
# |  3  |   2   |                    |     |     |
# |  4  |   1   |                    |     |     |
#
# What should the last row hold? You know it without the table: 3 * 6 - 5 * 9 + 2 * 13. And what
# does `acc` mean half way, in row 2? Write down a guess. Then put your columns here:

# %%
my_p = [-3, None, None, None]
my_acc = [-3, None, None, None]

# %% [markdown]
# ## 3. Twelve lines
#
# The same in Python, with neither `*` nor a table of powers. Do not look before your table is full.


# %%
def shift_and_add(levels, weights, T):
    """(p, acc) after every frame, most significant bit first."""
    acc, frames = 0, []
    for t in range(1, T + 1):
        spikes = [(level >> (T - t)) & 1 for level in levels]
        p = sum(w for w, s in zip(weights, spikes, strict=True) if s)
        acc = (acc << 1) + p  # eq: snn_meets_ann.14
        frames.append((p, acc))
    return frames


# %%
levels, weights = (6, 9, 13), (3, -5, 2)
p, acc = zip(*shift_and_add(levels, weights, T=4), strict=True)
assert acc[-1] == np.dot(weights, levels) == -1
for name, mine, true in (("p", my_p, p), ("acc", my_acc, acc)):
    wrong = [t for t in range(1, 5) if mine[t - 1] not in (None, true[t - 1])]
    print(f"{name}: {mine.count(None)} holes left, wrong in rows {wrong}")

# %% [markdown]
# ## 4. The law
#
# A level is `a = 8 s(1) + 4 s(2) + 2 s(3) + s(4)`; in general frame t is worth `2^(T-t)`. Put that
# into the weighted sum and swap the two sums, that is all:
#
#     sum_i w_i a_i = sum_i w_i sum_t 2^(T-t) s_i(t) = sum_t 2^(T-t) p(t)
#
# The right side can be added up in three ways. The first two take the MSB first. The third takes
# the least significant bit first, t counted from there:
#
#     shift the register   acc = 2 acc + p(t)                      eq: snn_meets_ann.14
#     shift the weights    acc = acc + 2^(T-t) p(t)                eq: snn_meets_ann.15
#     LSB first            acc = acc + 2^(t-1) p(t)                eq: snn_meets_ann.16
#
# The first is Horner's rule, and half way it means something: **after frame t it holds the exact
# sum for the levels cut to their first t bits.** (A level cut to t bits doubles and gains one bit
# per frame. So does, by linearity, the sum.) In row 2 those are 01, 10, 11, that is 1, 2, 3, and
# 3 - 10 + 6 = -1.
#
# What the law asks: the layer is *linear*, as a convolution or an average pool is. What it does
# not ask: positive weights, or partial sums that stay positive. Yours did not. A maximum is not
# linear: the OR of the trains of 1 and 2 says 3. A bias is no part of a plane: it enters once.
#
# All of this is derived here. In the library it is stated by `test_the_three_accumulators_agree`
# in `tests/codings/test_bit_trains.py`, on random levels, weights and dyadic scales.

# %%
for seed in range(200):
    rng = np.random.default_rng(seed)
    T, inputs = int(rng.integers(1, 9)), int(rng.integers(1, 9))
    a, w = rng.integers(0, 1 << T, inputs), rng.integers(-20, 20, inputs)
    cut = [int(w @ (a >> (T - t))) for t in range(1, T + 1)]
    assert [done for _, done in shift_and_add(a.tolist(), w.tolist(), T)] == cut

# %% [markdown]
# ## 5. The library
#
# `encode` makes a train that knows its order. `horner`, `weight_shift` and `lsb_first` take a
# train and a synapse, any linear map of one frame, and give all partial sums, time first.


# %%
def synapse(frame):
    """The three weights of the table, as a layer."""
    return frame.astype(np.int64) @ np.array(weights)


train = encode(np.array([levels]), 4)
assert decode(train).tolist() == [list(levels)]
assert horner(train, synapse).ravel().tolist() == list(acc)
assert weight_shift(train, synapse).ravel().tolist() == [-24, -4, 2, -1]
assert lsb_first(train.reversed(), synapse).ravel().tolist() == [-3, 3, 23, -1]

for name, (order, accumulate) in ACCUMULATORS.items():
    try:
        accumulate(encode(np.array([levels]), 4, order).reversed(), synapse)
        raise AssertionError("the wrong order was taken")
    except InputError as error:
        print(f"{name} refuses the other order: {str(error).split(':')[1].strip()}")

# %% [markdown]
# > **What the authors' code does.** The release has no neuron that receives bits. Its own spiking
# > mode is rate coding. What it has is a bit splitter that counts spikes, and it cuts where it
# > should round: `int((a / lambda) * Q)` makes some levels one too small, because a float quotient
# > of 3 can be 2.9999998. And with Q = 2^T, one step more than T bits can say, it finds no spike
# > at all in a neuron at its ceiling. Use Q = 2^T - 1.
#
# ## 6. The figure
#
# A pixel of the digits is a level 0 ... 16. How many frames does that take? (Not four.) The layer
# is an edge filter with negative weights. Before you look: how fast will the error shrink?

# %%
CAPTION = """\
One image, five frames. Top: its bit planes (black: a spike). Middle: the register after each frame,
times what a spike of that frame is worth. Bottom: the same, less the convolution of the image. The
law would be false if one pixel of the last map were not zero, or if a "largest" were above 4 x the
worth of all spikes still to come (4: the sum of the positive weights of the filter)."""

image = digits().split("test").x[9:10].astype(np.int64)
edge = {"weight": np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])[None, None]}
filtered = Conv2d(1, 3, padding=1, bias=False)
planes = encode(image, 5)
worth = 1 << np.arange(4, -1, -1)
sums = horner(planes, lambda frame: filtered.apply(edge, frame.astype(np.int64)))
scaled = sums * worth.reshape(-1, 1, 1, 1, 1)
truth = filtered.apply(edge, image)
error = scaled - truth
largest = np.abs(error).max(axis=(1, 2, 3, 4))
assert planes.spikes.shape == (5, 1, 1, 8, 8)
assert np.all(largest <= 4 * (worth - 1))  # 0 in the last frame

canvas, axes = figure(3, 6, (9, 5.6))
top = np.abs(truth).max()
bit_planes(axes[0, :5], planes.spikes[:, 0, 0])
for k in range(5):
    shown = heat(axes[1, k], scaled[k, 0, 0], "PuOr", (-top, top))
    heat(axes[2, k], error[k, 0, 0], "PuOr", (-top, top))
    axes[2, k].set_xlabel(f"largest: {largest[k]}", fontsize=11)
heat(axes[0, 5], image[0, 0], "Greys", (0, 16))
heat(axes[1, 5], truth[0, 0], "PuOr", (-top, top))
axes[0, 5].set_title("whole\nnumbers", fontsize=11)
for row, name in enumerate(("spikes", "register", "error")):
    axes[row, 0].set_ylabel(name, fontsize=12)
axes[2, 5].set_axis_off()
canvas.colorbar(shown, ax=axes[2, 5], fraction=0.9, location="left", label="level x weight")
caption(canvas, CAPTION)
save(canvas, figure_path("t06_shift_and_add.png"))

# %% [markdown]
# ## 7. Break it
#
# Your p was -3, 5, 3, -3. Each line changes one thing. Say what comes out in place of -1, and
# which of them a test with positive weights would let pass. Then run it.

# %%
variants = {
    "as above": lambda acc, p: 2 * acc + p,
    "add, then double": lambda acc, p: 2 * (acc + p),
    "never double": lambda acc, p: acc + p,
    "register stops at 0": lambda acc, p: max(2 * acc + p, 0),
    "a bias of 4 in every frame": lambda acc, p: 2 * acc + p + 4,
}
outcome = [reduce(rule, p, 0) for rule in variants.values()]
outcome.append(reduce(variants["as above"], p[::-1], 0))
print(*zip([*variants, "least bit first"], outcome, strict=True), sep="\n")
assert outcome == [-1, -2, 2, 23, 59, -5]

# %% [markdown]
# - *Add, then double* is wrong by a factor of 2 only; a later scale could swallow it.
# - *Register stops at 0* is the one that positive weights hide. Here it makes 23 of -1.
# - The bias of 4 should have given 3. Every earlier one is doubled with the rest: it entered
#   1 + 2 + 4 + 8 = 15 times. To enter it in every frame, divide it by `2^T - 1`, not by T.
#
# ## 8. Exercises
#
# 1. (a number) Three inputs with the weights 1, -3, 5 send four frames, MSB first. The register
#    (equation 14) reads 5, 8, 22, 46. What is the product of the three levels?
# 2. (code) Write the accumulator for both orders: it is given frames, and told which bit is first.
# 3. (find the bug) A layer passed its author's test on 4-bit levels. One of its lines is wrong.
#    Mend it. Then say which of the levels 0 ... 15 convict it, each alone with the weight 1.
#
# ```
# refsnn learn T06 --answer 1 NUMBER
# refsnn learn T06                      exercises 2 and 3, in t06_exercises.py
# ```
#
# ## 9. Left out
#
# - How a neuron makes such a train of its sum, and why it cannot begin before the last frame: T07.
# - How wide the register has to be: T15, and equations 17 and 18 of `docs/equations.md`.
# - What it costs. This is a quantised network computed bit by bit; a fair comparison is with one
#   that skips zeros. Shifts are wires in hardware; the waiting for every frame is not free.
#
# Further reading: Datta et al., *When SNN meets ANN: Error-Free ANN-to-SNN Conversion for Extreme
# Edge Efficiency*, TMLR 2025, arXiv:2312.06900. The idea is older: Wang et al., *Efficient Spiking
# Neural Networks with Radix Encoding*, arXiv:2105.06943; the `temporal_pattern` layers of
# snn_toolbox.
