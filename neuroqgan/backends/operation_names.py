"""Names of measurements and resets: devices have several, which differ in time and errors.

IBM's devices name those that may be used in the middle of a circuit ``measure_2``, ``reset_2`` and
``measure_reset`` (`qiskit_ibm_runtime.circuit`); the last measures a qubit and leaves it in 0.
"""

from __future__ import annotations

MEASURE, RESET, MEASURE_RESET = "measure", "reset", "measure_reset"


def measures(name: str) -> bool:
    """Whether an operation of that name writes the state of a qubit to a classical bit.

    Examples
    --------
    >>> [measures(name) for name in ("measure", "measure_2", "measure_reset", "reset", "cz")]
    [True, True, True, False, False]
    """
    return name == MEASURE or name.startswith(f"{MEASURE}_")


def resets(name: str) -> bool:
    """Whether a qubit is in 0 after an operation of that name.

    Examples
    --------
    >>> [resets(name) for name in ("reset", "reset_2", "measure_reset", "measure_2", "cz")]
    [True, True, True, False, False]
    """
    return name == RESET or name.startswith((f"{RESET}_", MEASURE_RESET))
