"""``neuroqgan train --finetune-on``: a training that ends on a simulated device."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from neuroqgan.models.finetuning import finetuning
from tests.cli.conftest import Command
from tests.helpers import TRAINING

WEIGHTS = "generator.safetensors"


@pytest.fixture(autouse=True)
def _few_shots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neuroqgan.models.finetuning.finetuning._BINS", 800)
    monkeypatch.setattr("neuroqgan.models.finetuning.rate_shift._MEASURED_BINS", 800)
    monkeypatch.setattr("neuroqgan.models.finetuning.rate_shift._EXACT_BINS", 4000)


def _train(command: Command, recording: Path, name: str, *more: str):
    options = ("--data", recording, "--name", name, *TRAINING, "--finetune-on", "fake_nairobi")
    return command("train", *options, *more)


@pytest.mark.slow
def test_a_run_is_finetuned_and_continues_after_ctrl_c(
    command: Command, recording: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _train(command, recording, "whole")
    assert whole.code == 0, whole.err
    assert "Finetuned on fake_nairobi: firing rates of noisy rasters" in whole.err
    runs = own_home / "runs"
    record = json.loads((runs / "whole" / "finetuning.json").read_text())
    assert (record["device"], record["seed"]) == ("fake_nairobi", 0)
    assert len(record["before"]) == len(record["after"]) == len(record["recorded"]) == 4
    assert 'finetune_on = "fake_nairobi"' in (runs / "whole" / "config.toml").read_text()

    real = finetuning.rate_shift

    def interrupted(*arguments):
        os.kill(os.getpid(), signal.SIGINT)
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(finetuning, "rate_shift", interrupted)
        stopped = _train(command, recording, "stopped")
    assert stopped.code == 130
    assert "train --name stopped --resume" in stopped.err
    assert not (runs / "stopped" / WEIGHTS).exists()
    assert len(json.loads((runs / "stopped" / "finetuning.json").read_text())["shifts"]) == 1
    resumed = command("train", "--name", "stopped", "--resume")
    assert resumed.code == 0, resumed.err
    assert (runs / "stopped" / WEIGHTS).read_bytes() == (runs / "whole" / WEIGHTS).read_bytes()


@pytest.mark.parametrize("device", ["ibm_fez", "aer", "fake_fezz"])
def test_devices_that_are_not_simulated_are_refused_before_the_training(
    command: Command, recording: Path, own_home: Path, device: str
) -> None:
    options = ("--data", recording, "--name", "mine", *TRAINING, "--finetune-on", device)
    refused = command("train", *options)
    assert refused.code != 0
    assert "fake_fez" in refused.err
    assert not (own_home / "runs" / "mine").exists()
