"""Shots from Aer: one parameterised circuit, many rows of angles, one call.

Cells may measure and reset qubits mid-circuit. Aer then runs one shot after the other from its
beginning, which takes about a microsecond per gate for small cells; its option to branch the shots
of a circuit at their measurements is ten times slower here, because nearly every shot is a branch
of its own.

Small cells cost Aer more in overhead than in arithmetic: by default it copies the circuit for every
row and sets it up anew. With binding at run time it uses one circuit for all rows, which takes half
the time and measures the same bits from the same seed.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.circuits.bits import columns_from_hex
from neuroqgan.errors import InputError, NeuroqganError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

# Aer's batched binding is silently wrong for controlled rotations (seen in qiskit-aer 0.18.2);
# these gates are bound correctly, and a test compares each with one-by-one binding. Under a
# condition they are as well, if they have no open angles.
SAFE_GATES = frozenset(
    {"rx", "ry", "rz", "sx", "x", "z", "cx", "cz", "ecr", "id"}
    | {"measure", "reset", "barrier", "delay", "if_else"}
)

# With binding at run time, Aer uses no more threads than a row has shots; by default it uses all
# threads, for the half of its work that can be shared.
_SHOTS_FOR_THREADS = 8


class AerShots:
    """Runs one circuit for many rows of angles on Aer's state-vector simulator.

    Parameters
    ----------
    noise_model
        An Aer noise model, or None for ideal circuits.

    Examples
    --------
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> circuit = CellAnsatz(2, 1).circuit()
    >>> angles = np.array([[0.0, np.pi]])
    >>> AerShots().measure(circuit, angles, n_shots=2, seed=1).astype(int)
    array([[[0, 1],
            [0, 1]]])
    """

    def __init__(self, noise_model: Any = None) -> None:
        from qiskit_aer import AerSimulator

        # Zero means as many circuits in parallel as there are cores; the default is one circuit at
        # a time, with threads that small states cannot keep busy.
        options: dict[str, Any] = {
            "precision": "single",
            "fusion_enable": False,
            "max_parallel_experiments": 0,
        }
        if noise_model is not None:
            options["noise_model"] = noise_model
        self._is_ideal = noise_model is None
        self._simulator = AerSimulator(method="statevector", **options)

    def measure(
        self, circuit: QuantumCircuit, angles: NDArray[np.floating], *, n_shots: int, seed: int
    ) -> NDArray[np.bool_]:
        """Measure every row, all in one call to Aer.

        Parameters
        ----------
        circuit
            A measured circuit of `SAFE_GATES`; its parameters in the order of
            ``circuit.parameters``.
        angles
            Radians, shape ``(n_rows, n_parameters)``.
        n_shots
            Shots per row.
        seed
            Seed of all shots; equal rows still get shots of their own.

        Returns
        -------
        numpy.ndarray
            Booleans of shape ``(n_rows, n_shots, n_classical_bits)``; column ``i`` is classical
            bit ``i``.

        Raises
        ------
        InputError
            If a gate is not one of `SAFE_GATES`.
        InputError
            If the angles do not fit the circuit's parameters or are not finite.
        InputError
            If no shots are asked for.
        NeuroqganError
            If Aer fails.
        """
        _check(circuit, angles, n_shots)
        with _collector_paused():
            outcomes = self._outcomes(circuit, angles, n_shots, seed)
        bits = columns_from_hex(outcomes, circuit.num_clbits)
        return bits.reshape(len(angles), n_shots, circuit.num_clbits)

    def _outcomes(
        self, circuit: QuantumCircuit, angles: NDArray[np.floating], n_shots: int, seed: int
    ) -> list[str]:
        # Lists, because Aer copies arrays value by value through Python, at three times the cost.
        binds = {parameter: angles[:, i].tolist() for i, parameter in enumerate(circuit.parameters)}
        result = self._simulator.run(
            circuit,
            parameter_binds=[binds] if binds else None,
            shots=n_shots,
            seed_simulator=seed,
            memory=True,
            runtime_parameter_bind_enable=self._binds_at_run_time(circuit, n_shots),
        ).result()
        if not result.success:
            raise NeuroqganError("Aer could not run the circuits.", got=str(result.status))
        if len(result.results) != len(angles):
            raise NeuroqganError(
                "Aer did not return as many circuits as it was given.",
                expected=str(len(angles)),
                got=str(len(result.results)),
            )
        return list(chain.from_iterable(row.data.memory for row in result.results))

    def _binds_at_run_time(self, circuit: QuantumCircuit, n_shots: int) -> bool:
        # With noise or resets every shot is simulated anyway, so there is nothing to gain. With
        # conditions it fails.
        usual = not _names(circuit) & {"reset", "if_else"}
        return self._is_ideal and n_shots >= _SHOTS_FOR_THREADS and usual


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause Python's cycle collector while a result is being read.

    A result has a dozen small dictionaries per row, none of them garbage; looking for cycles among
    them took a tenth of a call.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _names(circuit: QuantumCircuit) -> set[str]:
    return set(circuit.count_ops())


def _unsafe_names(circuit: QuantumCircuit) -> set[str]:
    """Return the gates that may be bound wrongly, those under conditions included."""
    found = _names(circuit) - SAFE_GATES
    if "if_else" in _names(circuit):
        for instruction in circuit.data:
            if instruction.is_control_flow():
                for block in instruction.operation.blocks:
                    found |= _unsafe_names(block)
                    if block.parameters:
                        found.add("an open angle under a condition")
    return found


def _check(circuit: QuantumCircuit, angles: NDArray[np.floating], n_shots: int) -> None:
    unsafe = sorted(_unsafe_names(circuit))
    if unsafe:
        raise InputError(
            "These gates cannot be bound for many rows at once.",
            expected=", ".join(sorted(SAFE_GATES)),
            got=", ".join(unsafe),
            hint="translate the circuit with qiskit.transpile(circuit, basis_gates=[...])",
        )
    if angles.ndim != 2 or angles.shape[0] == 0 or angles.shape[1] != circuit.num_parameters:
        raise InputError(
            "Angles do not fit the circuit.",
            expected=f"shape (n_rows, n_parameters={circuit.num_parameters})",
            got=f"shape {angles.shape}",
        )
    if not np.isfinite(angles).all():
        raise InputError("Angles must be finite.", expected="radians", got="NaN or infinity")
    if n_shots < 1:
        raise InputError(
            "Nothing is measured without shots.",
            expected="1 or more",
            got=str(n_shots),
            hint="`shots = 64`",
        )
