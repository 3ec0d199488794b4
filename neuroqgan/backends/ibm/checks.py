"""Whether a device can run a workload, checked before anything is sent.

The sampler of qiskit-ibm-runtime checks neither gates nor faulty qubits; the service would refuse
the job, or let it fail after its time in the queue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.job_limits.compatibility import check_compatible
from neuroqgan.backends.page_layout import CHECK_REGISTER
from neuroqgan.backends.repetition import RepetitionDelay
from neuroqgan.errors import ConfigError, PlanError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from neuroqgan.backends.options import JobOptions
    from neuroqgan.backends.remote import Workload

_PLAN_AGAIN = "plan it again for this device: its calibration may have changed"


def check_options(options: JobOptions, backend: Any) -> None:
    """Check that options are within a device's range.

    Parameters
    ----------
    options
        Of a job.
    backend
        The `IBMBackend` of qiskit-ibm-runtime.

    Raises
    ------
    ConfigError
        If one is not.
    """
    if options.max_execution_time is not None and options.max_execution_time < 1:
        raise ConfigError(
            "A job needs time to run.",
            expected="at least 1 second",
            got=f"{options.max_execution_time} s",
            hint="`max_execution_time = 60`",
        )
    if options.fractional_gates and "rx" not in backend.target.operation_names:
        raise ConfigError(
            f"{backend.name} was opened without fractional gates.",
            expected="a target with rx and rzz",
            got=", ".join(sorted(backend.target.operation_names)),
            hint="leave `fractional_gates` out, or choose another `backend`",
        )
    if options.rep_delay is not None:
        repetition(backend).check(options.rep_delay, backend.name)


def repetition(backend: Any) -> RepetitionDelay:
    """Return the delays between two executions that a device allows, in seconds.

    Parameters
    ----------
    backend
        The `IBMBackend` of qiskit-ibm-runtime, whose configuration counts in seconds.
    """
    configuration = backend.configuration()
    names = ("default_rep_delay", "rep_delay_range", "dynamic_reprate_enabled")
    values = {name: getattr(configuration, name) for name in names if hasattr(configuration, name)}
    return RepetitionDelay.of(values, unit=1.0)


def check_circuits(workload: Workload, backend: Any) -> None:
    """Check that a device can run circuits with their angles.

    Parameters
    ----------
    workload
        Circuits and angles.
    backend
        The `IBMBackend` of qiskit-ibm-runtime.

    Raises
    ------
    PlanError
        If it cannot, or not with these options.
    """
    check_compatible(workload.circuits, workload.options)
    if not workload.circuits or len(workload.circuits) != len(workload.values):
        raise PlanError(
            "A workload needs circuits and angles for each of them.",
            expected=f"angles for {len(workload.circuits) or 'one or more'} circuit(s)",
            got=f"{len(workload.values)}",
        )
    for i, (circuit, values) in enumerate(zip(workload.circuits, workload.values, strict=True)):
        _check_shape(i, circuit, values)
        _check_gates(i, circuit, values, backend)


def _check_shape(index: int, circuit: QuantumCircuit, values: NDArray[np.float64]) -> None:
    n_parameters = circuit.num_parameters
    if [register.name for register in circuit.cregs][1:] not in ([], [CHECK_REGISTER]) or (
        not circuit.num_clbits
    ):
        raise PlanError(
            f"Circuit {index} cannot be read out.",
            expected="one classical register, and perhaps one that checks it",
            got=f"{len(circuit.cregs)} of them, {circuit.num_clbits} bits",
        )
    if values.ndim != 2 or len(values) == 0 or values.shape[1] != n_parameters:
        raise PlanError(
            f"The angles of circuit {index} do not fit it.",
            expected=f"shape (n_rows, {n_parameters}), one row or more",
            got=f"shape {values.shape}",
        )
    if not np.isfinite(values).all():
        raise PlanError(
            f"Circuit {index} has angles that are not finite.",
            expected="finite angles in radians",
            got=f"{int((~np.isfinite(values)).sum())} of {values.size} angles are not",
        )
    if n_parameters == 0 and len(values) > 1:
        # Without angles, qiskit-ibm-runtime forgets the number of rows as well.
        raise PlanError(
            f"Circuit {index} has no parameters, so it would run only once.",
            expected="one row, or a parameter without effect",
            got=f"{len(values)} rows",
        )


def _check_gates(
    index: int, circuit: QuantumCircuit, values: NDArray[np.float64], backend: Any
) -> None:
    from qiskit.primitives.containers.sampler_pub import SamplerPub
    from qiskit_ibm_runtime.utils.utils import is_isa_circuit, is_valid_rzz_pub

    said = is_isa_circuit(circuit, backend.target)
    if not said and "rzz" in circuit.count_ops():
        said = is_valid_rzz_pub(SamplerPub.coerce((circuit, values), 1))
    if not said:
        try:
            backend.check_faulty(circuit)
        except ValueError as error:
            said = str(error)
    if said:
        raise PlanError(
            f"{backend.name} cannot run circuit {index}.",
            expected="gates of the device on qubits that work",
            got=said.splitlines()[0][:300],
            hint=_PLAN_AGAIN,
        )
