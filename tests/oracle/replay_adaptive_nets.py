"""Full conversions of ``adaptive_calibration.npz``: every stage, float64, as released."""

import numpy as np
from oracle import adaptive_networks
from oracle.ledger import Group

from refsnn.ann import evaluate
from refsnn.calibration import (
    averaged,
    bias_owner,
    calibrate_biases,
    calibrate_potentials,
    compress,
    exit_thresholds,
    exits,
    mmse,
    search_phi,
    search_ratios,
)
from refsnn.convert.neurons import per_channel
from refsnn.engines import Run, run
from refsnn.graph import Graph
from refsnn.neurons import AdaFire, Readout
from refsnn.passes import fold_batch_norm
from refsnn.snn import SNN

TOL = 1e-9
"""Sums of float64 in another order."""

SINGLE = 1e-6
"""The released meter adds up in float32: relative."""


class Stage:
    """A network of a group, and how it is compared at each stage."""

    def __init__(self, group: Group) -> None:
        self.group = group
        built = adaptive_networks.build(group)
        self.graph, self.acts = fold_batch_norm(built.graph), built.acts
        self.steps, self.phi0, self.desired, self.least = map(int, group.use("cfg"))
        self.spike_ratio, self.divergence_ratio = map(float, group.use("ratios"))
        names = sorted(group.names(r"cal_x(\d+)"), key=lambda m: int(m[1]))
        self.batches = [group.use(m[0]) for m in names]
        self.labels = [group.use(f"cal_y{m[1]}") for m in names]
        self.eval_x = group.use("eval_x")

    def fitted(self, phis: dict[str, int]) -> SNN:
        """Thresholds of least squared error, averaged over the batches."""
        values, neurons = [evaluate(self.graph, x) for x in self.batches], {}
        for act in self.acts.values():
            fits = (
                mmse(v[act], self.steps, phis[act], per_channel=v[act].ndim > 2) for v in values
            )
            theta = averaged(fits)  # eq: adaptive_calibration.5
            neurons[act] = self.neuron(per_channel(theta, values[0][act].ndim - 1), phis[act])
        return SNN(self.graph, neurons, Readout(), self.steps)

    def neuron(self, theta: np.ndarray, phi: int) -> AdaFire:
        dead = theta == 0
        return AdaFire(
            theta=np.where(dead, 1.0, theta),
            phi=phi,
            steps=self.steps,
            dead=dead if dead.any() else None,
            as_released=True,
        )

    def thresholds(self, stage: str, snn: SNN) -> None:
        for layer, act in self.acts.items():
            neuron = snn.neurons[act]
            theta = neuron.theta if neuron.dead is None else np.where(neuron.dead, 0, neuron.theta)
            theta = theta if theta.ndim == 0 else theta[None]
            self.group.compare(f"{stage}.{layer}.thr", theta, TOL)

    def biases(self, stage: str, snn: SNN) -> None:
        for layer, act in self.acts.items():
            key = f"{bias_owner(snn.graph, act).name}.bias"
            self.group.compare(f"{stage}.{layer}.bias", snn.graph.params[key], TOL)

    def logits(self, stage: str, snn: SNN) -> None:
        self.group.compare(f"{stage}.eval_logits_mean", run(snn, self.eval_x).logits, TOL)


def pipeline(group: Group) -> None:
    """Fold, fit, search, fit again, biases, compress, biases, (potentials), run, exits."""
    stage = Stage(group)
    folded(stage)
    snn = burst_limits(stage)
    snn = calibrate_biases(snn, stage.batches[0])  # eq: adaptive_calibration.6
    stage.biases("s4", snn)
    stage.logits("s4", snn)
    snn = compressed(stage, snn)
    snn = calibrate_biases(snn, stage.batches[0])
    stage.biases("s6", snn)
    if any(True for _ in group.names(r"s7\..+\.v0")):
        snn = calibrate_potentials(snn, stage.batches[0])  # eq: adaptive_calibration.7
        for layer, act in stage.acts.items():
            group.compare(f"s7.{layer}.v0", snn.neurons[act].v0[None], TOL)
    final(stage, snn)


def folded(stage: Stage) -> None:
    group, values = stage.group, evaluate(stage.graph, stage.eval_x)
    for match in group.names(r"fold\.(.+)"):
        group.compare(match[0], stage.graph.params[match[1]], TOL)
    group.compare("eval_ann_logits", values[stage.graph.output], TOL)


def burst_limits(stage: Stage) -> SNN:
    """s1 to s3: search the burst limits, fit the thresholds to them."""
    group = stage.group
    first = stage.fitted(dict.fromkeys(stage.acts.values(), stage.phi0))
    stage.thresholds("s1", first)
    found = search_phi(
        first,
        stage.batches[0],
        desired=stage.desired,
        least=stage.least,
        ratio=stage.spike_ratio,
        as_released=True,
    )
    group.compare("s2.sens", found.tables.divergence, TOL)  # eq: adaptive_calibration.22
    group.compare("s2.spikes", found.tables.spikes)
    group.compare("s2.constraint", np.asarray(found.budget), TOL)
    group.compare("s2.phi", np.array(list(found.phi.values())))  # eq: adaptive_calibration.23
    group.compare("s2.front", found.plan.front, TOL)
    snn = stage.fitted(found.phi)
    stage.thresholds("s3", snn)
    stage.logits("s3", snn)
    return snn


def compressed(stage: Stage, snn: SNN) -> SNN:
    """s5: ratios, in the released (reversed) order, as the code applies them."""
    group = stage.group
    found = search_ratios(
        snn,
        stage.batches[0],
        ratio=stage.divergence_ratio,
        released_order=True,
        as_released=True,
    )
    group.compare("s5.sens", found.tables.divergence, TOL)  # eq: adaptive_calibration.25
    group.compare("s5.spikes", found.tables.spikes)
    group.compare("s5.constraint", np.asarray(found.budget), TOL)  # eq: adaptive_calibration.26
    given = np.array(list(found.ratio.values()))
    group.compare("s5.rho_returned", given)
    group.compare("s5.rho_layer_order", given[::-1])
    snn = compress(snn, found.ratio)
    stage.thresholds("s5", snn)  # eq: adaptive_calibration.24
    return snn


def final(stage: Stage, snn: SNN) -> None:
    """Spikes and membranes of the converted network, its energy as released, its exits."""
    group, output = stage.group, stage.graph.output
    done = run(snn, stage.eval_x, record=None)
    sums = done.traces[output].v
    group.compare("final.logits_step", np.diff(sums, axis=0, prepend=0), TOL)
    group.compare("final.logits_mean", done.logits, TOL)
    for layer, act in stage.acts.items():
        trace, dead = done.traces[act], snn.neurons[act].dead
        spikes = trace.fired if dead is None else np.where(dead, -1, trace.fired)
        group.compare(f"final.{layer}.n", spikes)
        group.compare(f"final.{layer}.v", trace.v.astype(np.float32), 1e-6)
    energy(stage, snn, done)
    for kind in sorted({m[1] for m in group.names(r"iat\.(entropy|confidence)\..+")}):
        early(stage, snn, sums, kind)


def early(stage: Stage, snn: SNN, sums: np.ndarray, kind: str) -> None:
    group, output = stage.group, stage.graph.output
    seen = run(snn, np.concatenate(stage.batches), record=[output]).traces[output].v
    bars = exit_thresholds(seen, np.concatenate(stage.labels), kind)
    group.compare(f"iat.{kind}.thr", bars, TOL)  # eq: adaptive_calibration.28
    step, prediction = exits(sums, bars, kind)  # eq: adaptive_calibration.30
    right = np.mean(prediction == group.use("eval_y"))
    portion = np.bincount(step - 1, minlength=stage.steps) / len(step)
    group.compare(f"iat.{kind}.acc", 100 * right, TOL)
    group.compare(f"iat.{kind}.avg_t", step.mean(), TOL)
    group.compare(f"iat.{kind}.portion", portion, TOL)


def energy(stage: Stage, snn: SNN, done: Run) -> None:
    """The released estimate: a burst counts once, the first layer is charged in every frame."""
    operations, total = 0, 0.0
    for act in stage.acts.values():
        owner = bias_owner(snn.graph, act)
        weight, places = snn.graph.params[f"{owner.name}.weight"], snn.graph.shapes[owner.name][1:]
        flops = weight.size * int(np.prod(places))
        for t in range(stage.steps):
            operations += flops
            if owner.inputs[0] == "input":
                total += 4.6 * flops
            else:
                total += 0.9 * flops * np.mean(frame(snn, done, owner.inputs[0], t) != 0)
    group, calls = stage.group, stage.steps * len(stage.acts)
    total *= 1e-9
    group.compare("final.energy_mJ", np.asarray(total), SINGLE * total)
    group.compare("final.energy_meter_avg", np.asarray(total / calls), SINGLE * total / calls)
    group.compare("final.flops", np.asarray(operations))


def frame(snn: SNN, done: Run, edge: str, t: int) -> np.ndarray:
    """What an edge carries in step t."""
    if edge in snn.neurons:
        dead = snn.neurons[edge].dead
        spikes = done.traces[edge].fired[t] * snn.neurons[edge].theta
        return spikes if dead is None else np.where(dead, 0, spikes)
    graph: Graph = snn.graph
    node = graph.node(edge)
    return node.op.apply(graph.of(edge), *(frame(snn, done, name, t) for name in node.inputs))
