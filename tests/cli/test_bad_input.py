"""Everything that people get wrong: a clear error, nothing overwritten, no traceback."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.save import save
from neuroqgan.data.simulate import simulate_population
from tests.helpers import TRAINING, files_below


def _check(outcome, *parts: str, code: int = 2) -> None:
    """An error that says what was expected, what came and what to try."""
    assert outcome.code == code, outcome
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    assert "Internal error" not in outcome.err
    for part in ("Error: ", "expected: ", "got: ", *parts):
        assert part in outcome.err, outcome.err


def _recording(path: Path, spikes: np.ndarray, **more: object) -> Path:
    np.savez(path, spikes=spikes, **({"bin_width": 0.02} | more))
    return path


def test_missing_file(command, own_home: Path) -> None:
    outcome = command("run", "--data", "nowhere.npz", *TRAINING)
    _check(outcome, "There is no recording 'nowhere.npz'", "try: neuroqgan data list")
    assert files_below(own_home) == {}


def test_wrong_array(command, tmp_path: Path, own_home: Path) -> None:
    np.savez(tmp_path / "r.npz", left=np.ones((40, 3)), right=np.ones((40, 4)), bin_width=0.02)
    _check(
        command("run", "--data", tmp_path / "r.npz", *TRAINING),
        "several arrays",
        "right (40, 4)",
        "try: --array left",
    )
    _check(
        command("run", "--data", tmp_path / "r.npz", "--array", "middle", *TRAINING),
        "no array 'middle'",
        "left (40, 3)",
    )
    assert files_below(own_home) == {}


def test_values_that_are_not_binary(command, tmp_path: Path, own_home: Path) -> None:
    counts = np.random.default_rng(0).poisson(0.5, (10, 60, 4))
    path = _recording(tmp_path / "r.npz", counts)
    outcome = command("run", "--data", path, "--counts", "refuse", *TRAINING)
    _check(outcome, "holds counts above one", "try: --counts clip")
    assert files_below(own_home) == {}
    outcome = command("run", "--data", _recording(tmp_path / "r.npz", counts / 2), *TRAINING)
    _check(outcome, "not whole numbers", "try: firing rates and calcium traces are not spikes")
    assert files_below(own_home) == {}


def test_nan(command, tmp_path: Path, own_home: Path) -> None:
    spikes = np.zeros((10, 60, 4))
    spikes[3, 5, 1] = np.nan
    outcome = command("run", "--data", _recording(tmp_path / "r.npz", spikes), *TRAINING)
    _check(outcome, "cannot hold NaN", "got: 1 NaN in 2400 values", "try: leave out")
    assert files_below(own_home) == {}


def test_fewer_bins_than_a_window(command, recording: Path, own_home: Path) -> None:
    outcome = command("run", "--data", recording, "--bins", 500)
    _check(outcome, "Windows of 500 bins do not fit", "trials of 160 bins", "try: --bins 16")
    assert files_below(own_home) == {}


def test_one_neuron(command, recording: Path, own_home: Path) -> None:
    outcome = command("run", "--data", recording, "--neurons", "2", *TRAINING)
    _check(outcome, "at least two neurons", "got: one", "try: --neurons 0:10")
    assert files_below(own_home) == {}


def test_not_a_single_spike(command, tmp_path: Path, own_home: Path) -> None:
    silent = _recording(tmp_path / "r.npz", np.zeros((10, 60, 4), bool))
    _check(command("run", "--data", silent, *TRAINING), "recording", "spike")
    assert files_below(own_home) == {}


def test_a_name_that_exists(command, tiny: Path, recording: Path) -> None:
    before = files_below(tiny)
    outcome = command("train", "--data", recording, "--name", "tiny", *TRAINING)
    _check(outcome, "A run 'tiny' exists already", "try: another --name, --resume")
    assert files_below(tiny) == before


@pytest.mark.parametrize("name", ["../outside", "a/b", ".hidden", ""])
def test_a_name_that_is_no_name(command, recording: Path, tmp_path: Path, name: str) -> None:
    before = files_below(tmp_path)
    _check(command("train", "--data", recording, "--name", name, *TRAINING), "value for name")
    assert files_below(tmp_path) == before


def test_an_output_that_exists(command, tiny: Path, tmp_path: Path) -> None:
    output = tmp_path / "precious.npz"
    output.write_bytes(b"precious")
    before = files_below(tiny)
    outcome = command("run", "--name", "tiny", "--output", output)
    _check(outcome, "exists already", "try: another --output, or --overwrite")
    assert output.read_bytes() == b"precious"
    assert files_below(tiny) == before


@pytest.mark.parametrize(
    ("output", "problem"),
    [("r.csv", "keeps all of it"), ("missing/r.npz", "folder of the output does not exist")],
)
def test_an_output_that_cannot_be_written(
    command, tiny: Path, tmp_path: Path, output: str, problem: str
) -> None:
    before = files_below(tiny)
    _check(command("run", "--name", "tiny", "--output", tmp_path / output), problem, "try: ")
    assert files_below(tiny) == before


@contextmanager
def _disk_with(n_bytes: int) -> Iterator[None]:
    """Let no file grow beyond a size: the write that goes beyond fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.slow
def test_a_full_disk_while_training(command, recording: Path, own_home: Path) -> None:
    with _disk_with(4096):
        outcome = command("train", "--data", recording, "--name", "full", *TRAINING)
    _check(outcome, "cannot be written", "try: check the folder", code=1)
    # Nothing half written is left, and the same command works once there is room.
    folder = own_home / "runs" / "full"
    assert not [name for name in files_below(folder) if name.endswith(".part")]
    assert not (folder / "checkpoint.safetensors").exists()
    outcome = command("run", "--data", recording, "--name", "full", *TRAINING, "--samples", 40)
    assert outcome.code == 0, outcome.err


@pytest.mark.slow
@pytest.mark.parametrize(("room", "what"), [(1024, "database"), (200_000, "storage")])
def test_a_full_disk_while_sampling(command, tiny: Path, room: int, what: str) -> None:
    before = files_below(tiny)
    with _disk_with(room):
        outcome = command("run", "--name", "tiny", "--samples", 4000)
    _check(outcome, f"The job {what} cannot be used", "try: check", code=1)
    # What the samples are to see was written before the disk was needed for anything else.
    found = {k: v for k, v in files_below(tiny).items() if not k.startswith("covariates/")}
    assert found == before
    assert not files_below(tiny.parents[1] / "jobs")
    # Once there is room, nothing stands in the way.
    assert command("run", "--name", "tiny", "--samples", 40).code == 0
    left = [job["state"] for job in command("jobs", "list", "--json").json]
    assert left in (["retrieved"], ["retrieved", "abandoned"])


def test_a_home_that_cannot_be_made(command, recording: Path, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NEUROQGAN_HOME", str(tmp_path / "file" / "home"))
    outcome = command("train", "--data", recording, *TRAINING)
    _check(outcome, "cannot be made", "try: set NEUROQGAN_HOME", code=1)


def test_a_read_only_disk(command, recording: Path, own_home: Path, monkeypatch) -> None:
    def read_only(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("os.mkdir", read_only)
    outcome = command("train", "--data", recording, *TRAINING)
    _check(outcome, "got: Read-only file system", "try: set NEUROQGAN_HOME", code=1)


def test_a_truncated_checkpoint(command, tiny: Path) -> None:
    (tiny / "generator.safetensors").unlink()
    checkpoint = tiny / "checkpoint.safetensors"
    checkpoint.write_bytes(checkpoint.read_bytes()[:-50])
    before = files_below(tiny)
    outcome = command("train", "--name", "tiny", "--resume")
    _check(outcome, "checkpoint.safetensors is truncated", "try: train again", code=1)
    assert files_below(tiny) == before


def test_truncated_weights(command, tiny: Path) -> None:
    weights = tiny / "generator.safetensors"
    weights.write_bytes(weights.read_bytes()[:-50])
    before = files_below(tiny)
    outcome = command("run", "--name", "tiny")
    _check(outcome, "generator.safetensors is truncated", code=1)
    assert files_below(tiny) == before


def test_weights_of_another_shape(command, tiny: Path, recording: Path) -> None:
    arguments = ("--data", recording, "--neurons", "0:3", "--name", "three", *TRAINING)
    assert command("train", *arguments).code == 0
    shutil.copy(tiny.parent / "three" / "generator.safetensors", tiny)
    before = files_below(tiny)
    outcome = command("run", "--name", "tiny")
    _check(outcome, "n_neurons = 4", "n_neurons = 3", "try: ", code=1)
    assert files_below(tiny) == before


def test_an_unknown_key(command, tmp_path: Path, own_home: Path) -> None:
    (tmp_path / "run.toml").write_text("sead = 1\n")
    outcome = command("run", "--config", tmp_path / "run.toml")
    _check(outcome, "Unknown key 'sead'", "try: seed")
    assert files_below(own_home) == {}


@pytest.mark.parametrize("text", ["seed = ", "seed = 1\nseed = 2\n", "\x00"])
def test_a_file_that_is_not_toml(command, tmp_path: Path, text: str) -> None:
    (tmp_path / "run.toml").write_text(text)
    outcome = command("run", "--config", tmp_path / "run.toml")
    _check(outcome, "is not TOML", "try: neuroqgan config show")


def test_a_missing_configuration(command, tmp_path: Path) -> None:
    _check(command("run", "--config", tmp_path / "none.toml"), "cannot be read")


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--seed", "-1"),
        ("--bins", "1"),
        ("--samples", "0"),
        ("--steps", "0"),
        ("--batch", "3"),
        ("--shots", "0"),
        ("--layers", "0"),
        ("--group-size", "13"),
        ("--learning-rate", "nan"),
        ("--critic-weight", "-1"),
        ("--statistics-weight", "-1"),
        ("--bin-width", "0"),
        ("--preset", "paper"),
        ("--gradient", "exact"),
        ("--entangling", "all"),
        ("--neurons", "0-3"),
        ("--backend", "ibm_brisbane"),
    ],
)
def test_impossible_values(command, recording, own_home: Path, flag: str, value: str) -> None:
    outcome = command("run", "--data", recording, "--name", "bad", flag, value)
    _check(outcome)
    assert "try: " in outcome.err
    assert files_below(own_home) == {}


def test_shots_and_no_shots(command, recording: Path, own_home: Path) -> None:
    arguments = ("--data", recording, "--gradient", "spsa", "--exact", *TRAINING)
    _check(command("train", *arguments), "gradient")
    assert files_below(own_home) == {}


def test_too_few_samples_to_judge_lose_nothing(command, tiny: Path) -> None:
    before = files_below(tiny)
    outcome = command("run", "--name", "tiny", "--samples", 4)
    _check(outcome, "Impossible value for samples", "equal to 8", "got: 4")
    assert files_below(tiny) == before


def test_unknown_runs(command, tiny: Path) -> None:
    for arguments in (
        ("runs", "show", "tinny"),
        ("runs", "remove", "tinny", "--yes"),
        ("report", "tinny"),
        ("evaluate", "tinny"),
        ("circuits", "show", "tinny"),
        ("train", "--name", "tinny", "--resume"),
    ):
        _check(command(*arguments), "There is no run 'tinny'", "try: tiny")
    _check(command("runs", "remove", "../..", "--yes"), "There is no run")


def test_two_processes_on_one_run(command, tiny: Path) -> None:
    from filelock import FileLock

    (tiny / "generator.safetensors").unlink()
    with FileLock(tiny / ".lock"):
        outcome = command("train", "--name", "tiny", "--resume")
    _check(outcome, "Another process is working on the run tiny", code=1)


def test_debug_shows_the_traceback(command) -> None:
    outcome = command("run", "--data", "nowhere.npz", "--debug")
    assert outcome.code == 2
    assert "Traceback" in outcome.err
    assert "There is no recording" in outcome.err


def test_the_unforeseen_ends_in_one_line(command, monkeypatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("neuroqgan.data.sources.names", fail)
    outcome = command("data", "list")
    assert outcome.code == 1
    assert "ZeroDivisionError: oh" in outcome.err
    assert "--debug" in outcome.err
    assert "Traceback" not in outcome.err


def test_a_diverging_training(command, tmp_path: Path, own_home: Path, monkeypatch) -> None:
    import torch

    from neuroqgan.models.latent import adversarial_trainer as trainer

    def infinite(*_: object) -> torch.Tensor:
        return torch.tensor(float("inf"), requires_grad=True)

    monkeypatch.setattr(trainer, "statistics_loss", infinite)
    save(tmp_path / "r.npz", simulate_population(3, 8, 80))
    asked = ("--data", tmp_path / "r.npz", "--name", "off", "--covariates", "none")
    outcome = command("train", *asked, *TRAINING)
    _check(outcome, "diverged at step 1", "try: --learning-rate 0.01", code=1)
