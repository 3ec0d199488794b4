"""Whether the pages are complete: every name, page and version, and the drawing of the rooms."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import neuroqgan as nq
from tests.docs import drawing
from tests.docs.pages import DOCS
from tests.imports import ROOT


def test_every_public_name_is_on_one_page_of_the_api() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in (DOCS / "api").glob("*.md"))
    shown = Counter(re.findall(r"^::: neuroqgan\.(\w+)$", text, re.MULTILINE))
    del shown["testing"]  # a module that has to be imported by itself
    # The base of all errors is shown among them.
    assert shown == Counter(set(dir(nq)) - {"__version__", "NeuroqganError"})


def test_the_drawing_of_the_rooms_is_up_to_date() -> None:
    assert drawing.DRAWING.read_text() == drawing.draw(), "run: python -m tests.docs.drawing"


def test_imports_that_follow_from_others_are_not_drawn() -> None:
    edges = {"a": {"b", "c"}, "b": {"c"}, "c": set[str]()}
    assert drawing.reduced(edges) == {"a": {"b"}, "b": {"c"}, "c": set()}


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
