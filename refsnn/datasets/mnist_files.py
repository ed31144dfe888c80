"""MNIST and Fashion-MNIST: the four original IDX files of each.

SHA-256 and sizes are those recorded by TensorFlow Datasets (``url_checksums/mnist.txt`` and
``url_checksums/fashion_mnist.txt``). The two of the MNIST test split were also computed from the
original files themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from refsnn.datasets.base import Dataset
from refsnn.datasets.files import FileSpec, data_folder
from refsnn.datasets.idx import SplitFiles, idx_dataset
from refsnn.preprocessing import Preprocessing

PREPROCESSING = Preprocessing(scale=1 / 255)
_MNIST_URL = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_FASHION_URL = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"


def _file(base: str, name: str, size: int, sha256: str) -> FileSpec:
    return FileSpec(name, sha256, size, base + name)


MNIST: Mapping[str, SplitFiles] = {
    "train": SplitFiles(
        _file(
            _MNIST_URL,
            "train-images-idx3-ubyte.gz",
            9912422,
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        _file(
            _MNIST_URL,
            "train-labels-idx1-ubyte.gz",
            28881,
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        ),
    ),
    "test": SplitFiles(
        _file(
            _MNIST_URL,
            "t10k-images-idx3-ubyte.gz",
            1648877,
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        ),
        _file(
            _MNIST_URL,
            "t10k-labels-idx1-ubyte.gz",
            4542,
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    ),
}

FASHION_MNIST: Mapping[str, SplitFiles] = {
    "train": SplitFiles(
        _file(
            _FASHION_URL,
            "train-images-idx3-ubyte.gz",
            26421880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        ),
        _file(
            _FASHION_URL,
            "train-labels-idx1-ubyte.gz",
            29515,
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        ),
    ),
    "test": SplitFiles(
        _file(
            _FASHION_URL,
            "t10k-images-idx3-ubyte.gz",
            4422102,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        ),
        _file(
            _FASHION_URL,
            "t10k-labels-idx1-ubyte.gz",
            5148,
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
    ),
}


def mnist(folder: Path | None = None, *, download: bool = True) -> Dataset:
    """MNIST handwritten digits: 60000 training and 10000 test images, uint8 (N, 1, 28, 28).

    Nothing is read before a split is asked for; each split needs its own two files only.

    Parameters
    ----------
    folder : Path, optional
        Where the files lie; by default ``$REFSNN_DATA/mnist`` or the system's cache folder.
    download : bool
        Get a file that is not there (needs the extra ``data``); False never touches the network.

    Notes
    -----
    Preprocessing: scale 1/255, no mean. Source: Y. LeCun, C. Cortes, C. Burges.
    """
    return idx_dataset(
        "mnist", MNIST, PREPROCESSING, folder or data_folder("mnist"), download=download
    )


def fashion_mnist(folder: Path | None = None, *, download: bool = True) -> Dataset:
    """Fashion-MNIST: 60000 training and 10000 test images of clothing, uint8 (N, 1, 28, 28).

    Parameters and preprocessing are those of `mnist`; the folder is ``fashion-mnist``.

    Source: H. Xiao, K. Rasul, R. Vollgraf, arXiv:1708.07747.
    """
    where = folder or data_folder("fashion-mnist")
    return idx_dataset("fashion-mnist", FASHION_MNIST, PREPROCESSING, where, download=download)
