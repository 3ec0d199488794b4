"""The device: all qubits and couplers with their errors, and the cell circuits on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.backends.placement.chip_look import ChipLook
from neuroqgan.report.page.charts.device_chart import device_chart
from neuroqgan.report.page.section import Block, Chart, Charts, Section, Symbol, Table

if TYPE_CHECKING:
    from neuroqgan.backends.placement.chip import Chip
    from neuroqgan.report.page.view import Labelled, PageView

_MOST_ROWS = 200
_MOST_CELLS = 28


def _applies(view: PageView) -> bool:
    return any(run.view.device is not None for run in view.runs)


def _render(view: PageView) -> list[Block]:
    several = len(view.runs) > 1
    return [
        _map(run, run.view.device, several=several)
        for run in view.runs
        if run.view.device is not None
    ]


def _map(run: Labelled, chip: Chip, *, several: bool) -> Charts:
    labels = run.view.held_out.neuron_labels
    caption = (
        f"{_on_pages(chip)} Cell circuits are told apart by colour and number; the colour also "
        "marks the couplers that their gates use, and a qubit shows the neuron that it is read "
        "for. The darker a qubit, the more often a measured bit is wrong; the thicker a line, the "
        "larger the error of a two-qubit gate. A dotted line has no usable gate."
        f"{_crossed_out(chip)} {chip.source}"
    )
    chart = device_chart(chip, labels)
    key = f"device-{run.number}"
    drawn = Chart(key, chart, chip.backend, caption, _table(chip, labels), wide=True)
    look = ChipLook.of(chip, labels)
    legend = tuple(
        Symbol(f"cell {number}: {words}", color, "square")
        for number, (words, color) in enumerate(zip(look.words, look.colors, strict=True), 1)
    )
    return Charts((drawn,), legend[:_MOST_CELLS], run.label if several else "")


def _on_pages(chip: Chip) -> str:
    cells = f"{len(chip.shown)} cell circuit" + ("s" if len(chip.shown) > 1 else "")
    where = f"{cells} on {chip.n_used} of {len(chip.readout)} qubits"
    if chip.n_pages == 1:
        return f"{where} measure the raster in one circuit."
    return f"{where}: the fullest of the {chip.n_pages} circuits that measure the raster."


def _crossed_out(chip: Chip) -> str:
    faulty = " Crossed qubits are faulty." if chip.faulty else ""
    return faulty + (" Struck qubits were not to be used." if chip.avoided else "")


def _table(chip: Chip, labels: tuple[str, ...]) -> Table:
    by_qubit: dict[int, list[str]] = {}
    bits = [bit for cell in chip.cells for bit in cell.bits]
    for bit in bits:
        by_qubit.setdefault(bit.qubit, []).append(labels[bit.neuron])
    cell_of = {qubit: i for i, cell in enumerate(chip.shown, 1) for qubit in cell.qubits}
    rows = tuple(
        (
            f"{qubit}",
            f"{cell_of.get(qubit, '')}",
            ", ".join(dict.fromkeys(by_qubit[qubit])),
            f"{len(by_qubit[qubit])}",
            f"{100 * chip.readout[qubit]:.2f}",
        )
        for qubit in sorted(by_qubit)[:_MOST_ROWS]
    )
    return Table(
        ("qubit", "cell", "neurons", "bits", "readout error (%)"),
        rows,
        "Qubits that are read, the cell circuits that they belong to in the drawing, the neurons "
        "whose spikes they measure, and how many bits of a window.",
    )


DEVICE = Section("device", "Device", _applies, _render)
