"""What pictures show, beside that they are made."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from rich.console import Console

from neuroqgan.evaluation.judge import judge
from neuroqgan.raster import SpikeRaster
from neuroqgan.report import style
from neuroqgan.report.autocovariance_figure import plot_autocovariance
from neuroqgan.report.rasters_figure import plot_rasters
from neuroqgan.report.statistics_figure import plot_statistics
from neuroqgan.report.style import new_figure, save_figure
from neuroqgan.report.terminal_rasters import print_rasters
from neuroqgan.report.training_figure import plot_training


@pytest.mark.parametrize("backend", ["module://a_notebook.that_is_not_here", "no such backend"])
def test_pictures_need_no_backend(tmp_path: Path, backend: str) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from neuroqgan.report.training_figure import plot_training\n"
        "from neuroqgan.report.style import save_figure\n"
        "save_figure(plot_training([]), Path(sys.argv[1]), 'training')\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        env=os.environ | {"MPLBACKEND": backend},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "training.png").stat().st_size > 5000


def _luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


@pytest.mark.parametrize("name", ["REAL", "GENERATED", "FLOOR", "ACCENT"])
def test_colors_of_text_have_contrast(name: str) -> None:
    assert 1.05 / (_luminance(getattr(style, name)) + 0.05) >= 4.5


def test_windows_stand_apart(make_raster) -> None:
    real = make_raster(4, seed=1)
    figure = plot_rasters(make_raster(9, seed=2), real)
    left, right = figure.axes
    grounds = sorted((p.get_x(), p.get_x() + p.get_width()) for p in left.patches)
    assert len(grounds) == 4
    assert all(start > end for (_, end), (start, _) in pairwise(grounds))
    spikes = np.concatenate([c.get_positions() for c in left.collections])
    inside = [sum(start < spike < end for spike in spikes) for start, end in grounds]
    assert inside == real.spikes.sum((1, 2)).tolist()
    # Windows are named by where they are in the raster.
    assert [text.get_text() for text in right.get_xticklabels()] == ["0", "3", "5", "8"]


def test_an_outlier_does_not_flatten_a_panel(make_raster, tmp_path: Path) -> None:
    held_out, training, generated = (make_raster(100, 16, 6, 0.1, seed=i) for i in range(3))
    spikes = generated.spikes.copy()
    # A neuron that repeats another one a bin later.
    spikes[:, 1:, 0] = spikes[:, :-1, 1]
    made = SpikeRaster(spikes, 0.02)
    figure = plot_statistics(made, held_out, training)
    axes = figure.axes[3]
    assert axes.get_ylim()[1] < 0.04  # the outlier is near 0.09
    drawn = {line.get_marker(): len(line.get_xdata()) for line in axes.lines[1:]}
    assert drawn["D"] >= 1
    assert f"{drawn['D']} beyond" in axes.get_xlabel()
    total = sum(len(line.get_xdata()) for line in axes.lines[1:])
    assert total == 2 * 36
    save_figure(figure, tmp_path, "statistics")
    # The layout has not collapsed.
    assert min(panel.get_position().width for panel in figure.axes) > 0.15


def test_training_panels_are_labelled() -> None:
    rows = [
        {"step": i, "loss": 1.0, "statistics_loss": 5.0, "distance": i / 9, "gradient_norm": 3.0}
        for i in range(1, 20)
    ]
    panels = plot_training(rows).axes
    assert all(axes.get_ylabel() for axes in panels)
    assert "rises while the critic learns" in panels[1].get_xlabel()


@pytest.mark.parametrize("width", [40, 60, 75, 76, 120])
def test_rasters_fit_into_a_terminal(make_raster, width: int) -> None:
    console = Console(width=width, force_terminal=False)
    with console.capture() as captured:
        print_rasters(console, make_raster(9, 16, 9), make_raster(8, 16, 9, seed=1))
    lines = captured.get().splitlines()
    assert max(map(len, lines)) <= width
    beside = [line for line in lines if "held out" in line and "generated" in line]
    assert bool(beside) == (width >= 76)
    # One heading and a caption and three rows of four neurons, or two such blocks.
    assert len(lines) == (5 if beside else 9)


def test_titles_fit_and_one_step_is_seen(make_raster) -> None:
    real, training, generated = (make_raster(60, 16, n_neurons=4, seed=seed) for seed in range(3))
    evaluation = judge(generated, real, training, n_bootstrap=2)
    far = replace(evaluation.statistics["lag1_cross_covariance"], ratio=4321.9)
    evaluation = replace(
        evaluation, statistics=evaluation.statistics | {"lag1_cross_covariance": far}
    )
    figure = plot_statistics(generated, real, training, evaluation=evaluation)
    FigureCanvasAgg(figure).draw()
    for axes in figure.axes:
        assert axes._left_title.get_window_extent().x1 <= figure.bbox.x1
    step = {"step": 1, "statistics_loss": 5000.0, "distance": 0.1, "gradient_norm": 3.0}
    panels = plot_training([step, step | {"step": 2, "statistics_loss": 2000.0}]).axes
    assert panels[0].get_yscale() == "linear"
    assert plot_training([step]).axes[1].get_lines()[-1].get_marker() == "o"


def test_labels_are_shown_letter_by_letter(tmp_path: Path, make_raster) -> None:
    labels = ("$\\frac$", "a$b$", "µ_1", "<b>x</b>")
    real = make_raster(6, n_bins=20).with_labels(labels)
    figures = plot_rasters(real, real), plot_autocovariance(real, real)
    for number, figure in enumerate(figures):
        save_figure(figure, tmp_path, f"labels-{number}")
        # A formula that cannot be read would end the drawing.
        assert (tmp_path / f"labels-{number}.png").stat().st_size > 5000
    shown = [text.get_text() for text in figures[0].axes[0].get_yticklabels()]
    assert shown[0] == r"\$\frac\$"
    assert {axes.get_title("left") for axes in figures[1].axes} >= {r"neuron a\$b\$", "neuron µ_1"}


def test_labels_with_control_characters_leave_pictures_whole(tmp_path: Path) -> None:
    figure = new_figure(2, 2)
    figure.add_subplot().set_title("unit\x1b[31m\u202e")
    save_figure(figure, tmp_path, "odd")
    text = (tmp_path / "odd.svg").read_text(encoding="utf-8")
    ET.fromstring(text)  # noqa: S314  # written here
    assert not {"\x1b", "\u202e"} & set(text)
