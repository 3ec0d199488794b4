"""The pictures that need covariates: which of them a run has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.covariates import TRIAL_TIME
from neuroqgan.evaluation.conditional.conditional_evaluation import BY_TIME, NOT_COMPARABLE
from neuroqgan.evaluation.conditional.judge_given import known_by
from neuroqgan.evaluation.conditional.psth_correlation import FEWEST_PER_BIN, windows_per_bin
from neuroqgan.evaluation.conditional.trial_histogram import places_of
from neuroqgan.report.correlations_figure import plot_correlations
from neuroqgan.report.psth_figure import plot_psth
from neuroqgan.report.trials_figure import plot_trials
from neuroqgan.report.tuning_figure import plot_tuning

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neuroqgan.evaluation.findings import Findings
    from neuroqgan.raster import SpikeRaster


def conditional_figures(
    generated: SpikeRaster, held_out: SpikeRaster, training: SpikeRaster, evaluation: Findings
) -> dict[str, Figure]:
    """Draw what covariates allow.

    Parameters
    ----------
    generated, held_out, training
        Windows of the same bins and neurons.
    evaluation
        What `neuroqgan.judge` found.

    Returns
    -------
    dict
        Figures by name; none if one of the rasters has no covariates, or has others.
    """
    given = known_by(generated, held_out, training)
    if given is None or given == NOT_COMPARABLE:
        return {}
    figures = {}
    is_timed = given == BY_TIME
    if is_timed:
        figures["trials"] = plot_trials(generated, held_out)
    if not is_timed or windows_per_bin(generated, held_out, training) >= FEWEST_PER_BIN:
        figures["correlations"] = plot_correlations(
            generated, held_out, training, evaluation=evaluation
        )
        if is_timed:
            figures["psth"] = plot_psth(generated, held_out, training, evaluation=evaluation)
    if places_of(held_out).covariates.names != (TRIAL_TIME,):
        figures["tuning"] = plot_tuning(generated, held_out, training)
    return figures
