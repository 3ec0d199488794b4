"""Finetuning on a simulated device: noisy rasters fire as often as the recording."""

from __future__ import annotations

import json

import numpy as np
import pytest

from neuroqgan import Generator, SpikeRaster, Split, split
from neuroqgan.backends.registry import resolve
from neuroqgan.errors import ConfigError
from neuroqgan.models.drive.rate_steps import RateSteps
from neuroqgan.models.drive.threshold import drive_of_rate
from neuroqgan.models.finetuning.finetuning import Finetuning, finetune, open_device
from neuroqgan.models.finetuning.rate_shift import rate_shift, shifted_rates
from neuroqgan.models.presets import generator_class
from neuroqgan.sampling.order import RasterOrder

RATES = np.array([0.05, 0.1, 0.2])
DEVICE = "fake_nairobi"
SIZES = {"n_neurons": 3, "n_bins": 4, "bin_width": 0.02}
SMALL = {
    "history": {"n_layers": 1},
    "stationary": {"n_layers": 1},
    "memory": {"n_memory": 1, "n_mixing": 1, "n_emission": 1},
}


def _recording(rates: np.ndarray = RATES) -> Split:
    random = np.random.default_rng(0)
    spikes = random.random((200, 20, len(rates))) < rates
    return split(SpikeRaster(spikes, 0.02), 4)


def _generator(preset: str) -> Generator:
    generator = Generator(preset, **SIZES, **SMALL[preset])
    generator.initialise(RATES, seed=0)
    return generator


@pytest.mark.parametrize(
    "preset",
    [
        "stationary",
        pytest.param("history", marks=pytest.mark.slow),
        pytest.param("memory", marks=pytest.mark.slow),
    ],
)
def test_noisy_rasters_get_the_recorded_rates(preset: str) -> None:
    recording, generator = _recording(), _generator(preset)
    recorded = recording.train.spikes.mean((0, 1))
    rounds: list[int] = []
    done = finetune(
        generator, recording, DEVICE, seed=1, on_round=lambda d: rounds.append(len(d.shifts))
    )
    assert rounds == [1, 2, 3]
    assert done.is_finished
    before, after = (np.abs(np.array(r) - recorded) for r in (done.before, done.after))
    assert after.mean() < 0.5 * before.mean()
    assert after.max() < 0.02
    assert "Finetuned on fake_nairobi" in done.line()
    # Not only by its own account: rasters of the device itself.
    found = generator.sample(400, seed=3, backend=DEVICE).spikes.mean((0, 1))
    assert np.abs(found - recorded).max() < 0.04


def test_it_continues_after_a_stop_with_the_same_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neuroqgan.models.finetuning.finetuning._BINS", 400)
    monkeypatch.setattr("neuroqgan.models.finetuning.rate_shift._MEASURED_BINS", 400)
    recording, whole, stopped = _recording(), _generator("stationary"), _generator("stationary")
    finetune(whole, recording, DEVICE, seed=1)
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 1

    part = finetune(stopped, recording, DEVICE, seed=1, should_stop=stop)
    assert not part.is_finished
    assert len(part.shifts) == 1
    again = Finetuning.from_dict(json.loads(json.dumps(part.to_dict())))
    resumed = _generator("stationary")
    done = finetune(resumed, recording, DEVICE, seed=1, so_far=again)
    assert len(done.shifts) == 3
    for one, two in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert one.equal(two)


def test_a_device_shifts_rates_by_its_readout_errors() -> None:
    generator, backend = _generator("stationary"), resolve(DEVICE)
    order = RasterOrder(4000, n_bins=4)
    shift = rate_shift(generator, order, backend, seed=1)
    assert backend.target is not None
    readout = np.mean([p.error for p in backend.target["measure"].values()])
    assert 0.3 * readout < shift.mean() < 1.5 * readout
    silent, loud = (shifted_rates(generator, order, s, 2) for s in (0 * shift, shift))
    assert loud - silent == pytest.approx(shift, abs=0.008)
    lost = shifted_rates(generator, order, -shift, 2)
    assert silent - lost == pytest.approx(shift, abs=0.008)


@pytest.mark.slow
def test_neurons_keep_half_of_their_spikes() -> None:
    rates = np.array([0.012, 0.1, 0.2])
    recording, generator = _recording(rates), _generator("stationary")
    done = finetune(generator, recording, DEVICE, seed=1)
    recorded = recording.train.spikes.mean((0, 1))
    own = generator.sample(20_000, seed=4).spikes.mean((0, 1))
    assert 0.25 * recorded[0] < own[0] < 0.95 * recorded[0]
    assert done.after[0] > recorded[0]


def test_steps_lead_to_the_rates() -> None:
    wanted = np.array([0.05, 0.3])
    drive, steps = np.array([-1.0, -2.0]), RateSteps(wanted)
    for _ in range(6):
        # A neuron that moves half as far as its threshold.
        found = np.sin(np.pi / 2 / (1 + np.exp(-drive / 2))) ** 2
        drive += steps.change(found)
    assert found == pytest.approx(wanted, rel=0.02)
    assert drive_of_rate(found) == pytest.approx(drive / 2, abs=1e-9)


@pytest.mark.parametrize(
    ("preset", "device", "message"),
    [("spiqgan", "fake_fez", "no thresholds"), ("history", "ibm_fez", "noisy"),
     ("history", "aer", "noisy")],
)  # fmt: skip
def test_what_cannot_be_finetuned_is_refused(preset: str, device: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        open_device(generator_class(preset), device)
    assert "finetune_on" in caught.value.hint
