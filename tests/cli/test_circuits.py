"""Circuits of several bins, shown and exported."""

from __future__ import annotations

from pathlib import Path

import pytest
from qiskit import qpy

from neuroqgan.circuits.ansatz import CellAnsatz
from neuroqgan.circuits.lattice import LatticeAnsatz
from tests.cli.conftest import Command

SHOW = ("circuits", "show", "--preset", "history", "--past", "bin", "--bins", 6)
LATTICE = LatticeAnsatz(CellAnsatz(3, 2), 4)


def test_a_cell_is_shown_unless_bins_are_asked_for(command: Command) -> None:
    one = command(*SHOW, "--neurons", "0:3", "--json").json["cells"]
    assert [(cell["bins"], cell["qubits"], cell["angles"]) for cell in one] == [(1, None, 6)]
    assert command(*SHOW, "--neurons", "0:3", "--bins-per-job", 1, "--json").json["cells"] == one


def test_the_lattice_is_drawn_and_counted(command: Command) -> None:
    lattice = (*SHOW, "--neurons", "0:3", "--bins-per-job", 4)
    (cell,) = command(*lattice, "--json").json["cells"]
    assert (cell["neurons"], cell["bins"], cell["qubits"]) == (3, 4, 12)
    assert cell["angles"] == LATTICE.n_angles
    # Two neighbours in every bin, and every neuron's own bin before from the second bin on.
    assert cell["two_qubit_gates"] == 4 * 2 + 3 * 3
    shown = command(*lattice)
    assert shown.code == 0, shown.err
    assert "Circuit of 3 neurons, 4 bins, 12 qubits, 1 group(s)" in shown.out
    assert "neuron_11:" in shown.out
    assert "neuron_12:" not in shown.out


def test_groups_have_lattices_of_their_own(command: Command) -> None:
    groups = ("--neurons", "0:5", "--group-size", 2, "--bins-per-job", 3, "--json")
    cells = command(*SHOW, *groups).json["cells"]
    found = [(cell["neurons"], cell["n_groups"], cell["bins"], cell["qubits"]) for cell in cells]
    assert sorted(found) == [(1, 1, 3, 3), (2, 2, 3, 6)]


@pytest.mark.filterwarnings("ignore:Properties of fake_nighthawk")
def test_a_square_device_takes_it_without_swaps(command: Command) -> None:
    lattice = (*SHOW, "--neurons", "0:3", "--bins-per-job", 4)
    (cell,) = command(*lattice, "--device", "fake_nighthawk", "--json").json["cells"]
    assert cell["device_two_qubit_gates"] == cell["two_qubit_gates"]
    small = command(*lattice, "--device", "fake_nairobi")
    assert small.code == 2
    assert "does not fit" in small.err
    assert "--bins-per-job 2" in small.err


@pytest.mark.parametrize(
    ("flags", "problem", "hint"),
    [
        (("--preset", "stationary"), "past of one bin", "--past bin"),
        (("--preset", "memory"), "past of one bin", "--past bin"),
        (("--preset", "history"), "past of one bin", "--past bin"),
        (("--preset", "history", "--past", "bin", "--bins", 3), "more bins", "--bins-per-job 3"),
    ],
)
def test_what_has_no_such_circuit_is_refused(
    command: Command, flags: tuple[object, ...], problem: str, hint: str
) -> None:
    outcome = command("circuits", "show", *flags, "--bins-per-job", 4)
    assert outcome.code == 2
    assert problem in outcome.err
    assert hint in outcome.err
    assert outcome.out == ""


def test_no_bins_are_refused(command: Command) -> None:
    outcome = command(*SHOW, "--bins-per-job", 0)
    assert outcome.code == 2
    assert "Impossible value" in outcome.err


@pytest.mark.usefixtures("own_home")
def test_so_many_bins_are_exported(command: Command, recording: Path, tmp_path: Path) -> None:
    training = ("--past", "bin", "--bins", 4, "--steps", 4, "--batch", 8)
    flags = ("--data", recording, "--name", "last", "--preset", "history", *training)
    assert command("train", *flags).code == 0
    exported = command("circuits", "export", "last", tmp_path / "out", "--bins-per-job", 3)
    assert exported.code == 0, exported.err
    with (tmp_path / "out" / "lattice-4-neurons-3-bins.qpy").open("rb") as file:
        (circuit,) = qpy.load(file)
    assert circuit.num_qubits == 12
    shown = command("circuits", "show", "last", "--bins-per-job", 3, "--json").json["cells"]
    assert circuit.num_parameters == shown[0]["angles"]
    refused = command("circuits", "export", "last", tmp_path / "more", "--bins-per-job", 5)
    assert refused.code == 2
    assert "--bins-per-job 4" in refused.err
    assert not (tmp_path / "more").exists()
