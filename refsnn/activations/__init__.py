"""Activations of the source network: value, gradient, and the level a spike train carries."""

from refsnn.activations.base import ACTIVATIONS, Activation, activation
from refsnn.activations.clip import Clip
from refsnn.activations.leaky import LeakyReLU
from refsnn.activations.qcfs import BANDS, QCFS, Gradient
from refsnn.activations.rates import RateNorm, ThresholdReLU
from refsnn.activations.relu import ReLU
from refsnn.activations.thresholded import LAMBDA_INIT, Thresholded, require_positive, threshold

__all__ = [
    "ACTIVATIONS",
    "BANDS",
    "LAMBDA_INIT",
    "QCFS",
    "Activation",
    "Clip",
    "Gradient",
    "LeakyReLU",
    "RateNorm",
    "ReLU",
    "ThresholdReLU",
    "Thresholded",
    "activation",
    "require_positive",
    "threshold",
]
