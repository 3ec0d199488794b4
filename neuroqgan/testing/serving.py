"""What the server and its control endpoints ask of the service that they serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from neuroqgan.testing.faults import Faults
    from neuroqgan.testing.served_job import ServedJob
    from neuroqgan.testing.service_state import ServiceState


class Serving(Protocol):
    """A service, as its server sees it."""

    state: ServiceState
    faults: Faults
    requests: list[tuple[str, str]]

    @property
    def jobs(self) -> dict[str, ServedJob]:
        """Jobs by id."""
        ...

    @property
    def created(self) -> int:
        """How many jobs were ever created."""
        ...
