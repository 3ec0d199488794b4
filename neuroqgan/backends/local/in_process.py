"""What backends that run circuits in this process have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.kinds import OfKind
from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.protocol import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

    from numpy.typing import NDArray
    from qiskit.transpiler import Target

    from neuroqgan.backends.names import BackendName
    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.placement.tiles import Page
    from neuroqgan.backends.protocol import Opening
    from neuroqgan.circuits.program import Program
    from neuroqgan.raster import SpikeRaster


class LocalBackend(OfKind, ABC):
    """A backend that runs pages here and now.

    A subclass sets `name` and `kind`, and `target` and `limits` if it has any.
    """

    name: str
    kind: str
    target: Target | None = None
    limits: Limits = Limits()
    default_rep_delay: float | None = None

    @classmethod
    def open(cls, _name: BackendName, _opening: Opening) -> Self:
        """Return the backend of a name, as `neuroqgan.backends.kinds.KINDS` calls it."""
        return cls()

    def check_options(self, options: JobOptions) -> None:
        """Accept all options: those for hardware have no effect here."""

    @abstractmethod
    def plan(self, program: Program, placement: Placement = Placement()) -> Plan:
        """Decide on which qubits a program runs; see `neuroqgan.backends.placement.plan`.

        Parameters
        ----------
        program
            As drawn by a generator.
        placement
            How cell circuits are placed.

        Raises
        ------
        PlanError
            If the program does not fit.
        """

    @abstractmethod
    def run_page(
        self,
        page: Page,
        values: NDArray[np.float64],
        *,
        seed: np.random.SeedSequence,
        shots: int = 1,
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
            Source of the shots; if the backend is repeatable, the same seed gives the same bits.
        shots
            Shots of every row.
        on_progress
            Called with the number of cell circuits run since the last call.

        Returns
        -------
        numpy.ndarray
            Booleans of shape ``(n_rows * shots, n_bits)``, with the shots of a row one after the
            other; column ``i`` is classical bit ``i``.

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
        shots: int = 1,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[NDArray[np.bool_]]:
        """Run pages one after the other, each with a seed of its own derived from ``seed``.

        Parameters
        ----------
        pages, values, shots, on_progress
            See `run_page`; one array of values per page.
        seed
            Seed of the shots; if the backend is repeatable, the same pages, values and seed give
            the same bits.

        Returns
        -------
        list of numpy.ndarray
            Booleans of shape ``(n_rows * shots, n_bits)`` for every page.
        """
        streams = np.random.SeedSequence(seed).spawn(len(pages))
        return [
            self.run_page(page, rows, seed=stream, shots=shots, on_progress=on_progress)
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
        """Plan and run a program immediately, without a job.

        Parameters
        ----------
        program
            As drawn by a generator.
        seed
            Seed of the shots; if the backend is repeatable, the same program and seed give the
            same raster.
        placement
            How cell circuits are placed.
        on_progress
            Called with the number of cell circuits run since the last call.

        Raises
        ------
        PlanError
            If the program does not fit.
        BackendError
            If the backend fails.
        """
        plan = self.plan(program, placement)
        values = [plan.values(program, page) for page in plan.pages]
        bits = self.run_pages(
            plan.pages, values, seed=seed, shots=program.shots, on_progress=on_progress
        )
        return plan.layout_of(program).decode(bits, n_rows=program.n_shots)
