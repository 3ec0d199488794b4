"""A generalised linear model of the population by nemos: history, coupling and stimulus."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from neuroqgan.checks import whole
from neuroqgan.errors import TrainingError
from neuroqgan.evaluation.classical.bernoulli import bernoulli_log_likelihood
from neuroqgan.evaluation.classical.glm_past import free_run, past_features
from neuroqgan.evaluation.classical.protocol import ClassicalModel
from neuroqgan.evaluation.classical.psth import needed
from neuroqgan.evaluation.classical.trial_components import GLMStimulus, fit_glm_stimulus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]

_PAST_BINS = 20
_STRENGTHS = (1e-3, 1e-4, 1e-5)  # of the penalty; strong ones first, and each starts from the last
_N_FOLDS = 5
_SOLVER: dict[str, Any] = {"tol": 1e-4, "maxiter": 300}  # in float32 there is no more to gain
_BATCH = 1000  # samples drawn together
_BURN_IN = 2 * _PAST_BINS


class NemosGLM(ClassicalModel):
    """A Bernoulli GLM: each neuron's log odds are linear in the past of all and in the stimulus.

    Fitted by `nemos.glm.PopulationGLM` with a penalty on squares (ridge). Past spikes enter through
    raised cosines in logarithmic time over 20 bins, one filter for every ordered pair (Pillow et
    al., Nature 454, 995, 2008); the time in the trial through the leading components of the PSTHs;
    columns from a file through filters over 16 bins; without covariates only the past is left.

    Free runs are drawn by a loop of our own from the fitted coefficients, because
    `nemos.simulation.simulate_recurrent` draws Poisson counts of a single run. A run starts 40 bins
    before its first, without a past.

    Parameters
    ----------
    n_filters
        Raised cosines per pair of neurons, two or more.
    n_dimensions
        Components of the trial; 0 for as many as there are neurons.
    is_coupled
        Whether the past of other neurons enters as well as a neuron's own.
    strength
        Weight of the penalty; by default the one with the greatest likelihood of every fifth
        training trial, left out of the fit.

    Raises
    ------
    ConfigError
        If there are fewer than two filters.
    """

    draws_any_length: ClassVar[bool] = True
    _stimulus: GLMStimulus | None
    _weights: Floats  # (n_features, n_neurons): past by neuron and filter, then stimulus
    _thresholds: Floats

    def __init__(
        self,
        n_filters: int = 5,
        n_dimensions: int = 0,
        *,
        is_coupled: bool = True,
        strength: float | None = None,
    ) -> None:
        super().__init__()
        self._n_filters = whole("n_filters", n_filters, 2)
        self._n_dimensions = n_dimensions
        self._is_coupled = is_coupled
        self.strength = strength
        self._kernels: Floats = np.empty((0, 0))

    @property
    def n_parameters(self) -> int:
        """Filters, weights of the stimulus, a threshold per neuron, and the trial's components."""
        n = self.window.n_neurons
        n_past = n * self._n_filters * (n if self._is_coupled else 1)
        n_features = 0 if self._stimulus is None else self._stimulus.n_features
        return n_past + n * n_features + n + self.n_stimulus_parameters

    @property
    def n_stimulus_parameters(self) -> int:
        """See `ClassicalModel.n_stimulus_parameters`."""
        _ = self.window  # raises before the first fit
        return 0 if self._stimulus is None else self._stimulus.n_stimulus_parameters

    def log_likelihood(self, raster: SpikeRaster) -> NDArray[np.float64]:
        """See `ClassicalModel.log_likelihood`; whole trials, since there is no past before them."""
        from scipy.special import expit

        _ = self.window
        parts = [
            bernoulli_log_likelihood(
                trial.spikes, expit(self._design(trial) @ self._weights + self._thresholds)
            )
            for trial in (raster.take(slice(i, i + 1)) for i in range(raster.n_samples))
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def _fit(self, windows: SpikeRaster, trials: SpikeRaster, random: np.random.Generator) -> None:
        import_nemos()
        self._kernels = _raised_cosines(self._n_filters, min(_PAST_BINS, trials.n_bins - 1))
        self._stimulus = fit_glm_stimulus(trials, self._n_dimensions)
        design = self._design(trials)
        mask = self._mask(trials.n_neurons, design.shape[-1])
        start = None
        if self.strength is None and trials.n_samples >= _N_FOLDS:
            left_out = np.arange(trials.n_samples) % _N_FOLDS == _N_FOLDS - 1
            kept = ~left_out
            scores = []
            for strength in _STRENGTHS:
                start = _solve(design[kept], trials.spikes[kept], mask, strength, start)
                scores.append(_score(design[left_out], trials.spikes[left_out], *start))
            self.strength = _STRENGTHS[int(np.argmax(scores))]
        self.strength = self.strength or _STRENGTHS[0]
        self._weights, self._thresholds = _solve(design, trials.spikes, mask, self.strength, start)

    def _draw(
        self, n_samples: int, random: np.random.Generator, covariates: CovariateWindows | None
    ) -> NDArray[np.bool_]:
        n = self.window.n_neurons
        n_bins = self.window.n_bins if covariates is None else covariates.n_bins
        n_filters = self._n_filters
        weights = self._weights[: n * n_filters].reshape(n, n_filters, n)
        filters = np.einsum("lf,ifj->lij", self._kernels, weights)
        spikes = np.empty((n_samples, n_bins, n), bool)
        for begin in range(0, n_samples, _BATCH):
            part = slice(begin, min(begin + _BATCH, n_samples))
            drive = np.tile(self._thresholds, (part.stop - begin, _BURN_IN + n_bins, 1))
            if self._stimulus is not None:
                seen = needed(covariates).take(part)
                features = self._stimulus.of(seen, -_BURN_IN, _BURN_IN + n_bins)
                drive += features @ self._weights[n * n_filters :]
            spikes[part] = free_run(drive, filters, _BURN_IN, random)
        return spikes

    def _design(self, trials: SpikeRaster) -> NDArray[np.float32]:
        """Return what the log odds are linear in, ``(n_samples, n_bins, n_features)``."""
        past = past_features(trials.spikes, self._kernels)
        if self._stimulus is None:
            return past
        features = self._stimulus.of(needed(trials.covariates)).astype(np.float32)
        return np.concatenate([past, features], axis=2)

    def _mask(self, n: int, n_features: int) -> NDArray[np.float32] | None:
        """Return which feature acts on which neuron; None if every one on all."""
        if self._is_coupled:
            return None
        mask = np.ones((n_features, n), np.float32)
        mask[: n * self._n_filters] = np.eye(n).repeat(self._n_filters, axis=0)
        return mask


def import_nemos() -> Any:
    """Import nemos.

    Raises
    ------
    TrainingError
        If it is not installed.
    """
    try:
        with warnings.catch_warnings():
            # Of its dependencies, about releases to come.
            warnings.simplefilter("ignore")
            import nemos
    except ImportError as error:
        raise TrainingError(
            "The classical model nemos needs the package of that name.",
            expected="nemos",
            got=str(error),
            hint="pip install 'neuroqgan[nemos]'",
        ) from error
    return nemos


def _raised_cosines(n_filters: int, n_past: int) -> Floats:
    """Return the kernels of the basis, ``(n_past, n_filters)``."""
    basis = import_nemos().basis.RaisedCosineLogConv(n_filters, window_size=n_past)
    basis.setup_basis(np.zeros((n_past + 1, 1)))
    return np.asarray(basis.kernel_, np.float64)


def _solve(
    design: NDArray[np.float32],
    spikes: NDArray[np.bool_],
    mask: NDArray[np.float32] | None,
    strength: float,
    start: tuple[Floats, Floats] | None,
) -> tuple[Floats, Floats]:
    """Return weights, ``(n_features, n_neurons)``, and thresholds."""
    import jax

    # A device with an accelerator is left alone.
    with warnings.catch_warnings(), jax.default_device(jax.devices("cpu")[0]):
        warnings.simplefilter("ignore")
        model = import_nemos().glm.PopulationGLM(
            observation_model="Bernoulli",
            regularizer="Ridge",
            regularizer_strength=strength,
            solver_name="LBFGS",
            solver_kwargs=dict(_SOLVER),
            feature_mask=mask,
        )
        counts = spikes.reshape(-1, spikes.shape[-1]).astype(np.float32)
        given = None if start is None else tuple(part.astype(np.float32) for part in start)
        model.fit(design.reshape(len(counts), -1), counts, init_params=given)
    weights, thresholds = np.asarray(model.coef_, np.float64), np.asarray(model.intercept_, float)
    if not (np.isfinite(weights).all() and np.isfinite(thresholds).all()):
        raise TrainingError(
            "The fit of nemos did not converge.",
            expected="finite coefficients",
            got="coefficients that are not numbers",
        )
    return weights if mask is None else weights * mask, thresholds


def _score(
    design: NDArray[np.float32], spikes: NDArray[np.bool_], weights: Floats, thresholds: Floats
) -> float:
    from scipy.special import expit

    return float(bernoulli_log_likelihood(spikes, expit(design @ weights + thresholds)).sum())
