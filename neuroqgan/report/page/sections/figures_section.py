"""All figures of the evaluations as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.evaluation.table import cells, explained
from neuroqgan.report.page.section import Block, Section, Table, always

if TYPE_CHECKING:
    from neuroqgan.report.page.view import PageView


def _render(view: PageView) -> list[Block]:
    blocks: list[Block] = []
    for run in view.runs:
        headings, rows = cells(run.view.evaluation)
        named = "" if len(view.runs) == 1 else f"{run.label}. "
        caption = f"{named}{explained(run.view.evaluation)}"
        blocks.append(Table(headings, rows, caption, numbers_to=len(headings) - 1))
    return blocks


FIGURES = Section(
    "figures",
    "All figures",
    always,
    _render,
    "What neuroqgan evaluate prints: statistics, judges, the energy distance, the manifold of "
    "windows, memorisation, and what is known given covariates.",
)
