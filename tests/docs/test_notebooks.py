"""The notebooks of the docs are executed as readers would, and saved with what they show."""

from __future__ import annotations

import copy
import os
from pathlib import Path

import pytest

from tests.docs.pages import DOCS
from tests.imports import ROOT

nbformat = pytest.importorskip("nbformat", reason="needs the extra docs")

NOTEBOOKS = sorted(DOCS.rglob("*.ipynb"))


def _shown(cell: object) -> list[str]:
    """Return what kinds of outputs a cell has."""
    outputs = cell["outputs"]  # type: ignore[index]
    return sorted({key for output in outputs for key in output.get("data", {"text": ""})})


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_saved_as_executed_in_order(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert all(output.output_type != "error" for cell in cells for output in cell.outputs)
    text = path.read_text(encoding="utf-8")
    assert "/home/" not in text
    assert "/work/" not in text


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pynwb", reason="needs the extra nwb")
    nbclient = pytest.importorskip("nbclient", reason="needs the extra docs")
    pytest.importorskip("ipykernel", reason="needs the extra docs")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(path, 4)
    saved = copy.deepcopy(notebook)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(
        notebook, timeout=500, kernel_name="python3", resources=resources
    ).execute()
    for before, after in zip(saved.cells, notebook.cells, strict=True):
        if after.cell_type == "code":
            assert _shown(before) == _shown(after), after.source
