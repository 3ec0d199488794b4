"""What each dimension of a generator does, for all families; some answers are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import neuroqgan as nq
from neuroqgan.errors import InputError
from neuroqgan.evaluation.explain.input_effects import input_effect, mean_correlation
from neuroqgan.models.drive.components import components_of, held
from neuroqgan.models.explaining import _drawn

N_NEURONS, N_BINS = 4, 6


@pytest.fixture(scope="module")
def parts() -> nq.Split:
    return nq.split(nq.load("simulated", neurons=slice(0, N_NEURONS)), N_BINS)


def generator(preset: str, **given: Any) -> nq.Generator:
    made = nq.Generator(preset, n_neurons=N_NEURONS, n_bins=N_BINS, bin_width=0.02, **given)
    made.initialise(np.full(N_NEURONS, 0.15), 3)
    return made


@pytest.mark.parametrize("preset", nq.preset_names())
@pytest.mark.parametrize("covariates", ["none", "trial-time", "recorded"])
def test_dimensions_of_every_family(preset: str, covariates: str, parts: nq.Split) -> None:
    from neuroqgan.models.covariate_spec import covariates_of

    seen = parts.with_covariates(covariates)
    model = generator(preset, covariates=covariates_of(seen))
    before = {name: weight.clone() for name, weight in model.named_parameters()}
    usual = _drawn(model, None, 0.0, seen, 40, 0)
    dimensions = model.dimensions()
    kinds = {dimension.kind for dimension in dimensions}
    assert ("covariate" in kinds) == (covariates != "none")
    if covariates == "recorded":
        names = [one.name for one in dimensions if one.kind == "covariate"]
        assert names == ["left", "middle", "right"]
    for dimension in dimensions[:3] + dimensions[-3:]:
        unchanged = _drawn(model, dimension, 0.0, seen, 40, 0)
        np.testing.assert_array_equal(unchanged.spikes, usual.spikes)
        raised = _drawn(model, dimension, 30.0, seen, 40, 0)
        assert not np.array_equal(raised.spikes, usual.spikes), dimension.name
        if dimension.can_hold:
            _drawn(model, dimension, None, seen, 40, 0)
    for name, weight in model.named_parameters():
        assert torch.equal(weight, before[name])


def test_a_shared_process_that_one_neuron_sees_moves_that_neuron(parts: nq.Split) -> None:
    model = generator("stationary")
    with torch.no_grad():
        model.latent.shared_weight.zero_()
        model.latent.shared_weight[2, 1] = 1.0
    one, other = model.dimensions()[1], model.dimensions()[0]
    usual = _drawn(model, None, 0.0, parts, 400, 0)

    def effect(dimension: Any) -> Any:
        return input_effect(
            lambda amount: _drawn(model, dimension, amount, parts, 400, 0),
            dimension.name,
            dimension.kind,
            dimension.unit,
            usual=usual,
            can_hold=True,
        )

    found = effect(one)
    assert found.rates.argmax() == 2
    assert found.rates[2] > 5 * found.rate_errors[2] > 0
    # The layers after the first look at the processes too, but little.
    assert np.abs(np.delete(found.rates, 2)).max() < 0.3 * found.rates[2]
    assert effect(other).strength < 0.2 * found.strength


def test_a_process_is_raised_by_one_standard_deviation_in_every_bin() -> None:
    model = generator("stationary")
    changed, _ = model.dimensions()[4].change(1.0, None)
    _, shared = model.latents(model.noise(50, 20, 7))
    _, raised = changed.latents(changed.noise(50, 20, 7))
    difference = (raised - shared).detach().numpy()
    np.testing.assert_allclose(difference[..., 4], 1.0, atol=1e-4)
    np.testing.assert_allclose(np.delete(difference, 4, axis=2), 0.0, atol=1e-6)
    still, _ = model.dimensions()[4].change(None, None)
    _, shared = still.latents(still.noise(50, 20, 7))
    assert not shared.detach()[..., 4].any()


def test_components_are_principal_and_held_ones_keep_the_mean() -> None:
    random = np.random.default_rng(0)
    state, seen = (torch.from_numpy(random.normal(size=(n, 2))).float() for n in (6, 5))
    share = torch.tensor([0.3, 0.1, 0.2, 0.1, 0.2, 0.1])
    drive = state @ seen.T
    components = components_of(drive, share)
    assert components.shape == (2, 5)
    mean = share @ drive
    covariance = (drive - mean).T @ ((drive - mean) * share[:, None])
    torch.testing.assert_close(components.T @ components, covariance, atol=1e-4, rtol=1e-4)
    without = held(components[0], drive, share)
    torch.testing.assert_close(share @ without, mean)
    left = components_of(without, share)
    torch.testing.assert_close(left[0].abs(), components[1].abs(), atol=1e-4, rtol=1e-4)
    # A neuron that is off is not more off at -80 than at -8.
    deep = components_of(torch.tensor([[0.0, 0.0], [-80.0, 1.0]]), torch.ones(2))
    assert float(deep.abs().max()) == pytest.approx(3, abs=0.1)


def test_a_held_latent_takes_its_correlation_with_it(parts: nq.Split) -> None:
    model = generator("history")
    with torch.no_grad():
        model.latent.state_weight.copy_(torch.tensor([[2.0, 0, 0]] * N_NEURONS))
    (dimension,) = model.dimensions()
    usual = _drawn(model, None, 0.0, parts, 300, 0)
    still = _drawn(model, dimension, None, parts, 300, 0)
    assert mean_correlation(usual) > 0.05
    assert abs(mean_correlation(still)) < 0.03


def test_correlations() -> None:
    equal = np.repeat(np.random.default_rng(0).random((20, 5, 1)) < 0.5, 2, axis=2)
    assert mean_correlation(nq.SpikeRaster(equal, 0.02)) == pytest.approx(1)
    silent = np.concatenate([equal, np.zeros((20, 5, 1), bool)], axis=2)
    assert mean_correlation(nq.SpikeRaster(silent, 0.02)) == pytest.approx(1 / 3)
    assert np.isnan(mean_correlation(nq.SpikeRaster(equal[..., :1], 0.02)))


def test_explain_of_a_generator_and_its_mistakes(parts: nq.Split) -> None:
    model = generator("stationary")
    found = nq.explain(model, parts, n_samples=200, max_windows=20, seed=1)
    again = nq.explain(model, parts, n_samples=200, max_windows=20, seed=1)
    assert found.to_dict() == again.to_dict()
    strengths = [one.strength for one in found.effects]
    assert strengths == sorted(strengths, reverse=True)
    assert "process" in str(found)
    html = found._repr_html_()
    assert html.count("<svg") == 1 + len(found.effects)
    assert len(html.encode()) < 60_000
    assert repr(found).startswith("Explanation(convolutional network")
    own = nq.explain(model, parts, parts.train, n_samples=200, max_windows=20, judge="trees")
    assert own.spikes.judge == "trees"
    assert nq.plot.explanation(found).axes
    with pytest.raises(InputError, match="beside its recording"):
        nq.explain(model)
