"""Pictures given covariates."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from neuroqgan import plot
from neuroqgan.covariates import Covariates, CovariateWindows
from neuroqgan.data.split import Split, split
from neuroqgan.errors import InputError
from neuroqgan.evaluation.conditional.judge_given import judge_given_covariates
from neuroqgan.evaluation.conditional.trial_histogram import trial_histogram
from neuroqgan.evaluation.findings import Findings
from neuroqgan.raster import SpikeRaster
from neuroqgan.report.conditional_figures import conditional_figures
from neuroqgan.report.stretches import busiest_stretch

N_BINS = 60


def _parts(*, shared: bool = True) -> Split:
    random = np.random.default_rng(0)
    values = random.normal(size=(1 if shared else 30, N_BINS, 2))
    # Something happens in the last quarter of the trial.
    drive = values @ random.normal(size=(2, 4)) - 2 + 2 * (np.arange(N_BINS) > 45)[:, None]
    spikes = random.random((30, N_BINS, 4)) < 1 / (1 + np.exp(-drive))
    return split(SpikeRaster(spikes, 0.02), 6, Covariates(values, ("speed", "a long name of it")))


def _findings(parts: Split, generated: SpikeRaster) -> Findings:
    found = judge_given_covariates(generated, parts.held_out, parts.train, n_bootstrap=0)
    return Findings({}, None, None, None, 1, 1, "training", conditional=found)


def test_covariates_decide_which_pictures_there_are() -> None:
    def names(parts: Split, generated: SpikeRaster) -> set[str]:
        findings = _findings(parts, generated)
        return set(conditional_figures(generated, parts.held_out, parts.train, findings))

    shared, own = _parts(), _parts(shared=False)
    timed = shared.with_covariates("trial-time")
    assert names(shared, shared.train) == {"psth", "trials", "correlations", "tuning"}
    assert names(timed, timed.train) == {"psth", "trials", "correlations"}
    assert names(timed, timed.train.take(slice(0, 20))) == {"trials"}
    assert names(own, own.train) == {"correlations", "tuning"}
    assert names(timed, own.train) == set()
    assert names(shared.with_covariates(None), own.train) == set()
    for draw in (plot.psth, plot.trials):
        with pytest.raises(InputError, match="bin by bin"):
            draw(own.train, own)
    for draw in (plot.tuning, plot.correlations):
        with pytest.raises(InputError, match="cannot be compared"):
            draw(timed.train, own)


def test_psths_are_drawn_in_hertz_with_their_correlations() -> None:
    parts = _parts()
    generated = parts.train
    findings = _findings(parts, generated)
    figure = plot.psth(generated, parts, evaluation=findings)
    active = int(parts.held_out.spikes.mean((0, 1)).argmax())
    psth = findings.conditional.psth
    title = figure.axes[0].get_title("left")
    assert title == (
        f"neuron {active}: correlation {psth.by_neuron[active]:.2f}, "
        f"ceiling {psth.ceiling_by_neuron[active]:.2f}"
    )
    recorded, drawn = figure.axes[0].lines
    assert recorded.get_ydata().mean() == pytest.approx(
        np.nanmean(trial_histogram(parts.held_out).rates[:, active]) / 0.02, rel=0.1
    )
    assert drawn.get_label() == "generated"
    assert recorded.get_xdata()[[0, -1]] == pytest.approx([0.01, 0.02 * 59.5])
    assert plot.psth(generated, parts).axes[0].get_title("left") == title


def test_the_busiest_stretch_is_where_things_happen() -> None:
    stretch = busiest_stretch(_parts().held_out, 0.02 * 10)
    assert stretch.stop - stretch.start == 10
    assert stretch.start >= 40


def test_trials_show_every_spike_where_it_was() -> None:
    parts = _parts().with_covariates("trial-time")
    whole = parts.trials.with_covariates(CovariateWindows.whole_trials(parts.covariates, 15))
    figure = plot.trials(parts.train, parts.held_out, n_trials=2)
    for axes, number in zip(figure.axes[::2], (1, 29), strict=True):
        assert axes.get_title("left") == f"Recording, held out: trial {number}"
        drawn = [np.sort(c.get_positions()) for c in axes.collections]
        inside = parts.held_out_places[1][parts.held_out_places[0] == number]
        bins = np.arange(inside.min(), inside.max() + 6)
        spikes = parts.held_out_trials.spikes[number // 2, bins]
        for neuron, at in enumerate(drawn):
            assert at == pytest.approx(0.02 * (bins[spikes[:, neuron]] + 0.5))
    # Windows that follow one another do not overlap; lines show where each begins.
    seams = [line.get_xdata()[0] for line in figure.axes[1].lines]
    assert np.diff(seams).min() >= 0.02 * 6 - 1e-9
    figure = plot.trials(whole, whole.with_covariates(whole.covariates), n_trials=1)
    assert figure.axes[1].get_title("left") == "Generated"
    assert sum(len(c.get_positions()) for c in figure.axes[1].collections) == whole.spikes[0].sum()


def test_tuning_has_a_row_per_column_and_labels_do_not_overlap() -> None:
    parts = _parts(shared=False)
    figure = plot.tuning(parts.train, parts)
    assert len(figure.axes) == 2 * 5
    speed = parts.held_out.covariates.rows()[..., 0]
    slow = speed < np.quantile(speed, 1 / 8)
    drawn = figure.axes[0].lines[1].get_ydata()
    assert len(drawn) == 8
    assert drawn[0] == pytest.approx(parts.held_out.spikes[slow].mean() / 0.02, rel=0.05)
    FigureCanvasAgg(figure).draw()
    boxes = [axes.xaxis.label.get_window_extent() for axes in figure.axes[5:]]
    assert all(one.x1 < other.x0 for one, other in pairwise(boxes))


def test_correlations_show_ratios_of_the_evaluation() -> None:
    parts = _parts()
    findings = _findings(parts, parts.train)
    figure = plot.correlations(parts.train, parts, evaluation=findings)
    row = findings.conditional.signal_correlation
    assert figure.axes[0].get_title("left") == f"Signal correlation: {row.ratio:.1f} x floor"
    assert figure.axes[2].get_title("left") == "Fano factor: 1.0 x floor"
    fano = figure.axes[2].lines[1]
    assert len(fano.get_xdata()) == 4
    assert len(figure.axes[0].lines[1].get_xdata()) <= 6
