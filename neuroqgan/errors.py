"""The errors that neuroqgan raises on purpose.

::

    NeuroqganError                exit code 1
    ├── InputError                exit code 2: bad usage or input
    │   ├── RasterError           an array that is not a spike raster
    │   ├── RecordingError        a file that cannot be read as a recording
    │   ├── ConfigError           an unknown key or an impossible value
    │   ├── RunNotFoundError      no run of that name
    │   ├── RunExistsError        a run of that name is there already
    │   ├── BackendNotFoundError  no backend of that name
    │   ├── PlanError             cells that do not fit on a device
    │   ├── AccountError          no account of a service, or one that it refuses
    │   ├── ConsentError          something that costs and that nobody agreed to
    │   ├── JobNotFoundError      no job of that id
    │   └── JobStateError         a job that is not in a state for what was asked
    ├── NotReadyError             exit code 3: a job that is not finished yet
    ├── DownloadError             a recording that could not be fetched or verified
    ├── BackendError              a backend or its service that failed
    │   ├── ServiceError          a service that cannot be reached or answers nonsense: try later
    │   │   └── DamagedError      an answer of which nothing can be read
    │   ├── UncertainError        a request without an answer: the job may exist or not
    │   ├── RefusedError          a request that the service refused: no job was made
    │   ├── JobFailedError        a job that ended without a result
    │   ├── ResultLostError       a result that the service no longer has
    │   │   └── MissingError      a job or result that the service does not have at the moment
    │   └── MisfitError           a result of another shape than was planned
    ├── StorageError              a folder or disk that cannot be written
    ├── PayloadError              stored circuits, angles or bits that are damaged
    ├── CheckpointError           weights or checkpoints that do not fit or are damaged
    └── TrainingError             a training that cannot go on
        └── DivergenceError       a loss or gradient that ran away

Every error says what was wrong, what was expected, what came, and what to try next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


class NeuroqganError(Exception):
    """Base of every error that neuroqgan raises on purpose.

    Parameters
    ----------
    problem
        What went wrong, one sentence.
    expected
        What would have been right.
    got
        What came instead.
    hint
        What to do or type next.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, problem: str, *, expected: str = "", got: str = "", hint: str = "") -> None:
        self.problem = problem
        self.expected = expected
        self.got = got
        self.hint = hint
        super().__init__(problem)

    def __str__(self) -> str:
        labelled = (("expected", self.expected), ("got", self.got), ("try", self.hint))
        return "\n".join(
            [self.problem, *(f"  {label}: {text}" for label, text in labelled if text)]
        )

    def __reduce__(self) -> tuple[object, ...]:
        # The default would call the class with the rendered text and lose the parts.
        return (_rebuild, (type(self), self.problem, self.expected, self.got, self.hint))


def _rebuild(
    kind: type[NeuroqganError], problem: str, expected: str, got: str, hint: str
) -> NeuroqganError:
    return kind(problem, expected=expected, got=got, hint=hint)


class InputError(NeuroqganError):
    """Bad usage or bad input; nothing was changed."""

    exit_code = 2


class RasterError(InputError):
    """An array that is not a spike raster."""


class RecordingError(InputError):
    """A file that cannot be read as a recording."""


class ConfigError(InputError):
    """An unknown configuration key or an impossible value."""


class RunNotFoundError(InputError):
    """No run of that name exists."""


class RunExistsError(InputError):
    """A run of that name exists already and would have been overwritten."""


class BackendNotFoundError(InputError):
    """No backend of that name exists, or it is retired."""


class PlanError(InputError):
    """Cells that do not fit on a device."""


class AccountError(InputError):
    """No account of a service, or one that it refuses."""


class ConsentError(InputError):
    """Something that costs, and that nobody agreed to."""


class JobNotFoundError(InputError):
    """No job of that id exists, or several begin with it."""


class JobStateError(InputError):
    """A job that is not in a state for what was asked of it."""


class NotReadyError(NeuroqganError):
    """A job that is not finished yet."""

    exit_code = 3


class DownloadError(NeuroqganError):
    """A recording that could not be downloaded or verified."""


class BackendError(NeuroqganError):
    """A backend or its service that failed."""


class ServiceError(BackendError):
    """A service that cannot be reached, or whose answer makes no sense; nothing was changed."""


class DamagedError(ServiceError):
    """An answer of a service of which nothing can be read; nothing was changed."""


class UncertainError(BackendError):
    """A request whose answer never came: the job may exist or not."""


class RefusedError(BackendError):
    """A request that the service refused; no job was made."""


class JobFailedError(BackendError):
    """A job that ended without a result."""


class ResultLostError(BackendError):
    """A result that the service no longer has, or gives only once."""


class MissingError(ResultLostError):
    """A job or result that the service does not have at the moment, and may have again."""


class MisfitError(BackendError):
    """A result of another shape than was planned; no raster is made of it."""

    bits: Sequence[NDArray[np.bool_]] = ()
    """What came, page by page, where it is not stored yet."""


class StorageError(NeuroqganError):
    """A folder or disk that could not be written."""


class PayloadError(NeuroqganError):
    """Stored circuits, angles or bits that are damaged or of another version."""


class CheckpointError(NeuroqganError):
    """Weights or checkpoints that are damaged or do not fit."""


class TrainingError(NeuroqganError):
    """A training that cannot start or go on."""


class DivergenceError(TrainingError):
    """A loss or gradient that ran away."""
