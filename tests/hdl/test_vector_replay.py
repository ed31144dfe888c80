"""Replay: agrees with what was written, names the first difference, refuses damaged bundles."""

import hashlib
import json

import pytest
from hdl_cases import WRITERS

from fixedpoint import InputError, replay
from fixedpoint.vectors.files import SUMS, sums

EXP = "exp/if_neuron.v.hex"


@pytest.mark.parametrize("kind", WRITERS)
def test_every_bundle_replays(written, kind):
    report = replay(written / kind)
    assert report.ok
    assert report.first is None
    assert (
        report.words
        == json.loads((written / kind / "manifest.json").read_text())["vectors"]["n_words"]
    )
    assert report.words > 500


def edit(path, change):
    path.write_bytes(change(path.read_bytes()))


def flip(line):
    """Flip the lowest bit of a line's last digit."""
    return line[:-1] + b"%x" % (int(line[-1:], 16) ^ 1)


def at_line(number, change):
    def changed(data):
        lines = data.split(b"\n")
        return b"\n".join([*lines[:number], change(lines[number]), *lines[number + 1 :]])

    return changed


@pytest.mark.parametrize("kind", ["if", "pascal", "layer_if", "layer_pascal"])
def test_one_flipped_bit_in_any_expected_file_is_found(copy, reseal, kind):
    bundle = copy(kind)
    for path in sorted(bundle.glob("exp/*.hex")):
        original = path.read_bytes()
        edit(path, at_line(37, flip))
        with pytest.raises(InputError, match="wrong checksum"):
            replay(bundle)
        reseal(bundle)
        report = replay(bundle)
        assert report.mismatches == 1, path.name
        assert report.first.file == f"exp/{path.name}"
        path.write_bytes(original)
    reseal(bundle)
    assert replay(bundle).ok, "the helper alone breaks nothing"


def test_the_first_mismatch_is_named(copy, reseal):
    bundle = copy("if")
    edit(bundle / EXP, at_line(8 * 4 + 5, flip))
    edit(bundle / EXP, at_line(8 * 9, flip))
    reseal(bundle)
    report = replay(bundle)
    first = report.first
    assert (report.ok, report.mismatches) == (False, 2)
    assert (first.file, first.sample, first.step, first.index) == (EXP, 4, 5, 0)
    assert abs(first.got - first.expected) == 1
    assert str(first).startswith(f"MISMATCH file={EXP} sample=4 step=5 index=0 got=")


def test_a_flipped_parameter_is_a_mismatch(copy, reseal):
    bundle = copy("layer_if")
    edit(bundle / "param/dense0.theta.hex", at_line(0, flip))
    reseal(bundle)
    assert not replay(bundle).ok


@pytest.mark.parametrize("flaw", [{"compare": "gt"}, {"reset": "zero"}])
def test_a_wrong_semantics_is_a_mismatch(copy, reseal, flaw):
    """A forger who changes every place where a setting is named, and no expected word."""
    bundle = copy("if")
    named = {"compare": {"compare": ">"}, "reset": {"reset": "zero"}}

    def change(data):
        layer = data["layers"][0]
        layer["settings"].update(flaw)
        layer.update(named[next(iter(flaw))])

    reseal(bundle, change)
    assert replay(bundle).mismatches > 10


def test_settings_that_contradict_the_layer_are_refused(copy, reseal):
    bundle = copy("if")
    reseal(bundle, lambda data: data["layers"][0]["settings"].update({"compare": "gt"}))
    with pytest.raises(InputError, match="manifest, layers: does not fit the layer"):
        replay(bundle)


CORRUPTIONS = {
    "lost newline": lambda data: data[:-1],
    "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
    "upper case": at_line(3, lambda line: b"FFF"),
    "missing word": lambda data: data[4:],
    "comment": at_line(3, lambda line: line + b" // 3"),
    "minus sign": at_line(3, lambda line: b"-01"),
    "flipped digit": at_line(3, flip),
}


@pytest.mark.parametrize("kind", CORRUPTIONS)
@pytest.mark.parametrize("file", [EXP, "stim/if_neuron.current.hex"])
def test_corruptions_are_caught_by_the_hashes(copy, kind, file):
    bundle = copy("if")
    change = CORRUPTIONS[kind]
    edit(
        bundle / file,
        change if b"\n" in change(b"000\n" * 9) and "param" not in file else lambda d: d[1:],
    )
    with pytest.raises(InputError, match="wrong checksum"):
        replay(bundle)


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_corruptions_are_caught_where_all_hashes_are_right(copy, reseal, kind):
    bundle = copy("if")
    edit(bundle / EXP, CORRUPTIONS[kind])
    reseal(bundle)
    if kind == "flipped digit":
        assert replay(bundle).mismatches == 1
        return
    with pytest.raises(InputError, match=r"if_neuron\.v\.hex") as caught:
        replay(bundle)
    assert "checksum" not in str(caught.value)


def rewrite(bundle, change):
    """Change the manifest only, and leave its identity as it was."""
    path = bundle / "manifest.json"
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    lines = [line for line in (bundle / SUMS).read_text().splitlines() if "manifest" not in line]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (bundle / SUMS).write_text("\n".join([*lines, f"{digest}  manifest.json"]) + "\n")


def test_an_edited_manifest_has_another_identity(copy):
    bundle = copy("if")
    rewrite(bundle, lambda data: data["time"].update(T_in=7))
    with pytest.raises(InputError, match="bundle_id does not fit"):
        replay(bundle)


def test_an_unknown_schema_is_refused(copy):
    bundle = copy("if")
    rewrite(bundle, lambda data: data.update(schema="refsnn/hwvec/2"))
    with pytest.raises(
        InputError, match=r"unknown schema: expected refsnn/hwvec/1, got refsnn/hwvec/2"
    ):
        replay(bundle)


def drop(section, key):
    return lambda data: data.update({section: {k: v for k, v in data[section].items() if k != key}})


FORGERIES = {
    "no time": drop("time", "T_in"),
    "text for a number": lambda d: d["time"].update(T_in="8"),
    "true for a number": lambda d: d["vectors"].update(n_samples=True),
    "other samples": lambda d: d["vectors"].update(n_samples=1),
    "other words": lambda d: d["vectors"].update(n_words=1),
    "other digest": lambda d: d["vectors"].update(expected_digest="0" * 64),
    "other T": lambda d: d["time"].update(T_in=4),
    "huge T": lambda d: d["time"].update(T_in=10**12),
    "other rows": lambda d: d["time"].update(rows=9),
    "no layer": lambda d: d.update(layers=[]),
    "other kind": lambda d: d["layers"][0].update(kind="dense"),
    "other compare": lambda d: d["layers"][0].update(compare="=="),
    "other reset": lambda d: d["layers"][0].update(reset="none"),
    "other neuron": lambda d: d["method"].update(id="lif"),
    "other coverage": lambda d: d["coverage"].update(exact_threshold=10**6),
    "other spikes": lambda d: d["vectors"].update(expected_spike_count=[0]),
    "other steps": lambda d: d["vectors"].update(n_steps=0),
    "other width": lambda d: d["layers"][0].update(theta_pow2=5),
    "no formats": lambda d: d.update(formats={}),
    "no format": lambda d: d["formats"].update(membrane="12 bits"),
    "other format": lambda d: d["formats"].update(count="u5.0"),
    "huge format": lambda d: d["formats"].update({"in": "s99999999999.0"}),
    "formats a list": lambda d: d.update(formats=[]),
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_forged_manifest_is_refused(copy, reseal, kind):
    bundle = copy("if")
    reseal(bundle, FORGERIES[kind])
    with pytest.raises(InputError):
        replay(bundle)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"schema": 1}', '{"schema": "refsnn/hwvec/1"}', "\x00"]
)
def test_a_broken_manifest_is_refused(copy, text):
    bundle = copy("if")
    (bundle / "manifest.json").write_text(text)
    rewrite_sums(bundle)
    with pytest.raises(InputError):
        replay(bundle)


def rewrite_sums(bundle):
    names = (p.relative_to(bundle).as_posix() for p in bundle.rglob("*") if p.is_file())
    (bundle / SUMS).write_bytes(sums({name: (bundle / name).read_bytes() for name in names}))


@pytest.mark.parametrize("file", ["manifest.json", SUMS, EXP, "rtl/if_neuron.v", "README.txt"])
def test_a_missing_file_is_named(copy, file):
    bundle = copy("if")
    (bundle / file).unlink()
    with pytest.raises(InputError, match=file):
        replay(bundle)


def test_a_missing_tensor_file_is_named_even_if_the_sums_agree(copy):
    bundle = copy("if")
    (bundle / EXP).unlink()
    rewrite_sums(bundle)
    with pytest.raises(InputError, match="missing file"):
        replay(bundle)


def test_an_extra_file_is_refused(copy):
    bundle = copy("if")
    (bundle / "exp" / "more.hex").write_text("0\n")
    with pytest.raises(InputError, match="without checksum"):
        replay(bundle)


def test_no_bundle_at_all(tmp_path):
    with pytest.raises(InputError, match="no such bundle"):
        replay(tmp_path / "none")
    with pytest.raises(InputError, match=SUMS):
        replay(tmp_path)
