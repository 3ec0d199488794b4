"""The public pictures."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

import neuroqgan.plot as plot
from neuroqgan import judge
from neuroqgan.data.split import Split
from neuroqgan.errors import InputError
from neuroqgan.evaluation.statistics.statistic_registry import measure
from neuroqgan.raster import SpikeRaster

Make = Callable[..., SpikeRaster]


@pytest.fixture
def split(make_raster: Make) -> Split:
    train, held_out = make_raster(60, seed=1), make_raster(60, seed=2)
    return Split(train, held_out, train)


def test_ratios_in_titles_are_those_of_the_evaluation(make_raster: Make, split: Split) -> None:
    generated = make_raster(60)
    evaluation = judge(generated, split, n_bootstrap=0)
    given, computed = (
        [axes.get_title("left") for axes in plot.statistics(generated, split, evaluation=e).axes]
        for e in (evaluation, None)
    )
    assert given == computed
    ratio = evaluation.statistics["spike_probability"].ratio
    assert given[0] == f"Firing rate: {ratio:.1f} x floor"


def test_rates_are_drawn_in_hertz(make_raster: Make, split: Split) -> None:
    axes = plot.statistics(make_raster(60), split).axes[0]
    training = axes.lines[1]
    assert np.allclose(training.get_ydata(), split.train.spikes.mean((0, 1)) / 0.02)
    assert axes.get_xlabel().startswith("held out, Hz")


@pytest.mark.parametrize("name", ["statistics", "autocovariance"])
def test_held_out_windows_alone_are_halved(make_raster: Make, split: Split, name: str) -> None:
    draw = getattr(plot, name)
    figure = draw(make_raster(60), split.held_out)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()][:2] == ["the other half", "held out"]
    with pytest.raises(InputError, match="own training windows"):
        draw(make_raster(60), split, split.train)


def test_autocovariances_are_those_of_the_statistic(make_raster: Make, split: Split) -> None:
    generated = make_raster(60)
    mean, first, *_ = plot.autocovariance(generated, split).axes
    found = measure(generated, ["autocovariance"])["autocovariance"]
    assert np.allclose(mean.lines[2].get_ydata(), found.mean(1))
    assert np.allclose(mean.lines[2].get_xdata(), 20 * np.arange(1, 8))
    most_active = split.held_out.spikes.mean((0, 1)).argmax()
    assert first.get_title("left") == f"neuron {most_active}"
    assert np.allclose(first.lines[2].get_ydata(), found[:, most_active])


def test_a_notebook_shows_a_figure_without_pyplot(make_raster: Make, split: Split) -> None:
    figure = plot.rasters(make_raster(60), split)
    png, size = figure._repr_png_()
    width, height = struct.unpack(">II", png[16:24])
    assert png.startswith(b"\x89PNG")
    assert size["width"] == 960
    assert width / height == pytest.approx(size["width"] / size["height"], rel=0.01)


def test_importing_the_pictures_chooses_no_backend() -> None:
    code = "import sys, neuroqgan.plot; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
