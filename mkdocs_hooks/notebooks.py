"""Notebooks of docs/ as pages, with the outputs that they were saved with.

The notebooks are executed by the tests (tests/docs/test_notebooks.py), not while pages are built.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
from mkdocs.structure.files import File, Files
from nbconvert import MarkdownExporter


def on_files(files: Files, config: Any) -> Files:
    """Put a page, and the pictures on it, in the place of every notebook."""
    notebooks = [file for file in files if file.src_uri.endswith(".ipynb")]
    for notebook in notebooks:
        page, pictures = as_markdown(Path(str(notebook.abs_src_path)))
        address = PurePosixPath(notebook.src_uri)
        made = {str(address.with_suffix(".md")): page}
        made |= {str(address.parent / name): data for name, data in pictures.items()}
        for name, content in made.items():
            files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Let links to notebooks, as they work in the repository, lead to their pages."""
    return re.sub(r"(\]\((?!https?:)[^)#\s]+)\.ipynb([)#])", r"\1.md\2", markdown)


def as_markdown(notebook: Path) -> tuple[str, dict[str, bytes]]:
    """Return a notebook as Markdown, and its pictures by the addresses in it."""
    cells = nbformat.read(notebook, as_version=4)
    for cell in cells.cells:
        # A table in HTML would lose the style of the site; every output has a text as well.
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop("text/html", None)
    names = {"output_files_dir": f"{notebook.stem}_files", "unique_key": notebook.stem}
    page, resources = MarkdownExporter().from_notebook_node(cells, resources=names)
    return page, resources["outputs"]
