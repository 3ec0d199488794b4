"""What backends that run circuits in this process have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.options import Placement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.placement.tiles import Page
    from neuroqgan.circuits.program import Program
    from neuroqgan.raster import SpikeRaster


class LocalBackend(ABC):
    """A backend that runs pages here and now, one shot a row of angles."""

    @abstractmethod
    def plan(self, program: Program, placement: Placement = Placement()) -> Plan:
        """Plan a program; see `neuroqgan.backends.placement.plan`.

        Parameters
        ----------
        program
            As drawn by a generator.
        placement
            How cells are placed.

        Raises
        ------
        PlanError
            If it does not fit.
        """

    @abstractmethod
    def run_page(
        self,
        page: Page,
        values: NDArray[np.float64],
        *,
        seed: np.random.SeedSequence,
        on_progress: Callable[[int], None] | None = None,
    ) -> NDArray[np.bool_]:
        """Run one page.

        Parameters
        ----------
        page
            Of a plan that this backend made.
        values
            Radians as `Plan.values` returns them, ``(n_rows, n_parameters)``.
        seed
            Source of the shots; where shots are simulated, the same seed gives the same bits.
        on_progress
            Called with the number of cells run since the last call.

        Returns
        -------
        numpy.ndarray
            Booleans of shape ``(n_rows, n_bits)``; column ``i`` is classical bit ``i``.

        Raises
        ------
        BackendError
            If the backend fails.
        """

    def run_pages(
        self,
        pages: Sequence[Page],
        values: Sequence[NDArray[np.float64]],
        *,
        seed: int,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[NDArray[np.bool_]]:
        """Run pages one after the other, each with a seed of its own derived from ``seed``.

        Parameters
        ----------
        pages, values, on_progress
            See `run_page`.
        seed
            Seed of the shots; where they are simulated, the same pages, values and seed give the
            same bits.
        """
        streams = np.random.SeedSequence(seed).spawn(len(pages))
        return [
            self.run_page(page, rows, seed=stream, on_progress=on_progress)
            for page, rows, stream in zip(pages, values, streams, strict=True)
        ]

    def run(
        self,
        program: Program,
        *,
        seed: int,
        placement: Placement = Placement(),
        on_progress: Callable[[int], None] | None = None,
    ) -> SpikeRaster:
        """Plan and run a program at once, without a job.

        Parameters
        ----------
        program
            As drawn by a generator.
        seed
            Seed of the shots; where they are simulated, the same program and seed give the same
            raster.
        placement
            How cells are placed.
        on_progress
            Called with the number of cells run since the last call.

        Raises
        ------
        PlanError
            If the program does not fit.
        BackendError
            If the backend fails.
        """
        plan = self.plan(program, placement)
        values = [plan.values(program, page) for page in plan.pages]
        bits = self.run_pages(plan.pages, values, seed=seed, on_progress=on_progress)
        return plan.layout.decode(bits, n_rows=program.shape[0])
