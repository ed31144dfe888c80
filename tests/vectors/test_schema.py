"""The shipped JSON Schema: every bundle fits it, every mutation is refused by both readers."""

import copy as copying
import json
import subprocess
import sys
import zipfile
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vectors.bundles import WRITERS, places

from fixedpoint.vectors.manifest import MANIFEST
from fixedpoint.vectors.schema import SCHEMA_FILE, schema, violations

READ = {
    "type", "const", "enum", "pattern", "minimum", "required", "properties", "additionalProperties",
    "items", "minItems", "minProperties",
}  # fmt: skip
TEXT = {"description", "title", "$schema", "$id"}


@pytest.fixture(scope="module")
def judge():
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(schema())
    return jsonschema.Draft202012Validator(schema())


@pytest.fixture(scope="module")
def manifests(written):
    return {kind: json.loads((written / kind / MANIFEST).read_text("utf-8")) for kind in WRITERS}


def rules(rule):
    yield rule
    inner = [*rule.get("properties", {}).values()]
    inner += [rule[k] for k in ("additionalProperties", "items") if isinstance(rule.get(k), dict)]
    for each in inner:
        yield from rules(each)


def test_it_is_package_data_and_uses_only_what_our_reader_reads():
    assert files("fixedpoint.vectors").joinpath(SCHEMA_FILE).is_file()
    for rule in rules(schema()):
        assert set(rule) <= READ | TEXT, rule


def test_the_wheel_holds_schema_and_templates(pytestconfig, tmp_path):
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=pytestconfig.rootpath, check=True, capture_output=True)
    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    hdl = {f"fixedpoint/hdl/{p.name}" for p in files("fixedpoint.hdl").iterdir() if "." in p.name}
    assert names >= {f"fixedpoint/vectors/{SCHEMA_FILE}", *hdl}


def test_every_field_is_described():
    for rule in rules(schema()):
        for name, field in rule.get("properties", {}).items():
            assert field.get("description") or name == "kind", name


@pytest.mark.parametrize("kind", WRITERS)
def test_every_bundle_fits(manifests, judge, kind):
    assert [e.message for e in judge.iter_errors(manifests[kind])] == []
    assert violations(manifests[kind]) == []


@pytest.mark.parametrize("kind", WRITERS)
def test_no_field_is_left_undescribed(manifests, kind):
    assert list(undescribed(manifests[kind], schema())) == []


FREE = ("coverage", "protocol", "negative_guard", "leak", "neuron", "proved_by", "settings")


def undescribed(value, rule, at=""):
    if isinstance(value, list):
        for item in value:
            yield from undescribed(item, rule["items"], at)
    elif isinstance(value, dict) and not at.endswith(FREE):
        for key, item in value.items():
            inner = rule.get("properties", {}).get(key, rule.get("additionalProperties"))
            if inner in (None, False, True):
                yield f"{at}.{key}"
            else:
                yield from undescribed(item, inner, f"{at}.{key}")


def parent(data, place):
    for key in place[:-1]:
        data = data[key]
    return data


VALUES = st.sampled_from([None, True, -1, 0, 3, "", "text", "s8.0", [], ["a"], {}, {"a": 1}])


@given(data=st.data())
def test_both_readers_judge_mutations_alike(manifests, judge, data):
    mutant = copying.deepcopy(manifests[data.draw(st.sampled_from(sorted(WRITERS)))])
    place = data.draw(st.sampled_from([p for p in places(mutant) if p]))
    holder = parent(mutant, place)
    how = data.draw(st.sampled_from(["replace", "remove", "add"]))
    if how == "replace":
        holder[place[-1]] = data.draw(VALUES)
    elif how == "remove":
        del holder[place[-1]]
    elif isinstance(holder, dict):
        holder["another"] = data.draw(VALUES)
    ours = {v.place for v in violations(mutant)}
    assert bool(ours) == (not judge.is_valid(mutant))


@pytest.mark.parametrize("kind", WRITERS)
def test_every_required_field_is_needed(manifests, judge, kind):
    whole = manifests[kind]
    for place in [(key,) for key in whole] + [("tensors", 0, key) for key in whole["tensors"][0]]:
        mutant = copying.deepcopy(whole)
        del parent(mutant, place)[place[-1]]
        assert violations(mutant), place
        assert not judge.is_valid(mutant), place
