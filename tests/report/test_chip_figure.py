"""Pictures of a device: what is drawn, and that it can be told apart."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from neuroqgan.backends.names import snapshot_target
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.chip import Chip, ChipBit, ChipCell
from neuroqgan.backends.placement.chip_look import CELL_COLORS, UNREAD, ChipLook
from neuroqgan.backends.placement.chip_picture import chip_picture
from neuroqgan.backends.placement.plan import device_plan
from neuroqgan.report.chip_figure import plot_chip
from tests.backends.test_devices import pattern_program


def _planned(placement: Placement) -> Chip:
    program = pattern_program(np.zeros((2, 4, 3), bool), (3,), n_layers=2)
    target = snapshot_target("fake_montreal")
    return Chip.of(device_plan(program, target, "fake_montreal", placement), target, placement)


@pytest.fixture(scope="module")
def chip() -> Chip:
    return _planned(Placement(avoid_qubits="0-3"))


def test_the_chip_of_a_plan(chip: Chip) -> None:
    assert (chip.n_qubits, chip.n_pages, len(chip.cells), chip.n_used) == (27, 1, 4, 12)
    assert chip.avoided == {0, 1, 2, 3}
    for cell in chip.cells:
        # A line of three has two couplers, along its path.
        path = [bit.qubit for bit in cell.bits]
        assert set(cell.couplers) == {tuple(sorted(pair)) for pair in pairwise(path)}
    assert sorted(cell.bits[0].bin for cell in chip.cells) == [0, 1, 2, 3]


def test_neighbouring_cells_have_different_colours(chip: Chip) -> None:
    look = ChipLook.of(chip)
    color_of = {q: look.colors[i] for i, cell in enumerate(chip.shown) for q in cell.qubits}
    cell_of = {q: i for i, cell in enumerate(chip.shown) for q in cell.qubits}
    beside = [p for p in chip.coupled if {*p} <= cell_of.keys() and cell_of[p[0]] != cell_of[p[1]]]
    assert beside
    assert all(color_of[a] != color_of[b] for a, b in beside)
    assert set(look.colors) <= set(CELL_COLORS)
    assert look.words == ("bin 1", "bin 2", "bin 3", "bin 4")
    assert set(look.labels.values()) == {"0", "1", "2"}


def test_spare_and_unread_qubits_and_bins_are_told() -> None:
    spare = ChipCell(0, (ChipBit(0, 5, 0), ChipBit(1, 5, 0, repeats=True)), ((0, 1), (1, 2)))
    lattice = ChipCell(0, (ChipBit(3, 0, 2), ChipBit(4, 0, 3)), ((3, 4),))
    chip = Chip("made-up", (0.1,) * 5, {}, ((0, 1), (1, 2), (3, 4)), (spare, lattice), n_bins=2)
    look = ChipLook.of(chip, ["a", "b", "c", "d", "e", "f"])
    assert look.labels == {0: "f", 1: "f\N{PRIME}", 2: UNREAD, 3: "a\nt1", 4: "a\nt2"}
    assert look.words == ("neuron f, bin 1, sample 1", "neuron a, bins 1 and 2, sample 2")


def test_everything_is_in_the_picture(chip: Chip) -> None:
    figure = plot_chip(chip, ["left $", "right", "up"])
    axes, beside = figure.axes
    assert axes.get_title("left") == "fake_montreal: 4 cell circuits on 12 of 27 qubits"
    texts = [text.get_text() for text in axes.texts]
    assert set(map(str, range(27))) <= set(texts)
    assert texts.count("right") == 4
    words = [text.get_text() for legend in beside.findobj() for text in _texts(legend)]
    assert {"4: bin 4", "not to be used", "number of a qubit"} <= set(words)
    assert "faulty qubit" not in words
    figure.canvas.draw()  # type: ignore[attr-defined]  # labels are no formulas
    svg = chip_picture(chip)
    assert svg.count("<circle") == 27
    assert all(color in svg for color in ChipLook.of(chip).colors)


def _texts(artist: object) -> list[object]:
    from matplotlib.legend import Legend

    return list(artist.get_texts()) if isinstance(artist, Legend) else []
