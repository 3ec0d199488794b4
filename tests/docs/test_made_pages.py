"""What is made of docstrings, equations and notebooks while the pages are built."""

from __future__ import annotations

import pytest

from tests.docs.pages import DOCS

pytest.importorskip("mkdocs", reason="needs the extra docs")
pytest.importorskip("mkdocstrings", reason="needs the extra docs")

from mkdocs_hooks import docstrings, equations, notebooks


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


def test_terms_in_docstrings_become_definitions() -> None:
    docstring = (
        "Load.\n\noptions\n    Of these:\n\n    ``one``, ``two``\n        Text\n        more.\n"
    )
    made = docstrings.markdown(docstring)
    assert "\n\n    ``one``, ``two``\n    :   Text\n        more." in made
