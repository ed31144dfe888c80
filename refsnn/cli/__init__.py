"""The command line. Exit codes: 0 fine or equal, 1 differs or a claim failed, 2 cannot do."""

from __future__ import annotations

import typer

from refsnn import __version__
from refsnn.cli.bench import EXAMPLE as BENCH_EXAMPLE
from refsnn.cli.bench import bench
from refsnn.cli.cast import EXAMPLE as CAST_EXAMPLE
from refsnn.cli.cast import cast
from refsnn.cli.compare import compare
from refsnn.cli.convert import convert
from refsnn.cli.demo import demo
from refsnn.cli.exporting import EXAMPLE as EXPORT_EXAMPLE
from refsnn.cli.exporting import export
from refsnn.cli.golden import app as golden
from refsnn.cli.importing import EXAMPLE as IMPORT_EXAMPLE
from refsnn.cli.importing import import_
from refsnn.cli.ladder import EXAMPLE as LADDER_EXAMPLE
from refsnn.cli.ladder import ladder
from refsnn.cli.learn import EXAMPLE as LEARN_EXAMPLE
from refsnn.cli.learn import learn
from refsnn.cli.lower import EXAMPLE as LOWER_EXAMPLE
from refsnn.cli.lower import lower
from refsnn.cli.methods import methods
from refsnn.cli.neuron import neuron
from refsnn.cli.nir_study import EXAMPLE as NIR_EXAMPLE
from refsnn.cli.nir_study import nir_study
from refsnn.cli.operators import EXAMPLE as OPERATORS_EXAMPLE
from refsnn.cli.operators import operators
from refsnn.cli.prove import EXAMPLE as PROVE_EXAMPLE
from refsnn.cli.prove import prove
from refsnn.cli.quantise import EXAMPLE as QUANTISE_EXAMPLE
from refsnn.cli.quantise import quantise
from refsnn.cli.run import run
from refsnn.cli.sweep import EXAMPLE as SWEEP_EXAMPLE
from refsnn.cli.sweep import sweep
from refsnn.cli.train import EXAMPLE, train
from refsnn.cli.vectors import app as vectors
from refsnn.cli.vectors_measure import MEASURE_EXAMPLE, MUTATE_EXAMPLE, measure, mutate
from refsnn.cli.vectors_rtl import RTL_EXAMPLE, VCD_EXAMPLE, WAVES_EXAMPLE, rtl, vcd, waves
from refsnn.cli.verify import EXAMPLE as VERIFY_EXAMPLE
from refsnn.cli.verify import verify

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="refsnn: the golden reference for ANN-to-SNN conversion.",
    epilog="Example: refsnn demo. "
    "Exit codes: 0 fine or equal, 1 differs or claim failed, 2 cannot do.",
)


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """refsnn: the golden reference for ANN-to-SNN conversion."""


app.command(epilog="Example: refsnn demo --out results")(demo)
app.command(epilog=EXAMPLE)(train)
app.command(
    epilog="Example: refsnn convert model.npz --method pascal --snap 10 "
    "--calib 'digits:train[:128]' --test digits:test -o snn.npz"
)(convert)
app.command(epilog="Example: refsnn run snn.npz --data digits:test[:16] --trace trace.npz")(run)
app.command(epilog="Example: refsnn compare trace1.npz trace2.npz")(compare)
app.command(epilog=VERIFY_EXAMPLE)(verify)
app.command(epilog=QUANTISE_EXAMPLE)(quantise)
app.command(epilog=LOWER_EXAMPLE)(lower)
vectors.command(epilog=RTL_EXAMPLE)(rtl)
vectors.command(epilog=VCD_EXAMPLE)(vcd)
vectors.command(epilog=WAVES_EXAMPLE)(waves)
vectors.command(epilog=MUTATE_EXAMPLE)(mutate)
vectors.command(epilog=MEASURE_EXAMPLE)(measure)
app.add_typer(vectors, name="vectors")
app.add_typer(golden, name="golden")
app.command(epilog=LADDER_EXAMPLE)(ladder)
app.command(epilog=SWEEP_EXAMPLE)(sweep)
app.command(epilog=BENCH_EXAMPLE)(bench)
app.command(epilog=OPERATORS_EXAMPLE)(operators)
app.command(epilog="Example: refsnn methods --page docs/methods.md")(methods)
app.command(epilog="Example: refsnn neuron pascal --theta 8 --input 7,-5,6,-9 --t-out 4")(neuron)
app.command("import", epilog=IMPORT_EXAMPLE)(import_)
app.command(epilog=EXPORT_EXAMPLE)(export)
app.command(epilog=PROVE_EXAMPLE)(prove)
app.command(epilog=CAST_EXAMPLE)(cast)
app.command(epilog=LEARN_EXAMPLE)(learn)
app.command("nir-study", epilog=NIR_EXAMPLE)(nir_study)


def main() -> None:
    """Entry point of the ``refsnn`` command."""
    app()
