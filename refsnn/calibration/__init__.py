"""Fitting a spiking network to its source: thresholds, biases, burst limits, ratios, exits."""

from refsnn.calibration.bias import calibrate_biases
from refsnn.calibration.bounds import LayerBound, layer_bounds
from refsnn.calibration.claims import broken_in_integers, broken_on_data
from refsnn.calibration.early import ExitFigures, exit_figures, fit_exits, summed_logits
from refsnn.calibration.exits import Exits, Score, entropy, exit_thresholds, exits, score
from refsnn.calibration.fit import batches_of, burst_neurons, fit_notes, snapped
from refsnn.calibration.frontier import Plan, best_choice
from refsnn.calibration.max_pools import max_as_relu
from refsnn.calibration.parts import bias_owner, with_biases
from refsnn.calibration.phis import PhiSearch, search_phi
from refsnn.calibration.potential import calibrate_potentials
from refsnn.calibration.ratios import RATIOS, RatioSearch, compress, search_ratios
from refsnn.calibration.sensitivity import Tables, divergence, tables
from refsnn.calibration.thresholds import (
    Kind,
    Rounding,
    averaged,
    maximum,
    mmse,
    percentile,
    quantised,
)
from refsnn.calibration.weights import calibrate_weights

__all__ = [
    "RATIOS",
    "ExitFigures",
    "Exits",
    "Kind",
    "LayerBound",
    "PhiSearch",
    "Plan",
    "RatioSearch",
    "Rounding",
    "Score",
    "Tables",
    "averaged",
    "batches_of",
    "best_choice",
    "bias_owner",
    "broken_in_integers",
    "broken_on_data",
    "burst_neurons",
    "calibrate_biases",
    "calibrate_potentials",
    "calibrate_weights",
    "compress",
    "divergence",
    "entropy",
    "exit_figures",
    "exit_thresholds",
    "exits",
    "fit_exits",
    "fit_notes",
    "layer_bounds",
    "max_as_relu",
    "maximum",
    "mmse",
    "percentile",
    "quantised",
    "score",
    "search_phi",
    "search_ratios",
    "snapped",
    "summed_logits",
    "tables",
    "with_biases",
]
