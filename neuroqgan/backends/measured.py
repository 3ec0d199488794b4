"""What was measured, as it came, and whether it is what was planned.

A raster is made of bits by their place alone, so a row too few or a register too many would move
every spike after it. Whatever came is compared with the layout first, and kept either way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.backends.layout import REGISTER

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Bits = NDArray[np.bool_]


@dataclass(frozen=True)
class Measured:
    """The bits of one circuit.

    Parameters
    ----------
    bits
        Booleans of shape ``(n_rows * n_shots, n_bits)``, the shots of a row one after the other;
        column ``i`` is classical bit ``i``, one register after the other.
    n_rows
        Rows of angles.
    n_shots
        Shots of every row.
    registers
        Bits of every classical register by its name, in order.
    """

    bits: Bits
    n_rows: int
    n_shots: int
    registers: dict[str, int]

    @classmethod
    def of(cls, bits: Bits) -> Measured:
        """Return bits of a page that was run as planned: one shot a row, in the page's register."""
        n_rows, n_bits = bits.shape
        return cls(bits, n_rows, 1, {REGISTER: n_bits})


@dataclass(frozen=True)
class Expected:
    """What a circuit was planned to return, one shot a row.

    Parameters
    ----------
    name
        For messages.
    n_rows
        Rows of angles; None where an earlier version did not write it down.
    n_bits
        Of the page's register.
    """

    name: str
    n_rows: int | None
    n_bits: int


def misfit(planned: Sequence[Expected], found: Sequence[Measured]) -> str:
    """Return in words how a result differs from what was planned; empty where it does not.

    Parameters
    ----------
    planned
        Of every circuit that was run.
    found
        What came.
    """
    if len(planned) != len(found):
        return f"{_number(len(found), 'circuit')} instead of {len(planned)}"
    differences = [
        f"{expected.name}: {difference}"
        for expected, measured in zip(planned, found, strict=True)
        if (difference := _difference(expected, measured))
    ]
    if len(differences) <= 2:
        return "; ".join(differences)
    return f"{'; '.join(differences[:2])}; and {len(differences) - 2} more"


def _difference(expected: Expected, measured: Measured) -> str:
    found = []
    if expected.n_rows not in {None, measured.n_rows}:
        found.append(f"{_number(measured.n_rows, 'row')} instead of {expected.n_rows}")
    if measured.n_shots != 1:
        found.append(f"{_number(measured.n_shots, 'shot')} a row instead of 1")
    if measured.registers != {REGISTER: expected.n_bits}:
        registers = ", ".join(
            f"{name} of {_number(n_bits, 'bit')}" for name, n_bits in measured.registers.items()
        )
        found.append(
            f"{'registers' if len(measured.registers) > 1 else 'register'} {registers or 'none'} "
            f"instead of {REGISTER} of {expected.n_bits}"
        )
    if measured.bits.shape != (
        measured.n_rows * measured.n_shots,
        sum(measured.registers.values()),
    ):
        found.append(f"bits of shape {measured.bits.shape}")
    return ", ".join(found)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
