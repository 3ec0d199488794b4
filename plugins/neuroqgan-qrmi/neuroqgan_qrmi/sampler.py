"""Circuits and their angles as tasks of QRMI, and the bits that come back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import JobFailedError, MisfitError, RefusedError, ServiceError, UncertainError
from neuroqgan_qrmi.resource import unreachable

if TYPE_CHECKING:
    from collections.abc import Iterable

POLL_SECONDS = 1.0
"""Between two questions for the state of a task."""

MOST_FAILURES = 60
"""Questions in a row without an answer, after which a task is left alone."""


class QrmiSampler:
    """Samples circuits by tasks of QRMI.

    Parameters
    ----------
    name
        Of the resource.
    resource
        The `qrmi.QuantumResource`.
    """

    def __init__(self, name: str, resource: Any) -> None:
        self._name = name
        self._resource = resource

    def run(self, pubs: Iterable[Any], *, shots: int) -> QrmiTask:
        """Start a task, once.

        Parameters
        ----------
        pubs
            Circuits with their angles, as samplers of Qiskit take them.
        shots
            Of every row of angles.

        Raises
        ------
        RefusedError
            If the resource refuses the circuits; there is no task.
        UncertainError
            If no answer came; the task may exist.
        """
        import qrmi
        from qrmi.primitives import QRMIBaseSamplerV2

        keeping = _Keeping(self._resource)
        try:
            QRMIBaseSamplerV2(keeping).run(pubs, shots=shots)
        except (qrmi.InvalidInputError, qrmi.UnsupportedPayloadError) as error:
            raise RefusedError(
                f"The quantum processor {self._name!r} refused the circuits.",
                expected="circuits that it can run",
                got=str(error),
                hint=f"`neuroqgan backends show qrmi:{self._name}`, for what it can do",
            ) from error
        except qrmi.QrmiError as error:
            raise UncertainError(
                f"It is not known whether the quantum processor {self._name!r} took the circuits.",
                expected="the id of a task",
                got=str(error),
                hint="look at the tasks of your site before you run the command again",
            ) from error
        return QrmiTask(self._name, self._resource, keeping.task_id)


class _Keeping:
    """A resource whose tasks stay: qrmi's own sampler deletes those that it forgets."""

    def __init__(self, resource: Any) -> None:
        self._resource = resource
        self.task_id = ""

    def task_start(self, payload: Any) -> str:
        self.task_id = self._resource.task_start(payload)
        return self.task_id

    def task_stop(self, _: str) -> None:
        """Do nothing: a task that was paid for is kept until its bits are stored."""


class QrmiTask:
    """A task that was started.

    Parameters
    ----------
    name
        Of the resource.
    resource
        The `qrmi.QuantumResource`.
    task_id
        What QRMI calls the task.
    """

    def __init__(self, name: str, resource: Any, task_id: str) -> None:
        self._name = name
        self._resource = resource
        self.task_id = task_id

    def result(self) -> Any:
        """Wait for the task and return a `PrimitiveResult`; an interrupt stops the task.

        Raises
        ------
        JobFailedError
            If the task failed or was cancelled.
        MisfitError
            If what came back cannot be read.
        ServiceError
            If the resource stopped answering; the task continues.
        """
        import qrmi
        from qiskit.primitives import PrimitiveResult
        from qiskit_ibm_runtime.decoders.result_decoder import ResultDecoder

        try:
            status = self._wait()
        except KeyboardInterrupt:
            self._resource.task_stop(self.task_id)
            raise
        if status != qrmi.TaskStatus.Completed:
            raise JobFailedError(
                f"The task {self.task_id} of the quantum processor {self._name!r} failed.",
                expected="bits",
                got=self._log() or str(status),
                hint="run the same command again",
            )
        try:
            text = self._resource.task_result(self.task_id).value
        except qrmi.QrmiError as error:
            raise self._left(error) from error
        result = ResultDecoder.decode(text)
        if not isinstance(result, PrimitiveResult):
            raise MisfitError(
                f"The result of the task {self.task_id} cannot be read.",
                expected="the result of a sampler of Qiskit",
                got=repr(result)[:200],
                hint="update qrmi and qiskit-ibm-runtime",
            )
        return result

    def _wait(self) -> Any:
        """Return the last status of the task."""
        import qrmi

        running = qrmi.TaskStatus.Queued, qrmi.TaskStatus.Running
        n_failures = 0
        while True:
            try:
                status = self._resource.task_status(self.task_id)
            except qrmi.QrmiError as error:
                n_failures += 1
                if n_failures >= MOST_FAILURES:
                    raise self._left(error) from error
            else:
                n_failures = 0
                if status not in running:
                    return status
            time.sleep(POLL_SECONDS)

    def _log(self) -> str:
        """Return the last line that the resource wrote about the task."""
        import qrmi

        try:
            lines = str(self._resource.task_logs(self.task_id)).strip().splitlines()
        except qrmi.QrmiError:
            return ""
        return lines[-1] if lines else ""

    def _left(self, error: Exception) -> ServiceError:
        left = unreachable(self._name, error)
        left.hint = f"the task {self.task_id} goes on; {left.hint}"
        return left
