"""Qubits that are chosen or avoided by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.names import snapshot_target
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement import allowed_qubits
from neuroqgan.backends.placement.allowed_qubits import allowed_calibration
from neuroqgan.backends.placement.embedding import find_places, room
from neuroqgan.backends.placement.plan import device_plan
from neuroqgan.backends.qubit_lists import qubit_numbers, qubit_text
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.errors import ConfigError, PlanError
from neuroqgan.jobs.request import Request
from tests.backends.test_devices import pattern_program

TARGET = snapshot_target("fake_nairobi")  # 0-1-2, 1-3, 3-5, 4-5-6


@given(st.sets(st.integers(0, 200), min_size=1))
@settings(max_examples=30)
def test_lists_are_read_as_they_were_written(qubits: set[int]) -> None:
    assert qubit_numbers(qubit_text(qubits)) == tuple(sorted(qubits))


@pytest.mark.parametrize("text", ["", "x", "1,,2", "20-5", "-3", "3-", "1.5", "0-999999999", "٣"])
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="not a list of qubits"):
        Placement(avoid_qubits=text)


def test_a_qubit_is_in_one_list_at_most() -> None:
    with pytest.raises(ConfigError, match="both used and avoided") as raised:
        Placement(qubits="3-9", avoid_qubits="9-12,5")
    assert raised.value.got == "5,9 in both"


def test_lists_that_no_device_can_serve() -> None:
    with pytest.raises(ConfigError, match="no qubit 7,8") as raised:
        allowed_calibration(TARGET, Placement(qubits="2,7,8"))
    assert raised.value.expected == "qubits 0 to 6"
    with pytest.raises(ConfigError, match="No qubit is left"):
        allowed_calibration(TARGET, Placement(avoid_qubits="0-6"))


def test_faulty_qubits_may_be_avoided_but_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Calibration.of(TARGET)
    readout = np.where(np.arange(7) == 5, 1.0, found.readout)
    monkeypatch.setattr(allowed_qubits.Calibration, "of", lambda _: replace(found, readout=readout))
    assert not allowed_calibration(TARGET, Placement(avoid_qubits="5,6")).usable[[5, 6]].any()
    with pytest.raises(ConfigError, match="Qubit 5 cannot be used") as raised:
        allowed_calibration(TARGET, Placement(qubits="3-6"))
    assert raised.value.hint == "`qubits = 3,4,6`"


def test_too_few_qubits_say_what_would_be_needed() -> None:
    program = pattern_program(np.zeros((2, 1, 4), bool), (4,), n_layers=2)
    allowed = allowed_calibration(TARGET, Placement(qubits="0-3"))
    with pytest.raises(PlanError, match="may be used have no room") as raised:
        room(allowed, program.batches)
    assert raised.value.expected.startswith("a path of 4 neighbouring qubits")
    assert "the longest path has 3, so 0 cell circuits fit" in raised.value.got


@pytest.mark.parametrize("most", [0, 2])
def test_plans_and_spare_readers_keep_to_the_chosen_qubits(most: int) -> None:
    program = pattern_program(np.zeros((2, 2, 2), bool), (2,), n_layers=2)
    target = snapshot_target("fake_montreal")
    placement = Placement(redundant_readout=most, qubits="0-20", avoid_qubits="21,22")
    plan = device_plan(program, target, "fake_montreal", placement)
    used = {qubit for page in plan.pages for tile in page.tiles for qubit in tile.qubits}
    assert used <= set(range(21))
    best = device_plan(program, target, "fake_montreal", Placement(redundant_readout=most))
    left = qubit_text(q for page in best.pages for tile in page.tiles for q in tile.qubits)
    other = device_plan(program, target, "fake_montreal", Placement(None, most, None, left))
    used = {qubit for page in other.pages for tile in page.tiles for qubit in tile.qubits}
    assert not used & set(qubit_numbers(left))


def test_embeddings_keep_to_the_chosen_qubits() -> None:
    allowed = allowed_calibration(TARGET, Placement(avoid_qubits="0"))
    places = find_places(allowed, CellAnsatz(3, 2).circuit())
    assert places
    assert not any(0 in place for place in places)


def test_requests_without_lists_are_found_again() -> None:
    program = pattern_program(np.zeros((2, 1, 2), bool), (2,), n_layers=2)
    usual, chosen, same, other = (
        Request(program, "fake_nairobi", 0, placement=placement).request_hash
        for placement in (
            Placement(),
            Placement(qubits="3,4,5"),
            Placement(qubits="3-5"),
            Placement(avoid_qubits="3-5"),
        )
    )
    assert Placement().to_dict() == {"max_tiles": None, "second_readers": 0}
    assert chosen == same
    assert len({usual, chosen, other}) == 3
