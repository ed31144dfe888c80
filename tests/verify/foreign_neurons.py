"""The neurons of another implementation: those that fire in every step, and those that wait.

Plain NumPy and loops, nothing of the library. ``mistake`` is a thing that one gets wrong on purpose.
"""

from __future__ import annotations

import numpy as np


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
