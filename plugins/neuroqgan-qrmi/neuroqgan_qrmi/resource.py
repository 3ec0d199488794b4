"""The processors that Slurm has given to a job."""

from __future__ import annotations

from typing import Any

from neuroqgan.errors import AccountError, BackendNotFoundError, ServiceError

KINDS = {
    "ibm-quantum-system": "IBMQuantumSystem",
    "ibm-quantum-compute-service": "IBMQuantumComputeService",
    # Its name until November 2026, which older releases of QRMI still want.
    "qiskit-runtime-service": "IBMQiskitRuntimeService",
}
"""Kinds of resources that run circuits of Qiskit, as Slurm writes them and as QRMI calls them."""

_OPTION = "submit the command with sbatch --qpu=NAME"


def open_resource(name: str) -> Any:
    """Return the `qrmi.QuantumResource` of that name.

    Parameters
    ----------
    name
        As in ``sbatch --qpu=NAME``.

    Raises
    ------
    AccountError
        If the site has not configured how the resource is reached, or refuses its credentials.
    BackendNotFoundError
        If the job was given none of that name, or one that does not run circuits of Qiskit.
    ServiceError
        If it cannot be reached.
    """
    import qrmi

    given = given_resources()
    if name not in given:
        raise BackendNotFoundError(
            f"This job has no quantum processor {name!r}.",
            expected=", ".join(given) or "one that Slurm gave to the job",
            got=name,
            hint=_OPTION,
        )
    kind = getattr(qrmi.ResourceType, KINDS.get(given[name], ""), None)
    if kind is None:
        raise BackendNotFoundError(
            f"The quantum processor {name!r} does not run circuits of Qiskit.",
            expected=f"a resource of the kind {' or '.join(KINDS)}",
            got=given[name],
            hint="choose a processor of IBM; if it is one, update the package qrmi",
        )
    try:
        return qrmi.QuantumResource(name, kind)
    except (qrmi.EnvVarNotSetError, qrmi.ConfigError, qrmi.AuthenticationFailedError) as error:
        raise AccountError(
            f"The quantum processor {name!r} is not configured for this job.",
            expected="variables that the Slurm plugin of your site sets, and valid credentials",
            got=str(error),
            hint="ask those who run the cluster; neuroqgan itself needs no account here",
        ) from error
    except qrmi.QrmiError as error:
        raise unreachable(name, error) from error


def given_resources() -> dict[str, str]:
    """Return the kinds of all resources of this job by name.

    Raises
    ------
    BackendNotFoundError
        If this is no job with a quantum processor.
    """
    import qrmi

    try:
        names, kinds = qrmi.get_job_qpu_resources_and_types()
    except (RuntimeError, ValueError) as error:
        raise BackendNotFoundError(
            "Slurm has given no quantum processor to this process.",
            expected="the variables QRMI_JOB_QPU_RESOURCES and QRMI_JOB_QPU_TYPES "
            "(SLURM_JOB_QPU_RESOURCES and SLURM_JOB_QPU_TYPES on older sites)",
            got=str(error),
            hint=_OPTION,
        ) from error
    return dict(zip(names, kinds, strict=True))


def unreachable(name: str, error: Exception) -> ServiceError:
    """Return the error for a resource that does not answer.

    Parameters
    ----------
    name
        Of the resource.
    error
        What QRMI said.
    """
    return ServiceError(
        f"The quantum processor {name!r} cannot be reached.",
        expected="an answer by way of QRMI",
        got=str(error),
        hint="try again later, or ask those who run the cluster",
    )
