from __future__ import annotations

import numpy as np
import pytest
from rich.console import Console

from neuroqgan.errors import StorageError
from neuroqgan.evaluation.judge import judge
from neuroqgan.evaluation.table import evaluation_table
from neuroqgan.raster import SpikeRaster
from neuroqgan.report.figures import save_report
from neuroqgan.report.rasters_figure import plot_rasters
from neuroqgan.report.terminal_rasters import print_raster, print_rasters
from neuroqgan.report.training_figure import plot_training

METRICS = [
    {"step": i + 1, "statistics_loss": 100 / (i + 1), "gradient_norm": 3.0, "distance": None}
    for i in range(30)
]


def _save(folder, rasters, metrics=METRICS):
    generated, held_out, training = rasters
    evaluation = judge(generated, held_out, training, n_bootstrap=2)
    return save_report(
        folder,
        held_out=held_out,
        training=training,
        generated=generated,
        evaluation=evaluation,
        metrics=metrics,
    )


def test_pictures_are_made_and_are_the_same_each_time(make_raster, tmp_path) -> None:
    rasters = [make_raster(seed=i) for i in range(3)]
    paths = _save(tmp_path, rasters)
    names = {"rasters", "statistics", "autocovariance", "training"}
    assert {path.name for path in paths} == {f"{n}.{s}" for n in names for s in ("png", "svg")}
    before = {path: path.read_bytes() for path in paths}
    assert all(len(content) > 5000 for content in before.values())
    _save(tmp_path, rasters)
    assert {path: path.read_bytes() for path in paths} == before


@pytest.mark.parametrize("n_neurons", [2, 50])
def test_degenerate_rasters_draw_without_a_warning(make_raster, tmp_path, n_neurons) -> None:
    rasters = [make_raster(n_samples=8, n_neurons=n_neurons, seed=i) for i in range(3)]
    silent = [SpikeRaster(r.spikes & (np.arange(n_neurons) > 0), 0.02) for r in rasters]
    assert len(_save(tmp_path, silent, metrics=METRICS[:1])) == 8


def test_both_rasters_show_all_their_spikes(make_raster) -> None:
    real, generated = make_raster(4, seed=1), make_raster(9, seed=2)
    figure = plot_rasters(generated, real)
    left, right = figure.axes
    drawn = [sum(len(c.get_positions()) for c in axes.collections) for axes in (left, right)]
    assert drawn[0] == real.spikes.sum()
    chosen = np.linspace(0, 8, 4).round().astype(int)
    assert drawn[1] == generated.spikes[chosen].sum()


def test_training_without_a_step() -> None:
    assert len(plot_training([]).axes) == 3


def test_a_training_by_likelihood_shows_what_it_minimised() -> None:
    rows = [{"step": i + 1, "loss": 2.0 - i / 9, "gradient_norm": 1.0} for i in range(9)]
    alone = [row | {"statistics_loss": None, "distance": None} for row in rows]
    loss, _ = plot_training(alone).axes
    assert "log likelihood" in loss.get_title("left")
    assert list(loss.lines[0].get_ydata()) == [row["loss"] for row in rows]
    # Statistics that join later have a panel of their own, from there on.
    both = alone[:4] + [row | {"statistics_loss": 5.0, "distance": None} for row in rows[4:]]
    loss, statistics, _ = plot_training(both).axes
    assert len(loss.lines[0].get_xdata()) == 9
    assert list(statistics.lines[0].get_xdata()) == [5, 6, 7, 8, 9]


def test_a_folder_that_cannot_be_written(make_raster, tmp_path) -> None:
    in_the_way = tmp_path / "figures"
    in_the_way.write_text("a file")
    with pytest.raises(StorageError):
        _save(in_the_way, [make_raster(seed=i) for i in range(3)])


@pytest.mark.parametrize("n_neurons", [2, 10, 50])
def test_the_terminal_shows_at_most_80_columns(make_raster, n_neurons) -> None:
    console = Console(record=True, width=200, force_terminal=False)
    real, generated, training = (
        make_raster(n_bins=16, n_neurons=n_neurons, seed=i) for i in range(3)
    )
    with console.capture() as captured:
        print_rasters(console, real, generated)
        print_raster(console, real)
        console.print(evaluation_table(judge(generated, real, training, n_bootstrap=2)))
    lines = captured.get().splitlines()
    assert max(map(len, lines)) <= 80
    assert any("C2ST" in line for line in lines)


def test_braille_dots_are_spikes(make_raster) -> None:
    raster = make_raster(1, n_bins=16, n_neurons=5)
    console = Console(width=80)
    with console.capture() as captured:
        print_raster(console, raster)
    dots = sum((ord(c) - 0x2800).bit_count() for c in captured.get() if 0x2800 <= ord(c) < 0x2900)
    assert dots == raster.spikes.sum()
