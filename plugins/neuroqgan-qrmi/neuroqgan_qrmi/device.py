"""A quantum processor of a Slurm job, as a backend of Qiskit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from qiskit.providers import BackendV2, Options

from neuroqgan.errors import NeuroqganError
from neuroqgan_qrmi.resource import open_resource, unreachable
from neuroqgan_qrmi.sampler import QrmiSampler

if TYPE_CHECKING:
    from qiskit.transpiler import Target


def device(name: str) -> QrmiDevice:
    """Return the processor that is named ``qrmi:NAME``.

    Parameters
    ----------
    name
        As in ``sbatch --qpu=NAME``.

    Raises
    ------
    AccountError
        If the site has not configured how the processor is reached.
    BackendNotFoundError
        If the job was given none of that name.
    ServiceError
        If it cannot be reached.
    """
    import qrmi
    from qrmi.primitives.ibm import get_backend

    resource = open_resource(name)
    try:
        described = get_backend(resource)
    except (qrmi.QrmiError, ValueError, KeyError) as error:
        raise unreachable(name, error) from error
    return QrmiDevice(name, resource, described.target)


class QrmiDevice(BackendV2):
    """A processor that Slurm gave to this job.

    Parameters
    ----------
    name
        Of the resource.
    resource
        The `qrmi.QuantumResource`.
    target
        Qubits, gates and errors.
    """

    def __init__(self, name: str, resource: Any, target: Target) -> None:
        super().__init__(name=name)
        self._resource = resource
        self._target = target

    @property
    def target(self) -> Target:
        """Qubits, gates and errors, as of the last calibration."""
        return self._target

    @property
    def max_circuits(self) -> None:
        """No limit: circuits go one by one, with all of their angles."""
        return None

    @classmethod
    def _default_options(cls) -> Options:
        return Options()

    def sampler(self) -> QrmiSampler:
        """Return what neuroqgan samples by, a circuit and all of its angles per task."""
        return QrmiSampler(self.name, self._resource)

    def run(self, run_input: Any, **options: Any) -> NoReturn:
        """Refuse: circuits are sampled by `sampler`."""
        raise NeuroqganError(
            "QRMI runs circuits by samplers only.",
            expected="a call of sampler().run",
            got="a call of run",
        )
