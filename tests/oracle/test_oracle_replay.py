"""The authors' own inputs and outputs, replayed field by field.

A folder with none of the known files is an error; a missing file skips by name.
"""

import pytest
from oracle.ledger import Ledger, excepted
from oracle.oracle_files import ORACLES, each_file, each_group, groups, load, open_group


@pytest.mark.parametrize(("name", "path", "prefix"), each_group())
def test_replay(name, path, prefix):
    """Neurons and activations as released, float32: bit for bit or to the stated tolerance."""
    _, kind, group = open_group(name, path, prefix)
    kind.replay(group)


@pytest.mark.parametrize(("name", "path", "prefix"), each_group(exact=True))
def test_the_exact_neurons_agree(name, path, prefix):
    """The library's own neurons in float64 send the same counts."""
    _, kind, group = open_group(name, path, prefix)
    kind.exact(group)


@pytest.mark.parametrize(("name", "path"), each_file())
def test_every_field_is_an_input_or_compared(name, path):
    ledger = Ledger(load(path))
    found = groups(name, ledger)
    assert found, f"{path} holds no known group"
    for kind, group in found:
        kind.replay(group)
    exceptions = ORACLES[name].exceptions
    assert ledger.unaccounted(exceptions) == []
    replayed = ledger.inputs | set(ledger.tolerance)
    assert not [key for key in replayed if excepted(key, exceptions)]
    for pattern, reason in exceptions.items():
        print(f"{name}: {pattern} is not replayed: {reason}")


@pytest.mark.parametrize(("name", "path"), each_file())
def test_every_group_compares_more_than_it_is_given_back(name, path):
    """No field is both input and output, and no group passes by comparing nothing."""
    ledger = Ledger(load(path))
    for kind, group in groups(name, ledger):
        before = len(ledger.tolerance)
        kind.replay(group)
        assert len(ledger.tolerance) > before, group.prefix
    assert not ledger.inputs & set(ledger.tolerance)
