"""A table of what the rasters of the page are together, such as the steps of a campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.report.page.section import Block, Section, Table

if TYPE_CHECKING:
    from neuroqgan.report.page.view import PageView


def _applies(view: PageView) -> bool:
    return view.summary is not None


def _render(view: PageView) -> list[Block]:
    found = view.summary
    if found is None:
        return []
    first, after = found.numbers
    table = Table(found.headings, found.rows, found.caption, numbers_from=first, numbers_to=after)
    return [table]


SUMMARY = Section("summary", "Summary", _applies, _render)
