"""Spikes of circuits of several bins, drawn bin by bin from the cells that they are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.circuits.bits import columns_from_integers
from neuroqgan.circuits.built_from import gates, recorded
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.multi_bin import multi_bin_classes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from neuroqgan.circuits.multi_bin import BinDrive, MultiBinAnsatz

    Bits = NDArray[np.bool_]
    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MultiBinCircuit:
    """What a circuit of several bins was built from.

    Parameters
    ----------
    ansatz
        Its shape.
    angles
        Values of its parameters in radians if they are bound, ``(n_angles,)``, else None.
    """

    ansatz: MultiBinAnsatz
    angles: Floats | None

    def drive(self, values: Floats) -> BinDrive:
        """Return what drives the bins, of one sample only if angles are bound.

        Parameters
        ----------
        values
            Of the parameters that are still open, in radians, ``(n_rows, n_angles)``.
        """
        return self.ansatz.drive(values if self.angles is None else self.angles[None])


def has_several_bins(circuit: QuantumCircuit) -> bool:
    """Whether a circuit says that it is one of several bins."""
    return recorded(circuit).get("ansatz") in multi_bin_classes()


def read_bins(circuit: QuantumCircuit) -> MultiBinCircuit | None:
    """Return what a circuit of several bins was built from; None if its gates are others.

    Parameters
    ----------
    circuit
        For which `has_several_bins` holds; its angles open or bound.
    """
    fields = dict(recorded(circuit))
    kind, angles = multi_bin_classes()[str(fields.pop("ansatz"))], fields.pop("angles", None)
    ansatz = kind(**fields | {"cell": CellAnsatz(**fields["cell"])})
    whole = ansatz.circuit()
    if angles is not None:
        whole = whole.assign_parameters(angles)
    if gates(circuit)[-len(whole.data) :] != gates(whole):
        return None
    return MultiBinCircuit(ansatz, None if angles is None else np.array(angles))


def draw_bins(
    circuit: MultiBinCircuit,
    values: Floats,
    seed: np.random.SeedSequence,
    on_progress: Callable[[int], None],
) -> Bits:
    """Draw the bits of a circuit of several bins, a row of them for every row of angles.

    Parameters
    ----------
    circuit
        See `read_bins`.
    values
        Radians, ``(n_rows, n_angles)``.
    seed
        The same seed gives the same bits.
    on_progress
        Called with the number of rows at the end.

    Returns
    -------
    numpy.ndarray
        Booleans, ``(n_rows, n_bins * n_neurons)``.
    """
    from neuroqgan.simulation.statevector.patterns import sample_patterns

    ansatz, n_rows = circuit.ansatz, len(values)
    n_neurons = ansatz.cell.n_neurons
    after, later = circuit.drive(values)
    random = np.random.default_rng(seed)
    shared = np.broadcast_to(later.ravel(), (n_rows, later.size))
    n_patterns = after.shape[2]
    # Before the first bin of the circuit, all patterns have the same angle.
    pattern = np.zeros((n_rows, 1, n_neurons), np.int64)
    drawn = []
    for t in range(after.shape[1]):
        here = np.broadcast_to(after[:, t], (n_rows, n_patterns, n_neurons))
        first = np.take_along_axis(here, pattern, axis=1)[:, 0]
        angles = np.concatenate([first, shared], axis=1)
        spikes = columns_from_integers(
            sample_patterns(ansatz.cell, angles, random.random(n_rows)), n_neurons
        )
        pattern = (2 * pattern + spikes[:, None]) % n_patterns
        drawn.append(spikes)
    on_progress(n_rows)
    # The bins before those are not recorded.
    return np.concatenate(drawn[-ansatz.n_bins :], axis=1)
