from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from neuroqgan.errors import CheckpointError, ConfigError
from neuroqgan.gradients.adjoint import AdjointEngine
from neuroqgan.models.drive.gaussian_process import ornstein_uhlenbeck
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.models.latent.noise_driven import LatentGenerator
from neuroqgan.models.loading import load_generator
from neuroqgan.models.memory.generator import MemoryGenerator
from neuroqgan.models.registry import build_generator, preset_names
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.models.weights import save_generator
from neuroqgan.simulation.memory.sampling import sample_rasters
from neuroqgan.tensors import write_tensors
from tests.programs import first_past, next_bins, whole_program


def _spec(preset: str = "stationary", **changes) -> GeneratorSpec:
    return GeneratorSpec.of(
        **{"preset": preset, "n_neurons": 5, "n_bins": 6, "bin_width": 0.02, **changes}
    )


@pytest.mark.parametrize(
    ("n", "size", "sizes"), [(50, 10, [10] * 5), (12, 10, [6, 6]), (3, 10, [3])]
)
def test_groups_are_even(n: int, size: int, sizes: list[int]) -> None:
    groups = build_generator(_spec(n_neurons=n, group_size=size)).groups
    assert [group.stop - group.start for group in groups] == sizes
    assert groups[0].start == 0
    assert groups[-1].stop == n


@pytest.mark.parametrize("preset", preset_names())
def test_the_largest_cell(preset: str) -> None:
    if preset == "memory":
        assert build_generator(_spec(preset)).qubits_needed() == 7
        assert build_generator(_spec(preset, n_memory=2, n_neurons=1)).qubits_needed() == 3
    else:
        assert build_generator(_spec(preset, group_size=3)).qubits_needed() == 3
        assert build_generator(_spec(preset, n_neurons=1)).qubits_needed() == 1


def test_parameters_grow_linearly_with_neurons() -> None:
    for preset in preset_names():
        # The latent of history grows up to fifty neurons.
        sizes = (50, 60, 70) if preset == "history" else (10, 20, 30)
        counts = [build_generator(_spec(preset, n_neurons=n)).n_parameters for n in sizes]
        assert counts[2] - counts[1] == counts[1] - counts[0]
    for preset in ("history", "memory", "stationary"):
        counts = [build_generator(_spec(preset, n_bins=n)).n_parameters for n in (4, 40)]
        assert counts[0] == counts[1]


def test_ornstein_uhlenbeck_is_its_recursion() -> None:
    noise = torch.randn(3, 7, 2, generator=torch.Generator().manual_seed(1))
    r = torch.tensor([0.3, 0.95])
    expected = [noise[:, 0]]
    for t in range(1, 7):
        expected.append(r * expected[-1] + torch.sqrt(1 - r * r) * noise[:, t])
    assert torch.allclose(ornstein_uhlenbeck(noise, r), torch.stack(expected, 1), atol=1e-6)


def test_ornstein_uhlenbeck_is_stationary() -> None:
    noise = torch.randn(20000, 5, 1, generator=torch.Generator().manual_seed(2))
    z = ornstein_uhlenbeck(noise, torch.tensor([0.8]))[..., 0]
    assert torch.allclose(z.var(0), torch.ones(5), atol=0.05)
    assert float((z[:, 0] * z[:, 4]).mean()) == pytest.approx(0.8**4, abs=0.03)


_RATES = np.array([0.02, 0.1, 0.3, 0.05, 0.2])


@pytest.mark.parametrize("preset", ["stationary", "spiqgan"])
def test_training_starts_near_the_rates(preset: str) -> None:
    generator = build_generator(_spec(preset))
    assert isinstance(generator, LatentGenerator)
    generator.initialise(_RATES, 0)
    angles = generator.angles(generator.noise(3000, 6, 1))
    assert angles.shape == (3000, 6, generator.shape.n_layers, 5)
    ansatz = generator.ansatz(slice(0, 5))
    moments = AdjointEngine().moments(ansatz, angles.flatten(0, 1), n_parts=1)
    found = moments.marginals.mean(0).detach().numpy()
    assert np.all(np.abs(found - _RATES) < 0.6 * _RATES + 0.02)


@pytest.mark.parametrize("preset", ["history", "memory"])
def test_training_by_likelihood_starts_within_a_few_times_the_rates(preset: str) -> None:
    generator = build_generator(_spec(preset))
    generator.initialise(_RATES, 0)
    if isinstance(generator, HistoryGenerator):
        raster = generator.draw_exactly(1000, 6, 1)
    else:
        assert isinstance(generator, MemoryGenerator)
        raster = sample_rasters(generator.operators(), 1000, 6, 1)
    assert raster.shape == (1000, 6, 5)
    found = raster.mean((0, 1))
    assert np.all((found > _RATES / 6) & (found < 6 * _RATES))


@pytest.mark.parametrize("preset", preset_names())
def test_a_whole_raster_is_drawn_at_once_or_bin_by_bin(preset: str) -> None:
    generator = build_generator(_spec(preset))
    generator.initialise(_RATES, 0)
    assert generator.bins_at_once == (1 if preset == "history" else None)
    if generator.bins_at_once is not None:
        with pytest.raises(ConfigError, match="so many bins"):
            whole_program(generator, 3, 7)
        program = next_bins(generator, first_past(generator, 3, 7), 7)
        assert program.shape == (3, 1, 5)
    else:
        program = whole_program(generator, 3, 7)
        assert program.shape == (3, 6, 5)


def test_the_bounded_drive_stays_within_half_a_turn() -> None:
    generator = build_generator(_spec())
    generator.initialise(np.full(5, 0.2), 0)
    first = generator.angles(10 * generator.noise(500, 6, 1))[:, :, 0].detach()
    assert float(first.min()) >= 0
    assert float(first.max()) <= math.pi + 1e-6


def test_the_spiqgan_form() -> None:
    generator = build_generator(_spec("spiqgan", n_layers=2))
    generator.initialise(np.full(5, 0.2), 3)
    z = generator.noise(4, 6, 5)
    assert z.shape == (4, 1, 5)
    expected = generator.weight[None] * z[:, 0, None, None, :] + generator.bias[None]
    assert torch.equal(generator.angles(z), expected)


def test_drawing_is_reproducible_and_covers_the_raster() -> None:
    generator = build_generator(_spec(group_size=3))
    generator.initialise(np.full(5, 0.2), 0)
    one, two, other = (whole_program(generator, 3, seed) for seed in (7, 7, 8))
    batch, again, different = (program.batches[0].angles for program in (one, two, other))
    assert np.array_equal(batch, again)
    assert not np.array_equal(batch, different)
    assert one.n_executions == 3 * 6 * 2
    assert [b.neurons for b in one.batches] == [(0, 1), (2, 3, 4)]


def test_stationary_makes_rasters_of_any_length_and_spiqgan_does_not() -> None:
    assert whole_program(build_generator(_spec()), 2, 0, n_bins=31).shape == (2, 31, 5)
    with pytest.raises(ConfigError, match="every bin"):
        whole_program(build_generator(_spec("spiqgan")), 2, 0, n_bins=31)
    with pytest.raises(ConfigError, match="n_samples"):
        whole_program(build_generator(_spec()), 0, 0)


@pytest.mark.parametrize("preset", preset_names())
def test_weights_round_trip(preset: str, tmp_path) -> None:
    generator = build_generator(_spec(preset))
    generator.initialise(np.full(5, 0.2), 0)
    save_generator(generator, tmp_path / "g.safetensors")
    loaded = load_generator(tmp_path / "g.safetensors")
    assert loaded.spec == generator.spec
    assert all(
        torch.equal(a, b) for a, b in zip(generator.parameters(), loaded.parameters(), strict=True)
    )


def test_damaged_and_foreign_weights(tmp_path) -> None:
    path = tmp_path / "g.safetensors"
    with pytest.raises(CheckpointError, match="missing"):
        load_generator(path)
    generator = build_generator(_spec())
    save_generator(generator, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CheckpointError, match="truncated"):
        load_generator(path)
    write_tensors(path, {}, {"format": "neuroqgan-generator-99"})
    with pytest.raises(CheckpointError, match="this version"):
        load_generator(path)


def test_weights_of_another_shape_name_both_shapes(tmp_path) -> None:

    path = tmp_path / "g.safetensors"
    small, large = build_generator(_spec()), build_generator(_spec(n_neurons=6))
    tensors = {name: weight.detach() for name, weight in small.named_parameters()}
    metadata = {"format": "neuroqgan-generator-1", "spec": large.spec.to_dict()}
    write_tensors(path, tensors, metadata)
    with pytest.raises(CheckpointError, match="does not fit") as caught:
        load_generator(path)
    assert "(6, 3)" in caught.value.expected
    assert "(5, 3)" in caught.value.got
