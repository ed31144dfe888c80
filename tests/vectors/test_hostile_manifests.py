"""Whatever a manifest says: `check` reports, `replay_any` refuses or compares; nothing crashes."""

import copy as copying
import json
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vectors.bundles import WRITERS, forge, places

from fixedpoint import InputError
from fixedpoint.vectors import check, replay_any
from fixedpoint.vectors.manifest import MANIFEST

VALUES = st.one_of(
    st.sampled_from(
        [None, True, -1, 0, 1, 2, 9, 10**12, 0.5, "", "../x", "s8.0", "u4.0", "s999999999.0", ">",
         [], [1], [2, 3], {}, {"kind": "IntIF"}, "act", "Conv", "if"]
    ),
    st.text(max_size=3),
)  # fmt: skip


@settings(max_examples=40)
@given(data=st.data())
@pytest.mark.parametrize("kind", ["scalar", "network"])
def test_any_value_anywhere(written, tmp_path_factory, kind, data):
    whole = json.loads((written / kind / MANIFEST).read_text("utf-8"))
    place = data.draw(st.sampled_from([p for p in places(whole) if p and p[0] != "bundle_id"]))
    value = data.draw(VALUES)
    bundle = tmp_path_factory.mktemp("hostile") / "b"
    shutil.copytree(written / kind, bundle)

    def change(manifest):
        holder = manifest
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = copying.deepcopy(value)

    forge(bundle, change)
    check(bundle)
    try:
        replay_any(bundle)
    except InputError:
        return


def test_the_kinds_exist():
    assert {"scalar", "network"} <= set(WRITERS)
