# %% [markdown]
# # T16. Golden vectors
#
# - needs: T00, T14; pencil and paper, 30 minutes; Python with refsnn and matplotlib
# - teaches: words and checksums; a bundle; a device under test; where a fault began
# - equations: integers.8, qcfs.4, qcfs.5, qcfs.6
# - vectors: a bundle of an IF neuron, in a temporary folder (`refsnn vectors write out/ --kind if`)
# - figure: t16_golden_vectors.png
#
# *Golden* vectors say what is right, step by step, in files that any machine can read.

# %%
import json
import tempfile
from pathlib import Path

import numpy as np

from fixedpoint import Format, memfile, stimuli
from fixedpoint.neurons import IntIF
from fixedpoint.program import Layer, Program, Tap
from fixedpoint.run import run_program
from fixedpoint.synapses import Dense
from fixedpoint.vectors import check, judge, replay, write_neuron_bundle
from refsnn.lessons import figure_path
from refsnn.plots import divergence

# %% [markdown]
# ## 1. Question
#
# How do two machines that share no code find out that they do the same, and where they do not?
#
# ## 2. By hand
#
# The array [[-1, 2], [5, -32]] is to go into a file of 6-bit words. To a negative number 64 is
# added; a word is written as two hex digits (3 * 16 + 15 = 63 is 3f). A checksum guards the file,
# as it does an account number: h starts at 0, and with each word becomes (10 h + word) mod 97.
#
# Row by row (C order), then column by column (F, as in Fortran): the same four numbers.
#
# | order | code | word | hex |  h |
# |:------|:----:|:----:|:---:|:--:|
# | C     | -1   | 63   | 3f  | 63 |
# | C     | 2    |      |     |    |
# | C     | 5    |      |     |    |
# | C     | -32  |      |     | 38 |
# | F     | -1   | 63   | 3f  | 63 |
# | F     | 5    |      |     |    |
# | F     | 2    |      |     |    |
# | F     | -32  |      |     |    |

# %%
my_words = [63, None, None, None]
my_h_in_C = [63, None, None, 38]
my_h_in_F = [63, None, None, None]

# %% [markdown]
# ## 3. Twelve lines


# %%
def words(codes, bits):
    if not all(-(2 ** (bits - 1)) <= c < 2 ** (bits - 1) for c in codes):
        raise ValueError("outside the format")
    return [c % 2**bits for c in codes]  # eq: integers.8


def checksums(words):
    h = [0]
    for word in words:
        h.append((10 * h[-1] + word) % 97)
    return h[1:]


# %%
ARRAY = np.array([[-1, 2], [5, -32]])
in_C, in_F = (words(ARRAY.ravel(order).tolist(), 6) for order in "CF")
h_C, h_F = checksums(in_C), checksums(in_F)
table = {"words": (in_C, my_words), "h in C": (h_C, my_h_in_C), "h in F": (h_F, my_h_in_F)}
for name, (true, mine) in table.items():
    wrong = [n for n, (a, g) in enumerate(zip(true, mine, strict=True), 1) if g not in (None, a)]
    print(f"{name}: {mine.count(None)} holes left, wrong at {wrong}")
assert (h_C[-1], h_F[-1]) == (38, 17)

# %% [markdown]
# The checksum sees the order; a sum of the words would not. Nobody can read an order off words: it
# must be said beside them. In a bundle the *manifest* says it, with width and sign.
#
# ## 4. The law
#
# code -> word is one to one **on the format, and only there** (eq: integers.8): 64 codes, 64 words.
# A writer that masks what does not fit turns 132 into -124 in 8 bits, and you will look for that
# fault in the hardware. So a writer must refuse. Stated in `tests/fixedpoint/test_memfile.py`.

# %%
assert sorted(words(range(-32, 32), 6)) == list(range(64))
text = memfile.dump(memfile.encode(ARRAY, S6 := Format(True, 6)), 6).decode()
assert text == "3f\n02\n05\n20\n" == "".join(f"{w:02x}\n" for w in in_C)
assert memfile.decode(memfile.load(text.encode(), 6, 4), S6).tolist() == ARRAY.ravel().tolist()

# %% [markdown]
# ## 5. The library
#
# A bundle is a folder: stimuli, expected words of every step, a manifest, checksums. `check` reads
# it strictly, `replay` computes every word again, `judge` holds a *device* to it: any object with
# load, run and dump. Ours reads the hex files itself. It stands for your circuit.


# %%
class Mine:  # an IF neuron that shares no line with the library
    def __init__(self, fires=lambda u, theta: u >= theta):
        self.fires = fires

    def load(self, bundle):
        tensors = json.loads((bundle / "manifest.json").read_text())["tensors"]
        for t in [t for t in tensors if t["role"] != "expected"]:
            raw = [int(word, 16) for word in (bundle / t["file"]).read_text().split()]
            signed = [w - (w >> (t["word_bits"] - 1) << t["word_bits"]) for w in raw]
            setattr(self, t["signal"], np.reshape(signed, t["shape"]))
        return self

    def run(self, session, sample):
        v, self.rows = int(self.v_init[0]), []
        for x in self.current[sample, :, 0]:
            u = v + int(x)  # eq: qcfs.4
            s = int(self.fires(u, self.theta[0]))  # eq: qcfs.5
            v = u - int(self.theta[0]) * s  # eq: qcfs.6
            self.rows.append((s, v))

    def dump(self, session):
        spike, v = zip(*self.rows, strict=True)
        return {"if_neuron.spike": spike, "if_neuron.v": v}


with tempfile.TemporaryDirectory() as folder:
    bundle = Path(folder) / "bundle"
    write_neuron_bundle(bundle, "if", samples=60, theta=37)
    assert (check(bundle).ok, replay(bundle).mismatches) == (True, 0)
    right, strict = (judge(bundle, Mine(f)) for f in (lambda u, h: u >= h, lambda u, h: u > h))
    print(
        f"{right.words} words, {right.mismatches} differ; with > {strict.mismatches} do:",
        strict.first,
    )
    assert right.mismatches == 0 < strict.mismatches
    spikes = bundle / "exp" / "if_neuron.spike.hex"
    spikes.write_text(spikes.read_text().replace("1", "0", 1))
    assert not check(bundle).ok  # one bit of one file

# %% [markdown]
# > **What tools do.** Of a last line without its newline Verilator 5.006 drops the word, silently.
# > Of `-1` Yosys 0.23 reads 1. Icarus warns of a short file, goes on with x, and ends with status
# > 0. Hence the strict reader: it looks before they do.
#
# ## 6. The figure
#
# Five layers of 24 neurons, 16 steps: golden from the library, and a device in NumPy. In layer 3,
# in step 5, one bit of one membrane flips once. Before you look: what will differ, and where?


# %%
def device(x, weights, theta, steps, flip=None):
    """Membranes (layer, step, neuron) of a chain of layers; ``flip``: layer, step, neuron, bit."""
    v, kept = [np.full(len(w), theta // 2) for w in weights], []
    for t in range(steps):
        s = x
        for layer, w in enumerate(weights):
            u = v[layer] + w @ s
            s = (u >= theta).astype(np.int64)
            v[layer] = u - theta * s
            if flip and flip[:2] == (layer, t):
                v[layer][flip[2]] ^= 1 << flip[3]
        kept.append([m.copy() for m in v])
    return np.array(kept).swapaxes(0, 1)


rng = np.random.default_rng(16)
weights = [rng.integers(-6, 8, (24, 24)) for _ in range(5)]
x, none, steps = rng.integers(0, 4, 24), np.zeros((), np.int64), 16
names = ["input", *(f"layer {n}" for n in range(1, 6))]
chain = [Layer(b, (Tap(a, (Dense(w),)),), none, IntIF(theta=32, v_init=16), False)
         for a, b, w in zip(names, names[1:], weights, strict=False)]  # fmt: skip
readout = Layer("readout", (Tap(names[-1], (Dense(weights[0]),)),), none, None, False)
program = Program(Format(False, 2), (24,), steps, (*chain, readout))
layers = run_program(program, x[None], trace=names[1:]).layers
golden = np.array([layers[name].trace.v[:, 0] for name in names[1:]])
assert np.array_equal(golden, device(x, weights, 32, steps))

differ = np.sum(golden != device(x, weights, 32, steps, flip=(2, 4, 7, 4)), axis=2)
assert differ[2, 4] == 1
assert differ[:2].sum() + differ[:, :4].sum() == 0 < differ[3:].sum()

CAPTION = """\
Membranes that differ from the golden ones, of 24, in each layer and step. One bit flips in the red
cell. A number left of it or above it would falsify that this is the only fault. To find a fault, go
to the first row with a number, and in it to the first step. A blank cell later is no recovery."""
divergence(differ, 24, figure_path("t16_golden_vectors.png"), CAPTION, fault=(2, 4))

# %% [markdown]
# ## 7. Break it
#
# Now the fault is in the *vectors*. Four faulty neurons, two sets of trains; the bench looks at
# every row. Which set convicts whom? Say it before you run it.


# %%
def neuron(train, fire=lambda u: u >= 37, reset=lambda u: u - 37, floor=-9999, v=18):
    rows = []
    for i in train:
        u = max(v + int(i), floor)
        v = reset(u) if fire(u) else u
        rows.append((bool(fire(u)), v))
    return rows


FAULTY = {
    "> for >=": {"fire": lambda u: u > 37}, "hard reset": {"reset": lambda u: 0},
    "no negative membrane": {"floor": 0}, "starts at 0": {"v": 0},
}  # fmt: skip
sets = {
    "random": stimuli.integers(1, -1000, 1000, 30 * 8).reshape(30, 8),
    "directed": stimuli.directed(37, 18, 8, -128, 127, levels=8).values(),
}
for chosen, trains in sets.items():
    caught = [name for name, fault in FAULTY.items()
              if any(neuron(train) != neuron(train, **fault) for train in trains)]  # fmt: skip
    print(f"{chosen} trains catch {', '.join(caught)}")
    assert caught == list(FAULTY)[chosen == "random" :]

# %% [markdown]
# In 240 random steps no membrane was exactly 37. A directed case is one line: 37 - 18 = 19 in the
# first step. The bundles begin with such cases; `refsnn vectors mutate` plants a hundred faults in
# the netlist and counts what the vectors catch.
#
# ## 8. Exercises
#
# 1. (a number) The checksum h of the array [[-19, 7, 0], [-256, 255, 1]] in 9-bit words, C order.
# 2. (code) Write a case: at most four trains of at most six steps that convict a dozen faulty
#    neurons, eight of which you have not seen.
# 3. (find the bug) A bench that cannot fail. Mend it, and say which devices it lets through.
#
# ```
# refsnn learn T16 --answer 1 NUMBER
# refsnn learn T16                      exercises 2 and 3, in t16_exercises.py
# ```
#
# ## 9. Left out
#
# Real checksums (SHA-256; CRC-32 a layer); whole networks (`--kind network`); `examples/dut`.
# Further reading: `docs/vectors.md`; the conformance bitstreams of H.264, which work alike.
