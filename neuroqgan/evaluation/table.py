"""The figures of an evaluation as a table: for terminals, as text and for notebooks."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.evaluation.c2st import FEWEST_WINDOWS
from neuroqgan.evaluation.conditional import lines
from neuroqgan.evaluation.notes import notes
from neuroqgan.evaluation.statistics.statistic_registry import STATISTICS, title_of
from neuroqgan.evaluation.suites.suite_registry import SUITES, figure_of
from neuroqgan.notebooks.card import card, table_of
from neuroqgan.notebooks.pictures import band_picture

if TYPE_CHECKING:
    from rich.console import RenderableType

    from neuroqgan.evaluation.c2st import TwoSampleTest
    from neuroqgan.evaluation.findings import Findings

_HEADINGS = ("statistic", "error", "floor", "ratio", "95 % interval")
_FLOORS = {
    "training": "Floor: training windows against held-out ones. "
    "Ratio 1: as close to held-out data as the training data are.",
    "halves": "Floor: one half of the real windows against the other. "
    "Ratio 1: as close to real data as real data are.",
}
_ON_C2ST = (
    "C2ST: accuracy of the judge that distinguishes generated from held-out windows best "
    "({judge}); 0.5 is chance."
)
_WIDTH = 80
# Scales of the pictures, and what they mean.
_RATIOS, _ACCURACIES = (0.3, 30.0), (0.45, 1.0)
_ON_PICTURES = (
    "Marks: the ratio on a logarithmic scale from 0.3 to 30, beside 1; the accuracy from 0.45 to "
    "1, beside its floor."
)


@dataclass(frozen=True)
class _Row:
    """A line of the table, in words; the unit is that of error and floor.

    The picture is HTML for notebooks: the value and its interval beside what it should be.
    """

    title: str
    error: str
    floor: str
    ratio: str
    interval: str
    unit: str = ""
    picture: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        return self.title, self.error, self.floor, self.ratio, self.interval


def evaluation_table(findings: Findings) -> RenderableType:
    """Return the figures as a table for a terminal, with notes below, at most 80 columns wide."""
    from rich.console import Group
    from rich.constrain import Constrain
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(_HEADINGS[0])
    for heading in _HEADINGS[1:]:
        table.add_column(heading, justify="right")
    for row in _rows(findings):
        table.add_row(*row.cells)
    caption = Text(explained(findings), style="dim italic")
    below = [caption, *(Text(f"Note: {note}", style="bold") for note in notes(findings))]
    return Group(table, *(Constrain(text, _WIDTH) for text in below))


def as_text(findings: Findings) -> str:
    """Return the table and the notes as plain text, without a line break at the end."""
    from neuroqgan.escaping.console import SafeConsole

    text = io.StringIO()
    SafeConsole(file=text, width=_WIDTH, color_system=None, force_jupyter=False).print(
        evaluation_table(findings)
    )
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def as_html(findings: Findings) -> str:
    """Return the table, with units and a mark for every ratio, and the notes for a notebook."""
    rows = _rows(findings)
    table = table_of(
        (*_HEADINGS, "unit"),
        [(*row.cells, row.unit) for row in rows],
        pictures=[row.picture for row in rows],
    )
    title = (
        f"Evaluation of {findings.n_generated:,} generated windows against "
        f"{findings.n_reference:,} held-out ones"
    )
    below = [explained(findings), _ON_PICTURES, *notes(findings)]
    return card(title, {}, table=table, notes=below)


def cells(findings: Findings) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the headings of the table, and its rows; both as text, with a column of units."""
    rows = tuple((*row.cells, row.unit) for row in _rows(findings))
    return (*_HEADINGS, "unit"), rows


def explained(findings: Findings) -> str:
    """Return what a reader of the table has to know."""
    caption, worst = _FLOORS[findings.floor_source], findings.worst
    if worst is not None:
        caption = f"{caption} {_ON_C2ST.format(judge=worst.title)}"
    return f"{caption} {lines.caption(findings.conditional)}".rstrip()


def _rows(findings: Findings) -> list[_Row]:
    rows = []
    for key, found in findings.statistics.items():
        interval = "-"
        if not math.isnan(found.ratio_low):
            interval = f"{_number(found.ratio_low)} to {_number(found.ratio_high)}"
        error, floor = _error(found.error), _error(found.floor)
        unit = STATISTICS[key].unit if key in STATISTICS else ""
        picture = band_picture(
            found.ratio,
            found.ratio_low,
            found.ratio_high,
            centre=1.0,
            limits=_RATIOS,
            logarithmic=True,
        )
        ratio = _number(found.ratio)
        rows.append(_Row(title_of(key), error, floor, ratio, interval, unit, picture))
    rows.append(_verdict("classifier (C2ST)", findings.c2st, findings.c2st_floor))
    rows += [_verdict(f"  {v.title}", v.test, v.floor) for v in findings.judges.values() if v.test]
    rows += _distribution(findings)
    if findings.floor_source == "training":
        rows.append(_nearest(findings))
    rows += [_Row(*cells) for cells in lines.lines(findings.conditional)]
    if findings.suite is not None:
        title = SUITES[findings.suite.suite].title if findings.suite.suite in SUITES else "suite"
        for key, row in findings.suite.rows.items():
            figure = figure_of(findings.suite.suite, key)
            name = f"{title}: {figure.title}"
            rows.append(_Row(name, _error(row.value), _error(row.floor), "", "", figure.unit))
    return rows


def _verdict(title: str, test: TwoSampleTest | None, floor: TwoSampleTest | None) -> _Row:
    interval, picture = f"needs {FEWEST_WINDOWS} windows", ""
    if test is not None:
        interval = f"{test.low:.3f} to {test.high:.3f}"
        centre = 0.5 if floor is None else floor.accuracy
        picture = band_picture(
            test.accuracy, test.low, test.high, centre=centre, limits=_ACCURACIES
        )
    return _Row(title, _accuracy(test), _accuracy(floor), "", interval, "accuracy", picture)


def _distribution(findings: Findings) -> list[_Row]:
    rows = []
    if findings.energy is not None:
        values = [
            "-" if test is None else f"{test.p_value:.2g}"
            for test in (findings.energy, findings.energy_floor)
        ]
        p_value, floor = values
        rows.append(_Row("energy distance (p-value)", p_value, floor, "", "", "probability"))
    if findings.manifold is not None:
        for name in ("precision", "recall", "coverage"):
            values = [
                "-" if found is None else f"{getattr(found, name):.3f}"
                for found in (findings.manifold, findings.manifold_floor)
            ]
            share, floor = values
            rows.append(_Row(name, share, floor, "", "", "share of windows"))
    return rows


def _nearest(findings: Findings) -> _Row:
    near, title, unit = findings.memorisation, "nearest training window", "differing spikes"
    if near is None:
        return _Row(title, "-", "-", "", "not judged", unit)
    verdict = {True: "memorised", False: "not memorised", None: "too few windows"}[near.memorised]
    return _Row(title, f"{near.generated_mean:.3g}", f"{near.held_out_mean:.3g}", "", verdict, unit)


def _accuracy(test: TwoSampleTest | None) -> str:
    return "-" if test is None else f"{test.accuracy:.3f}"


def _error(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2g}"


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2g}" if value < 10 else f"{value:.0f}"
