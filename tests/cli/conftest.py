"""Files that the command tests share: a quickly trained model and what becomes of it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from refsnn.cli import app


class Files:
    """Paths, and a way to run a command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model, self.snn = folder / "model.npz", folder / "pascal.npz"
        self.rate, self.trace = folder / "qcfs.npz", folder / "trace.npz"

    def run(self, *words):
        return CliRunner().invoke(app, [str(w) for w in words])


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    made = Files(tmp_path_factory.mktemp("cli"))
    data = ["--data", "digits:test[:8]"]
    for words in (
        ["train", "--data", "digits:train[:256]", "--net", "mlp", "--epochs", 2, "-o", made.model],
        ["convert", made.model, "--method", "pascal", "--snap", 10, "-o", made.snn],
        ["convert", made.model, "--method", "qcfs", "--set", "steps=4", "-o", made.rate],
        ["run", made.snn, *data, "--trace", made.trace],
    ):
        outcome = made.run(*words)
        assert outcome.exit_code == 0, outcome.output
    return made
