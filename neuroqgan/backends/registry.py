"""Backends by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.backends.names import BackendName, parse, snapshot_target
from neuroqgan.errors import BackendNotFoundError

if TYPE_CHECKING:
    from neuroqgan.backends.simulated import SimulatedBackend


def resolve(name: str) -> SimulatedBackend:
    """Return the backend of that name.

    Raises
    ------
    BackendNotFoundError
        If there is none.
    """
    parsed = parse(name)
    if parsed.kind == "aer":
        from neuroqgan.backends.simulated import AerBackend

        return AerBackend()
    if parsed.kind == "fake":
        from neuroqgan.backends.simulated import SimulatedBackend

        return SimulatedBackend(parsed.device, snapshot_target(parsed.device))
    raise _not_here(parsed)


def _not_here(name: BackendName) -> BackendNotFoundError:
    return BackendNotFoundError(
        f"{name} cannot be reached in this version.",
        expected="aer, or a device snapshot such as fake_brisbane",
        got=str(name),
        hint="--backend fake_brisbane",
    )
