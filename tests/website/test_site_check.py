"""The check of a built site names each fault, and nothing else."""

import pytest
from check import problems

GOOD = """<a name="top"></a><h1 id="one">x</h1><a href="#one">a</a><a href="b/two.html#there">b</a>
<a href="https://example.org/x">c</a><a href="mailto:x@example.org">d</a><img src="p.png">
<script src="s.js?v=1"></script><a href="">e</a><img src="data:image/png;base64,AA=="><a>f</a>"""
FAULTS = {
    "no such file": ("p.png", "q.png"),
    "index.html links to b/three.html#there": ("b/two.html", "b/three.html"),
    "no such place": ("#there", "#elsewhere"),
    "links to #two: no such place": ('"#one"', '"#two"'),
    "fetches https://cdn.example.org/s.js": ("s.js?v=1", "https://cdn.example.org/s.js"),
    "fetches //cdn.example.org/p.png": ("p.png", "//cdn.example.org/p.png"),
}


def built(folder, text):
    (folder / "b").mkdir()
    (folder / "index.html").write_text(text)
    (folder / "b" / "two.html").write_text('<p id="there"><a href="../index.html#top">x</a></p>')
    for name in ("p.png", "s.js"):
        (folder / name).write_text("")
    return problems(folder)


def test_a_good_site(tmp_path):
    assert built(tmp_path, GOOD) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named(fault, tmp_path):
    old, new = FAULTS[fault]
    assert GOOD.count(old) == 1
    (found,) = built(tmp_path, GOOD.replace(old, new))
    assert fault in found


def test_a_fault_in_another_folder(tmp_path):
    assert built(tmp_path, GOOD.replace('name="top"', 'name="bottom"')) == [
        "b/two.html links to ../index.html#top: no such place on that page"
    ]
