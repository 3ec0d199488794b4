"""Judges that try to distinguish generated from recorded windows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from neuroqgan.evaluation.judges.judge_registry import judge_title
from neuroqgan.report.page.charts.chart_style import look_of, symbol_of
from neuroqgan.report.page.charts.dot_chart import Series, dot_chart
from neuroqgan.report.page.section import Block, Chart, Charts, Section, Symbol, Table
from neuroqgan.report.style import FLOOR, headline

if TYPE_CHECKING:
    from neuroqgan.evaluation.c2st import TwoSampleTest
    from neuroqgan.report.page.view import PageView


def _applies(view: PageView) -> bool:
    return any(run.view.evaluation.judges for run in view.runs)


def _render(view: PageView) -> list[Block]:
    keys = list(dict.fromkeys(key for run in view.runs for key in run.view.evaluation.judges))
    alone = len(view.runs) == 1
    series, rows, legend = [], [], []
    for run in view.runs:
        verdicts = [run.view.evaluation.judges.get(key) for key in keys]
        tests = [None if verdict is None else verdict.test for verdict in verdicts]
        floors = [None if verdict is None else verdict.floor for verdict in verdicts]
        label = "generated" if alone else run.label
        series.append(_series(label, *look_of(run), tests))
        legend.append(symbol_of(run, alone=alone))
        # Runs of one recording are judged with the same floor.
        if any(run is group.runs[0] for group in view.groups):
            named = "" if len(view.groups) == 1 else f" ({run.label})"
            series.append(_series(f"recorded against recorded{named}", FLOOR, "square", floors))
        rows += [
            (headline(judge_title(key)), run.label, *_cells(test), *_cells(floor)[:1])
            for key, test, floor in zip(keys, tests, floors, strict=True)
        ]
    legend.append(Symbol("recorded against recorded (the floor)", FLOOR, "square"))
    chart = dot_chart(
        [headline(judge_title(key)) for key in keys],
        series,
        x_label="accuracy",
        best=0.5,
        logarithmic=False,
        least=(0.45, 0.6),
    )
    table = Table(
        ("judge", "run", "accuracy", "from", "to", "floor"),
        tuple(rows),
        "Accuracies with Wilson's 95 % intervals.",
        numbers_from=2,
    )
    caption = (
        "Accuracy: share of unseen windows that are classified correctly. "
        "A judge that cannot distinguish the two kinds of windows is right in half of them, the "
        "dashed line. Grey squares: what the same judge reaches between recorded windows and other "
        "recorded windows. Bars: 95 % intervals."
    )
    return [Charts((Chart("judges", chart, "Accuracy", caption, table, wide=True),), tuple(legend))]


def _series(label: str, color: str, marker: str, tests: list[TwoSampleTest | None]) -> Series:
    values, lows, highs = (
        [math.nan if test is None else float(getattr(test, part)) for test in tests]
        for part in ("accuracy", "low", "high")
    )
    return Series(label, color, marker, values, lows, highs)


def _cells(test: TwoSampleTest | None) -> tuple[str, str, str]:
    if test is None:
        return "-", "-", "-"
    return f"{test.accuracy:.3f}", f"{test.low:.3f}", f"{test.high:.3f}"


JUDGES_SECTION = Section(
    "judges",
    "Judges",
    _applies,
    _render,
    "Classifiers learn to distinguish generated from held-out windows; the best of them counts.",
)
