"""Plans for devices: bits come back to their bins and neurons, noise and correction included."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.quantum_info import Statevector

from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.layout import Layout
from neuroqgan.backends.local.aer import AerBackend
from neuroqgan.backends.local.simulated import SimulatedBackend
from neuroqgan.backends.names import parse, snapshot_target, twin_hint
from neuroqgan.backends.options import Placement
from neuroqgan.backends.page_layout import PageLayout, TileLayout
from neuroqgan.backends.placement.plan import device_plan
from neuroqgan.backends.placement.tiles import Page
from neuroqgan.backends.readout import (
    FlipRates,
    calibration_pages,
    corrected_statistics,
    flip_rates,
    unbiased_spikes,
)
from neuroqgan.backends.registry import resolve
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.program import CellBatch, Program
from neuroqgan.errors import BackendNotFoundError, PlanError, RasterError
from neuroqgan.evaluation.statistics.statistic_registry import measure
from neuroqgan.raster import SpikeRaster
from neuroqgan.seeding import spawned

# Heavy-hex devices of 27 and 127 qubits, and one of 7.
DEVICES = ("fake_montreal", "fake_brisbane", "fake_fez")


def pattern_program(pattern: np.ndarray, sizes: tuple[int, ...], n_layers: int = 1) -> Program:
    """A program whose every bit is certain: angles of 0 and pi."""
    n_samples, n_bins, _ = pattern.shape
    sample, time = np.divmod(np.arange(n_samples * n_bins), n_bins)
    batches, first = [], 0
    for size in sizes:
        group = slice(first, first + size)
        angles = np.zeros((n_samples * n_bins, n_layers, size))
        angles[:, 0] = np.pi * pattern[..., group].reshape(-1, size)
        batches.append(
            CellBatch(
                CellAnsatz(size, n_layers).circuit(),
                angles.reshape(len(sample), -1),
                sample,
                time,
                tuple(range(group.start, group.stop)),
            )
        )
        first += size
    return Program(tuple(batches), pattern.shape, 0.02)


def _asymmetric(shape: tuple[int, int, int]) -> np.ndarray:
    return np.random.default_rng(5).random(shape) < 0.4


def test_bits_return_to_their_bins_and_neurons_on_ideal_aer() -> None:
    pattern = _asymmetric((6, 5, 7))
    assert np.array_equal(
        AerBackend().run(pattern_program(pattern, (3, 4)), seed=0).spikes, pattern
    )


@pytest.mark.parametrize("device", DEVICES)
def test_bits_return_to_their_bins_and_neurons_on_a_device(device: str) -> None:
    pattern = np.repeat(_asymmetric((1, 5, 5)), 60, axis=0)
    backend = resolve(device)
    raster = backend.run(pattern_program(pattern, (3, 2), n_layers=2), seed=0)
    # Noise flips a few bits; the majority of the samples has to be right everywhere.
    assert np.array_equal(raster.spikes.mean(0) > 0.5, pattern[0])


def test_page_circuits_give_what_the_tiles_give() -> None:
    target = snapshot_target("fake_nairobi")
    program = pattern_program(_asymmetric((1, 2, 3)), (3,), n_layers=2)
    program.batches[0].angles[:] = np.random.default_rng(1).normal(size=(2, 6))
    plan = device_plan(program, target, "fake_nairobi")
    cell = CellAnsatz(3, 2).circuit(measure=False)
    for page in plan.pages:
        assert page.circuit is not None
        values = plan.values(program, page)[0]
        bound = page.circuit.assign_parameters(values).remove_final_measurements(inplace=False)
        state = Statevector(bound)
        for tile in page.tiles:
            row = program.batches[0].angles[tile.bins[0]]
            exact = Statevector(cell.assign_parameters(row)).probabilities()
            assert np.allclose(state.probabilities(list(tile.measured_qubits)), exact, atol=1e-9)


@pytest.mark.parametrize(("device", "bins"), [("fake_brisbane", 10), ("fake_fez", 12)])
def test_a_window_is_one_page_without_swaps(device: str, bins: int) -> None:
    target = snapshot_target(device)
    plan = device_plan(pattern_program(_asymmetric((1, bins, 10)), (10,), 3), target, device)
    assert [len(page.tiles) for page in plan.pages] == [bins]
    circuit = plan.pages[0].circuit
    assert circuit is not None
    assert circuit.num_nonlocal_gates() == bins * 2 * 9
    assert not set(circuit.count_ops()) - set(target.operation_names) - {"barrier"}
    usable = Calibration.of(target).usable
    assert usable[plan.layout.measured_qubits()].all()


def test_more_cells_than_room_take_more_pages() -> None:
    target = snapshot_target("fake_nairobi")
    plan = device_plan(pattern_program(_asymmetric((2, 5, 3)), (3,)), target, "x", Placement(1))
    assert [len(page.tiles) for page in plan.pages] == [1] * 5
    assert sorted(page.tiles[0].bins for page in plan.pages) == [(i,) for i in range(5)]


def test_a_ring_is_routed_within_its_chain() -> None:
    target = snapshot_target("fake_nairobi")
    cell = CellAnsatz(4, 2, "ring")
    angles = np.random.default_rng(2).normal(size=(1, 8))
    zero = np.zeros(1, np.int64)
    batch = CellBatch(cell.circuit(), angles, zero, zero, (0, 1, 2, 3))
    plan = device_plan(Program((batch,), (1, 1, 4), 0.02), target, "x")
    page = plan.pages[0]
    assert page.circuit is not None
    bound = page.circuit.assign_parameters(plan.values(Program((batch,), (1, 1, 4), 0.02), page)[0])
    state = Statevector(bound.remove_final_measurements(inplace=False))
    exact = Statevector(cell.circuit(measure=False).assign_parameters(angles[0])).probabilities()
    measured = state.probabilities(list(page.tiles[0].measured_qubits))
    assert np.allclose(measured, exact, atol=1e-9)


def test_no_room_for_a_single_cell() -> None:
    with pytest.raises(PlanError, match="long enough"):
        device_plan(
            pattern_program(_asymmetric((1, 1, 8)), (8,)), snapshot_target("fake_nairobi"), "x"
        )


def test_a_program_with_gaps_is_refused() -> None:
    program = pattern_program(_asymmetric((2, 2, 2)), (2,))
    program.batches[0].bins[:] = 0
    with pytest.raises(PlanError, match="does not cover"):
        AerBackend().run(program, seed=0)


def test_bits_of_another_shape_are_refused() -> None:
    plan = AerBackend().plan(pattern_program(_asymmetric((2, 2, 2)), (2,)))
    for bits in ([], [np.zeros((4, 3), bool)], [np.zeros((3, 2), bool)]):
        with pytest.raises(RasterError, match="do not fit the plan"):
            plan.layout.decode(bits)


def test_readout_correction_brings_rates_back() -> None:
    backend = resolve("fake_montreal")
    assert backend.target is not None
    pattern = np.repeat(_asymmetric((1, 3, 4)), 1500, axis=0)
    program = pattern_program(pattern, (4,))
    plan = backend.plan(program)
    raster = backend.run(program, seed=1)
    pages = calibration_pages(plan.pages, backend.target.num_qubits)
    assert len(pages) == 2
    bits = [
        backend.run_page(page, np.zeros((4000, len(page.tiles))), seed=np.random.SeedSequence(i))
        for i, page in enumerate(pages)
    ]
    corrected = unbiased_spikes(
        raster, flip_rates(plan.layout, [page.layout for page in pages], bits)
    ).mean(0)
    raw_error = np.abs(raster.spikes.mean(0) - pattern[0]).mean()
    assert raw_error > 0.008
    assert np.abs(corrected - pattern[0]).mean() < raw_error / 2


def test_corrected_statistics_are_unbiased() -> None:
    random = np.random.default_rng(0)
    common = random.random((40000, 3, 1)) < 0.3
    true = SpikeRaster((random.random((40000, 3, 4)) < 0.2) | common, 0.02)
    p01, p10 = random.uniform(0, 0.15, (2, 3, 4))
    draw = random.random(true.spikes.shape)
    read = SpikeRaster(np.where(true.spikes, draw >= p10, draw < p01), 0.02)
    wanted, raw = measure(true), measure(read)
    corrected = corrected_statistics(read, FlipRates(p01, p10))
    for name, values in corrected.items():
        error = np.abs(values - wanted[name]).mean()
        assert error < np.abs(raw[name] - wanted[name]).mean() / 4, name
        exact = corrected_statistics(true, FlipRates(0 * p01, 0 * p10))[name]
        assert np.allclose(exact, wanted[name], atol=1e-12)


def test_flip_rates_of_another_raster_are_refused() -> None:
    raster = SpikeRaster(np.zeros((2, 3, 4), bool), 0.02)
    with pytest.raises(RasterError, match="flip rates"):
        unbiased_spikes(raster, FlipRates(np.zeros((2, 4)), np.zeros((2, 4))))


@pytest.mark.parametrize(
    ("name", "parsed"),
    [
        ("aer", ("aer", "", "aer")),
        ("aer:brisbane", ("fake", "fake_brisbane", "fake_brisbane")),
        ("fake_fez", ("fake", "fake_fez", "fake_fez")),
        ("ibm_fez", ("ibm", "ibm_fez", "ibm_fez")),
        ("ibm:fez", ("ibm", "ibm_fez", "ibm_fez")),
        ("ibm:least-busy", ("ibm", "least-busy", "ibm:least-busy")),
    ],
)
def test_names(name: str, parsed: tuple[str, str, str]) -> None:
    found = parse(name)
    assert (found.kind, found.device, str(found)) == parsed


@pytest.mark.parametrize("name", ["", "brisbane", "fake-brisbane", "nothing:here", "aer:", "ibm:"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(BackendNotFoundError, match="no backend"):
        parse(name)


def test_an_unknown_snapshot_names_similar_ones() -> None:
    with pytest.raises(BackendNotFoundError, match="fake_brisbane"):
        resolve("fake_brisban")


def test_the_same_seed_gives_the_same_bits_on_a_device() -> None:
    program = pattern_program(_asymmetric((20, 2, 3)), (3,), n_layers=2)
    target = snapshot_target("fake_nairobi")
    one, two = (SimulatedBackend("x", target).run(program, seed=4) for _ in range(2))
    assert one == two


def test_a_page_run_twice_with_a_seed_gives_the_same_bits_twice() -> None:
    pattern = np.zeros((50, 2, 4), bool)
    program = pattern_program(pattern, (2, 2), n_layers=1)
    program.batches[0].angles[:] = 1.0
    for name in ("aer", "fake_nairobi", "exact"):
        backend = resolve(name)
        plan = backend.plan(program)
        page, seed = plan.pages[0], np.random.SeedSequence(4)
        values = plan.values(program, page)
        bits = backend.run_page(page, values, seed=seed)
        assert np.array_equal(backend.run_page(page, values, seed=seed), bits)
        assert (seed.n_children_spawned, seed.spawn_key) == (0, ())
        assert name != "fake_nairobi" or len(page.tiles) > 1


def test_spawned_seeds_are_numpys_and_count_nothing() -> None:
    for seed in (
        np.random.SeedSequence(3),
        np.random.SeedSequence(5, spawn_key=(1, 2), n_children_spawned=4, pool_size=8),
        np.random.SeedSequence(),
    ):
        before = str(seed)
        twice = [[s.generate_state(4).tolist() for s in spawned(seed, 3)] for _ in range(2)]
        assert str(seed) == before
        assert twice == 2 * [[s.generate_state(4).tolist() for s in seed.spawn(3)]]


def test_a_column_read_twice_has_a_spike_where_both_bits_are_1() -> None:
    tile = TileLayout((3, 4, 3), (0,), (7, 8, 9))
    layout = Layout((PageLayout((tile,)),), 1, 5, 0.02)
    bits = np.array([[1, 0, 1], [1, 1, 0], [0, 1, 1]], bool)
    assert layout.decode([bits]).spikes[:, 0, 3:].tolist() == [
        [True, False],
        [False, True],
        [False, True],
    ]
    assert layout.measured_qubits().tolist() == [[-1, -1, -1, 7, 8]]


@pytest.mark.slow
def test_redundant_readout_lowers_the_errors_of_rare_spikes() -> None:
    target = snapshot_target("fake_brisbane")
    program = pattern_program(np.zeros((300, 10, 10), bool), (10,))
    plan = device_plan(program, target, "fake_brisbane", Placement(redundant_readout=2))
    assert plan.pages[0].n_bits > 100
    assert [len(page.tiles) for page in plan.pages] == [10]
    backend = SimulatedBackend("x", target)
    (page,) = plan.pages
    bits = backend.run_page(page, plan.values(program, page), seed=np.random.SeedSequence(0))
    assert plan.layout.decode([bits]).spikes.mean() < _once(page, bits) * 0.8


def _once(page: Page, bits: np.ndarray) -> float:
    """Rate of wrong bits of the cells' own qubits."""
    starts = np.cumsum([0, *(tile.n_bits for tile in page.tiles)])[:-1]
    return float(np.mean([bits[:, start : start + 10].mean() for start in starts]))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("aer_simulator", "aer"),
        ("AerSimulator", "aer"),
        ("ibmq_qasm_simulator", "aer"),
        ("simulator_mps", "aer"),
        ("lightning.qubit", "aer"),
        ("nothing-like-it", "aer"),
        ("statevector", "exact"),
        ("noiseless", "exact"),
        ("statevector_simulator", "exact or aer"),
        ("Exact", "exact"),
        ("FakeManilaV2", "fake_manila"),
        ("ibmq_16_melbourne", "fake_melbourne"),
        ("ibm-fez", "ibm_fez or fake_fez"),
        ("least_busy", "ibm:least-busy"),
    ],
)
def test_names_are_answered_by_what_they_mean(name: str, meant: str) -> None:
    with pytest.raises(BackendNotFoundError) as caught:
        parse(name)
    assert caught.value.hint == " or ".join(f"`backend = {m}`" for m in meant.split(" or "))


@pytest.mark.parametrize(
    ("device", "twin"),
    [
        ("ibm_fez", "fake_fez"),
        ("ibm_fezz", "fake_fez"),
        ("ibm_qasm_simulator", "aer"),
        ("ibm_xyz", "fake_brisbane"),
    ],
)
def test_a_device_out_of_reach_has_a_twin(device: str, twin: str) -> None:
    assert twin_hint(device) == f"`backend = {twin}`"


def test_a_device_where_a_snapshot_is_expected() -> None:
    with pytest.raises(BackendNotFoundError) as caught:
        snapshot_target("ibm_fez")
    assert caught.value.hint == "`backend = fake_fez`"
