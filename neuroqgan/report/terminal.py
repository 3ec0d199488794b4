"""Figures in a terminal; rasters are in `neuroqgan.report.terminal_rasters`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from neuroqgan.evaluation.c2st import FEWEST_WINDOWS
from neuroqgan.evaluation.verdict import NAMES, notes

if TYPE_CHECKING:
    from rich.console import RenderableType

    from neuroqgan.evaluation.c2st import TwoSampleTest
    from neuroqgan.evaluation.judge import Evaluation

_CAPTION = "Floor: real windows against other real ones. Ratio 1: as good as more recording."
_ON_C2ST = "C2ST 0.5: a classifier cannot tell."
_WIDTH = 80


def evaluation_table(evaluation: Evaluation) -> RenderableType:
    """Return the figures of an evaluation as a table, and below it what they cannot say."""
    from rich.console import Group
    from rich.constrain import Constrain
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("statistic")
    for heading in ("error", "floor", "ratio", "95 % interval"):
        table.add_column(heading, justify="right")
    for name, row in evaluation.statistics.items():
        interval = "-"
        if not math.isnan(row.ratio_low):
            interval = f"{_number(row.ratio_low)} to {_number(row.ratio_high)}"
        numbers = ("-" if math.isnan(x) else f"{x:.2g}" for x in (row.error, row.floor))
        table.add_row(NAMES.get(name, name), *numbers, _number(row.ratio), interval)
    table.add_section()
    told, real = evaluation.c2st, evaluation.c2st_floor
    interval = f"needs {FEWEST_WINDOWS} windows"
    if told is not None:
        interval = f"{told.low:.3f} to {told.high:.3f}"
    table.add_row("classifier (C2ST)", _accuracy(told), _accuracy(real), "", interval)
    if evaluation.floor_source == "training":
        table.add_row("nearest training window", *_nearest(evaluation))
    caption = _CAPTION if told is None else f"{_CAPTION} {_ON_C2ST}"
    said = [
        Text(f"{'Note: ' if i else ''}{text}", style="bold" if i else "dim italic")
        for i, text in enumerate((caption, *notes(evaluation)))
    ]
    return Group(table, *(Constrain(text, _WIDTH) for text in said))


def _nearest(evaluation: Evaluation) -> tuple[str, str, str, str]:
    near = evaluation.memorisation
    if near is None:
        return "-", "-", "", "not judged"
    verdict = {True: "memorised", False: "not memorised", None: "too few windows"}[near.memorised]
    return f"{near.generated_mean:.3g}", f"{near.held_out_mean:.3g}", "", verdict


def _accuracy(test: TwoSampleTest | None) -> str:
    return "-" if test is None else f"{test.accuracy:.3f}"


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2g}" if value < 10 else f"{value:.0f}"
