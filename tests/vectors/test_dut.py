"""Devices under test: the examples agree, faults are named, damaged bundles never reach them."""

import sys

import pytest
from vectors.bundles import forge

from fixedpoint import InputError, write_neuron_bundle
from fixedpoint.vectors.check import check
from fixedpoint.vectors.dut import device_named, judge
from fixedpoint.vectors.scalar import write_scalar_bundle


@pytest.fixture
def examples(pytestconfig, monkeypatch):
    monkeypatch.syspath_prepend(str(pytestconfig.rootpath / "examples" / "dut"))
    yield pytestconfig.rootpath / "examples" / "dut"
    for name in ("numpy_if", "c_if"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("variant", [{}, {"compare": "gt", "reset": "zero"}])
def test_plain_numpy_agrees(examples, tmp_path, variant):
    write_neuron_bundle(tmp_path / "b", "if", samples=20, **variant)
    verdict = judge(tmp_path / "b", device_named("numpy_if:device"))
    assert verdict.ok
    assert verdict.first is None
    assert verdict.skipped == ()
    assert verdict.words == verdict.samples * 8 * 5 > 1000


@pytest.mark.usefixtures("require_cc")
def test_c_agrees(examples, copy):
    assert judge(copy(), device_named("c_if:device")).ok


@pytest.mark.usefixtures("require_cc")
@pytest.mark.parametrize(
    ("right", "wrong", "signal"),
    [
        ("u >= theta", "u > theta", "spike"),
        ("u - theta * spike", "spike ? 0 : u", "v"),
        ("v = v_init;", "v = v_init - 1;", "u"),
        ("spikes += spike", "spikes ^= spike", "count"),
    ],
)
def test_faults_of_the_c_program_are_named(examples, copy, tmp_path, right, wrong, signal):
    text = (examples / "if_neuron.c").read_text()
    assert text.count(right) == 1 + (right == "u >= theta")
    source = tmp_path / "faulty.c"
    source.write_text(text.replace(right, wrong))
    device_named("c_if:device")
    first = judge(copy(), sys.modules["c_if"].Program(source)).first
    assert first.signal == signal
    assert str(first).startswith(f"MISMATCH file=exp/if_neuron.{signal}.hex sample=")


class Shows:
    """Gives what it is told; a device that never computes."""

    def __init__(self, dumped, log=None):
        self.dumped, self.log = dumped, log if log is not None else []

    def load(self, bundle):
        self.log.append("load")

    def run(self, session, sample):
        self.log.append(sample)

    def dump(self, session):
        return self.dumped


def test_only_what_is_shown_is_judged(copy):
    log = []
    verdict = judge(copy(), Shows({"if_neuron.spike": [1] * 8}, log), samples=3)
    assert verdict.compared == ("if_neuron.spike",)
    assert set(verdict.skipped) >= {"if_neuron.u", "if_neuron.v", "if_neuron.out"}
    assert log == ["load", 0, 1, 2]
    assert verdict.words == 24
    assert not verdict.ok


def test_the_sample_of_the_first_difference(copy, tmp_path):
    class Late(Shows):
        def run(self, session, sample):
            self.dumped = dict(self.right[sample])
            if sample == 5:
                self.dumped["if_neuron.v"] = [*self.dumped["if_neuron.v"][:-1], 77]

    from fixedpoint.vectors.compare import read_tensors
    from fixedpoint.vectors.replay import read_bundle

    files, manifest = read_bundle(copy())
    values = read_tensors(manifest, files)
    device = Late({})
    device.right = [{"if_neuron.v": v.reshape(-1).tolist()} for v in values["if_neuron.v"]]
    verdict = judge(tmp_path / "neuron", device)
    assert verdict.mismatches == 1
    assert verdict.first.place == (("sample", 5), ("row", 7), ("neuron", 0))
    assert verdict.first.got == 77


BAD = {
    "nothing": ({}, "what it shows"),
    "unknown": ({"if_neuron.w": [0] * 8}, "no expected tensor 'if_neuron.w'; did you mean"),
    "size": ({"if_neuron.v": [0] * 7}, "wrong size: expected 8, got 7"),
    "floats": ({"if_neuron.v": [0.5] * 8}, "codes must be integers"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_a_device_must_not_show(copy, kind):
    dumped, reason = BAD[kind]
    with pytest.raises(InputError, match=reason):
        judge(copy(), Shows(dumped))


def test_a_refused_bundle_never_reaches_the_device(copy):
    bundle, log = copy(), []
    path = bundle / "stim/if_neuron.current.hex"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"current\.hex:\d+: the last line has no newline"):
        judge(bundle, Shows({}, log))
    assert log == []


def test_scalar_bundles_are_judged_case_by_case(tmp_path):
    from fixedpoint import Format

    settings = {"in_format": Format(True, 4), "drop": 1, "roundings": ("floor",)}
    write_scalar_bundle(tmp_path / "b", "cast", overflows=("saturate",), **settings)
    assert check(tmp_path / "b").ok

    class Floor(Shows):
        def run(self, session, sample):
            self.dumped = {"cast.y": [max(-2, min(1, (sample - 8) // 2))]}

    assert judge(tmp_path / "b", Floor({})).ok
    forge(tmp_path / "b", lambda d: None)
    assert not judge(tmp_path / "b", Shows({"cast.y": [0]})).ok


@pytest.mark.parametrize(
    "name",
    ["numpy_if", ":device", "no_such_module:device", "numpy_if:other", "json:loads", "os:getcwd"],
)
def test_devices_that_cannot_be_made(examples, name):
    with pytest.raises((InputError, TypeError)):
        device_named(name)
