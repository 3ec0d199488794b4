"""The generator as users meet it: trained, saved and sampled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from neuroqgan.models.contract import GeneratorContract
from neuroqgan.models.covariate_choice import split_for
from neuroqgan.models.covariate_spec import covariates_of
from neuroqgan.models.given import GivenCovariates, source_for, source_to_plan, windows_for
from neuroqgan.models.presets import generator_class
from neuroqgan.models.rules import check_critic, check_raster_size
from neuroqgan.models.sizes import summary
from neuroqgan.models.weights import save_generator
from neuroqgan.raster import SpikeRaster
from neuroqgan.training.settings import TrainingSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from neuroqgan.backends.protocol import BackendLike
    from neuroqgan.circuits.own_ansatz import GivenAnsatz
    from neuroqgan.covariates import Covariates, CovariateWindows
    from neuroqgan.data.split import Split
    from neuroqgan.models.covariate_spec import CovariateSpec
    from neuroqgan.sampling.raster_estimate import RasterEstimate
    from neuroqgan.sampling.raster_job import RasterJob
    from neuroqgan.sampling.source import RasterSource
    from neuroqgan.training.base import StepReport
    from neuroqgan.training.settings import Device
    from neuroqgan.training.trackers.tracker import Tracker
    from neuroqgan.training.trackers.tracking import Tracking

    Self = TypeVar("Self", bound="Generator")


class Generator(GeneratorContract):
    """A quantum generator of spike rasters: circuits and weights.

    ``Generator("history")`` returns an instance of the class that implements the preset. Its sizes
    come from the recording at `fit`, or are given, all three, for a training loop of your own: a
    generator is a `torch.nn.Module`.

    Parameters
    ----------
    preset
        Name of the preset; for a class of one preset, such as ``HistoryGenerator``, its own.
    n_neurons
        Number of neurons.
    n_bins
        Time bins of a training window.
    bin_width
        Width of a bin in seconds.
    covariates
        What drives the generator beside its own weights; by default it follows from the recording
        at `fit`.
    ansatz
        Cell circuits of your own, for presets that are trained by shots: a `QuantumCircuit` with a
        `ParameterVector`, or a function of the number of qubits that builds one
        (`neuroqgan.circuits.own_ansatz.OwnAnsatz`).
    **hyper_parameters
        By their Python names, such as ``n_layers``; those not given have the preset's defaults.

    Raises
    ------
    ConfigError
        If there is no such preset, a hyper-parameter is unknown to it, a value is out of range, or
        only some of the sizes are given.

    Examples
    --------
    >>> from neuroqgan.models.base import Generator
    >>> Generator("history", n_filters=3)
    HistoryGenerator(n_filters=3), not trained yet
    >>> Generator("stationary", n_neurons=4, n_bins=16, bin_width=0.02).n_parameters
    118
    """

    def __new__(
        cls,
        preset: str = "",
        *,
        n_neurons: int | None = None,
        n_bins: int | None = None,
        bin_width: float | None = None,
        covariates: CovariateSpec | None = None,
        ansatz: GivenAnsatz | None = None,
        **hyper_parameters: Any,
    ) -> Generator:
        """Return an instance of the class that implements the preset."""
        # `__init__` reads them.
        del n_neurons, n_bins, bin_width, covariates, ansatz, hyper_parameters
        return super().__new__(generator_class(preset) if cls is Generator else cls)

    def fit(
        self: Self,
        split: Split,
        *,
        seed: int = 0,
        steps: int | None = None,
        covariates: Covariates | str | None = "auto",
        device: Device = "cpu",
        on_step: Callable[[StepReport], None] | None = None,
        progress: bool = True,
        tracker: str | Tracker | Tracking | None = None,
        **settings: Any,
    ) -> Self:
        """Train on a recording, from random weights.

        The same preset, seed and recording give the same weights, bit for bit, as ``neuroqgan
        train``. Ctrl-C ends the training after a step; the generator keeps what it learnt.

        Parameters
        ----------
        split
            The recording, cut into training and held-out windows
            (`neuroqgan.data.split.split`). The generator takes its sizes from it, unless it
            has some.
        seed
            Seed of everything random in the training.
        steps
            Training steps; by default as many as the preset takes.
        covariates
            What was recorded beside the spikes: `neuroqgan.Covariates` of all trials of the
            recording, or the same for each of them; ``"trial-time"`` for the time in the trial;
            ``"none"``. ``"auto"`` takes those of the split if it has some, and otherwise the time
            in the trial if it predicts spikes
            (`neuroqgan.models.covariate_choice.choose_covariates`).
        device
            Compute device for exact cells: ``cpu``, ``cuda`` or ``auto``.
        on_step
            Called after every step with a `neuroqgan.training.base.StepReport`.
        progress
            Whether to show a progress bar.
        tracker
            What writes the training down: ``"tensorboard"`` or ``"mlflow"``, each perhaps with a
            place (``"mlflow:http://127.0.0.1:5000"``), or a
            `neuroqgan.training.trackers.tracker.Tracker` of your own.
        **settings
            Any other of `neuroqgan.TrainingSettings`, such as ``learning_rate`` or ``finetune_on``.

        Returns
        -------
        Generator
            The generator itself.

        Raises
        ------
        ConfigError
            If a setting is out of range.
        TrainingError
            If the recording has other sizes, or a setting has no effect on the preset.
        DivergenceError
            If the loss or gradient is not finite, or stays far above where it began.
        """
        from neuroqgan.models.finetuning import after_fit
        from neuroqgan.training.fitting import fit_in_memory

        chosen = TrainingSettings(seed=seed, steps=cast("int", steps), **settings)
        check_critic(self.preset, chosen.critic_weight, split.n_neurons)
        split = split_for(self, split, covariates)
        if not self.is_built:
            self.build(split.n_neurons, split.n_bins, split.bin_width, covariates_of(split))
        self.training_covariates = split.covariates
        after_fit.check_finetuning(self, chosen.finetune_on)
        trainer = self.trainer(split, chosen, device)
        if fit_in_memory(trainer, on_step=on_step, progress=progress, tracker=tracker):
            after_fit.finetune_fitted(self, split, chosen)
        return self

    def save(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Write the generator to a file, which `neuroqgan.load_generator` reads.

        Parameters
        ----------
        path
            The file, usually ``*.safetensors``.
        overwrite
            Whether a file that is there may be replaced.

        Raises
        ------
        NotReadyError
            If the generator has no weights yet.
        InputError
            If the file is there and may not be replaced.
        StorageError
            If the file cannot be written; a file that was there before stays as it was.
        """
        save_generator(self, path, overwrite=overwrite)

    def sample(
        self,
        n_samples: int,
        n_bins: int | None = None,
        seed: int = 0,
        *,
        covariates: CovariateWindows | Covariates | None = None,
        backend: BackendLike | None = None,
        **options: Any,
    ) -> SpikeRaster:
        """Draw a raster.

        Parameters
        ----------
        n_samples
            Samples of the raster.
        n_bins
            Bins of each sample; by default those of a training window.
        seed
            The same seed gives the same raster, except on hardware.
        covariates
            What drives the samples, if the generator was trained with covariates: those of every
            sample, or of whole trials, in which samples are placed at random. By default those of
            the recording that it was fitted to.
        backend
            Name of a backend, such as ``aer`` or ``fake_brisbane``, or a Qiskit ``BackendV2``. By
            default the raster is drawn from the generator's exact distribution, without a backend.
        **options
            How a backend samples, see `neuroqgan.sampling.raster_job.submit`.

        Returns
        -------
        SpikeRaster
            Of shape ``(n_samples, n_bins, n_neurons)``; it knows its covariates.

        Raises
        ------
        NotReadyError
            If the generator has no weights yet.
        ConfigError
            If the raster would be empty, the preset cannot make rasters of that length, or the
            covariates are not those that the generator needs.
        PlanError
            If the circuits do not fit on the backend.
        BackendError
            If the backend fails.

        Examples
        --------
        >>> import numpy as np
        >>> from neuroqgan.models.base import Generator
        >>> model = Generator("stationary", n_neurons=3, n_bins=8, bin_width=0.02)
        >>> model.initialise(np.full(3, 0.1), seed=0)
        >>> model.sample(5, seed=1).spikes.shape
        (5, 8, 3)
        """
        n_bins = self.spec.n_bins if n_bins is None else n_bins
        check_raster_size(n_samples, n_bins)
        windows = windows_for(self, n_samples, n_bins, seed, covariates)
        if backend is not None:
            from neuroqgan.sampling.raster_job import sample

            source: RasterSource = self if windows is None else self.given(windows)
            return sample(source, n_samples, backend, n_bins=n_bins, seed=seed, **options)
        if options:
            raise TypeError(f"without a backend there is no {', '.join(options)}")
        seen = {} if windows is None else {"covariates": windows}
        spikes = self.draw_exactly(n_samples, n_bins, seed, **seen)
        return SpikeRaster(spikes, self.spec.bin_width, covariates=windows)

    def given(self, covariates: CovariateWindows) -> GivenCovariates:
        """Return the generator as it answers to covariates of samples: a source of rasters.

        Raises
        ------
        ConfigError
            If the generator was trained without covariates, or with others.
        """
        return GivenCovariates(self, covariates)

    def estimate(self, n_samples: int, *, backend: BackendLike, **options: Any) -> RasterEstimate:
        """Estimate what sampling a raster takes on a quantum device; nothing is sent.

        Parameters
        ----------
        n_samples
            Samples of the raster.
        backend
            Name of a backend with qubits, or a Qiskit ``BackendV2``.
        **options
            See `neuroqgan.sampling.raster_job.estimate`.

        Raises
        ------
        NotReadyError
            If the generator has no sizes yet.
        PlanError
            If the circuits do not fit, or the backend is an ideal simulator.
        """
        from neuroqgan.sampling.raster_job import estimate

        source = source_to_plan(self, n_samples, options.get("n_bins"))
        return estimate(source, n_samples, backend, **options)

    def submit(
        self,
        n_samples: int,
        *,
        backend: BackendLike,
        seed: int = 0,
        covariates: CovariateWindows | Covariates | None = None,
        **options: Any,
    ) -> RasterJob:
        """Request a raster from a backend, and return the job that brings it.

        Parameters
        ----------
        n_samples
            Samples of the raster.
        backend
            Name of a backend, or a Qiskit ``BackendV2``.
        seed
            Seed of the latents, and of simulated shots.
        covariates
            What drives the samples; see `sample`.
        **options
            See `neuroqgan.sampling.raster_job.submit`.

        Raises
        ------
        NotReadyError
            If the generator has no weights yet.
        PlanError
            If the circuits do not fit on the backend.
        BackendError
            If the backend or its service fails.
        """
        from neuroqgan.sampling.raster_job import submit

        n_bins = options.get("n_bins") or self.spec.n_bins
        source = source_for(self, n_samples, n_bins, seed, covariates)
        return submit(source, n_samples, backend, seed=seed, **options)

    def __repr__(self) -> str:
        """Return class, hyper-parameters other than the defaults, and sizes."""
        usual = type(self.shape)()
        given = [f"{name}={value!r}" for name, value in self.shape if value != getattr(usual, name)]
        preset = [] if self.preset.name == self.default_preset else [repr(self.preset.name)]
        return f"{type(self).__name__}({', '.join(preset + given)}), {self._summary()}"

    def _summary(self) -> str:
        return summary(self) if self.is_built else "not trained yet"

    def _repr_html_(self) -> str:
        """Return a card for notebooks, with a circuit if the sizes are known."""
        from neuroqgan.models.generator_card import generator_card

        return generator_card(self, self._summary())
