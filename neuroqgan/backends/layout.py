"""Layouts: where every measured bit of a plan belongs, and nothing else.

A layout is what a job keeps of its plan in order to turn its bits into a raster: plain numbers that
can be read without Qiskit, years later.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.page_layout import PageLayout, page_from_dict, page_to_dict
from neuroqgan.errors import PayloadError, RasterError
from neuroqgan.raster import SpikeRaster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Bits = NDArray[np.bool_]

FORMAT = 3
"""Version of what `Layout.to_dict` writes.

In version 1, a row has one bin and one sample; up to version 2 it has one shot, and nothing is
checked.
"""


@dataclass(frozen=True)
class Layout:
    """Where all bits of a plan belong.

    Parameters
    ----------
    pages
        In the order in which their bits are stored.
    n_bins, n_neurons
        Of a sample, or of all samples of a shot together, with their bins one after the other.
    bin_width
        Width of a bin in seconds.
    samples_per_shot
        Samples that lie side by side in a shot.
    shots
        Shots of every row of angles.
    samples
        Sample of the raster that is measured by every place of every shot, -1 if the outcome is
        dropped; empty if samples follow one another.
    """

    pages: tuple[PageLayout, ...]
    n_bins: int
    n_neurons: int
    bin_width: float
    samples_per_shot: int = 1
    shots: int = 1
    samples: tuple[int, ...] = ()

    def decode(self, bits: Sequence[Bits], *, n_rows: int | None = None) -> SpikeRaster:
        """Put measured bits where they belong in the raster.

        Parameters
        ----------
        bits
            For every page booleans of shape ``(n_rows * rows_per_sample, n_columns)``, column
            ``i`` for classical bit ``i``; the shots of a row of angles follow one another.
        n_rows
            Shots of all rows of angles together, each with one sample or with several side by
            side; None to take it from the number of bits.

        Returns
        -------
        SpikeRaster
            What was measured, shot by shot: if samples lie side by side, those of a shot follow
            one another. `samples` says which sample of the raster each is; if it is empty, the
            last shots may hold more samples than were asked for.

        Raises
        ------
        RasterError
            If a page is missing, or has another shape than planned.
        """
        n_samples, grids = self.by_shot(bits, n_rows)
        spikes = np.zeros((n_samples, self.n_bins, self.n_neurons), dtype=bool)
        for page, grid in zip(self.pages, grids, strict=True):
            first = 0
            for tile in page.tiles:
                bits_here = grid[:, :, first : first + len(tile.neurons)]
                starts = np.array(tile.bins)
                for (offset, column), same in tile.bits_by_address().items():
                    spikes[:, starts + offset, column] = bits_here[:, :, same].all(-1)
                first += len(tile.neurons)
        return SpikeRaster(spikes.reshape(-1, *self._sample), self.bin_width)

    def by_shot(self, bits: Sequence[Bits], n_rows: int | None = None) -> tuple[int, list[Bits]]:
        """Return the number of shots, and the bits of every page by shot, row of a sample and bit.

        Parameters
        ----------
        bits, n_rows
            See `decode`.

        Raises
        ------
        RasterError
            If a page is missing, or has another shape than planned.
        """
        wanted = [(page.rows_per_sample, page.n_columns) for page in self.pages]
        n_samples = len(bits[0]) // wanted[0][0] if len(bits) == len(wanted) else 0
        n_samples = n_samples if n_rows is None else n_rows
        expected = [(n_samples * rows, n_bits) for rows, n_bits in wanted]
        if n_samples == 0 or n_samples % self.shots or [array.shape for array in bits] != expected:
            raise RasterError(
                "The measured bits do not fit the plan.",
                expected=f"pages of shape {expected or wanted}",
                got=f"{[array.shape for array in bits]}",
            )
        grids = []
        for (rows, n_columns), array in zip(wanted, bits, strict=True):
            by_row = array.reshape(-1, rows, self.shots, n_columns)
            grids.append(by_row.swapaxes(1, 2).reshape(n_samples, rows, n_columns))
        return n_samples, grids

    def _check(self) -> None:
        """Raise `ValueError` if a bit belongs outside the raster, or to another sample as well."""
        measured = [sample for sample in self.samples if sample >= 0]
        if self.shots < 1 or len(set(measured)) < len(measured):
            raise ValueError(f"{self.shots} shots, or a sample that is measured twice")
        if not self.pages or not all(page.tiles for page in self.pages):
            raise ValueError("no pages, or one without tiles")
        # Every neuron is measured in every bin, so a raster is no larger than its bits.
        tiles = [tile for page in self.pages for tile in page.tiles]
        if self.n_bins * self.n_neurons > sum(len(tile.neurons) * len(tile.bins) for tile in tiles):
            raise ValueError(f"{self.n_bins} bins and {self.n_neurons} neurons of fewer bits")
        for tile in (tile for page in self.pages for tile in page.tiles):
            last = max(tile.bins) + max(tile.offsets, default=0)
            first = min(*tile.neurons, *tile.bins, *tile.offsets)
            if first < 0 or last >= self.n_bins or max(tile.neurons) >= self.n_neurons:
                raise ValueError(f"a tile outside {self.n_bins} bins and {self.n_neurons} neurons")
            if not tile.fits:
                raise ValueError("a tile with other numbers of qubits, offsets or edges than bits")
        if any(len({len(tile.bins) for tile in page.tiles}) != 1 for page in self.pages):
            raise ValueError("tiles of one page with different numbers of bins")

    @property
    def _sample(self) -> tuple[int, int]:
        return self.n_bins // self.samples_per_shot, self.n_neurons

    def measured_qubits(self) -> NDArray[np.int64]:
        """Return the first physical qubit behind every bin and neuron.

        Returns
        -------
        numpy.ndarray
            Of shape ``(n_bins, n_neurons)``; samples that lie side by side have bins of their own
            here. -1 on an ideal simulator.
        """
        qubits = np.full((self.n_bins, self.n_neurons), -1)
        for page in self.pages:
            for tile in page.tiles:
                if tile.qubits:
                    for (offset, column), same in tile.bits_by_address().items():
                        qubits[tile.bins[0] + offset, column] = tile.qubits[same[0]]
        return qubits

    def to_dict(self) -> dict[str, Any]:
        """Return the layout, ready for JSON; in version 2, which 0.1 reads, if that says it all."""
        is_checked = any(page.checks is not None for page in self.pages)
        return {
            "format": FORMAT if self.shots > 1 or self.samples or is_checked else 2,
            "bit_order": "column i of a page is classical bit i; tiles follow one another",
            "n_bins": self.n_bins,
            "n_neurons": self.n_neurons,
            "bin_width": self.bin_width,
            # The name that all versions read; older ones would take another for one sample.
            "across": self.samples_per_shot,
            "shots": self.shots,
            "samples": [*self.samples],
            "pages": [page_to_dict(page) for page in self.pages],
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Layout:
        """Read what `to_dict` wrote, in this version or an earlier one.

        Raises
        ------
        PayloadError
            If it is damaged or of an unknown version.
        """
        if values.get("format") not in range(1, FORMAT + 1):
            raise PayloadError(
                "The layout of the job cannot be read by this version.",
                expected=f"format 1 to {FORMAT}",
                got=str(values.get("format")),
                hint="a newer neuroqgan may read it: pip install --upgrade neuroqgan",
            )
        try:
            n_bins, samples_per_shot = int(values["n_bins"]), int(values.get("across", 1))
            if samples_per_shot < 1 or n_bins % samples_per_shot:
                raise ValueError(f"{samples_per_shot} samples across {n_bins} bins")
            layout = cls(
                tuple(page_from_dict(page) for page in values["pages"]),
                n_bins,
                int(values["n_neurons"]),
                float(values["bin_width"]),
                samples_per_shot,
                operator.index(values.get("shots", 1)),
                tuple(map(operator.index, values.get("samples", ()))),
            )
            layout._check()
            return layout
        except (KeyError, TypeError, ValueError) as error:
            raise PayloadError(
                "The layout of the job is damaged.",
                expected="pages, n_bins, n_neurons, bin_width",
                got="something else, or numbers that contradict each other",
                hint="restore layout.json of the job from a copy",
            ) from error


def slots_of_samples(layouts: Sequence[Layout], n_samples: int) -> NDArray[np.int64]:
    """Return which slot measured each sample: a place of a shot, counted over all jobs in order.

    Parameters
    ----------
    layouts
        Of all jobs of a request.
    n_samples
        Of the raster.

    Returns
    -------
    numpy.ndarray
        Integers of shape ``(n_samples,)``.

    Raises
    ------
    PayloadError
        If a sample was not measured.
    """
    slots = np.arange(n_samples)
    if any(layout.samples for layout in layouts):
        sample_of_slot = np.concatenate([layout.samples for layout in layouts]).astype(np.int64)
        measured = np.flatnonzero(sample_of_slot >= 0)
        order = np.argsort(sample_of_slot[measured])
        slots = measured[order]
        if not np.array_equal(sample_of_slot[slots], np.arange(n_samples)):
            raise PayloadError(
                "The layouts of the jobs do not belong together.",
                expected=f"shots of {n_samples} samples",
                got=f"shots of {len(slots)}, or of others",
                hint="restore layout.json of the jobs from a copy",
            )
    return slots
