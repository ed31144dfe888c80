"""Brackets in a row are no links."""

import pytest

markdown = pytest.importorskip("markdown")

from indices import Indices  # noqa: E402


def html(text):
    return markdown.markdown(text, extensions=[Indices()])


@pytest.mark.parametrize("text", ["bytes [row][t][column] of *it*", "a[i][j], [tap, C][2][16]"])
def test_a_layout_stays_as_it_is(text):
    made = html(text)
    assert made == f"<p>{text}</p>".replace("*it*", "<em>it</em>")


@pytest.mark.parametrize(
    "text", ["[a][b]\n\n[b]: c.html", "[a](b.html)", "`[a][b]`", "![a](b.png)"]
)
def test_links_images_and_code_are_what_they_were(text):
    assert html(text) == markdown.markdown(text)
