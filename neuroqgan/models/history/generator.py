"""Preset ``history``: cells driven by the spikes already emitted, and by a latent Markov chain."""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch

from neuroqgan.circuits.multi_bin import multi_bin_kinds
from neuroqgan.circuits.program import Program
from neuroqgan.errors import ConfigError
from neuroqgan.models.dimensions import Dimension
from neuroqgan.models.drive.covariate_parts import covariate_part
from neuroqgan.models.drive.filtered_past import FilteredPast
from neuroqgan.models.drive.markov_chain import MarkovChain
from neuroqgan.models.drive.no_latent import NoLatent
from neuroqgan.models.drive.no_past import NoPast
from neuroqgan.models.drive.one_bin_past import OneBinPast
from neuroqgan.models.drive.part import Drive
from neuroqgan.models.drive.rotations import LaterLayers
from neuroqgan.models.drive.threshold import Threshold, drive_of_rate
from neuroqgan.models.drive.two_bin_past import TwoBinPast
from neuroqgan.models.history.driven_cells import DrivenCells
from neuroqgan.models.history.free_run import free_run
from neuroqgan.models.history.multi_bin_batches import multi_bin_circuits
from neuroqgan.models.history.program_batches import program_batches
from neuroqgan.models.rules import check_raster_size
from neuroqgan.seeding import Seed, as_generator, bin_stream
from neuroqgan.simulation.filters import (
    filter_bins,
    filter_spikes,
)
from neuroqgan.simulation.markov.path import LatentPaths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from neuroqgan.circuits.generator_circuit import GeneratorCircuit
    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float32]
    Spikes = NDArray[np.bool_]

# The latent grows with the population up to here: more neurons take part in more scenes.
_MOST_STATES, _MOST_DIMENSIONS = 26, 10
# Pairs of more neurons than these need dimensions of the latent more than a fifth hidden unit and a
# summary, which cost as many weights.
_SUMMARISED = 20
_LATER_SPREAD = 0.1
# With covariates many bins are nearly silent, and rotations after the first leave a spike
# probability of their square over four in each.
_SMALL_LATER_SPREAD = 0.01
_PATH = 0
_CONDITIONAL_TRAINER = "neuroqgan.models.history.conditional_trainer:ConditionalHistoryTrainer"


class HistoryGenerator(DrivenCells):
    r"""Rasters of any length, bin by bin, from a number of weights linear in the neurons.

    The drive of a neuron is a sum of its threshold, its past (`neuroqgan.models.drive`:
    exponential filters of spikes, its own spikes in the last two bins or in the last one, or
    nothing), and what drives the whole population: covariates that were recorded
    (`neuroqgan.models.drive.covariates`), or, without them, a latent Markov chain. It enters the
    first rotation; later rotations are the same in every bin:

    .. math::
        a_{1i} = \pi\,\sigma(u_i), \qquad a_{li} = b_{li}, \quad l > 1

    Given past, latent and covariates the probability of a pattern is exact, so weights are learnt
    by the likelihood, of a hidden Markov model whose emissions are cells if there is a latent. Only
    short filters are used by default: slow ones would have to guess from spikes what latent or
    covariates know, and a population that guesses from its own spikes runs away.

    Parameters
    ----------
    preset, n_neurons, n_bins, bin_width, **hyper_parameters
        See `Generator` and `neuroqgan.models.history.preset.HistoryShape`.

    Raises
    ------
    ConfigError
        If the cells' CZ form a ring: the likelihood is contracted along a line.

    Examples
    --------
    >>> import numpy as np
    >>> from neuroqgan.models.history.generator import HistoryGenerator
    >>> model = HistoryGenerator(n_filters=3, n_neurons=4, n_bins=8, bin_width=0.02)
    >>> model.initialise(np.full(4, 0.1), seed=0)
    >>> model.sample(5, seed=1).spikes.shape
    (5, 8, 4)
    """

    default_preset = "history"
    takes_covariates = True
    has_drives = True
    trained_by = "neuroqgan.models.history.trainer:HistoryTrainer"
    renamed: ClassVar[Mapping[str, str]] = {
        "threshold": "threshold.weight",
        "own_weight": "past.own_weight",
        "hidden_weight": "past.hidden_weight",
        "hidden_bias": "past.hidden_bias",
        "summary_neuron": "past.summary_neuron",
        "summary_filter": "past.summary_filter",
        "summary_bias": "past.summary_bias",
        "summary_weight": "past.summary_weight",
        "state_weight": "latent.state_weight",
        "state": "latent.state",
        "leave": "latent.leave",
        "enter": "latent.enter",
        "stay": "latent.stay",
        "prior": "latent.prior",
        "bias": "later.bias",
    }

    def check_shape(self) -> None:
        """See `Generator.check_shape`."""
        if self.shape.entangling == "ring":
            raise ConfigError(
                "The history preset has no ring.",
                expected="entangling = line or none",
                got=self.shape.entangling,
                hint="entangling = line",
            )

    def add_weights(self) -> None:
        """See `Generator.add_weights`."""
        n = self.spec.n_neurons
        is_small = n <= _SUMMARISED
        fewest_states, fewest_dimensions = (18, 3) if is_small else (19, 5)
        # Parts are added in the order in which their weights are saved, drawn and clipped.
        self.threshold = Threshold(n)
        self.past = self._past(has_summary=is_small)
        self.covariate_drive = covariate_part(self.spec)
        # The latent stands for what drives the population and was not recorded.
        self.latent = NoLatent(n)
        if self.covariate_drive is None:
            self.latent = MarkovChain(
                n,
                n_latent_states=min(_MOST_STATES, fewest_states + n // 7),
                n_dimensions=min(_MOST_DIMENSIONS, fewest_dimensions + n // 10),
            )
        self.later = LaterLayers(self.shape.n_layers, n)
        parts = self.threshold, self.past, self.latent, self.covariate_drive
        self.drive = Drive(*filter(None, parts))
        self._paths = LatentPaths()

    def _past(self, *, has_summary: bool) -> FilteredPast | TwoBinPast | OneBinPast | NoPast:
        n = self.spec.n_neurons
        if self.shape.past == "none":
            return NoPast()
        if self.shape.past == "one-bin":
            return OneBinPast(n)
        if self.shape.past == "two-bins":
            return TwoBinPast(n)
        n_hidden = 5 if has_summary else 4
        return FilteredPast(n, self.shape.n_filters, n_hidden, has_summary=has_summary)

    def add_to_drives(self, change: NDArray[np.float64], rates: NDArray[np.float64]) -> None:
        """See `Generator.add_to_drives`."""
        del rates
        self.threshold.add(change)

    def initialise(self, rates: NDArray[np.float64], seed: Seed) -> None:
        """See `Generator.initialise`."""
        random = as_generator(seed)
        self.past.initialise(random)
        self.latent.initialise(random)
        part = self.covariate_drive
        self.later.initialise(random, _LATER_SPREAD if part is None else _SMALL_LATER_SPREAD)
        if part is not None:
            part.initialise(random)
        self.threshold.set_to(drive_of_rate(rates))

    @property
    def trainer_name(self) -> str:
        """See `Generator.trainer_name`; covariates take the place of a latent to be inferred."""
        return self.trained_by if self.covariate_drive is None else _CONDITIONAL_TRAINER

    @property
    def n_past(self) -> int:
        """Bins after which a spike no longer matters."""
        return filter_bins(self.n_filters)

    @property
    def bins_at_once(self) -> int | None:
        """See `Generator.bins_at_once`; the past decides it."""
        return self.past.bins_at_once

    @property
    def multi_bin_circuits(self) -> tuple[str, ...]:
        """See `Generator.multi_bin_circuits`; those for as many earlier bins as the past knows."""
        return tuple(multi_bin_kinds(self.past.past_bins))

    def latent_path(self, n_samples: int, n_bins: int, seed: Seed) -> list[NDArray[np.uint8]]:
        """Draw the latent's states in every bin; more bins continue the path of fewer."""
        with torch.no_grad():
            transitions = self.latent.transitions().double().numpy()
        return self._paths.draw(transitions, n_samples, n_bins, partial(bin_stream, seed, _PATH))

    def next_states(self, past: Spikes, n_bins: int, seed: Seed) -> NDArray[np.int64]:
        """Return the latent's states in the bins that follow a past, ``(n_samples, n_bins)``."""
        n_samples, n_before, _ = past.shape
        path = self.latent_path(n_samples, self.n_past + n_before + n_bins, seed)[-n_bins:]
        return np.stack(path, axis=1).astype(np.int64)

    def initial_past(
        self, n_samples: int, seed: Seed, *, covariates: CovariateWindows | None = None
    ) -> Spikes:
        """See `Generator.initial_past`; a free run that has forgotten how it began.

        There is none if the circuits begin by themselves.
        """
        if self.n_unrecorded:
            return np.zeros((n_samples, 0, self.spec.n_neurons), bool)
        return free_run(self, n_samples, self.n_past, (-self.n_past, 0), seed, covariates)

    def draw_exactly(
        self,
        n_samples: int,
        n_bins: int,
        seed: Seed,
        *,
        covariates: CovariateWindows | None = None,
    ) -> Spikes:
        """See `Generator.draw_exactly`."""
        return free_run(self, n_samples, 2 * self.n_past, (0, n_bins), seed, covariates)

    def circuits(self, n_bins: int = 1) -> tuple[GeneratorCircuit, ...]:
        """See `Generator.circuits`; `with_multi_bin_circuit` chooses those of several bins."""
        kind = self.multi_bin_kind(n_bins)
        if kind is not None:
            return multi_bin_circuits(self, kind, n_bins, self.n_unrecorded)
        return super().circuits(n_bins)

    def next_program(
        self,
        past: Spikes,
        first_bin: int,
        n_bins: int,
        seed: Seed,
        *,
        covariates: CovariateWindows | None = None,
    ) -> Program:
        """See `Generator.next_program`; bins of one program have a latent of their own each."""
        check_raster_size(len(past), n_bins)
        n_before = self.n_unrecorded
        state = self.next_states(past, n_before + n_bins, seed)
        features = self.features(covariates, first_bin - n_before, n_before + n_bins)
        shape = (len(past), n_bins, self.spec.n_neurons)
        return Program(program_batches(self, past, state, features), shape, self.spec.bin_width)

    def latent_dimensions(self) -> tuple[Dimension, ...]:
        """See `Generator.latent_dimensions`; the components of the latent chain."""
        return tuple(
            Dimension(
                f"latent component {i + 1}",
                "latent",
                "one standard deviation over the states",
                partial(self._with_component, i),
            )
            for i in range(len(self.latent.components()))
        )

    def _with_component(
        self, index: int, amount: float | None, seen: CovariateWindows | None
    ) -> tuple[HistoryGenerator, CovariateWindows | None]:
        twin = deepcopy(self)
        if amount is None:
            twin.latent.hold(index)
            return twin, seen
        with torch.no_grad():
            twin.threshold.weight.add_(amount * twin.latent.components()[index])
        return twin, seen

    def log_likelihood(self, raster: SpikeRaster) -> torch.Tensor:
        """See `Generator.log_likelihood`; before the first bin no neuron has fired."""
        from neuroqgan.models.history.likelihood import log_likelihood

        filtered = filter_spikes(raster.spikes, self.n_filters)
        seen = self.features(raster.covariates, 0, raster.n_bins)
        return log_likelihood(self, raster.spikes, filtered, seen) * raster.n_bins
