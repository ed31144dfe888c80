"""Paths become pages, and known words links; what is no reference is left alone."""

from pathlib import Path

import pytest
from references import anchored, equation_tags, linked, relinked

PAGES = {
    "README.md": "index.md",
    "docs/equations.md": "equations.md",
    "docs/ladder.png": "ladder.png",
    "tutorials": "lessons/index.md",
    "tutorials/t07_x.py": "lessons/t07_x.md",
}
TARGETS = {
    "pascal.1": "equations.html#pascal.1",
    "pascal.10": "equations.html#pascal.10",
    "T07": "lessons/t07_x.html",
    "docs/equations.md": "equations.html",
}


@pytest.mark.parametrize(
    ("source", "here", "written", "expected"),
    [
        ("README.md", "index.md", "[e](docs/equations.md)", "[e](equations.md)"),
        ("README.md", "index.md", "![p](docs/ladder.png)", "![p](ladder.png)"),
        ("README.md", "index.md", "[all](tutorials/)", "[all](lessons/index.md)"),
        ("tutorials/README.md", "lessons/index.md", "[a](t07_x.py)", "[a](t07_x.md)"),
        ("docs/a.md", "a.md", "[r](../README.md#for-whom)", "[r](index.md#for-whom)"),
        ("tutorials/t07_x.py", "lessons/t07_x.md", "[e](../docs/equations.md)", "[e](../equations.md)"),
        ("README.md", "index.md", "[x](https://a.org/docs)", "[x](https://a.org/docs)"),
        ("README.md", "index.md", "[here](#top) [gone](docs/no.md)", "[here](#top) [gone](docs/no.md)"),
        ("README.md", "index.md", "```\n[e](docs/equations.md)\n```", "```\n[e](docs/equations.md)\n```"),
    ],
)  # fmt: skip
def test_links_to_files_lead_to_pages(source, here, written, expected):
    assert relinked(written, source, here, PAGES) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>(eq: pascal.10).</p>", '<p>(eq: <a href="../equations.html#pascal.10">pascal.10</a>).</p>'),
        ("<pre><code># eq: pascal.1, x</code></pre>",
         '<pre><code># eq: <a href="../equations.html#pascal.1">pascal.1</a>, x</code></pre>'),
        ("<p>see T07, T99</p>", '<p>see <a href="t07_x.html">T07</a>, T99</p>'),
        ("<code>docs/equations.md</code>", '<code><a href="../equations.html">docs/equations.md</a></code>'),
        ('<a href="x">pascal.1</a> pascal.2', '<a href="x">pascal.1</a> pascal.2'),
        ("<h2>T07</h2><p>docs/equations.md</p>", "<h2>T07</h2><p>docs/equations.md</p>"),
        ('<img alt="pascal.1"><br/>', '<img alt="pascal.1"><br/>'),
        ("<p>my_pascal.1 pascal.1.png pascal.1(x) refsnn.pascal.1</p>",) * 2,
    ],
)  # fmt: skip
def test_known_words_are_linked(html, expected):
    assert linked(html, "lessons/t08_y.html", TARGETS) == expected


def test_a_page_does_not_link_to_itself_but_to_its_places():
    assert linked("<p>T07</p>", "lessons/t07_x.html", TARGETS) == "<p>T07</p>"
    row = linked("<p>pascal.1</p>", "equations.html", TARGETS)
    assert row == '<p><a href="equations.html#pascal.1">pascal.1</a></p>'


def test_two_colons_before_code_are_one_on_the_page():
    html = "<p>so::</p>\n<div>x::</div><p>a::</p><p>b</p>"
    assert linked(html, "a.html", {}) == html.replace("so::", "so:")


def test_links_outside_an_element_that_was_closed():
    html = "<h2>a</h2><math><mi>T07</mi></math><pre>pascal.1</pre>"
    assert linked(html, "a.html", TARGETS).count("<a ") == 1


def test_rows_of_the_page_of_equations_are_places():
    text = "| tag | x |\n|---|---|\n| qcfs.1 | `a` |\n| nir.12b | pascal.1 |\n"
    assert equation_tags(text) == ["qcfs.1", "nir.12b"]
    assert anchored(text).count("<span id=") == 2
    page = (Path(__file__).parents[2] / "docs" / "equations.md").read_text(encoding="utf-8")
    assert {"qcfs.1", "pascal.25", "nir.6"} <= set(equation_tags(page))
    assert len(set(equation_tags(page))) == len(equation_tags(page))
