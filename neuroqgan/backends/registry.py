"""Backends by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.backends.names import parse, snapshot_target, snapshots
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
    twin = f"fake_{parsed.device.removeprefix('ibm_')}"
    raise BackendNotFoundError(
        f"{parsed} cannot be reached in this version.",
        expected="aer, or a snapshot of a device, see neuroqgan backends list",
        got=name,
        hint=f"--backend {twin if twin in snapshots() else 'fake_brisbane'}",
    )
