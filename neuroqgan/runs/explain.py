"""Explaining a run or a generator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.errors import InputError
from neuroqgan.models.explaining import N_SAMPLES, explain_generator
from neuroqgan.runs.kept_run import Run
from neuroqgan.runs.recording import prepare_run
from neuroqgan.runs.stages import as_windows

if TYPE_CHECKING:
    from neuroqgan.data.split import Split
    from neuroqgan.evaluation.explain.explanation import Explanation
    from neuroqgan.models.base import Generator
    from neuroqgan.raster import SpikeRaster


def explain(
    model: Generator | Run,
    split: Split | None = None,
    raster: SpikeRaster | None = None,
    *,
    judge: str = "network",
    n_samples: int = N_SAMPLES,
    max_windows: int = 500,
    seed: int = 0,
) -> Explanation:
    """Explain by which spikes generated windows are recognised, and what drives the neurons.

    A judge learns to distinguish generated from held-out windows on one half of the trials. On the
    other half each spike is taken out once; by how much the judge's score falls is the importance
    of the spike, after the maps of Spike-GAN (Molano-Mazon et al., arXiv:1803.00338). Every latent
    and covariate dimension of the generator is raised and lowered by one unit, with the same random
    numbers, and rates and correlations are compared.

    Parameters
    ----------
    model
        A trained generator, or a run.
    split
        The recording of the generator; that of the run by default.
    raster
        Windows that it generated, such as those of a quantum device. By default the newest raster
        of the run, or windows from the exact distribution of the generator.
    judge
        Which judge is asked: ``network``, ``trees`` or ``trees_on_counts``.
    n_samples
        Windows to draw.
    max_windows
        Windows of each kind whose spikes are taken out one by one.
    seed
        Of everything that is drawn.

    Returns
    -------
    Explanation
        Prints as a table.

    Raises
    ------
    InputError
        If a generator is given without its recording.
    ConfigError
        If there is no such judge.
    RasterError
        If the windows do not fit the recording, or are too few.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> parts = nq.split(nq.load("simulated", neurons=slice(0, 2)), 4)
    >>> model = nq.Generator("spiqgan", n_neurons=2, n_bins=4, bin_width=0.02)
    >>> model.initialise(parts.train.spike_probability, seed=0)
    >>> nq.explain(model, parts, n_samples=200, max_windows=20).effects[0].kind
    'latent'
    """
    generator = model
    if isinstance(model, Run):
        generator = model.generator
        if raster is None and split is None and model.raster_paths:
            from neuroqgan.data.load import load

            raster = as_windows(prepare_run(model.folder), load(model.raster_paths[-1]))
        split = model.split if split is None else split
    if split is None or isinstance(generator, Run):
        raise InputError(
            "A generator is explained beside its recording.",
            expected="a split of the recording",
            got="none",
            hint="nq.explain(model, nq.split(recording))",
        )
    return explain_generator(
        generator,
        split,
        raster,
        judge=judge,
        n_samples=n_samples,
        max_windows=max_windows,
        seed=seed,
    )
