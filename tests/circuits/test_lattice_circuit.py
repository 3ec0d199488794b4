"""The lattice alone: its state is that of its bins, one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.quantum_info import Statevector

from neuroqgan.circuits.built_from import recorded
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.lattice import LatticeAnsatz
from neuroqgan.errors import ConfigError, InputError


def _angles(lattice: LatticeAnsatz, n_samples: int = 1) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(4)
    n, later = lattice.cell.n_neurons, lattice.cell.n_layers - 1
    shape = (n_samples, lattice.n_bins - 1, n)
    return tuple(random.normal(size=size) for size in ((n_samples, n), shape, shape, (later, n)))


@pytest.mark.parametrize("n_layers", [1, 3])
@pytest.mark.parametrize("n_bins", [1, 3])
def test_probabilities_are_the_product_of_the_bins(n_layers: int, n_bins: int) -> None:
    cell = CellAnsatz(2, n_layers)
    lattice = LatticeAnsatz(cell, n_bins)
    first, silent, spiked, later = _angles(lattice)
    angles = lattice.angles(first, silent, spiked, later)
    assert angles.shape == (1, lattice.n_angles)
    found = Statevector(lattice.circuit(measure=False).assign_parameters(angles[0])).probabilities()
    for outcome, probability in enumerate(found):
        bits = (outcome >> np.arange(2 * n_bins) & 1).reshape(n_bins, 2)
        wanted = 1.0
        for t in range(n_bins):
            own = first[0] if t == 0 else np.where(bits[t - 1], spiked[0, t - 1], silent[0, t - 1])
            values = np.concatenate([own, later.ravel()])
            alone = Statevector(cell.circuit(measure=False).assign_parameters(values))
            wanted *= alone.probabilities()[bits[t] @ (1, 2)]
        assert probability == pytest.approx(wanted, abs=1e-12)


def test_every_sample_has_its_own_angles_and_shares_the_later_ones() -> None:
    lattice = LatticeAnsatz(CellAnsatz(3, 2), 2)
    first, silent, spiked, later = _angles(lattice, 4)
    angles = lattice.angles(first, silent, spiked, later)
    assert angles.shape == (4, lattice.n_angles) == (4, 3 + 6 + 3)
    for i in range(4):
        alone = lattice.angles(first[i : i + 1], silent[i : i + 1], spiked[i : i + 1], later)
        assert np.array_equal(alone[0], angles[i])


def test_measurements_wait_and_keep_their_order() -> None:
    lattice = LatticeAnsatz(CellAnsatz(2), 3)
    circuit = lattice.circuit()
    names = [i.operation.name for i in circuit.data]
    assert names[-7:] == ["barrier"] + ["measure"] * 6
    wires = [
        circuit.find_bit(bit).index for i in circuit.data[-6:] for bit in (*i.qubits, *i.clbits)
    ]
    assert wires == [q for q in range(6) for _ in range(2)]
    assert lattice.offsets == (0, 0, 1, 1, 2, 2)
    assert lattice.circuit(measure=False).num_clbits == 0
    assert recorded(circuit)["cell"] == {"n_neurons": 2, "n_layers": 3, "entangling": "line"}
    assert (recorded(circuit)["ansatz"], recorded(circuit)["n_bins"]) == ("LatticeAnsatz", 3)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ConfigError, match="n_bins"):
        LatticeAnsatz(CellAnsatz(2), 0)
    lattice = LatticeAnsatz(CellAnsatz(2, 2), 3)
    right = _angles(lattice, 2)
    for i, name in enumerate(("first", "silent", "spiked", "later")):
        wrong = list(right)
        wrong[i] = wrong[i][..., :1]
        with pytest.raises(InputError, match=f"array {name} has another shape"):
            lattice.angles(*wrong)
    with pytest.raises(InputError, match="array silent") as caught:
        lattice.angles(right[0], right[1][:, :1], *right[2:])
    assert caught.value.expected.endswith("n_samples = 2, later_bins = 2, n_neurons = 2")
    with pytest.raises(InputError, match="array later"):
        lattice.angles(*right[:3], right[3][:0])
