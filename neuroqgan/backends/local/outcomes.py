"""What a stranger's backend returned, before Qiskit's sampler fits it to what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def recording(backend: Any) -> Any:
    """Return a backend that runs circuits on another and remembers the outcomes.

    The sampler takes results as they come: circuits that are missing it fills with zeros, and
    circuits that are too many it leaves out. So the outcomes are looked at before it does.

    Parameters
    ----------
    backend
        A `BackendV2`.

    Returns
    -------
    BackendV2
        Its ``memory`` holds the outcomes of every circuit, hexadecimal, in the order in which they
        came; ``under_way`` is the number of jobs without a result.
    """
    from qiskit.providers import BackendV2, Options

    class Recording(BackendV2):  # type: ignore[misc]  # qiskit has no py.typed
        """Runs circuits on the other backend."""

        def __init__(self) -> None:
            super().__init__()
            self.memory: list[list[str]] = []
            self.under_way = 0

        @property
        def target(self) -> Any:
            return backend.target

        @property
        def max_circuits(self) -> Any:
            return backend.max_circuits

        @classmethod
        def _default_options(cls) -> Options:
            return Options()

        def run(self, run_input: Any, **options: Any) -> Any:
            self.under_way += 1
            return _Job(backend.run(run_input, **options), self)

    return Recording()


class _Job:
    """A job whose outcomes are written down when it is asked for its result."""

    def __init__(self, job: Any, recorded: Any) -> None:
        self._job = job
        self._recorded = recorded

    def result(self) -> Any:
        result = self._job.result()
        for circuit in result.results:
            self._recorded.memory.append(list(getattr(circuit.data, "memory", None) or []))
        self._recorded.under_way -= 1
        return result


def width(memory: Sequence[Sequence[str]]) -> int:
    """Return how many bits the widest outcome needs."""
    outcomes = (outcome for row in memory for outcome in row)
    return max((int(outcome, 16).bit_length() for outcome in outcomes), default=0)
