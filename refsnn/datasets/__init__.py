"""Data sets: embedded digits, the usual public ones, and arrays of one's own.

A split is read when it is asked for, from ``$REFSNN_DATA/<dataset>`` or the cache folder of the
system, and only if it is the original file byte for byte.
"""

from refsnn.datasets.base import Dataset, Split
from refsnn.datasets.cifar import cifar10
from refsnn.datasets.embedded import digits
from refsnn.datasets.files import FileSpec, data_folder
from refsnn.datasets.mnist_files import fashion_mnist, mnist
from refsnn.datasets.spec import DATASETS, dataset, load_npz, load_spec, parse_spec
from refsnn.datasets.subset import cifar10_subset
from refsnn.preprocessing import Preprocessing

__all__ = [
    "DATASETS",
    "Dataset",
    "FileSpec",
    "Preprocessing",
    "Split",
    "cifar10",
    "cifar10_subset",
    "data_folder",
    "dataset",
    "digits",
    "fashion_mnist",
    "load_npz",
    "load_spec",
    "mnist",
    "parse_spec",
]
