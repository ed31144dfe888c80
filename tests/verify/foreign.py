"""Another implementation: plain NumPy and loops, nothing of the library, and any one mistake.

It reads a golden case with `numpy.load` and runs its network. ``mistake`` is the name of a thing
that it gets wrong on purpose. It is written from the documents, not from the catalogue.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]


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
        cls = {
            "IF": Firing,
            "ShiftedIF": Firing,
            "AdaFire": Firing,
            "DualThreshold": Firing,
            "LIF": Firing,
        }.get(said["neuron"], Accumulating)
        neuron = cls(said, theta, self, name)
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


class Base:
    """What both kinds of neuron share: the comparison and the start."""

    def __init__(self, said, theta, network, name):
        self.said, self.theta, self.mistake = said, theta, network.mistake
        self.kind, self.arrays, self.name = said["neuron"], network.arrays, name
        self.dtype = network.dtype

    def extra(self, name, default=None):
        value = self.arrays.get(f"neuron/{self.name}/{name}")
        return self.said.get(name, default) if value is None else value.astype(self.dtype)

    def reaches(self, u, level):
        strict = self.said.get("compare") == "gt"
        if self.mistake == "strict":
            strict = True
        if self.mistake == "not-strict":
            strict = False
        slack = {"tolerance-8e-5": 8e-5, "tolerance-1e-3": 1e-3}.get(self.mistake, 0)
        if strict:
            return u - level > -slack if slack else u > level
        return u - level >= -slack

    def start(self, usual):
        part = {"starts-at-0": 0.0, "starts-at-half": 0.5, "starts-at-theta": 1.0}
        return part.get(self.mistake, usual) * self.theta


class Firing(Base):
    """One output frame for every input frame."""

    def run(self, currents, once, memory):
        usual = self.said.get("v_init", 0.0)
        v = np.zeros_like(currents[0]) + self.start(usual)
        net = np.zeros(v.shape, int)
        last = np.zeros(v.shape, int)
        if memory:
            v, net, last = memory["v"], memory["net"], memory["last"]
        if once is not None:
            v = v + once
        late = self.said.get("reset_acts") == "next_step"
        late = (late or self.mistake == "late-reset") and self.mistake != "early-reset"
        hard = self.said.get("reset") == "zero" or self.mistake == "hard-reset"
        hard = hard and self.mistake != "soft-reset"
        rows = []
        for current in currents:
            u = self.integrate(v, current)
            if late:
                u = self.reset(u, last, hard)
            n = self.fire(u, net)
            if self.mistake == "lagging-reset":
                v = self.reset(u, last, hard)
            else:
                v = u if late else self.reset(u, n, hard)
            v = self.floor(v)
            net, last = net + n, n
            rows.append({"current": current, "u": u, "fired": n, "v": v})
        memory.update(v=v, net=net, last=last)
        spikes = np.stack([row["fired"] for row in rows])
        total = spikes.sum(0)
        return rows, spikes, np.ones(len(spikes)), total * self.theta, total

    def integrate(self, v, current):
        if self.extra("tau") is not None:  # Euler
            a = 1 / self.extra("tau")
            return (1 - a) * v + a * self.extra("r") * current
        shift = 0
        if self.kind == "ShiftedIF":
            shift = self.theta / (2 * self.said["t_ref"])
        if self.kind == "AdaFire":
            shift = self.theta / (2 * self.said["steps"])
        return v + current + (0 if self.mistake == "no-shift" else shift)

    def reset(self, u, n, hard):
        return np.where(n > 0, self.dtype(0), u) if hard else u - n.astype(self.dtype) * self.theta

    def floor(self, v):
        lowest = self.said.get("v_min")
        if self.mistake == "floored-membrane" and lowest is None:
            lowest = 0.0
        if self.mistake == "not-clamped":
            lowest = None
        return v if lowest is None else np.maximum(v, lowest * self.theta)

    def fire(self, u, net):
        if self.kind == "DualThreshold":
            return self.dual(u, net)
        most = self.said.get("phi") or self.said.get("most", 1)
        if self.mistake == "one-a-step":
            most = 1
        if self.mistake == "several-a-step" or (self.mistake == "not-capped" and most > 1):
            most = 10**6
        n = np.zeros(u.shape, int)
        k = 1
        while k <= most or self.mistake == "wraps":
            over = self.reaches(u, k * self.theta)
            if not over.any():
                break
            n, k = n + over, k + 1
        if self.mistake == "wraps":
            n = n % (most + 1)
        if self.mistake == "not-clamped" and self.kind == "AdaFire":
            n = np.where(u < 0, np.floor(u / self.theta).astype(int), n)
        return n

    def dual(self, u, net):
        cap = None if self.mistake == "not-capped" else self.said["cap"]
        up = self.reaches(u, self.theta)
        if self.mistake == "several-a-step":
            up = np.where(u > 0, np.floor(u / self.theta).astype(int), 0)
        if cap is not None:
            up = up * (net < cap)
        down = u < -self.said["theta_negative"] * self.theta
        if self.mistake != "ungated":
            down = down & (net >= 1)
        if self.mistake == "never-inhibits":
            down = np.zeros_like(down)
        return up.astype(int) - down.astype(int)


class Accumulating(Base):
    """Takes the whole train in, then sends."""

    def run(self, currents, once, memory):
        self.t = self.said["t_out"]
        v = np.zeros_like(currents[0]) + self.start(0.5)
        count = np.zeros(v.shape, int)
        if memory:
            v, count = memory["v"], memory["count"]
        charge = np.zeros_like(v)
        if once is not None:
            v, charge = v + once, charge + once
        self.rows = []
        for current in currents:
            u = v + current
            charge = charge + current
            v, n = self.count_up(u) if self.kind == "Pascal" else (u, 0 * count)
            count = count + n
            self.note(current, u, n, v)
        if self.kind == "Pascal":
            v, count = self.relax(v, count, len(currents))
        v, spikes = self.emit(v, count, charge)
        memory.update(v=v, count=count)
        worth = self.worth()
        shaped = worth.reshape(-1, *[1] * (spikes.ndim - 1))
        total = (spikes * shaped).sum(0)
        return self.rows, spikes, worth, total * self.theta, total.astype(int)

    def note(self, current, u, n, v):
        self.rows.append({"current": current, "u": u, "fired": n, "v": v})

    def count_up(self, u):
        n = self.reaches(u, self.theta).astype(int)
        return self.reset(u, n), n

    def reset(self, u, n):
        return np.where(n > 0, 0.0, u) if self.mistake == "hard-reset" else u - n * self.theta

    def relax(self, v, count, frames):
        steps = max(frames, self.t) - 1
        steps += {"relax-short": -1, "relax-long": 1}.get(self.mistake, 0)
        for _ in range(steps):
            u = v
            n = self.reaches(u, self.theta).astype(int)
            back = (u < 0) & ((count >= 1) if self.mistake == "gated" else True)
            if self.mistake != "never-inhibits":
                n = n - back
            v, count = self.reset(u, n), count + n
            self.note(np.zeros_like(v), u, n, v)
        return v, count

    def emit(self, v, count, charge):
        if self.mistake in ("half-even", "wraps", "not-capped", "not-clamped"):
            return v, self.code(self.level(v, count, charge), v)
        if self.mistake in ("lsb-first", "bits-reversed"):
            return v, self.code(self.level(v, count, charge), v)[::-1]
        spikes = []
        ahead = {"schedule-ahead": 1, "schedule-behind": -1}.get(self.mistake, 0)
        for t in range(1, self.t + 1):
            if self.kind == "Pascal":
                s, u = (count >= t + ahead).astype(int), count
            else:
                bits = self.kind == "BitSerial"
                level = self.theta * (2.0 ** (self.t - t + ahead) if bits else 1)
                s, u = self.reaches(v, level).astype(int), v
                v = (
                    np.where(s > 0, 0.0, v)
                    if bits and self.mistake == "hard-reset"
                    else v - s * level
                )
            spikes.append(s)
            self.note(np.zeros_like(v), u, s, v)
        return v, np.stack(spikes)

    def level(self, v, count, charge):
        """The level by arithmetic, as a quantised network has it."""
        top = 2**self.t - 1 if self.kind == "BitSerial" else self.t
        n = count if self.kind == "Pascal" else np.floor(v / self.theta).astype(int)
        if self.mistake == "half-even":
            n = np.round(charge / self.theta).astype(int)
        if self.mistake == "wraps":
            return np.where(n < 0, 0, n % (top + 1))
        if self.mistake == "not-capped":
            return np.maximum(n, 0)
        return np.minimum(n, top) if self.mistake == "not-clamped" else np.clip(n, 0, top)

    def code(self, level, like):
        """The level as a train; what does not fit goes into the spike that is worth least."""
        frames = []
        for t in range(1, self.t + 1):
            if self.kind == "BitSerial":
                kept = np.clip(level, 0, 2**self.t - 1)
                frames.append((kept // 2 ** (self.t - t)) % 2)
            else:
                kept = np.clip(level, 0, self.t)
                frames.append((level >= t).astype(int))
        frames[-1] = frames[-1] + level - kept
        for _ in range(self.t):
            self.rows.append(dict.fromkeys(("current", "u", "fired", "v")))
        return np.stack(frames)

    def worth(self):
        if self.kind != "BitSerial":
            return np.ones(self.t)
        powers = 2.0 ** np.arange(self.t)
        return powers if self.mistake == "lsb-first" else powers[::-1]
