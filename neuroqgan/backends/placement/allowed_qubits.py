"""The qubits that a plan may use: those that work, minus those that were ruled out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.qubit_lists import qubit_numbers, qubit_text
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from qiskit.transpiler import Target

    from neuroqgan.backends.options import Placement


def allowed_calibration(target: Target, placement: Placement) -> Calibration:
    """Return the calibration of a device, without the qubits that a placement rules out.

    Parameters
    ----------
    target
        Of the device.
    placement
        Which qubits may be used.

    Raises
    ------
    ConfigError
        If the device has no such qubit, one that is to be used is faulty, or none is left.

    Examples
    --------
    >>> from neuroqgan.backends.names import snapshot_target
    >>> from neuroqgan.backends.options import Placement
    >>> found = allowed_calibration(snapshot_target("fake_nairobi"), Placement(avoid_qubits="1"))
    >>> found.usable.tolist(), sorted(found.pairs)
    ([True, False, True, True, True, True, True], [(3, 5), (4, 5), (5, 6)])
    """
    calibration = Calibration.of(target)
    if placement.qubits is None and placement.avoid_qubits is None:
        return calibration
    everything = range(calibration.n_qubits)
    chosen, avoided = set(everything), set[int]()
    if placement.qubits is not None:
        chosen = _on_device("qubits", placement.qubits, calibration)
        _check_working(sorted(chosen), calibration)
    if placement.avoid_qubits is not None:
        avoided = _on_device("avoid_qubits", placement.avoid_qubits, calibration)
    excluded = (set(everything) - chosen) | avoided
    if not calibration.without(excluded).usable.any():
        raise ConfigError(
            "No qubit is left to use.",
            expected=f"some of the {int(calibration.usable.sum())} qubits that work",
            got=f"qubits = {placement.qubits or 'all'}, avoid_qubits = "
            f"{placement.avoid_qubits or 'none'}",
            hint="a shorter `avoid_qubits`, or leave it out",
        )
    return calibration.without(excluded)


def _on_device(name: str, text: str, calibration: Calibration) -> set[int]:
    found, n_qubits = qubit_numbers(text, name), calibration.n_qubits
    beyond = [qubit for qubit in found if qubit >= n_qubits]
    if beyond:
        there = qubit_text(set(found) - set(beyond))
        raise ConfigError(
            f"The device has no qubit {qubit_text(beyond)}.",
            expected=f"qubits 0 to {n_qubits - 1}",
            got=f"{name} = {text}",
            hint=f"`{name} = {there}`" if there else f"leave `{name}` out",
        )
    return set(found)


def _check_working(chosen: list[int], calibration: Calibration) -> None:
    faulty = [qubit for qubit in chosen if not calibration.usable[qubit]]
    if not faulty:
        return
    left = qubit_text(set(chosen) - set(faulty))
    one = len(faulty) == 1
    raise ConfigError(
        f"{'Qubit' if one else 'Qubits'} {qubit_text(faulty)} cannot be used: the calibration of "
        f"the device reports {'it' if one else 'them'} as faulty.",
        expected="qubits that work",
        got=f"qubits = {qubit_text(chosen)}",
        hint=f"`qubits = {left}`" if left else "other `qubits`",
    )
