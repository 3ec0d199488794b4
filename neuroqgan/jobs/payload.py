"""What a job sends or runs: pages, their angles, and where their bits belong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.backends.layout import Layout
    from neuroqgan.backends.page_layout import PageLayout
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.placement.tiles import Page
    from neuroqgan.circuits.program import Program

CALIBRATION_ROWS = 2000
"""Fewest shots of every circuit that calibrates the readout."""


@dataclass(frozen=True)
class JobPayload:
    """Pages with their angles, ready to be sent or run.

    Parameters
    ----------
    layout
        Which bit of the plan's pages belongs to which neuron and bin.
    calibration
        Layouts of the pages that calibrate the readout, which follow the plan's; may be empty.
    pages
        All pages.
    values
        Angles of every page in radians, shape ``(n_rows, n_parameters)``.
    n_qubits
        Number of qubits of the device; None for an ideal simulator.
    """

    layout: Layout
    calibration: tuple[PageLayout, ...]
    pages: tuple[Page, ...]
    values: tuple[NDArray[np.float64], ...]
    n_qubits: int | None

    @property
    def shots(self) -> int:
        """Shots of every row of angles, those of the calibration included."""
        return self.layout.shots

    def part(self, first: int, count: int) -> JobPayload:
        """Return the payload for some of the shots, with a calibration of its own.

        Parameters
        ----------
        first
            The first shot, counted from 0 over all rows; that of a row.
        count
            Number of shots, those of whole rows.
        """
        per_sample = [page.rows_per_sample for page in self.layout.pages]
        start, stop = first // self.shots, (first + count) // self.shots
        values = [
            array[start * n : stop * n] for array, n in zip(self.values, per_sample, strict=False)
        ]
        n_places = self.layout.samples_per_shot
        samples = self.layout.samples[first * n_places : (first + count) * n_places]
        return replace(
            self,
            layout=replace(self.layout, samples=samples),
            values=(*values, *self.values[len(per_sample) :]),
        )


def pack_payload(
    program: Program, plan: Plan, *, calibrate: bool, n_qubits: int | None
) -> JobPayload:
    """Put pages and angles together.

    Parameters
    ----------
    program
        The program to run.
    plan
        Its plan.
    calibrate
        Whether to add circuits that calibrate the readout.
    n_qubits
        Number of qubits of the device; None for an ideal simulator, whose readout makes no errors.
    """
    from neuroqgan.backends.readout import calibration_pages

    extra = calibration_pages(plan.pages, n_qubits) if calibrate and n_qubits else ()
    values = [plan.values(program, page) for page in plan.pages]
    n_rows = calibration_rows(program.shots)
    values += [np.zeros((n_rows, len(page.columns()))) for page in extra]
    calibration = tuple(page.layout for page in extra)
    layout = plan.layout_of(program)
    return JobPayload(layout, calibration, (*plan.pages, *extra), tuple(values), n_qubits)


def calibration_rows(shots: int) -> int:
    """Return the rows of every circuit that calibrates the readout.

    Parameters
    ----------
    shots
        Of every row of the job.

    Examples
    --------
    >>> calibration_rows(1), calibration_rows(300)
    (2000, 7)
    """
    return -(-CALIBRATION_ROWS // shots)
