"""Preset ``history`` with a past of one bin, several bins of which fit into one circuit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.circuits.lattice import LatticeAnsatz
from neuroqgan.circuits.program import CellBatch
from neuroqgan.models.history.generator import HistoryGenerator, weight
from neuroqgan.simulation.filters import SCALE, advance, silence

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from neuroqgan.seeding import Seed

    Spikes = NDArray[np.bool_]


class LastBinGenerator(HistoryGenerator):
    r"""Rasters whose bins depend on the bin before alone, and on the latent.

    A neuron's first rotation knows its own spike :math:`x_i` in the bin before and the latent
    Markov chain of `HistoryGenerator`; all other rotations are the same in every bin:

    .. math::
        a_{1i}(t) = \pi\,\sigma\bigl(\theta_i + f_i x_i(t - 1) + \sum_d w_{id} E_{z(t)d}\bigr),
        \qquad a_{li} = b_{li}, \quad l > 1

    It knows less of the past than filters do. In return a spike can act on the next bin without
    being read before, by a controlled rotation: a device with a square lattice of qubits measures
    many bins in one shot (`neuroqgan.circuits.lattice`).

    Parameters
    ----------
    spec
        With ``preset`` ``history`` and ``past`` ``bin``.

    Raises
    ------
    ConfigError
        If the cells' CZ form a ring.
    """

    has_lattice = True

    def _add_past(self) -> None:
        self.own_weight = weight(self.spec.n_neurons)

    def drive(self, filtered: torch.Tensor) -> torch.Tensor:
        """See `HistoryGenerator.drive`; of the past the last bin counts."""
        return self.threshold + last_spikes(filtered) * self.own_weight

    def block(self, past: Spikes, n_bins: int, seed: Seed) -> tuple[CellBatch, ...]:
        """Return lattices of the next bins, see `neuroqgan.models.rounds.BlockGenerator`."""
        n_samples = len(past)
        state = self.next_states(past, n_bins, seed)
        first = self.angles_after(past, state[:, 0])[:, 0]
        silent, spiked = (angles[state[:, 1:]] for angles in self.angles_by_state())
        later = self.bias.detach().double().numpy()
        batches = []
        for group in self.spec.groups:
            lattice = LatticeAnsatz(self.spec.ansatz(group), n_bins)
            columns = (first[:, group], silent[..., group], spiked[..., group])
            batches.append(
                CellBatch(
                    circuit=lattice.circuit(),
                    angles=lattice.angles(*columns, later[:, group]),
                    samples=np.arange(n_samples),
                    bins=np.zeros(n_samples, np.int64),
                    neurons=tuple(range(group.start, group.stop)) * n_bins,
                    offsets=lattice.offsets,
                    embedded=True,
                )
            )
        return tuple(batches)

    def angles_by_state(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the first layer's angles after silence and after a spike of every neuron.

        Returns
        -------
        tuple
            For every value of the latent, radians, ``(n_states, n_neurons)`` each.
        """
        states = np.arange(self.n_states)
        silent = silence(self.n_states, self.spec.n_neurons)
        spiked = advance(silent, np.ones(silent.shape[:2], bool))
        return (
            self.angles(silent, states)[:, 0].astype(np.float64),
            self.angles(spiked, states)[:, 0].astype(np.float64),
        )


def last_spikes(filtered: torch.Tensor) -> torch.Tensor:
    """Return whether neurons spiked in the last bin of a filtered past, as numbers.

    The fastest filter alone tells: all spikes before the last bin add less to it than one in it.

    Parameters
    ----------
    filtered
        See `neuroqgan.simulation.filters`, ``(n_cells, n_neurons, N_FILTERS)``.

    Returns
    -------
    torch.Tensor
        0 or 1, ``(n_cells, n_neurons)``.
    """
    return (filtered[..., 0] > float(SCALE[0]) / 2).to(filtered.dtype)
