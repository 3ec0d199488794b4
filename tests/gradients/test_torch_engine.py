"""The engine in torch: the adjoint kernel's moments and gradients, wherever it runs."""

from __future__ import annotations

import pytest
import torch

from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.errors import ConfigError, InputError
from neuroqgan.gradients.adjoint import AdjointEngine
from neuroqgan.gradients.torch_engine import TorchEngine
from neuroqgan.models.latent.engines import build_engine, check_device
from neuroqgan.training.settings import TrainingSettings

DEVICES = [
    torch.device("cpu"),
    pytest.param(
        torch.device("cuda"),
        marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
    ),
]


@pytest.mark.parametrize("device", DEVICES, ids=str)
@pytest.mark.parametrize(
    "ansatz",
    [CellAnsatz(1, 2), CellAnsatz(4, 1), CellAnsatz(5, 3, "ring"), CellAnsatz(10, 3)],
    ids=str,
)
def test_moments_and_gradients_are_those_of_the_kernel(
    ansatz: CellAnsatz, device: torch.device
) -> None:
    random = torch.Generator().manual_seed(1)
    drawn = torch.randn(12, ansatz.n_layers, ansatz.n_neurons, generator=random)
    found = []
    for engine in (AdjointEngine(), TorchEngine(device)):
        angles = drawn.clone().requires_grad_(True)
        moments = engine.moments(ansatz, angles, n_parts=3)
        values = (moments.marginals, moments.k_probability, moments.pairs)
        sum((value**2).sum() for value in values).backward()
        found.append((*(value.detach() for value in values), angles.grad))
    for kernel, tensors in zip(*found, strict=True):
        assert kernel.shape == tensors.shape
        assert torch.allclose(kernel, tensors, atol=1e-4, rtol=0)


def test_chunks_change_nothing() -> None:
    ansatz = CellAnsatz(3, 2)
    angles = torch.randn(10, 2, 3, generator=torch.Generator().manual_seed(2))
    cpu = torch.device("cpu")
    whole = TorchEngine(cpu).moments(ansatz, angles, n_parts=2)
    parts = TorchEngine(cpu, cells_at_once=4).moments(ansatz, angles, n_parts=2)
    assert torch.allclose(whole.marginals, parts.marginals)
    assert torch.allclose(whole.pairs, parts.pairs)


def test_angles_of_another_cell_are_refused() -> None:
    with pytest.raises(InputError, match="angles has another shape"):
        TorchEngine(torch.device("cpu")).moments(CellAnsatz(3, 2), torch.zeros(4, 2, 5))


def test_which_engine_a_device_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = TrainingSettings(steps=1)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert isinstance(build_engine(settings), AdjointEngine)
    assert isinstance(build_engine(settings, "auto"), AdjointEngine)
    with pytest.raises(ConfigError, match="CUDA") as caught:
        check_device("cuda")
    assert "device = cpu" in caught.value.hint
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    for device in ("cuda", "auto"):
        engine = build_engine(settings, device)
        assert isinstance(engine, TorchEngine)
        assert engine.device.type == "cuda"
