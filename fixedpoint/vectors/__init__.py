"""Test vectors for hardware: a folder that a simulator, a formal tool and this library read alike.

A *bundle* holds one scalar operation (L0), one neuron (L1), one layer (L2) or one network (L3), its
stimulus, and every register after every step. `check` judges its files strictly, `replay_any`
computes every word again, `judge` holds a device under test to it. Of a neuron or a layer::

    manifest.json              what the files are (schema ``refsnn/hwvec/1``)
    SHA256SUMS                 of every file but itself and provenance.json
    README.txt  LICENSE.txt
    param/<layer>.<weight|bias|theta|v_init>.hex
    stim/<layer>.<current|spikes>.hex
    exp/<layer>.<acc|u|spike|v|count|out>.hex
    hdl/<name>_pkg.vh          widths, steps, modes and file names, generated from the manifest
    rtl/*.v                    the Verilog the bundle was written for
    tb/tb_<name>.v             self-checking test bench; run it from the bundle's root
    provenance.json            versions, command, date: outside the hashes

Same arguments, same bytes, on every machine; only provenance.json differs.

Signals. Row (sample s, step t) holds what consuming input row (s, t) produced:

========  =============================  =========================================================
current   (sample, step, neuron)         stimulus of a neuron bundle
spikes    (sample, step, in) packed      stimulus of a layer bundle: one word a step
acc       (sample, step, neuron)         input current: bias, then weights in address order
u         (sample, row, neuron)          what the comparison saw (v_pre); the counter while emitting
spike     (sample, row, neuron)          0, 1; for PASCAL signed (11 is -1, 10 is illegal), and the
                                         emitted bit while emitting
v         (sample, row, neuron)          after the reset (v_post): what row + 1 starts from
count     (sample, row, neuron)          spikes so far; signed for PASCAL
out       (sample, step, neuron) packed  emitted spikes, one word a step
========  =============================  =========================================================

Rows are the executed steps: T for an IF neuron; T_in + (max(T_in, T_out) - 1) + T_out for PASCAL.
The initial membrane is a parameter (``v_init``), never row 0.

Hex files: see `fixedpoint.memfile`. Order is C order, last axis fastest; a weight's address is
``out * n_in + in``; packed words hold lane 0 in the lowest bits.

Manifest: ``bundle_id`` is the SHA-256 of the canonical JSON (sorted keys, no spaces, UTF-8) without
that field; a tensor's ``crc32`` is IEEE 802.3, reflected, over its words as ceil(W/8) little-endian
bytes; ``expected_digest`` is the SHA-256 over the expected files in manifest order. What was not
measured is null. Tolerance is always 0.
"""

from fixedpoint.vectors.check import CheckReport, check
from fixedpoint.vectors.dut import Device, Verdict, judge
from fixedpoint.vectors.levels import replay_any
from fixedpoint.vectors.manifest import Manifest
from fixedpoint.vectors.network import replay_network, write_network_bundle
from fixedpoint.vectors.replay import Mismatch, ReplayReport, replay
from fixedpoint.vectors.scalar import replay_scalar, write_scalar_bundle
from fixedpoint.vectors.tensor import Tensor
from fixedpoint.vectors.write import write_layer_bundle, write_neuron_bundle

__all__ = [
    "CheckReport",
    "Device",
    "Manifest",
    "Mismatch",
    "ReplayReport",
    "Tensor",
    "Verdict",
    "check",
    "judge",
    "replay",
    "replay_any",
    "replay_network",
    "replay_scalar",
    "write_layer_bundle",
    "write_network_bundle",
    "write_neuron_bundle",
    "write_scalar_bundle",
]
