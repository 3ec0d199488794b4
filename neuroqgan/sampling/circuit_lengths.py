"""How many time bins one circuit can measure on a quantum device, and in which circuits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.backends.operation_names import RESET
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.allowed_qubits import allowed_calibration
from neuroqgan.backends.placement.conditions import CONDITION, excluding_option
from neuroqgan.backends.placement.embedding import fits
from neuroqgan.backends.protocol import device_target
from neuroqgan.circuits.built_from import recorded
from neuroqgan.circuits.multi_bin import AUTO, multi_bin_classes, multi_bin_needs
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.sampling.order import RasterOrder
    from neuroqgan.sampling.source import RasterSource


def circuits_asked_for(source: RasterSource, order: RasterOrder) -> tuple[str, ...]:
    """Return the names of the circuits in which several bins of a raster may be measured.

    Parameters
    ----------
    source
        The generator.
    order
        Which raster.
    """
    asked = order.multi_bin_circuit
    return source.multi_bin_circuits if asked == AUTO else (asked,)


def check_circuit(name: str, order: RasterOrder, backend: Backend) -> None:
    """Check that a device has what a circuit of several bins needs, and no option excludes it.

    Parameters
    ----------
    name
        Of the circuit.
    order
        Which raster.
    backend
        A backend with qubits.

    Raises
    ------
    PlanError
        If it does not.
    """
    if order.placement.redundant_readout:
        raise PlanError(
            "Redundant readout needs one bin per job.",
            expected="no redundant_readout, or bins_per_job = 1",
            got=f"redundant_readout = {order.placement.redundant_readout}",
            hint="`bins_per_job = 1`, or leave `redundant_readout` out",
        )
    excluding = excluding_option(order.options)
    if excluding and CONDITION in multi_bin_needs(name):
        raise PlanError(
            f"{name} does not work with {excluding}.",
            expected="circuits that are neither decoupled nor twirled",
            got=excluding,
            hint=f"leave `{excluding.split()[0]}` out, or another `multi_bin_circuit`",
        )
    options = order.options
    at_the_end = {
        f"postselect = {options.postselect}": options.postselect != "none",
        f"twirling = {options.twirling}": options.twirl_measure,
    }
    for option, is_on in at_the_end.items():
        if is_on and RESET in multi_bin_needs(name):
            raise PlanError(
                f"{name} does not work with {option}, which concerns measurements at the end.",
                expected="circuits that measure at their end only",
                got=option,
                hint=f"leave `{option.split()[0]}` out, or another `multi_bin_circuit`",
            )
    there = set(device_target(backend).operation_names)
    missing = sorted(multi_bin_needs(name) - there)
    if missing:
        raise PlanError(
            f"{name} needs {' and '.join(missing)}, which {backend.name} does not have.",
            expected=", ".join(missing),
            got=", ".join(sorted(there)),
            hint="another `multi_bin_circuit`, or `bins_per_job = 1`",
        )


def no_place(source: RasterSource, backend: Backend) -> PlanError:
    """Return the error of a device on which not even two bins have a place.

    Parameters
    ----------
    source
        The generator, with the circuit of several bins that is meant.
    backend
        A backend with qubits.
    """
    kind = multi_bin_classes()[recorded(source.circuits(2)[0].circuit)["ansatz"]]
    return PlanError(
        f"{kind.name} needs {kind.layout}, which good qubits of {backend.name} do not form.",
        expected="a place for the circuit of two bins",
        got="none",
        hint="another `multi_bin_circuit`, or `bins_per_job = 1`",
    )


def longest_circuit(
    source: RasterSource, backend: Backend, n_bins: int, placement: Placement = Placement()
) -> int:
    """Return the most time bins whose circuit fits on a quantum device, 1 if no more do.

    Parameters
    ----------
    source
        The generator, with the circuit of several bins that is meant.
    backend
        A backend with qubits.
    n_bins
        Time bins of the raster.
    placement
        Which qubits may be used.
    """
    calibration = allowed_calibration(device_target(backend), placement)
    n_qubits = int(calibration.usable.sum())

    def has_place(length: int) -> bool:
        circuit = source.circuits(length)[0].circuit
        return circuit.num_qubits <= n_qubits and fits(calibration, circuit)

    low, high = 1, min(n_bins, source.bins_at_once or 1)
    if high > 1 and has_place(high):
        return high
    # Where a circuit fits, so does every shorter one.
    while low < high:
        middle = (low + high + 1) // 2
        if has_place(middle):
            low = middle
        else:
            high = middle - 1
    return low
