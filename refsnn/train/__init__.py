"""Train a graph in NumPy: gradients, SGD and Adam, cosine schedule, a seeded loop."""

from refsnn.train.gradients import loss_and_gradients
from refsnn.train.loop import (
    LAMBDA_MIN,
    Epoch,
    Trained,
    Training,
    check_labels,
    shifted,
    train,
    trainable,
)
from refsnn.train.optimisers import OPTIMISERS, SGD, Adam, Optimiser, cosine

__all__ = [
    "LAMBDA_MIN",
    "OPTIMISERS",
    "SGD",
    "Adam",
    "Epoch",
    "Optimiser",
    "Trained",
    "Training",
    "check_labels",
    "cosine",
    "loss_and_gradients",
    "shifted",
    "train",
    "trainable",
]
