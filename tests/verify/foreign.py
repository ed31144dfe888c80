"""Another implementation: plain NumPy and loops, nothing of the library, and any one mistake.

It reads a golden case with `numpy.load` and runs its network. ``mistake`` is the name of a thing
that it gets wrong on purpose. It is written from the documents, not from the catalogue.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from verify.foreign_neurons import Accumulating, Firing

Arrays = dict[str, np.ndarray]
STEPPING = ("IF", "ShiftedIF", "AdaFire", "DualThreshold", "LIF")


class Foreign:
    """A network of another framework."""

    def __init__(self, file: Any, mistake: str = "", dtype: Any = np.float64):
        with np.load(file) as archive:
            self.arrays = {name: archive[name] for name in archive.files}
        self.header = json.loads(self.arrays["header"].tobytes())
        self.mistake, self.dtype = mistake, dtype

    def run(self) -> Arrays:
        """Every signal of every layer, by name."""
        x = self.arrays["input"].astype(self.dtype)
        if self.mistake == "state-kept":
            return self._one_after_another(x)
        return self._run(x, {})

    def _one_after_another(self, x):
        memory: dict[str, Any] = {}
        parts = [self._run(x[i : i + 1], memory) for i in range(len(x))]
        time = [
            name
            for name, a in parts[0].items()
            if name.rpartition("/")[2] not in ("counts", "sums", "logits")
        ]
        return {n: np.concatenate([p[n] for p in parts], axis=int(n in time)) for n in parts[0]}

    def _run(self, x, memory):
        self.out: Arrays = {}
        frames, extra = self.header["input_frames"], self.header["extra_frames"]
        silence = [np.zeros_like(x)] * extra
        # an edge is a train (T, B, ...) without bias, and the bias that reached it
        edges = {"input": (np.stack([x] * frames + silence), np.zeros((1, *x.shape[1:]), x.dtype))}
        nodes = self.header["nodes"]
        for node in nodes:
            kind, name = node["op"]["op"], node["name"]
            given = [edges[source] for source in node["inputs"]]
            if name in self.header["neurons"]:
                edges[name] = self._layer(name, *given[0], frames, memory)
            else:
                edges[name] = getattr(self, kind.lower())(node, *given)
        self._readout(nodes[-1]["name"], *edges[nodes[-1]["name"]], frames)
        return self.out

    # operations

    def param(self, node, name):
        return self.arrays[f"param/{node['name']}.{name}"].astype(self.dtype)

    def bias(self, node):
        b = self.param(node, "bias")
        if self.mistake == "no-bias":
            return 0 * b
        return b

    def repeats(self, node, train):
        """A batch norm that was not folded, its shift not divided among the steps."""
        wrong = self.mistake == "norm-not-shifted" and node["name"] in self.header["norms"]
        return len(train) if wrong else 1

    def linear(self, node, edge):
        (train, offset), w = edge, self.param(node, "weight")
        if self.mistake == "matrix-transposed" and w.shape[0] == w.shape[1]:
            w = w.T
        if self.mistake == "flattened-channels-last" and node["inputs"] == ["flatten"]:
            c, h, wd = self.before_flatten
            order = np.arange(c * h * wd).reshape(c, h, wd).transpose(1, 2, 0).ravel()
            train, offset = train[:, :, order], offset[:, order]
        out = np.stack([self.dot(frame, w) for frame in train])
        return out, self.dot(offset, w) + self.repeats(node, train) * self.bias(node)

    def dot(self, x, w):
        """Sums in the order of the loop: it matters in float32."""
        if self.mistake == "float32-pairs":
            return self.tree([x[:, i : i + 1] * w[:, i] for i in range(w.shape[1])])
        order = range(w.shape[1])
        if self.mistake == "float32-backwards":
            order = reversed(order)
        total = np.zeros((len(x), len(w)), x.dtype)
        for i in order:
            if self.mistake == "float32-fused":
                wide = total.astype(float) + x[:, i : i + 1].astype(float) * w[:, i].astype(float)
                total = wide.astype(x.dtype)
            else:
                total = total + x[:, i : i + 1] * w[:, i]
        return total

    def tree(self, terms):
        half = len(terms) // 2
        return terms[0] if half == 0 else self.tree(terms[:half]) + self.tree(terms[half:])

    def conv2d(self, node, edge):
        train, offset = edge
        w = self.param(node, "weight")
        if self.mistake == "kernel-turned":
            w = w[:, :, ::-1, ::-1]
        if self.mistake == "kernel-transposed":
            w = w.transpose(0, 1, 3, 2)
        if self.mistake == "matrix-transposed" and w.shape[0] == w.shape[1]:
            w = w.transpose(1, 0, 2, 3)
        if self.mistake == "input-channels-reversed" and node["inputs"] == ["input"]:
            train, offset = train[:, :, ::-1], offset[:, ::-1]
        out = np.stack([self.correlate(frame, w) for frame in train])
        b = self.repeats(node, train) * self.bias(node)
        return out, self.correlate(offset, w) + b[:, None, None]

    def correlate(self, x, w):
        """3x3, padding 1."""
        b, c, height, width = x.shape
        padded = np.zeros((b, c, height + 2, width + 2), x.dtype)
        padded[:, :, 1:-1, 1:-1] = x
        places = [(i, j) for i in range(height) for j in range(width)]
        windows = [padded[:, :, i : i + 3, j : j + 3].reshape(b, -1) for i, j in places]
        out = self.dot(np.concatenate(windows), w.reshape(len(w), -1))
        return out.reshape(height, width, b, len(w)).transpose(2, 3, 0, 1)

    def add(self, node, first, second):
        train, other = first[0], second[0]
        if len(train) != len(other):  # only the total matters: in frame 1
            late = np.zeros_like(train)
            late[0] = other.sum(0)
            other = late
        return train + other, first[1] + second[1]

    def pool(self, train, combine):
        """2x2."""
        t, b, c, h, w = train.shape
        return combine(train.reshape(t, b, c, h // 2, 2, w // 2, 2))

    def avgpool2d(self, node, edge):
        area = 1 if node["op"].get("divisor") == 1 else 4
        if self.mistake == "sums-pool":
            area = 1
        if self.mistake == "averages-pool":
            area = 4
        return self.pool(edge[0], lambda a: a.sum((4, 6)) / area), self.pool(
            edge[1][None], lambda a: a.sum((4, 6)) / area
        )[0]

    def maxpool2d(self, node, edge):
        if self.mistake == "averages-pool":
            return self.avgpool2d(node, edge)
        biggest = lambda a: a.max((4, 6))  # noqa: E731
        return self.pool(edge[0], biggest), self.pool(edge[1][None], biggest)[0]

    def flatten(self, node, edge):
        train, offset = edge
        self.before_flatten = train.shape[2:]
        return train.reshape(*train.shape[:2], -1), offset.reshape(1, -1)

    # neurons

    def _layer(self, name, train, offset, frames, memory):
        said = self.header["neurons"][name]
        theta = self.arrays[f"neuron/{name}/theta"].astype(self.dtype)
        kind = Firing if said["neuron"] in STEPPING else Accumulating
        neuron = kind(said, theta, self, name)
        plan = said.get("bias_plan") or ("once" if said["neuron"].startswith("Pascal") else "every")
        currents, once = self._biased(
            train, offset, "every" if plan == "every_frame" else plan, frames
        )
        rows, spikes, worth, value, counts = neuron.run(currents, once, memory.setdefault(name, {}))
        for key in ("current", "u", "fired", "v"):
            if all(row[key] is not None for row in rows):
                self.out[f"{name}/{key}"] = np.stack([row[key] for row in rows])
        self.out[f"{name}/spikes"], self.out[f"{name}/counts"] = spikes, counts
        shaped = np.asarray(worth, self.dtype).reshape(len(spikes), *[1] * (spikes.ndim - 1))
        values = spikes.astype(self.dtype) * shaped * theta
        self.out[f"{name}/values"], self.out[f"{name}/sums"] = values, value
        return values, np.zeros_like(offset)

    def _biased(self, train, offset, plan, frames):
        """Where the bias goes. Frames of silence carry none."""
        wrong = {"bias-once": "once", "bias-every-step": "every", "bias-spread": "spread"}
        plan = wrong.get(self.mistake, plan)
        if plan == "once":
            return list(train), offset
        extra = self.header["extra_frames"]
        b = offset / (len(train) - extra) if plan == "spread" else offset
        return [f + b if t < len(train) - extra else f for t, f in enumerate(train)], None

    def _readout(self, name, train, offset, frames):
        said = self.header["neurons"]["@readout"]
        plan = "once" if said["bias_plan"] == "once" else "every"
        currents, once = self._biased(train, offset, plan, frames)
        v = np.zeros(train.shape[1:], self.dtype) + (0 if once is None else once)
        seen = []
        for current in currents:
            v = v + current
            seen.append(v)
        self.out[f"{name}/current"], self.out[f"{name}/v"] = np.stack(currents), np.stack(seen)
        steps = len(train) - self.header["extra_frames"]
        self.out["logits"] = v / np.asarray(steps, v.dtype) if said["kind"] == "mean" else v
