"""A payload as bytes, in three files that are needed at different times.

``layout.json`` is needed to decode bits: plain numbers, readable without Qiskit. ``circuits.qpy``
and ``angles.npz`` are needed to send a job or to run it again; the angles are deleted once its bits
are stored. The layout holds the id of its job and the checksums of all three files, because a
layout that was changed and still fits would turn the same bits into another raster.
"""

from __future__ import annotations

import io
import json
import operator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.circuits_apart import check_circuits
from neuroqgan.backends.layout import Layout
from neuroqgan.backends.measured import Expected, Measured
from neuroqgan.backends.page_layout import MOST_QUBITS, PageLayout, page_from_dict, page_to_dict
from neuroqgan.data.damage import DAMAGE
from neuroqgan.data.untrusted.archive import Archive
from neuroqgan.errors import PayloadError, RecordingError
from neuroqgan.jobs.checksums import check_layout, check_pieces, with_checksums
from neuroqgan.jobs.payload import JobPayload
from neuroqgan.schemas import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

LAYOUT, CIRCUITS, ANGLES, BITS = "layout.json", "circuits.qpy", "angles.npz", "bits.npz"
MISFIT = "misfit.npz"
"""File for the raw bits of a result that does not fit the layout."""


@dataclass(frozen=True)
class StoredLayout:
    """The content of ``layout.json``.

    Parameters
    ----------
    layout
        Which bit of the pages belongs to which neuron and bin.
    calibration
        Layouts of the pages that calibrate the readout, which follow.
    about
        Further facts about the plan: its backend, when it was made, versions of packages.
    """

    layout: Layout
    calibration: tuple[PageLayout, ...]
    about: dict[str, Any]

    def expected(self, n_samples: int) -> list[Expected]:
        """Return what the result of a job has to be: the pages, then those of the calibration.

        Parameters
        ----------
        n_samples
            Number of samples of the job; of shots of all rows, if several samples lie side by side
            in each.
        """
        shots = self.layout.shots
        pages = [
            Expected(
                f"page {i}",
                n_samples // shots * page.rows_per_sample,
                page.n_bits,
                shots,
                checked=page.checks is not None,
            )
            for i, page in enumerate(self.layout.pages, 1)
        ]
        rows = self.about.get("calibration_rows") or None
        return pages + [
            Expected(f"calibration page {i}", rows, page.n_bits, shots)
            for i, page in enumerate(self.calibration, 1)
        ]

    def measured(self, bits: Sequence[NDArray[np.bool_]]) -> list[Measured]:
        """Return bits as if they were those that were planned; `misfit` says if they are not.

        Parameters
        ----------
        bits
            Of the pages, and then of the calibration.
        """
        shots, checks = self.layout.shots, [page.checks for page in self.layout.pages]
        checks += [None] * len(self.calibration)
        return [
            Measured.of(page, shots, checked=i < len(checks) and checks[i] is not None)
            for i, page in enumerate(bits)
        ]


def payload_to_bytes(payload: JobPayload, about: dict[str, Any], job: str = "") -> dict[str, bytes]:
    """Return the content of all files by name; the layout holds the checksums of all of them.

    Parameters
    ----------
    payload
        The payload of a job.
    about
        Further facts about the plan, ready for JSON.
    job
        Id of the job, which is written into the layout.
    """
    circuits: dict[int, int] = {}
    distinct: list[QuantumCircuit] = []
    pages = []
    for page in payload.pages:
        for tile in page.tiles:
            if id(tile.circuit) not in circuits:
                circuits[id(tile.circuit)] = len(distinct)
                distinct.append(tile.circuit)
        pages.append(
            [
                {
                    "circuit": circuits[id(tile.circuit)],
                    "chain": [*tile.qubits],
                    "batch": tile.batch,
                }
                for tile in page.tiles
            ]
        )
    pieces = {
        CIRCUITS: _circuits_to_bytes(distinct),
        ANGLES: _angles_to_bytes(payload.values),
    }
    value = {
        "layout": payload.layout.to_dict(),
        "calibration": [page_to_dict(page) for page in payload.calibration],
        "n_qubits": payload.n_qubits,
        "circuits": pages,
        "about": about,
    }
    signed = with_checksums(value, pieces, job)
    return {LAYOUT: json.dumps(signed, indent=1, allow_nan=False).encode(), **pieces}


def payload_from_bytes(pieces: dict[str, bytes], job: str = "") -> JobPayload:
    """Restore a payload.

    Parameters
    ----------
    pieces
        Content of the files, as `payload_to_bytes` returned it.
    job
        Id of the job that they belong to.

    Raises
    ------
    PayloadError
        If a file is damaged, belongs to another job, or has an unknown version.
    """
    from neuroqgan.backends.placement.post_selection import with_checks
    from neuroqgan.backends.placement.tiles import Page, Tile, place

    stored = layout_from_bytes(pieces[LAYOUT], job)
    with _damage("layout", "circuits of pages"):
        value = json.loads(pieces[LAYOUT])
        known = check_pieces(value, pieces)
    if CIRCUITS not in known:
        check_circuits(CIRCUITS, pieces[CIRCUITS])
    circuits = _circuits_from_bytes(pieces[CIRCUITS])
    with _damage("layout", "circuits of pages"):
        n_qubits = _width(value["n_qubits"])
        layouts = (*stored.layout.pages, *stored.calibration)
        pages = []
        for page, placed in zip(layouts, value["circuits"], strict=True):
            tiles = tuple(
                Tile(
                    circuits[where["circuit"]],
                    _qubits(where["chain"], circuits[where["circuit"]], n_qubits),
                    tile.neurons,
                    tile.bins,
                    where["batch"],
                    tile.offsets,
                    tile.edges,
                )
                for tile, where in zip(page.tiles, placed, strict=True)
            )
            if n_qubits is None:
                pages.append(Page(tiles, None))
            else:
                pages.append(with_checks(place(tiles, n_qubits), page.checks))
    values = _angles_from_bytes(pieces[ANGLES])
    return JobPayload(stored.layout, stored.calibration, tuple(pages), values, n_qubits)


def _width(n_qubits: Any) -> int | None:
    """Return the number of qubits of a device; None for an ideal simulator."""
    if n_qubits is not None and not 0 < operator.index(n_qubits) <= MOST_QUBITS:
        raise ValueError(f"a device of {n_qubits} qubits")
    return n_qubits if n_qubits is None else operator.index(n_qubits)


def _qubits(chain: Sequence[int], circuit: QuantumCircuit, n_qubits: int | None) -> tuple[int, ...]:
    """Return the qubits on which a circuit lies; of an ideal simulator there are none."""
    qubits = tuple(map(operator.index, chain))
    if n_qubits is not None:
        fits = len(qubits) == len(set(qubits)) == circuit.num_qubits
        if not fits or not 0 <= min(qubits) <= max(qubits) < n_qubits:
            raise ValueError(f"{circuit.num_qubits} qubits of a circuit on {len(qubits)} others")
    return qubits


def layout_from_bytes(data: bytes, job: str = "") -> StoredLayout:
    """Read ``layout.json``.

    Parameters
    ----------
    data
        Its bytes. Layouts of the first versions have no checksum and are read without.
    job
        Id of the job that it belongs to.

    Raises
    ------
    PayloadError
        If the bytes were changed, belong to another job, or have an unknown version.
    """
    with _damage("layout", "JSON with a layout"):
        value = parse_json(data)
        layout = Layout.from_dict(value["layout"])
        check_layout(value, job)
        calibration = tuple(page_from_dict(page) for page in value["calibration"])
        return StoredLayout(layout, calibration, dict(value["about"]))


def _circuits_to_bytes(circuits: Sequence[QuantumCircuit]) -> bytes:
    from qiskit import qpy

    file = io.BytesIO()
    qpy.dump(list(circuits), file)
    return file.getvalue()


def _circuits_from_bytes(data: bytes) -> list[QuantumCircuit]:
    from qiskit import qpy
    from qiskit.exceptions import QiskitError

    try:
        return list(qpy.load(io.BytesIO(data)))
    except (QiskitError, *DAMAGE) as error:
        raise PayloadError(
            "The stored circuits cannot be read.",
            expected="QPY from this version of Qiskit or an earlier one",
            got="bytes that are damaged, or from a later Qiskit",
            hint="pip install --upgrade qiskit, or restore the file from a copy",
        ) from error


def _angles_to_bytes(values: Sequence[NDArray[np.float64]]) -> bytes:
    file = io.BytesIO()
    arrays = {f"page{i:04d}": _narrow(array) for i, array in enumerate(values)}
    np.savez(file, **arrays)  # type: ignore[arg-type]  # none is allow_pickle
    return file.getvalue()


def _angles_from_bytes(data: bytes) -> tuple[NDArray[np.float64], ...]:
    with _damage("angles", "an .npz file", RecordingError):
        file = Archive(Path(ANGLES), io.BytesIO(data))
        return tuple(file.load(name).astype(np.float64) for name in sorted(file.headers))


def _narrow(array: NDArray[np.float64]) -> NDArray[np.floating]:
    # Angles come from torch in single precision; more bytes would not hold more information.
    single = array.astype(np.float32)
    return single if np.array_equal(single, array) else array


@contextmanager
def _damage(what: str, expected: str, *own: type[Exception]) -> Iterator[None]:
    """Replace the errors that malformed bytes lead to by one that says so."""
    kinds: tuple[type[Exception], ...] = (*DAMAGE, *own)
    try:
        yield
    except kinds as error:
        raise PayloadError(
            f"The stored {what} of the job cannot be read.",
            expected=expected,
            got="something else: the file is damaged",
            hint="restore the file from a copy",
        ) from error
