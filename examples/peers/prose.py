"""The words of the page, with places for what was measured."""

INTRODUCTION = """\
# Other implementations: which setting of ours is which of theirs

Found by running both, not by reading; generated, do not edit:

```
python -m pip install -e ".[peers]"
cd examples && python -m peers --page ../docs/implementations.md
```

Versions: {versions}. Processor only, single precision on both sides.

{neurons} neurons with a threshold of 1 are held against every setting of ours that could be
theirs: comparison, reset and when it acts, start, floor, spikes a step, late spikes, leak. A
setting is accepted if **every spike of every train agrees**; then the membrane is compared bit
for bit too (zeros of either sign are equal). Trains:

{drives}

Together {trains} trains, {steps} neuron steps for every setting. Currents are quarters and leaks
halve (but for `beta=0.9`), so that nothing is rounded: a difference is one of meaning. The trains
are full of ties; how many the accepted setting meets is told beside it. Where no setting agrees,
*mild* currents are tried, of at most the threshold ({mild} steps).

- A membrane exactly on the threshold fires in {fire}; it does not in {silent}.
- {after} of {neurons} are reproduced with spikes and the membrane after the reset, {before} with
  spikes and the one before it, {alone} with spikes alone, {tame} for mild currents only, {none} by
  none of ours.
"""

SEMANTICS = """
## Implementation by semantics

*Rounded floats*: of {trains} trains of normal floats, which every step rounds, how many have
another spike, and how many another bit in the membrane, under the same setting. A membrane
*before the reset* is the sum the comparison saw (`u` of a trace).
"""

SETTINGS = """
## Settings

`from refsnn.neurons import IF, LIF, DualThreshold`. *Also*: other settings tried that send the
same spikes on all these trains. A spike of `IF` is worth theta, one of theirs 1: where theta is
not 1, use `LIF(..., worth=1.0)`.
"""

PARTINGS = """
## Where none of ours agrees

The nearest setting, and the first step in which the two part:
"""

NETWORKS = """
## Networks

Convolution, neurons, average pooling, linear layer, neurons, linear layer; 64 samples, {frames}
steps, {steps} neuron steps a row: theirs computed by PyTorch, ours by the NumPy engine. *Dyadic*
weights and inputs are quarters; *rounded* ones are normal floats, whose sums depend on their
order. In the first rows a package's neuron (threshold 2) stands between given weights, with input
that changes from step to step. `ann2snn` and `from_model` convert the ReLU network themselves;
the thresholds that `ann2snn` calibrates are held to ours too. `half_threshold` makes a
`HalfThresholdIFNode`.
"""

TRIPS = """
## Through a NIR file

A linear layer and four neurons, dyadic, {steps} steps of {samples} samples, {total} neuron steps,
written by the package's own exporter. *Back*: spikes that differ after its own importer has read
the file. *Ours*: spikes that differ after `refsnn import` has read it (see [nir.md](nir.md)). Where
ours differ, the file does not hold what was lost.

Versions: {versions}. Sinabs {sinabs} asks for `nir` up to 1.0.4 and SpikingJelly for a later one,
so these were put in place by `python -m pip install --no-deps {pins}`.
"""

LIMITS = """
## Not compared

Gradients; other processors and graphics cards (SpikingJelly has kernels of its own there); learned
thresholds and leaks; recurrent cells; other `ann2snn` recipes. An agreement holds for the versions
above. To hold one neuron against one setting on the same trains:

```
cd examples && python -m peers --try spikingjelly 'neuron.IFNode(v_reset=None)' \\
  "IF(theta=1.0, compare='ge', reset='subtract', v_init=0.0)"
```
"""
