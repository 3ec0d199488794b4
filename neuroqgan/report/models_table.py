"""A generator and classical models in one table."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from neuroqgan.evaluation.c2st import FEWEST_WINDOWS
from neuroqgan.evaluation.model_row import headings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from neuroqgan.evaluation.model_row import ModelRow

_NAME_WIDTH = 21  # with every other column as wide as it gets, 80 in all


def models_table(rows: Sequence[ModelRow]) -> Table:
    """Return a table with one line per model, at most 80 columns wide.

    Parameters
    ----------
    rows
        Models, in the order of the table.
    """
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    first, *others = headings()
    table.add_column(first, min_width=_NAME_WIDTH, overflow="fold")
    for heading in others:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        name, size, *figures = row.cells()
        name = "\n".join(textwrap.wrap(name, _NAME_WIDTH))
        table.add_row(name, size.replace("+", "\n+"), *figures)
    caption = (
        "Ratios: 1 = as close to held-out data as the training data are. "
        "C2ST: accuracy of a classifier; 0.5 is chance."
    )
    if any(row.n_stimulus_parameters for row in rows):
        caption += " Behind a plus: parameters that describe the trial."
    if any(math.isnan(row.c2st) for row in rows):
        caption += f" It needs {FEWEST_WINDOWS} windows of each kind."
    table.caption = caption
    table.caption_justify = "left"
    return table
