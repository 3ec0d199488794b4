"""What all pictures of a chip have in common: colours of cells, labels, words of the legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.placement.qubit_positions import qubit_positions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neuroqgan.backends.placement.chip import Chip, ChipCell

# Okabe and Ito's colours, which people with any colour vision can tell apart.
CELL_COLORS = ("#E69F00", "#56B4E9", "#009E73", "#D55E00", "#CC79A7", "#0072B2", "#F0E442")
UNREAD = "m"
"""Stands on qubits of a cell that are not read, such as memory qubits."""

_THIN, _THICK = 1.0, 5.0
_USUAL = 0.98  # quantile of errors that is drawn as the strongest


@dataclass(frozen=True, eq=False)
class ChipLook:
    """How a chip is drawn, whatever draws it.

    Parameters
    ----------
    positions
        Of the qubits, to the right and downwards, shape ``(n_qubits, 2)``.
    colors
        Of the cells that are shown.
    labels
        On each used qubit: the neuron that it is read for.
    words
        What each cell is for.
    """

    positions: NDArray[np.float64]
    colors: tuple[str, ...]
    labels: dict[int, str]
    words: tuple[str, ...]

    @classmethod
    def of(cls, chip: Chip, neurons: Sequence[str] | None = None) -> ChipLook:
        """Return how a chip is drawn.

        Parameters
        ----------
        chip
            The chip.
        neurons
            Labels of the neurons; None for their indices.
        """
        shown = chip.shown
        labels: dict[int, str] = {}
        for cell in shown:
            labels |= _labels(cell, chip.n_bins, neurons)
        return cls(
            qubit_positions(chip.n_qubits, (*chip.coupled, *chip.pairs)),
            _colors(chip, shown),
            labels,
            _words(chip, shown, neurons),
        )


def shades(errors: Sequence[float] | NDArray[np.float64], usable: Sequence[bool]) -> list[float]:
    """Return how dark errors are drawn, from 0 to 1.

    Parameters
    ----------
    errors
        Probabilities.
    usable
        Of which errors the scale is made; all others are as dark as can be.

    Examples
    --------
    >>> shades([0.0, 0.01, 0.02, 1.0], [True, True, True, False])
    [0.0, 0.5, 1.0, 1.0]
    """
    top = top_of(errors, usable)
    return [float(min(error / top, 1.0)) for error in errors]


def top_of(errors: Sequence[float] | NDArray[np.float64], usable: Sequence[bool]) -> float:
    """Return the error from which on all are drawn alike: nearly the largest of the usable ones."""
    values = np.asarray(errors, float)[np.asarray(usable, bool)]
    return float(np.quantile(values, _USUAL, method="higher")) if values.any() else 1.0


def width_of(error: float, top: float) -> float:
    """Return the width of a coupler in points: the larger its error, the thicker."""
    return _THIN + (_THICK - _THIN) * min(error / top, 1.0)


def _colors(chip: Chip, shown: tuple[ChipCell, ...]) -> tuple[str, ...]:
    """Give every cell a colour that no neighbour has, as far as there are enough."""
    cell_of = {qubit: i for i, cell in enumerate(shown) for qubit in cell.qubits}
    touching: list[set[int]] = [set() for _ in shown]
    beside: dict[int, set[int]] = {}
    for a, b in chip.coupled:
        for one, other in ((a, b), (b, a)):
            if other in cell_of:
                beside.setdefault(one, set()).add(cell_of[other])
    # Cells with a single qubit between them are neighbours as well.
    for qubit, cells in beside.items():
        near = cells | ({cell_of[qubit]} if qubit in cell_of else set())
        for cell in near:
            touching[cell] |= near - {cell}
    chosen: list[int] = []
    for i in range(len(shown)):
        taken = [chosen[other] for other in touching[i] if other < i]
        rarest = [(taken.count(c), chosen.count(c), c) for c in range(len(CELL_COLORS))]
        chosen.append(min(rarest)[-1])
    return tuple(CELL_COLORS[color] for color in chosen)


def _labels(cell: ChipCell, n_bins: int, neurons: Sequence[str] | None) -> dict[int, str]:
    by_qubit: dict[int, list[str]] = {}
    bins: dict[int, set[int]] = {}
    for bit in cell.bits:
        name = _name(bit.neuron, neurons) + ("\N{PRIME}" if bit.repeats else "")
        by_qubit.setdefault(bit.qubit, []).append(name)
        bins.setdefault(bit.qubit, set()).add(bit.bin % n_bins)
    # On a lattice every qubit stands for one bin of a neuron.
    one_each = all(len(of_qubit) == 1 for of_qubit in bins.values())
    several = one_each and len(set.union(*bins.values(), set())) > 1
    labels = dict.fromkeys(cell.qubits, UNREAD)
    for qubit, names in by_qubit.items():
        when = f"\nt{min(bins[qubit]) + 1}" if several else ""
        labels[qubit] = ",".join(dict.fromkeys(names)) + when
    return labels


def _words(
    chip: Chip, shown: tuple[ChipCell, ...], neurons: Sequence[str] | None
) -> tuple[str, ...]:
    """Say what each cell is for: what all have in common only if nothing else is left."""
    facts = []
    for cell in shown:
        columns = sorted({bit.neuron for bit in cell.bits})
        bins = sorted({bit.bin % chip.n_bins for bit in cell.bits})
        samples = sorted({bit.bin // chip.n_bins for bit in cell.bits})
        names = [_name(column, neurons) for column in columns]
        facts.append(
            (
                _range("neuron", names),
                _range("bin", [str(i + 1) for i in bins]),
                _range("sample", [str(i + 1) for i in samples]),
            )
        )
    differs = [len({fact[i] for fact in facts}) > 1 for i in range(3)]
    differs = differs if any(differs) else [True, chip.n_bins > 1, False]
    return tuple(
        ", ".join(text for text, keep in zip(fact, differs, strict=True) if keep) for fact in facts
    )


def _range(noun: str, names: list[str]) -> str:
    if len(names) == 1:
        return f"{noun} {names[0]}"
    joint = " and " if len(names) == 2 else " to "
    return f"{noun}s {names[0]}{joint}{names[-1]}" if names else f"no {noun}"


def _name(neuron: int, neurons: Sequence[str] | None) -> str:
    return str(neuron) if neurons is None else neurons[neuron]
