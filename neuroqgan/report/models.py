"""A generator and classical models in one table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from neuroqgan.evaluation.baselines.registry import NAMES
from neuroqgan.evaluation.baselines.row import HEADINGS
from neuroqgan.evaluation.c2st import FEWEST_WINDOWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from neuroqgan.evaluation.baselines.row import ModelRow


def models_table(rows: Sequence[ModelRow]) -> Table:
    """Return a table with a line for each model, 80 columns wide at most."""
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    widest = max(map(len, NAMES))
    table.add_column(HEADINGS[0], min_width=widest, overflow="fold")
    for heading in HEADINGS[1:]:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*row.cells())
    caption = (
        "Ratios to the floor: 1 is as good as more recording. C2ST 0.5: a classifier cannot tell."
    )
    if any(math.isnan(row.c2st) for row in rows):
        caption += f" No number: it needs {FEWEST_WINDOWS} windows of each kind."
    table.caption = caption
    table.caption_justify = "left"
    return table
