"""The neurons of a file without metadata, under semantics that the caller chose."""

from __future__ import annotations

import numpy as np

from refsnn.errors import InputError
from refsnn.io.nir.conventions import Convention
from refsnn.io.nir.hdf5 import Tree
from refsnn.io.nir.nodes import array, broadcast
from refsnn.neurons import LIF
from refsnn.typing import Array, Shape

FIELDS = {
    "IF": ("v_threshold", "r", "v_reset"),
    "LIF": ("v_threshold", "r", "v_reset", "tau", "v_leak"),
}


class Foreign:
    """How the neurons of a file without metadata are read."""

    def __init__(self, chosen: Convention, dt: float | None) -> None:
        self.chosen, self.dt = chosen, chosen.dt if dt is None else dt

    def neuron(self, name: str, node: Tree, shape: Shape) -> LIF:
        """The neuron of an IF or a LIF node."""
        fields = {key: self._field(name, node, key, shape) for key in FIELDS[node["type"]]}
        theta, r, reset = fields["v_threshold"], fields["r"], fields["v_reset"]
        needs_dt = node["type"] == "LIF" or not self.chosen.charge
        if needs_dt and not (self.dt and np.isfinite(self.dt) and self.dt > 0):
            raise InputError(
                "a time step is needed", where=name, expected="dt > 0 s", got=self.dt,
                fix="pass --dt SECONDS, that of the tool that wrote or ran the network",
            )  # fmt: skip
        if node["type"] == "IF":
            return self.chosen.if_neuron(theta, r, reset, self.dt)
        assert self.dt is not None
        return self.chosen.lif_neuron(theta, fields["tau"], r, fields["v_leak"], reset, self.dt)

    def _field(self, name: str, node: Tree, key: str, shape: Shape) -> Array:
        if key == "v_reset" and key not in node:  # files of NIR before 1.0
            return np.zeros(())
        full = broadcast(name, key, array(name, node, key), shape)
        same = full.size and np.all(full == full.flat[0])
        return np.asarray(full.flat[0] if same else full)
