"""The qubits that a job was measured with, and what their device said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.device import device_facts
from neuroqgan.backends.kinds import kind_of
from neuroqgan.backends.names import snapshot_target
from neuroqgan.errors import BackendNotFoundError
from neuroqgan.report.page.view import DeviceMap, PlacedQubit

if TYPE_CHECKING:
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord

    Pair = tuple[int, int]
    Known = tuple[np.ndarray[Any, Any], dict[Pair, float], tuple[Pair, ...]]


def device_map(context: JobContext, job: JobRecord) -> DeviceMap | None:
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
    placed = tuple(
        PlacedQubit(qubit, neuron, tile.bins[0] + offset, number)
        for number, page in enumerate(stored.layout.pages)
        for tile in page.tiles
        for qubit, neuron, offset in zip(
            tile.qubits, tile.neurons, tile.offsets or (0,) * len(tile.neurons), strict=True
        )
    )
    kept = _kept(stored.about.get("device"))
    source = "Errors are those of the calibration with which the job was planned."
    if kept is None:
        kept = _of_snapshot(job.backend)
        source = "Errors are those of the snapshot that comes with qiskit-ibm-runtime."
    if kept is None or not placed or max(place.qubit for place in placed) >= len(kept[0]):
        return None
    return DeviceMap(job.backend, *kept, placed, source)


def _kept(values: Any) -> Known | None:
    try:
        readout = np.array(values["readout"], float)
        pairs = {(int(a), int(b)): float(error) for a, b, error in values["pairs"]}
        coupled = tuple((int(a), int(b)) for a, b in values["coupled"])
    except (KeyError, TypeError, ValueError):
        return None
    inside = all(min(pair) >= 0 and max(pair) < len(readout) for pair in (*pairs, *coupled))
    return (readout, pairs, coupled) if readout.ndim == 1 and inside else None


def _of_snapshot(backend: str) -> Known | None:
    try:
        return _kept(device_facts(snapshot_target(backend)))
    except BackendNotFoundError:
        return None
