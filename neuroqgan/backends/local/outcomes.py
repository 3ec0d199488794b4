"""What somebody else's backend returned, before Qiskit's sampler adapts it to the request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def recording(backend: Any) -> Any:
    """Return a backend that runs circuits on another one and remembers the outcomes.

    Qiskit's sampler fills missing circuits with zeros and drops surplus ones without a word. So the
    outcomes are recorded before it does.

    Parameters
    ----------
    backend
        A `BackendV2`.

    Returns
    -------
    BackendV2
        Its ``memory`` holds the outcomes of every circuit in hexadecimal, in the order in which
        they came; ``under_way`` is the number of jobs without a result.
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
    """A job whose outcomes are recorded when its result is requested."""

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
