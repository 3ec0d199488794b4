"""The average of the weights."""

from __future__ import annotations

import pytest
import torch

from neuroqgan.training.averaging import AVERAGING_STEPS, WeightAverage


def _updated(average: WeightAverage, model: torch.nn.Module, values: list[float]) -> float:
    for value in values:
        torch.nn.init.constant_(next(model.parameters()), value)
        average.update(model)
    average.apply(model)
    return float(next(model.parameters()).detach())


def test_it_is_the_plain_mean_of_up_to_a_hundred_steps() -> None:
    assert AVERAGING_STEPS == 100
    values = [float(i % 7) for i in range(100)]
    model = torch.nn.Linear(1, 1, bias=False)
    found = _updated(WeightAverage(model), model, values)
    assert found == pytest.approx(sum(values) / 100, abs=1e-5)


def test_later_a_step_counts_a_hundredth() -> None:
    model = torch.nn.Linear(1, 1, bias=False)
    average = WeightAverage(model)
    _updated(average, model, [0.0] * 150)
    assert _updated(average, model, [1.0]) == pytest.approx(0.01, abs=1e-6)
    assert _updated(average, model, [1.0]) == pytest.approx(0.0199, abs=1e-6)


def test_without_an_update_weights_stay() -> None:
    model = torch.nn.Linear(1, 1, bias=False)
    average = WeightAverage(model)
    torch.nn.init.constant_(model.weight, 5.0)
    average.apply(model)
    assert float(model.weight.detach()) == 5.0
    assert average.n_updates == 0


def test_it_does_not_share_memory_with_the_weights() -> None:
    model = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(model.weight, 2.0)
    average = WeightAverage(model)
    torch.nn.init.constant_(model.weight, 3.0)
    assert float(average.weights["weight"]) == 2.0
