"""Spikes that follow the stimulus and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from neuroqgan.errors import TrainingError
from neuroqgan.evaluation.classical.bernoulli import bernoulli_log_likelihood
from neuroqgan.evaluation.classical.protocol import ClassicalModel
from neuroqgan.evaluation.classical.stimulus_rates import StimulusRates, fit_stimulus_rates

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.raster import SpikeRaster


class PSTH(ClassicalModel):
    """Independent spikes whose probability follows the covariates (inhomogeneous Bernoulli).

    By the time in the trial it is the smoothed PSTH of the training trials, see
    `neuroqgan.evaluation.classical.trial_psth`; by columns from a file a logistic regression, see
    `neuroqgan.evaluation.classical.stimulus_rates`.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> from neuroqgan.data.simulate import simulate_population
    >>> parts = nq.split(simulate_population(3, 20, 160, seed=0), 8, "trial-time")
    >>> model = PSTH()
    >>> model.fit(parts.train, trials=parts.trials)
    >>> model.sample(100, seed=1)
    SpikeRaster(100 samples x 8 bins x 3 neurons, bin_width=0.02 s)
    >>> model.n_parameters, model.n_stimulus_parameters
    (483, 480)
    """

    draws_any_length: ClassVar[bool] = True
    _rates: StimulusRates

    @property
    def n_parameters(self) -> int:
        """See `ClassicalModel.n_parameters`."""
        _ = self.window  # raises before the first fit
        return self._rates.n_parameters

    @property
    def n_stimulus_parameters(self) -> int:
        """See `ClassicalModel.n_stimulus_parameters`."""
        _ = self.window
        return self._rates.n_stimulus_parameters

    def log_likelihood(self, raster: SpikeRaster) -> NDArray[np.float64]:
        """See `ClassicalModel.log_likelihood`."""
        _ = self.window
        seen = needed(raster.covariates)
        return bernoulli_log_likelihood(raster.spikes, self._rates.probability(seen))

    def _fit(self, windows: SpikeRaster, trials: SpikeRaster, random: np.random.Generator) -> None:
        self._rates = fit_stimulus_rates(trials, "psth")

    def _draw(
        self, n_samples: int, random: np.random.Generator, covariates: CovariateWindows | None
    ) -> NDArray[np.bool_]:
        probability = self._rates.probability(needed(covariates))
        spikes: NDArray[np.bool_] = random.random(probability.shape) < probability
        return spikes


def needed(covariates: CovariateWindows | None) -> CovariateWindows:
    """Return covariates that a model cannot do without.

    Raises
    ------
    TrainingError
        If there are none.
    """
    if covariates is None:
        raise TrainingError(
            "The samples have no covariates.",
            expected="a raster that knows its covariates, as those of a split with covariates do",
            got="spikes alone",
        )
    return covariates
