"""Files: models, spiking networks, traces."""

from refsnn.io.archive import MODEL, SPIKING, TRACE, load_arrays
from refsnn.io.npz import Model, load_model, load_snn, save_model, save_snn
from refsnn.io.paths import check_target
from refsnn.io.programs import PROGRAM, load_program, save_program
from refsnn.io.traces import load_run, save_run

__all__ = [
    "MODEL",
    "PROGRAM",
    "SPIKING",
    "TRACE",
    "Model",
    "check_target",
    "load_arrays",
    "load_model",
    "load_program",
    "load_run",
    "load_snn",
    "save_model",
    "save_program",
    "save_run",
    "save_snn",
]
