"""What was measured, and whether it is what was planned.

Only the position of a bit says where it belongs in the raster, so one row too few or one register
too many would shift every later spike. So every result is compared with the layout first, and kept
either way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.backends.page_layout import CHECK_REGISTER, REGISTER

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
        Booleans of shape ``(n_rows * n_shots, n_bits)``, with the shots of a row one after the
        other; column ``i`` is classical bit ``i``, one register after the other.
    n_rows
        Rows of angles.
    n_shots
        Shots per row.
    registers
        Number of bits of every classical register by its name, in order.

    Examples
    --------
    >>> import numpy as np
    >>> Measured.of(np.zeros((100, 4), dtype=bool)).registers
    {'spikes': 4}
    """

    bits: Bits
    n_rows: int
    n_shots: int
    registers: dict[str, int]

    @classmethod
    def of(cls, bits: Bits, n_shots: int = 1, *, checked: bool = False) -> Measured:
        """Return the bits of a page that ran as planned.

        Parameters
        ----------
        bits
            Its bits.
        n_shots
            Shots per row.
        checked
            Whether every bit was checked by a second measurement.
        """
        n_outcomes, n_bits = bits.shape
        registers = registers_of(n_bits // 2 if checked else n_bits, checked=checked)
        return cls(bits, n_outcomes // n_shots, n_shots, registers)


def registers_of(n_bits: int, *, checked: bool = False) -> dict[str, int]:
    """Return the registers of a page of so many bits, checked by a second measurement or not.

    Examples
    --------
    >>> registers_of(4, checked=True)
    {'spikes': 4, 'spikes_ps': 4}
    """
    return {REGISTER: n_bits} | ({CHECK_REGISTER: n_bits} if checked else {})


@dataclass(frozen=True)
class Expected:
    """What a circuit was planned to return.

    Parameters
    ----------
    name
        For messages.
    n_rows
        Rows of angles; None if an earlier version did not store it.
    n_bits
        Of the page's register.
    n_shots
        Shots per row.
    checked
        Whether a second register checks every bit.
    """

    name: str
    n_rows: int | None
    n_bits: int
    n_shots: int = 1
    checked: bool = False


def misfit(planned: Sequence[Expected], found: Sequence[Measured]) -> str:
    """Return in words how a result differs from what was planned; empty if it does not.

    Parameters
    ----------
    planned
        One entry for every circuit that was run.
    found
        What came.

    Examples
    --------
    >>> import numpy as np
    >>> misfit([Expected("page 1", 3, 2)], [Measured.of(np.zeros((2, 2), dtype=bool))])
    'page 1: 2 rows instead of 3'
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
    if measured.n_shots != expected.n_shots:
        shots = _number(measured.n_shots, "shot")
        found.append(f"{shots} per row instead of {expected.n_shots}")
    planned = registers_of(expected.n_bits, checked=expected.checked)
    if measured.registers != planned:
        registers = ", ".join(
            f"{name} of {_number(n_bits, 'bit')}" for name, n_bits in measured.registers.items()
        )
        found.append(
            f"{'registers' if len(measured.registers) > 1 else 'register'} {registers or 'none'} "
            f"instead of {', '.join(f'{name} of {n_bits}' for name, n_bits in planned.items())}"
        )
    if measured.bits.shape != (
        measured.n_rows * measured.n_shots,
        sum(measured.registers.values()),
    ):
        found.append(f"bits of shape {measured.bits.shape}")
    return ", ".join(found)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
