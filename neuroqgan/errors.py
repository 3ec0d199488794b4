"""The errors that neuroqgan raises on purpose.

Catch `NeuroqganError` for all of them, or one of the classes below it:

::

    NeuroqganError                exit code 1
    ├── InputError                exit code 2: wrong usage or input; nothing was changed
    │   ├── RasterError           an array that is not a spike raster
    │   ├── RecordingError        a file that cannot be read as a recording
    │   ├── ConfigError           an unknown setting or an impossible value
    │   ├── RunNotFoundError      no run of that name
    │   ├── RunExistsError        a run of that name exists already
    │   ├── BackendNotFoundError  no backend of that name
    │   ├── PlanError             circuits that do not fit on a quantum device
    │   ├── AccountError          no account for a service, or one that the service rejects
    │   ├── ConsentError          something that costs money and was not agreed to
    │   ├── AllowanceError        more time of a quantum processor than is allowed or left
    │   ├── JobNotFoundError      no job with that id
    │   └── JobStateError         a job whose state does not allow what was asked
    ├── NotReadyError             exit code 3: a job that is not finished yet
    ├── DownloadError             a recording that could not be downloaded or verified
    ├── BackendError              a backend or its service that failed
    │   ├── ServiceError          a service that cannot be reached or answers nonsense: try later
    │   │   ├── BusyError         a service that accepts no more requests for a while
    │   │   └── DamagedError      an answer of which nothing can be read
    │   ├── UncertainError        a request without an answer: the job may exist or not
    │   ├── RefusedError          a request that the service refused: no job was made
    │   ├── JobFailedError        a job that ended without a result
    │   ├── ResultLostError       a result that the service no longer has
    │   │   └── MissingError      a job or result that the service does not have at the moment
    │   └── MisfitError           a result whose shape is not the one planned
    ├── ClusterError              a cluster that cannot be reached or takes no tasks
    │   └── WorkerLostError       a task whose workers were killed or lost, several times
    ├── StorageError              a folder or disk that cannot be written
    │   └── LockedError           a run that another process is working on
    ├── PayloadError              stored circuits, angles or bits that are damaged
    ├── CheckpointError           weights or checkpoints that are damaged or do not fit
    └── TrainingError             a training that cannot start or go on
        └── DivergenceError       a loss or gradient that became infinite or NaN

Every error says what went wrong, what was expected, what came instead, and what to try next.
Settings in these texts stand in backticks, under the names that Python and configuration files give
them: `` `bin_width` ``, or with a value `` `bin_width = 0.02` ``. The command line turns them into
options.

Examples
--------
>>> import neuroqgan as nq
>>> try:
...     nq.SpikeRaster([[[0, 2]]], bin_width=0.02)
... except nq.errors.RasterError as error:
...     print(error.problem, "Expected:", error.expected)
Spikes must be binary. Expected: zeros and ones
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from neuroqgan.escaping.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


class NeuroqganError(Exception):
    """Base of every error that neuroqgan raises on purpose.

    Parameters
    ----------
    problem
        What went wrong, in one sentence.
    expected
        What would have been right.
    got
        What came instead.
    hint
        What to try next.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> try:
    ...     nq.load("no-such-file.npz")
    ... except nq.NeuroqganError as error:
    ...     print(type(error).__name__, error.exit_code, error.got)
    RecordingError 2 'no-such-file.npz'
    """

    exit_code: ClassVar[int] = 1
    """What the command line exits with."""

    def __init__(self, problem: str, *, expected: str = "", got: str = "", hint: str = "") -> None:
        self.problem = problem
        self.expected = expected
        self.got = got
        self.hint = hint
        super().__init__(problem)

    def __str__(self) -> str:
        labelled = (("expected", self.expected), ("got", self.got), ("try", self.hint))
        # What comes from a file could otherwise pass for a line of its own, such as advice.
        return "\n".join(
            [
                printable(self.problem).replace("\n", "\n  "),
                *(
                    f"  {name}: {printable(text)}".replace("\n", "\n    ")
                    for name, text in labelled
                    if text
                ),
            ]
        )

    def __reduce__(self) -> tuple[object, ...]:
        # The default would call the class with the rendered text and lose the parts.
        return (_rebuild, (type(self), self.problem, self.expected, self.got, self.hint))


def _rebuild(
    kind: type[NeuroqganError], problem: str, expected: str, got: str, hint: str
) -> NeuroqganError:
    return kind(problem, expected=expected, got=got, hint=hint)


class NeuroqganWarning(UserWarning):
    """Base of every warning of neuroqgan; text from files in it is shown escaped."""

    def __str__(self) -> str:
        return printable(super().__str__())


class InputError(NeuroqganError):
    """Wrong usage or input; nothing was changed."""

    exit_code = 2


class RasterError(InputError):
    """An array that is not a spike raster."""


class RecordingError(InputError):
    """A file that cannot be read as a recording."""


class ConfigError(InputError):
    """An unknown setting or an impossible value."""


class RunNotFoundError(InputError):
    """No run of that name exists."""


class RunExistsError(InputError):
    """A run of that name exists already, and would have been overwritten."""


class BackendNotFoundError(InputError):
    """No backend of that name exists, or it has been retired."""


class PlanError(InputError):
    """Circuits that do not fit on a quantum device."""


class AccountError(InputError):
    """No account for a service, or one that the service rejects."""


class ConsentError(InputError):
    """Something that costs money, and that nobody agreed to."""


class AllowanceError(InputError):
    """More time of a quantum processor than was allowed, or than is left; nothing was sent."""


class JobNotFoundError(InputError):
    """No job has that id, or the ids of several begin with it."""


class JobStateError(InputError):
    """A job whose state does not allow what was asked of it."""


class NotReadyError(NeuroqganError):
    """A job that is not finished yet: ask again later.

    Nothing is lost; the command line exits with code 3, so that scripts can wait.
    """

    exit_code = 3


class DownloadError(NeuroqganError):
    """A recording that could not be downloaded or verified."""


class BackendError(NeuroqganError):
    """A backend, or the service behind it, that failed."""


class ServiceError(BackendError):
    """A service that cannot be reached, or whose answer makes no sense; nothing was changed."""

    wait: float | None = None
    """Seconds after which the service asks for the request again; None if it does not say."""


class BusyError(ServiceError):
    """A service that accepts no more requests for a while; this one has done nothing."""


class DamagedError(ServiceError):
    """An answer of a service that cannot be read at all; nothing was changed."""


class UncertainError(BackendError):
    """A request whose answer never came: the job may or may not exist.

    It is never sent again on its own, since a second job would be billed as well.
    """


class RefusedError(BackendError):
    """A request that the service refused; no job was made."""


class JobFailedError(BackendError):
    """A job that ended without a result."""


class ResultLostError(BackendError):
    """A result that the service no longer has, or hands out only once."""


class MissingError(ResultLostError):
    """A job or result that the service does not have now, but may have again later."""


class MisfitError(BackendError):
    """A result whose shape is not the one planned; no raster is made from it."""

    bits: Sequence[NDArray[np.bool_]] = ()
    """What came, one array of shape ``(n_shots, n_bits)`` per circuit, if it is not stored yet."""


class ClusterError(NeuroqganError):
    """A cluster that cannot be reached, or that takes no tasks."""


class WorkerLostError(ClusterError):
    """A task that ended without a result because its workers were killed or lost."""


class StorageError(NeuroqganError):
    """A folder or disk that cannot be written."""


class LockedError(StorageError):
    """A run that another process is working on; wait for it."""


class PayloadError(NeuroqganError):
    """Stored circuits, angles or bits that are damaged or from another version."""


class CheckpointError(NeuroqganError):
    """Weights or checkpoints that are damaged or do not fit."""


class TrainingError(NeuroqganError):
    """A training that cannot start or go on."""


class DivergenceError(TrainingError):
    """A loss or gradient that became infinite or NaN."""
