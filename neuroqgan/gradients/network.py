"""Cell circuits measured with shots, as a neural network of qiskit-machine-learning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qiskit_machine_learning.neural_networks import NeuralNetwork

from neuroqgan import checks
from neuroqgan.backends.local.shot_calls import ShotCall, measure_calls
from neuroqgan.errors import InputError
from neuroqgan.gradients.independent_neurons import independent_jacobian
from neuroqgan.gradients.moments import pair_features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.backends.local.shots import AerShots
    from neuroqgan.circuits.cell import CellAnsatz
    from neuroqgan.gradients.shifts import ShiftRule

    Floats = NDArray[np.float64]


class ShotNetwork(NeuralNetwork):
    """A network from the angles of cells to the moments of their shots.

    The inputs are the angles of a cell in radians; there are no weights; the outputs are the
    marginals, the probabilities of k spikes, and the probabilities of pairs, in this order. In the
    forward pass, the cells of a batch and all circuits that their derivatives need go to Aer in one
    call, which workers share if there are any (`neuroqgan.workers.spreading.spread_work`).

    Parameters
    ----------
    ansatz
        The cell.
    rule
        Shift rule that says which circuits to measure for the derivatives.
    shots
        Simulator that measures circuits.
    n_shots
        Number of shots per circuit.
    n_differentiated
        Number of cells of a batch that are differentiated, drawn at random; all by default. What
        their derivatives differ from those of independent neurons
        (`neuroqgan.gradients.independent_neurons`), if the ansatz has such, is scaled up to stand
        for the others, so a sum over cells stays unbiased. Scaling up whole derivatives would be
        the largest noise of a training. Many more cells are measured than differentiated, since
        means over latents need many.

    Raises
    ------
    InputError
        In a backward pass with inputs other than those of the last forward pass.
    """

    def __init__(
        self,
        ansatz: CellAnsatz,
        rule: ShiftRule,
        shots: AerShots,
        n_shots: int,
        n_differentiated: int | None = None,
    ) -> None:
        n = ansatz.n_neurons
        super().__init__(
            num_inputs=ansatz.n_angles,
            num_weights=0,
            sparse=False,
            output_shape=n + (n + 1) + n * (n - 1) // 2,
            input_gradients=True,
        )
        self._circuit = ansatz.circuit()
        self._n_neurons, self._rotations_add = n, ansatz.rotations_add
        self._rule = rule
        self._shots = shots
        self._n_shots = n_shots
        self._n_differentiated = n_differentiated
        self._inputs: Floats | None = None
        self._jacobian: Floats | None = None
        self.seed = 0
        self.measured: NDArray[np.bool_] | None = None
        """Shots of the last forward pass, booleans ``(n_cells, n_shots, n_neurons)``."""
        self.n_circuits = 0
        """Number of circuits of the last forward pass, including shifted ones."""

    def _forward(self, input_data: Floats | None, weights: Floats | None) -> Floats:
        angles = np.asarray(input_data, np.float64)
        n_cells, n_angles = angles.shape
        random = np.random.default_rng(self.seed)
        chosen = self._choose(n_cells, random)
        shifts = self._rule.shifts(len(chosen), n_angles, random)
        shifted = (angles[chosen, None] + shifts).reshape(-1, n_angles)
        rows = np.concatenate([angles, shifted])
        seed = int(random.integers(1, 2**31 - 1))
        call = ShotCall(self._shots, self._circuit, rows, self._n_shots, seed)
        (patterns,) = measure_calls([call])
        features = mean_features(patterns)
        self.measured = patterns[:n_cells]
        self.n_circuits = len(rows)
        self._inputs = angles
        self._jacobian = np.zeros((n_cells, *self.output_shape, n_angles))
        if len(chosen):
            if self._rotations_add:
                self._jacobian = independent_jacobian(angles, self._n_neurons)
            by_cell = features[n_cells:].reshape(len(chosen), -1, *self.output_shape)
            share = len(chosen) / n_cells
            measured = self._rule.jacobian(shifts, by_cell)
            self._jacobian[chosen] += (measured - self._jacobian[chosen]) / share
        return features[:n_cells]

    def _choose(self, n_cells: int, random: np.random.Generator) -> NDArray[np.integer]:
        if not self.input_gradients:
            return np.arange(0)
        if self._n_differentiated is None or self._n_differentiated >= n_cells:
            return np.arange(n_cells)
        return np.sort(random.choice(n_cells, self._n_differentiated, replace=False))

    def _backward(
        self, input_data: Floats | None, weights: Floats | None
    ) -> tuple[Floats | None, None]:
        if not self.input_gradients:
            return None, None
        if self._jacobian is None or not np.array_equal(
            self._inputs if self._inputs is not None else (), np.asarray(input_data)
        ):
            raise InputError(
                "The derivatives were measured for other angles.",
                expected="a backward pass for the angles of the last forward pass",
                got="other angles",
            )
        return self._jacobian, None


def mean_features(patterns: NDArray[np.bool_]) -> Floats:
    """Return the mean moments of measured patterns.

    Parameters
    ----------
    patterns
        Booleans, ``(n_rows, n_shots, n_neurons)``.

    Returns
    -------
    numpy.ndarray
        ``(n_rows, n_features)``: marginals, probabilities of k spikes (they sum to one), and
        probabilities of pairs.

    Examples
    --------
    >>> mean_features(np.array([[[True, False], [True, True]]])).tolist()
    [[1.0, 0.5, 0.0, 0.5, 0.5, 0.5]]
    """
    checks.shape("patterns", patterns.shape, n_rows=None, n_shots=None, n_neurons=None)
    n_neurons = patterns.shape[2]
    count = patterns.sum(2)
    k_probability = (count[:, :, None] == np.arange(n_neurons + 1)).mean(1)
    return np.concatenate(
        [patterns.mean(1), k_probability, pair_features(patterns).mean(1)], axis=1
    )
