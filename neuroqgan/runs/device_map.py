"""The qubits that a job was measured with, and what their device said of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from neuroqgan.backends.device import device_facts
from neuroqgan.backends.kinds import kind_of
from neuroqgan.backends.names import snapshot_target
from neuroqgan.backends.placement.chip import Chip, ChipCell
from neuroqgan.errors import BackendNotFoundError, ConfigError

if TYPE_CHECKING:
    from neuroqgan.jobs.codec import StoredLayout
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord


def device_map(context: JobContext, job: JobRecord) -> Chip | None:
    """Return the device of a job; None if it was simulated without qubits, or nothing is known.

    Errors are those that were stored when the job was planned. Jobs of earlier versions have none;
    then a snapshot that comes with the client of IBM Quantum says what a simulated device is like.

    Parameters
    ----------
    context
        Where the job is stored.
    job
        The job; of a raster that takes several, the first.

    Raises
    ------
    PayloadError
        If the layout of the job is missing or damaged.
    """
    if kind_of(job.kind).ideal:
        return None
    stored = context.layout(job)
    if not all(tile.qubits for page in stored.layout.pages for tile in page.tiles):
        return None
    source = "Errors are those of the calibration with which the job was planned."
    found = _chip(job, stored, stored.about.get("device"), source)
    if found is None:
        source = "Errors are those of the snapshot that comes with qiskit-ibm-runtime."
        found = _chip(job, stored, _snapshot(job.backend), source)
    return found


def _chip(job: JobRecord, stored: StoredLayout, facts: Any, source: str) -> Chip | None:
    """Return the chip that facts describe, unless they are missing or damaged."""
    layout = stored.layout
    try:
        chip = Chip.from_facts(
            job.backend,
            facts,
            n_bins=layout.n_bins // layout.samples_per_shot,
            chosen=job.options.get("qubits"),
            avoided=job.options.get("avoid_qubits"),
            source=source,
        )
        return _with_cells(chip, stored)
    except (AttributeError, ConfigError, LookupError, TypeError, ValueError):
        return None


def _with_cells(chip: Chip, stored: StoredLayout) -> Chip:
    used = stored.about.get("couplers")
    cells = []
    for number, page in enumerate(stored.layout.pages):
        for i, tile in enumerate(page.tiles):
            # Earlier versions did not keep which couplers the gates use.
            pairs = _within(chip, set(tile.qubits)) if used is None else used[number][i]
            cells.append(ChipCell.of(number, tile, pairs))
    if any(max(cell.qubits, default=-1) >= chip.n_qubits for cell in cells):
        raise ValueError("a qubit that the device does not have")
    return replace(chip, cells=tuple(cells))


def _within(chip: Chip, qubits: set[int]) -> list[tuple[int, int]]:
    return [pair for pair in chip.coupled if qubits.issuperset(pair)]


def _snapshot(backend: str) -> dict[str, Any] | None:
    try:
        return device_facts(snapshot_target(backend))
    except BackendNotFoundError:
        return None
