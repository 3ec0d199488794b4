"""Cells driven by the past, a latent and covariates: from these to angles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.circuits.multi_bin import multi_bin_kinds
from neuroqgan.models.cells import CellGenerator
from neuroqgan.models.drive.part import Drive, DriveInputs
from neuroqgan.models.drive.rotations import LaterLayers, half_turn
from neuroqgan.simulation.chunked_threads import chunked_threads
from neuroqgan.simulation.filters import advance, filter_past, silence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.circuits.multi_bin import MultiBinAnsatz
    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.models.drive.filtered_past import FilteredPast
    from neuroqgan.models.drive.markov_chain import MarkovChain
    from neuroqgan.models.drive.no_latent import NoLatent
    from neuroqgan.models.drive.no_past import NoPast
    from neuroqgan.models.drive.one_bin_past import OneBinPast
    from neuroqgan.models.drive.two_bin_past import TwoBinPast
    from neuroqgan.models.history.preset import HistoryShape

    Floats = NDArray[np.float32]
    Spikes = NDArray[np.bool_]


# Without a latent, samples at the same place of a trial differ in the spikes before it alone. Bins
# that nobody records lead there within a shot, so that they share their angles and go as shots.
# How many, by the bins that the past knows: after them, it is forgotten how they began.
_N_UNRECORDED = (0, 8, 12)


class DrivenCells(CellGenerator):
    """History-driven cells as far as their angles go; see `HistoryGenerator`."""

    shape: HistoryShape
    drive: Drive
    past: FilteredPast | TwoBinPast | OneBinPast | NoPast
    latent: MarkovChain | NoLatent
    later: LaterLayers

    @property
    def n_filters(self) -> int:
        """Exponential filters of past spikes that the drive looks at."""
        return self.past.n_filters

    def multi_bin_kind(self, n_bins: int) -> type[MultiBinAnsatz] | None:
        """Return how so many bins are one circuit; None for cells of a bin each."""
        if n_bins == 1 and not self.multi_bin_circuit:
            return None
        kinds = multi_bin_kinds(self.past.past_bins)
        if self.multi_bin_circuit:
            return kinds[self.multi_bin_circuit]
        return next(iter(kinds.values()), None)

    @property
    def n_unrecorded(self) -> int:
        """Bins that circuits run before the first one that they measure."""
        kind = self.multi_bin_kind(1)
        begins = kind is not None and kind.begins_itself and self.latent.n_latent_states == 1
        return _N_UNRECORDED[self.past.past_bins] if begins else 0

    def features(
        self, covariates: CovariateWindows | None, first_bin: int, n_bins: int
    ) -> Floats | None:
        """Return what the drive looks at of covariates, ``(n_samples, n_bins, n_features)``."""
        self.check_covariates(covariates)
        if covariates is None or self.covariate_drive is None:
            return None
        return self.covariate_drive.features(covariates, first_bin, n_bins)

    def angles(
        self, filtered: Floats, state: NDArray[np.integer], features: Floats | None = None
    ) -> Floats:
        """Return the angles of a bin.

        Parameters
        ----------
        filtered
            The filtered past, shape ``(n_samples, n_neurons, n_filters)``.
        state
            Index of the latent's state, shape ``(n_samples,)``.
        features
            Features of the covariates, shape ``(n_samples, n_features)``.

        Returns
        -------
        numpy.ndarray
            Radians, shape ``(n_samples, n_layers, n_neurons)``.
        """
        angles = np.empty((len(filtered), self.shape.n_layers, self.spec.n_neurons), np.float32)

        def work(part: slice) -> None:
            seen = None if features is None else features[part]
            angles[part] = self.angles_of(filtered[part], state[part], seen)

        with chunked_threads() as share:
            share(work, len(filtered))
        return angles

    def angles_after(
        self, past: Spikes, state: NDArray[np.integer], features: Floats | None = None
    ) -> NDArray[np.float64]:
        """Return the angles of the bin that follows a past, see `angles`.

        Parameters
        ----------
        past
            Shape ``(n_samples, n_before, n_neurons)``.
        state
            Index of the latent's state, shape ``(n_samples,)``.
        features
            See `angles`.
        """
        angles = np.empty((len(past), self.shape.n_layers, self.spec.n_neurons))

        def work(part: slice) -> None:
            seen = None if features is None else features[part]
            angles[part] = self.angles_of(
                filter_past(past[part], self.n_filters), state[part], seen
            )

        with chunked_threads() as share:
            share(work, len(past))
        return angles

    def angles_of(
        self, filtered: Floats, state: NDArray[np.integer], features: Floats | None
    ) -> Floats:
        """Return the angles of some samples on one thread, see `angles`."""
        with torch.no_grad():
            index = torch.from_numpy(state.astype(np.int64))
            seen = None if features is None else torch.from_numpy(features)
            given = DriveInputs(torch.from_numpy(filtered), index, covariates=seen)
            first = half_turn(self.drive(given))
            later = self.later.bias.expand(len(first), *self.later.bias.shape)
            angles: Floats = torch.cat([first[:, None], later], dim=1).numpy()
        return angles

    def angles_by_pattern(
        self, states: NDArray[np.integer], features: Floats | None = None
    ) -> NDArray[np.float64]:
        """Return the first layer's angles after every pattern of earlier spikes, row by row.

        Parameters
        ----------
        states, features
            See `angles`; a row each.

        Returns
        -------
        numpy.ndarray
            Radians, shape ``(n_rows, 2**past_bins, n_neurons)``; see
            `neuroqgan.circuits.multi_bin.BinDrive` for the order of the patterns.
        """
        past_bins = self.past.past_bins
        shape = len(states), 1 << past_bins, self.spec.n_neurons
        found = np.empty(shape)
        for pattern in range(shape[1]):
            filtered = silence(len(states), self.spec.n_neurons, self.n_filters)
            for back in reversed(range(past_bins)):
                spiked = np.full(filtered.shape[:2], bool(pattern >> back & 1))
                filtered = advance(filtered, spiked)
            found[:, pattern] = self.angles(filtered, states, features)[:, 0]
        return found
