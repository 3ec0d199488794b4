"""Explaining a generator: by which spikes it is recognised, and what drives its neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.evaluation.explain.explanation import Explanation
from neuroqgan.evaluation.explain.importance import explain_spikes
from neuroqgan.evaluation.explain.input_effects import input_effect
from neuroqgan.evaluation.judges.folds import trials_of
from neuroqgan.evaluation.reference import real_windows
from neuroqgan.models.given import windows_for
from neuroqgan.raster import SpikeRaster

if TYPE_CHECKING:
    from neuroqgan.data.split import Split
    from neuroqgan.evaluation.explain.input_effects import InputEffect
    from neuroqgan.models.contract import GeneratorContract
    from neuroqgan.models.dimensions import Dimension

N_SAMPLES = 2000
"""Windows that are drawn to be recognised, and for each change of a dimension."""


def explain_generator(
    generator: GeneratorContract,
    split: Split,
    raster: SpikeRaster | None = None,
    *,
    judge: str = "network",
    n_samples: int = N_SAMPLES,
    max_windows: int = 500,
    seed: int = 0,
) -> Explanation:
    """Explain a generator.

    Parameters
    ----------
    generator
        Trained.
    split
        Its recording.
    raster
        Windows that it generated; by default they are drawn from its exact distribution.
    judge, max_windows
        See `neuroqgan.evaluation.explain.importance.explain_spikes`.
    n_samples
        Windows to draw.
    seed
        Of all that is drawn.

    Raises
    ------
    ConfigError
        If there is no such judge, or the generator has no exact distribution to draw from.
    RasterError
        If the windows do not fit the recording, or are too few.
    """
    usual = _drawn(generator, None, 0.0, split, n_samples, seed)
    reference = real_windows(split)
    spikes = explain_spikes(
        usual if raster is None else raster,
        reference.held_out,
        judge=judge,
        real_trials=trials_of(reference.held_out, reference.held_out_trials),
        max_windows=max_windows,
        seed=seed,
    )
    effects: list[InputEffect] = [
        input_effect(
            lambda amount, one=one: _drawn(generator, one, amount, split, n_samples, seed),
            one.name,
            one.kind,
            one.unit,
            usual=usual,
            can_hold=one.can_hold,
        )
        for one in generator.dimensions()
    ]
    effects.sort(key=lambda effect: -effect.strength)
    labels = split.train.neuron_labels
    return Explanation(spikes, tuple(effects), labels, generator.spec.bin_width)


def _drawn(
    generator: GeneratorContract,
    dimension: Dimension | None,
    amount: float | None,
    split: Split,
    n_samples: int,
    seed: int,
) -> SpikeRaster:
    """Draw windows with a dimension changed; the same seed places them alike in all cases."""
    n_bins = generator.spec.n_bins
    own = split.covariates if generator.spec.covariates is not None else None
    seen = windows_for(generator, n_samples, n_bins, seed, own)
    if dimension is None:
        spikes = generator.draw_exactly(n_samples, n_bins, seed, covariates=seen)
    else:
        changed, seen = dimension.change(amount, seen)
        spikes = changed.draw_exactly(n_samples, n_bins, seed, covariates=seen)
    return SpikeRaster(spikes, generator.spec.bin_width)
