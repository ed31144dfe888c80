"""Formulas become MathML; money, code and escapes do not."""

import pytest

markdown = pytest.importorskip("markdown")
pytest.importorskip("latex2mathml")

from mathematics import Mathematics  # noqa: E402


def html(text):
    return markdown.markdown(text, extensions=[Mathematics(), "tables"])


def test_a_formula_in_a_line():
    made = html(r"the count $n^*_i = \lfloor z/\theta + \tfrac12 \rfloor$ of *it*")
    assert made.count("<math") == 1
    assert 'display="inline"' in made
    assert "<em>it</em>" in made
    assert "&#x003B8;" in made or "θ" in made
    assert "$" not in made


def test_a_displayed_formula_over_lines():
    made = html("so\n\n$$\na = \\lambda\n\\, b_*c_*\n$$\n")
    assert 'display="block"' in made
    assert "<em>" not in made


def test_in_a_table():
    assert html("| a | b |\n|---|---|\n| $x_1$ | $y_1$ |\n").count("<math") == 2


@pytest.mark.parametrize(
    "text", ["`$x$`", "from $5 to $6", r"\$x\$", "$REFSNN_DATA/$HOME", "$ x $"]
)
def test_no_formula(text):
    assert "<math" not in html(text)
