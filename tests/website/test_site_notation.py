"""The page of notation and the glossary: no tag, name or formula that does not exist."""

import re
from pathlib import Path

import pytest
from references import WORD, equation_tags

ROOT = Path(__file__).parents[2]
NOTATION, GLOSSARY, EQUATIONS = (
    (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    for name in ("notation", "glossary", "equations")
)
TAGS = equation_tags(EQUATIONS)


def section(title):
    """The text from a heading to the next one of its rank."""
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", NOTATION, re.MULTILINE | re.DOTALL)[1]


def rows(text):
    """Cells of the rows of all tables, heads included."""
    return [
        [c.strip() for c in line[1:-1].split("|")] for line in re.findall(r"^\|.*\|$", text, re.M)
    ]


@pytest.mark.parametrize("text", [NOTATION, GLOSSARY], ids=["notation", "glossary"])
def test_every_tag_exists(text):
    papers = {tag.split(".")[0] for tag in TAGS}
    named = {word for word in WORD.findall(text) if word.split(".")[0] in papers}
    assert named
    assert named <= set(TAGS)


def test_every_paper_is_translated():
    translated = {
        tag.split(".")[0] for row in rows(section("Translation")) for tag in WORD.findall(row[-1])
    }
    assert translated == {tag.split(".")[0] for tag in TAGS} - {"nir", "integers"}


def test_every_translation_has_a_source():
    known = ("recalled", "code", "abstract", "quoted", "review", "front matter")
    for row in rows(section("Translation")):
        assert len(row) == 4
        if row[0] != "theirs" and set(row[0]) != {"-"}:
            assert any(word in row[1] for word in known), row


def test_every_symbol_is_explained_once():
    symbols = [row[0] for row in rows(section("Symbols"))[2:]]
    assert len(symbols) >= 25
    assert len(set(symbols)) == len(symbols)
    meanings = [tuple(row[:2]) for row in rows(section("Letters with two meanings"))[2:]]
    assert len(set(meanings)) == len(meanings)


def test_names_in_the_code_are_in_the_code():
    sources = [
        p.read_text() for top in ("refsnn", "fixedpoint") for p in (ROOT / top).rglob("*.py")
    ]
    words = set(re.findall(r"\w+", "\n".join(sources)))
    names = {n for row in rows(section("Symbols"))[2:] for n in re.findall(r"`(\w+)`", row[1])}
    assert {"theta_negative", "t_out", "levels"} <= names
    assert names - {"act1"} <= words


def test_the_glossary_is_in_order():
    words = re.findall(r"^\*\*(.+?)\*\*", GLOSSARY, re.MULTILINE)
    assert len(words) >= 60
    assert words == sorted(words, key=str.lower)
    assert len(set(words)) == len(words)


def test_every_formula_can_be_shown():
    latex = pytest.importorskip("latex2mathml.converter")
    found = re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", NOTATION + GLOSSARY, re.DOTALL)
    assert len(found) > 100
    for displayed, inline in found:
        made = latex.convert(displayed or inline)
        assert made.startswith("<math")
        assert "\\" not in made, displayed or inline
