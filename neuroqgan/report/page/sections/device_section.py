"""The device: all qubits, those that were chosen, and their errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.report.page.charts.device_chart import device_chart
from neuroqgan.report.page.section import Block, Chart, Charts, Section, Symbol, Table

if TYPE_CHECKING:
    from neuroqgan.report.page.view import DeviceMap, Labelled, PageView

_MOST_ROWS = 200


def _applies(view: PageView) -> bool:
    return any(run.view.device is not None for run in view.runs)


def _render(view: PageView) -> list[Block]:
    several = len(view.runs) > 1
    return [
        _map(run, run.view.device, several=several)
        for run in view.runs
        if run.view.device is not None
    ]


def _map(run: Labelled, device: DeviceMap, *, several: bool) -> Charts:
    labels = run.view.held_out.neuron_labels
    used = {place.qubit for place in device.placed}
    circuits = f"{device.n_pages} circuit" + ("s" if device.n_pages > 1 else "")
    caption = (
        f"{len(used)} of {len(device.readout)} qubits measure the raster, in {circuits}. "
        "Circles are qubits: the stronger their colour, the more often a measured bit is wrong. "
        "Chosen qubits have a red rim. Lines are pairs of neighbours with a two-qubit gate: "
        f"the thicker, the larger its error; a dotted pair has no usable gate. {device.source}"
    )
    chart = device_chart(device, labels)
    key = f"device-{run.number}"
    drawn = Chart(key, chart, device.backend, caption, _table(device, labels), wide=True)
    legend = (
        Symbol("chosen qubit", "#c8404f", "ring"),
        Symbol("other qubit", "#9aa5b1", "circle"),
    )
    return Charts((drawn,), legend, run.label if several else "")


def _table(device: DeviceMap, labels: tuple[str, ...]) -> Table:
    by_qubit: dict[int, list[str]] = {}
    for place in sorted(device.placed, key=lambda place: (place.page, place.first_bin)):
        by_qubit.setdefault(place.qubit, []).append(labels[place.neuron])
    rows = tuple(
        (
            f"{qubit}",
            ", ".join(dict.fromkeys(by_qubit[qubit])),
            f"{len(by_qubit[qubit])}",
            f"{100 * device.readout[qubit]:.2f}",
        )
        for qubit in sorted(by_qubit)[:_MOST_ROWS]
    )
    return Table(
        ("qubit", "neurons", "bits", "readout error (%)"),
        rows,
        "Chosen qubits, the neurons whose spikes they measure, and how many bits of a window.",
    )


DEVICE = Section("device", "Device", _applies, _render)
