"""What is made of docstrings, imports, equations and notebooks, and whether it is complete."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import neuroqgan as nq
from mkdocs_hooks import docstrings, equations, notebooks
from tests.docs import drawing
from tests.docs.pages import DOCS
from tests.imports import ROOT

pytest.importorskip("mkdocs", reason="needs the extra docs")


def test_every_public_name_is_on_one_page_of_the_api() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in (DOCS / "api").glob("*.md"))
    shown = Counter(re.findall(r"^::: neuroqgan\.(\w+)$", text, re.MULTILINE))
    # The base of all errors is shown among them.
    assert shown == Counter(set(dir(nq)) - {"__version__", "NeuroqganError"})


def test_the_drawing_of_the_rooms_is_up_to_date() -> None:
    assert drawing.DRAWING.read_text() == drawing.draw(), "run: python -m tests.docs.drawing"


def test_imports_that_follow_from_others_are_not_drawn() -> None:
    edges = {"a": {"b", "c"}, "b": {"c"}, "c": set[str]()}
    assert drawing.reduced(edges) == {"a": {"b"}, "b": {"c"}, "c": set()}


def test_equations_become_mathml() -> None:
    page = r'<p>Of <span class="arithmatex">\(a_i &lt; 1\)</span>.</p>'
    made = equations.on_page_content(page)
    assert "<msub>" in made
    assert 'alttext="a_i &lt; 1"' in made
    assert "arithmatex" not in made


@pytest.mark.parametrize("latex", [r"\nosuchcommand x", r"\sqrt{x}"])
def test_equations_that_would_not_be_drawn_are_refused(latex: str) -> None:
    with pytest.raises(ValueError, match="x"):
        equations.mathml(latex)


def test_docstrings_become_markdown() -> None:
    docstring = (
        "Turn by :math:`a`.\n\n.. math::\n    a &= b \\\\\n    c &= d\n\nAs a tree:\n\n::\n\n"
    )
    made = docstrings.markdown(f"{docstring}    one\n    two\n\nThe end.")
    assert "Turn by $a$." in made
    assert "$$\n\\begin{aligned}\na &= b \\\\\nc &= d\n\\end{aligned}\n$$" in made
    assert "```text\none\ntwo\n```" in made
    assert made.endswith("The end.")


def test_links_to_notebooks_lead_to_their_pages() -> None:
    text = "[a](tutorial.ipynb), [b](../tutorial.ipynb#x), [c](https://example.org/c.ipynb)"
    made = notebooks.on_page_markdown(text)
    assert made == text.replace("tutorial.ipynb", "tutorial.md")


def test_the_notebook_becomes_a_page_with_its_pictures() -> None:
    page, pictures = notebooks.as_markdown(DOCS / "tutorial.ipynb")
    assert page.startswith("# ")
    assert len(pictures) >= 1
    for address, data in pictures.items():
        assert f"({address})" in page
        assert data.startswith(b"\x89PNG")


def test_the_version_is_the_same_wherever_it_is_written() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {nq.__version__}\n" in citation
    how_to = (DOCS / "how-to" / "cite.md").read_text(encoding="utf-8")
    assert f"version = {{{nq.__version__}}}" in how_to


def test_every_page_is_in_the_menu() -> None:
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:")[1]
    pages = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")} | _notebooks()
    assert {
        name for name in pages if not re.search(rf"[ -]{re.escape(name)}$", menu, re.M)
    } == set()


def _notebooks() -> set[str]:
    return {str(path.relative_to(DOCS).with_suffix(".md")) for path in DOCS.rglob("*.ipynb")}


def test_no_page_needs_another_host() -> None:
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    styles = "".join(path.read_text() for path in Path(DOCS / "styles").glob("*.css"))
    assert "http" not in config + styles
    assert "font: false" in config
