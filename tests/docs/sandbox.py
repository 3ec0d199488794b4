"""A place where the commands of examples are executed: small, offline, with a service of its own.

Every command is executed as it is printed, except that numbers are made small (`shrink`) and
placeholders are filled in. The commands that need an account talk to the loopback service.
"""

from __future__ import annotations

import json
import math
import shlex
import shutil
from contextlib import chdir
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

import neuroqgan as nq
from neuroqgan.evaluation.classical.spike_gan import SpikeGAN
from neuroqgan.testing import FakeClock, LoopbackService
from tests.cli.conftest import Outcome, call
from tests.docs.sessions import write_session, write_sorted

N_NEURONS = 4
# A training of a second; the last one only if the critic sees shots.
TRAINING = {"--bins": "8", "--steps": "3", "--batch": "16"}
SHOTS = {"--shots": "2"}
SAMPLES, TRIALS = "40", "2"
_PLACEHOLDERS = {
    "RUN": "mine",
    "3f2a": "latest",
    "76f7193c": "latest",
    "--n-trials 40": "--n-trials 1",
    "$job": "latest",
    "0:10": f"0:{N_NEURONS}",
    # The labels of all neurons of spikes.csv.
    "3,8": "0,1,2,3",
    # How long to wait between two questions, in seconds.
    "--every 60": "--every 1",
    "--every 30": "--every 1",
}


def shrink(line: str) -> list[str]:
    """Return the words of a command, with small numbers and without placeholders."""
    for placeholder, value in _PLACEHOLDERS.items():
        line = line.replace(placeholder, value)
    words = shlex.split(line)
    if "--replay" in words:  # takes no settings
        return words[1:]
    trains = words[1:2] in (["run"], ["train"]) or words[1:3] == ["config", "show"]
    settings: dict[str, str] = {}
    is_new = "--name" not in words or "--data" in words or words[1] == "train"
    if trains and is_new and not _has_weights(words):
        by_likelihood = {"history", "memory"} & set(words)
        settings |= TRAINING if by_likelihood else TRAINING | SHOTS
    if "--trials" in words and words[1] == "run":
        settings["--trials"] = TRIALS
    elif words[1] == "run" or "--samples" in words:
        settings["--samples"] = SAMPLES
    for option, value in settings.items():
        if option in words:
            words[words.index(option) + 1] = value
        else:
            words += [option, value]
    if words[1] == "run" and any(word.startswith("ibm") for word in words):
        words.append("--yes")  # as a person would answer at a terminal
    return words[1:]


def _has_weights(words: list[str]) -> bool:
    return "--pretrained" in words or "--config" in words or "--resume" in words


@dataclass
class Sandbox:
    """A folder with recordings, a home with a run and a job, and a service."""

    folder: Path
    home: Path
    service: LoopbackService

    def execute(self, line: str) -> Outcome:
        """Execute the commands of a line, one after the other, and return the last outcome."""
        outcome = Outcome(0, "", "")
        for part in line.split(" && "):
            outcome = self._execute(part)
            if outcome.code != 0:
                break
        return outcome

    def _execute(self, command: str) -> Outcome:
        command, _, target = command.partition(" > ")
        command, _, source = command.partition(" < ")
        words = shrink(command)
        with chdir(self.folder):
            answer = Path(source).read_text() if source else self._answer(words)
            self._make_room(words)
            outcome = call(*words, input=answer)
            if target:
                Path(target).write_text(outcome.out)
        self._lead_accounts_here()
        return outcome

    def _answer(self, words: list[str]) -> str:
        return f"{self.service.token}\n" if words[:2] == ["account", "save"] else "y\n" * 3

    def _make_room(self, words: list[str]) -> None:
        """Delete the file that a command is about to write."""
        writes = words[:1] == ["data"] or words[:2] == ["jobs", "export"]
        files = [word for word in words if word.endswith((".npz", ".mat", ".csv"))]
        if "--output" in words:
            files = [words[words.index("--output") + 1]]
        elif not writes or words[1] == "show":
            files = []
        for file in files[-1:]:
            (self.folder / file).unlink(missing_ok=True)

    def _lead_accounts_here(self) -> None:
        """Let saved accounts lead to the loopback service: no example ever reaches IBM."""
        file = self.folder.parent / ".qiskit" / "qiskit-ibm.json"
        if file.is_file():
            entries = json.loads(file.read_text())
            url = self.service.environment["QISKIT_IBM_URL"]
            file.write_text(json.dumps({name: {**e, "url": url} for name, e in entries.items()}))


def save_closed_account(sandbox: Sandbox) -> None:
    """Save an account of the channel that IBM has closed."""
    file = sandbox.folder.parent / ".qiskit" / "qiskit-ibm.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"old": {"channel": "ibm_quantum", "token": "a-token"}}))


def hold_jobs(sandbox: Sandbox) -> None:
    """Send a job that stays in the queue."""
    sandbox.service.state.auto = False
    line = "neuroqgan run --name mine --backend ibm_fez --fresh"
    assert sandbox.execute(line).code == 0


def interrupt_training(sandbox: Sandbox) -> None:
    """Leave the run ``mine`` as Ctrl-C after its last step would."""
    (sandbox.home / "runs" / "mine" / "generator.safetensors").unlink()


def write_recordings(sandbox: Sandbox) -> None:
    """Write the recordings that the examples are about."""
    sandbox.folder.mkdir()
    simulate = f"neuroqgan data simulate {{}} --n-neurons {N_NEURONS} --trials {{}} --bins {{}}"
    lines = [simulate.format("recording.npz", 24, 160)]
    lines += [
        f"neuroqgan data convert recording.npz {name}"
        for name in ("recording.mat", "spikes.csv", "another_session.npz")
    ]
    lines += [simulate.format(f"{name}.npz", 60, 8) for name in ("generated", "test", "train")]
    for line in lines:
        assert sandbox.execute(line).code == 0
    (sandbox.folder / "token.txt").write_text("a-token\n")
    recording = nq.load(sandbox.folder / "recording.npz")
    write_sorted(sandbox.folder / "sorted", recording)
    if find_spec("pynwb"):
        write_session(sandbox.folder / "session.nwb", recording)
    for number, name in enumerate(("stimulus", "other"), 1):
        rows = "".join(f"{math.sin(t * number / 9):.3f}\n" for t in range(160))
        (sandbox.folder / f"{name}.csv").write_text(f"contrast\n{rows}")


def write_sweep(sandbox: Sandbox) -> None:
    """Write the sweep of the examples, which takes a moment."""
    (sandbox.folder / "sweep.toml").write_text(
        'data = "recording.npz"\nneurons = "0:3"\nbins = 8\npreset = "memory"\nbatch = 16\n'
        'steps = 2\nmixing_layers = 4\ncovariates = "none"\nvalidation_every = 3\n\n'
        "[grid]\nlearning_rate = [0.01, 0.1]\nseed = [0, 1]\n"
    )


def prepare(sandbox: Sandbox) -> None:
    """Train the run ``mine``, judge a raster of it, and send a job."""
    write_recordings(sandbox)
    write_sweep(sandbox)
    for line in (
        "neuroqgan run --data recording.npz --neurons 0:10 --name mine",
        "neuroqgan run --name mine --backend ibm_fez --samples 1000",
        "neuroqgan config show > run.toml",
    ):
        outcome = sandbox.execute(line)
        assert outcome.code == 0, outcome.err


def copy(prepared: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Return a sandbox of its own, as it was prepared."""
    sandbox = Sandbox(folder / "work", folder / "home", prepared.service)
    shutil.copytree(prepared.folder, sandbox.folder)
    shutil.copytree(prepared.home, sandbox.home)
    use(sandbox, monkeypatch)
    return sandbox


def use(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point neuroqgan and the client of IBM to a sandbox."""
    sandbox.service.state.auto = True
    monkeypatch.setenv("HOME", str(sandbox.folder.parent))
    monkeypatch.setenv("NEUROQGAN_HOME", str(sandbox.home))
    for name, value in sandbox.service.environment.items():
        monkeypatch.setenv(name, value)
    # Pictures take longer than all the rest, and have tests of their own.
    monkeypatch.setattr("neuroqgan.runs.stages.draw_run", lambda *_: [])
    monkeypatch.setattr(SpikeGAN.__init__, "__defaults__", (30,))  # steps; 4,000 take minutes
    monkeypatch.setattr("time.sleep", FakeClock().sleep)
