"""Which part of the drive looks at which kind of covariates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.models.drive.covariate_columns import CovariateColumns
from neuroqgan.models.drive.trial_path import TrialPath

if TYPE_CHECKING:
    from neuroqgan.models.drive.covariates import CovariatePart
    from neuroqgan.models.spec import GeneratorSpec

# Dimensions by default: more neurons follow more aspects of a stimulus.
_FEWEST, _MOST, _PER_NEURON = 5, 20, 0.3


def covariate_part(spec: GeneratorSpec) -> CovariatePart | None:
    """Return the part of a generator that looks at covariates, or None if it has none.

    Parameters
    ----------
    spec
        Of the generator.
    """
    covariates, shape = spec.covariates, spec.shape
    if covariates is None:
        return None
    by_size = min(_MOST, _FEWEST + int(_PER_NEURON * spec.n_neurons))
    n_dimensions = shape.covariate_dimensions or by_size
    if covariates.is_trial_time:
        return TrialPath(spec.n_neurons, n_dimensions, covariates.n_bins, spec.bin_width)
    return CovariateColumns(
        spec.n_neurons, n_dimensions, covariates, shape.covariate_filters, shape.covariate_bins
    )
