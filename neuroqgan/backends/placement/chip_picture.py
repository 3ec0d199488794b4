"""A small picture of a chip for notebooks, as SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.backends.placement.chip_look import ChipLook
from neuroqgan.notebooks.pictures import QUIET, svg

if TYPE_CHECKING:
    from neuroqgan.backends.placement.chip import Chip

_STEP, _MARGIN = 22.0, 12.0


def chip_picture(chip: Chip) -> str:
    """Return the chip as SVG: every cell circuit in a colour of its own, all else in grey.

    Faulty qubits and those that are avoided are crossed out.

    Parameters
    ----------
    chip
        The chip.

    Examples
    --------
    >>> from neuroqgan.backends.placement.chip import Chip
    >>> chip_picture(Chip("line", (0.1, 0.1), {}, ((0, 1),))).count("<circle")
    2
    """
    look = ChipLook.of(chip)
    low = look.positions.min(0) if chip.n_qubits else 0.0
    at = (_MARGIN + _STEP * (look.positions - low)).tolist()
    cell_of = {qubit: i for i, cell in enumerate(chip.shown) for qubit in cell.qubits}
    joined = {pair: look.colors[i] for i, cell in enumerate(chip.shown) for pair in cell.couplers}
    body = ""
    for pair in chip.coupled:
        color, width = (joined[pair], 5) if pair in joined else (QUIET, 1)
        (x, y), (x2, y2) = at[pair[0]], at[pair[1]]
        body += f"<path d='M{x:g} {y:g}L{x2:g} {y2:g}' stroke='{color}' stroke-width='{width}'/>"
    for qubit, (x, y) in enumerate(at):
        fill = look.colors[cell_of[qubit]] if qubit in cell_of else "none"
        circle = f"<circle cx='{x:g}' cy='{y:g}' r='6' stroke='{QUIET}' fill='{fill}'"
        words = f"qubit {qubit}, readout error {chip.readout[qubit]:.2%}"
        if qubit in cell_of:
            words += f", cell circuit {cell_of[qubit] + 1}"
            words += f": {look.labels[qubit]}".replace("\n", " ") if qubit in look.labels else ""
            body += f"{circle}><title>{words}</title></circle>"
        else:
            body += f"{circle}/>"
        if qubit in chip.faulty or qubit in chip.avoided:
            body += f"<path d='M{x - 5:g} {y - 5:g}l10 10' stroke='{QUIET}' stroke-width='2'/>"
        if qubit in chip.faulty:
            body += f"<path d='M{x + 5:g} {y - 5:g}l-10 10' stroke='{QUIET}' stroke-width='2'/>"
    wide, high = (max((line[i] for line in at), default=0.0) + _MARGIN for i in (0, 1))
    return svg(round(wide), round(high), body, "qubits of the device")
