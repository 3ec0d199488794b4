"""Circuits of several bins, shown and exported."""

from __future__ import annotations

from pathlib import Path

import pytest
from qiskit import qpy

from neuroqgan.circuits.cell import CellAnsatz
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
    assert "Circuit of 3 neurons, 4 bins, 12 qubits, 1 group:" in shown.out
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
    (cell,) = command(*lattice, "--backend", "fake_nighthawk", "--json").json["cells"]
    assert cell["device_two_qubit_gates"] == cell["two_qubit_gates"]
    small = command(*lattice, "--backend", "fake_nairobi")
    assert small.code == 2
    assert "does not fit" in small.err
    assert "--bins-per-job 2" in small.err


@pytest.mark.parametrize(
    ("flags", "problem", "hint"),
    [
        (("--preset", "stationary"), "measures all bins", "--bins-per-job out"),
        (("--preset", "memory"), "measures all bins", "--bins-per-job out"),
        (("--preset", "history"), "No circuit", "past of one bin"),
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
    assert "bins_per_job is out of its range" in outcome.err


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


_KINDS = {
    "stationary": ("--neurons", "0:3"),
    "history": ("--neurons", "0:5", "--group-size", 3),
    "lattice": ("--preset", "history", "--past", "bin", "--neurons", "0:2", "--bins-per-job", 3),
    "memory": ("--preset", "memory", "--neurons", "0:3", "--mixing-layers", 3, "--bins", 2),
}


@pytest.mark.filterwarnings("ignore:Properties of fake_nighthawk")
@pytest.mark.parametrize("kind", _KINDS)
def test_the_gates_shown_are_those_that_a_run_is_planned_with(
    command: Command, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from neuroqgan.backends.local.simulated import SimulatedBackend
    from neuroqgan.sampling import plans as planning

    plans = []
    plan_it = SimulatedBackend.plan

    def plan(self: SimulatedBackend, *arguments: object, **more: object) -> object:
        plans.append(plan_it(self, *arguments, **more))  # type: ignore[arg-type]
        return plans[-1]

    monkeypatch.setattr(SimulatedBackend, "plan", plan)
    monkeypatch.setattr(planning, "_MANY", 9)
    # Only squares have room for a lattice.
    device = "fake_nighthawk" if kind == "lattice" else "fake_guadalupe"
    show = ("circuits", "show", *_KINDS[kind], "--backend", device, "--json")
    shown = command(*show)
    assert shown.code == 0, shown.err
    (planned,) = plans
    tiles = [tile for page in planned.pages for tile in page.tiles]
    for cell in shown.json["cells"]:
        n_qubits = cell["qubits"] or cell["neurons"]
        first = next(tile.circuit for tile in tiles if len(tile.qubits) == n_qubits)
        counts = (cell["device_depth"], cell["device_two_qubit_gates"])
        assert counts == (first.depth(), first.num_nonlocal_gates())
        assert cell["device"] == device


def test_a_ring_takes_the_swaps_of_the_plan(command: Command) -> None:
    # Level 3 finds fewer than the level of the plan, and a run is not sampled by it.
    from neuroqgan.backends.registry import resolve
    from neuroqgan.models.registry import build_generator
    from neuroqgan.models.spec import GeneratorSpec
    from tests.programs import whole_program

    ring = ("--neurons", "0:7", "--entangling", "ring", "--layers", 4)
    shown = command("circuits", "show", *ring, "--backend", "fake_brisbane", "--json").json
    spec = GeneratorSpec.of("stationary", 7, 16, 0.02, n_layers=4, entangling="ring")
    plan = resolve("fake_brisbane").plan(whole_program(build_generator(spec), 3, seed=1))
    circuit = plan.pages[0].tiles[0].circuit
    (cell,) = shown["cells"]
    assert cell["device_two_qubit_gates"] == circuit.num_nonlocal_gates()
    assert cell["device_depth"] == circuit.depth()


def test_the_old_name_of_the_flag_says_what_it_is_called(command: Command) -> None:
    show = ("circuits", "show", "--neurons", "0:3", "--json")
    old = command(*show, "--device", "fake_nairobi")
    assert old.code == 0, old.err
    assert "--device is now called --backend" in old.err
    assert old.json == command(*show, "--backend", "fake_nairobi").json
    assert "--device" not in command("circuits", "show", "--help").out
    ideal = command(*show, "--backend", "aer")
    assert ideal.code == 2
    assert "--backend fake_brisbane" in ideal.err


def test_flags_beside_a_run_are_refused(command: Command, tiny: Path) -> None:
    assert tiny.exists()
    for flags in (("--preset", "memory"), ("--neurons", "0:3"), ("--bins", 4)):
        outcome = command("circuits", "show", "tiny", *flags)
        assert outcome.code == 2
        assert f"{flags[0]} would change nothing" in outcome.err
