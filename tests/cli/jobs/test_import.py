"""Jobs that are taken over by the id that their service gave them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

from neuroqgan.data.load import load
from neuroqgan.testing import LoopbackService
from tests.cli.conftest import Command
from tests.cli.jobs.conftest import DEVICE, RUN

SENT = (*RUN, "--yes", "--json")
MAPPED = ("--neurons-per-bin", 3, "--bin-width", 0.02)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: Path) -> Path:
    """The home of another machine, with the same run; not in use yet."""
    home = tmp_path / "elsewhere"
    shutil.copytree(tiny, home / "runs" / "tiny")
    return home


def _use(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUROQGAN_HOME", str(home))


def _exported(command: Command, path: Path) -> np.ndarray:
    outcome = command("jobs", "export", "latest", path)
    assert outcome.code == 0, outcome.err
    spikes: np.ndarray = load(path).spikes
    return spikes


def test_a_job_is_taken_over_on_another_machine(
    service: LoopbackService,
    command: Command,
    elsewhere: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = command(*SENT, "--mitigate", "readout", "--tiles", 5)
    assert sent.code == 0, sent.err
    (provider_id,) = service.jobs
    own = command("jobs", "list", "--json").json[0]
    before = command("jobs", "retrieve", "latest", "--json")
    original = _exported(command, tmp_path / "original.npz")

    _use(elsewhere, monkeypatch)
    taken = command("jobs", "import", provider_id, "--json")
    assert taken.code == 0, taken.err
    assert taken.json["imported"]
    same = ("id", "tag", "run", "seed", "samples", "options", "request_hash", "provider_id")
    assert {name: taken.json[name] for name in same} == {name: own[name] for name in same}
    sent_by, run = taken.json["notes"]
    assert "20 samples with seed 0" in sent_by
    assert run == "It belongs to the run tiny: its circuits and angles are the same."
    assert command("jobs", "status", "latest").code == 0
    retrieved = command("jobs", "retrieve", "latest", "--json")
    assert retrieved.code == 0, retrieved.err
    # It is in the folder of its run, as if it had been sent from here.
    assert Path(retrieved.json["raster"]).parent == elsewhere / "runs" / "tiny" / "rasters"
    assert retrieved.json["readout"] == before.json["readout"]
    assert np.array_equal(_exported(command, tmp_path / "taken.npz"), original)
    again = command("jobs", "import", provider_id, "--json")
    assert (again.code, again.json["imported"]) == (0, False)
    assert len(command("jobs", "list", "--json").json) == 1
    assert service.created == 1
    # What its bits mean is known, and need not be said.
    assert command("jobs", "forget", "latest", "--yes").code == 0
    said = command("jobs", "import", provider_id, *MAPPED)
    assert (said.code, "is known" in said.err) == (2, True)
    # Another run has taken the name since.
    monkeypatch.setattr("neuroqgan.runs.adopted_run._request_hash", lambda *_: "another")
    other = command("jobs", "import", provider_id, "--json")
    assert (other.json["run"], other.code) == (None, 0)
    assert "is not attached to it; --run tiny does so" in other.json["notes"][1]
    assert command("jobs", "forget", "latest", "--yes", "--unfinished").code == 0
    attached = command("jobs", "import", provider_id, "--run", "tiny", "--json")
    assert attached.json["run"] == "tiny"


def test_a_lost_database_is_no_lost_job(
    service: LoopbackService,
    command: Command,
    own_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As earlier versions sent it, without its record.
    monkeypatch.setattr("neuroqgan.jobs.submission.travelling_text", lambda *_: "")
    assert command(*SENT).code == 0
    (provider_id,) = service.jobs
    for file in own_home.glob("jobs.sqlite*"):
        file.unlink()
    taken = command("jobs", "import", provider_id, "--run", "tiny", "--json")
    assert taken.code == 0, taken.err
    (note,) = taken.json["notes"]
    assert note.startswith("Its layout is in the storage; its record is lost.")
    assert command("jobs", "retrieve", "latest").code == 0
    assert _exported(command, tmp_path / "taken.npz").shape[0] == 20
    # Without the storage nothing says what the bits mean.
    _use(tmp_path / "nothing", monkeypatch)
    refused = command("jobs", "import", provider_id)
    assert refused.code == 2
    assert "NEUROQGAN_STORAGE_URL" in refused.err
    assert command("jobs", "list").out.startswith("No jobs yet")


def test_a_private_job_needs_its_own_storage(
    service: LoopbackService, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command(*SENT, "--private").code == 0
    ((provider_id, job),) = service.jobs.items()
    metadata = job.params["quantum_program"]["passthrough_data"]["post_processor"]
    assert "neuroqgan" not in str(metadata["circuits_metadata"])
    _use(tmp_path / "nothing", monkeypatch)
    refused = command("jobs", "import", provider_id)
    assert refused.code == 2
    assert "a private job, whose circuits the service does not hand out" in refused.err
    assert job.n_read == 0


def _foreign(*, private: bool = False) -> str:
    """Send a job as anybody might, with two registers, and return its id."""
    from qiskit_ibm_runtime.executor_sampler import Sampler

    from neuroqgan.backends.ibm.connection import ibm_service

    a, b = ClassicalRegister(2, "a"), ClassicalRegister(4, "b")
    circuit = QuantumCircuit(QuantumRegister(27, "q"), a, b)
    circuit.x(0)
    circuit.measure(range(6), range(6))
    options = {"environment": {"private": private}}
    sampler = Sampler(ibm_service().connect().backend(DEVICE), options)
    return str(sampler.run([circuit], shots=12).job_id())


def test_what_the_bits_of_others_mean_has_to_be_said(
    service: LoopbackService, command: Command, tmp_path: Path
) -> None:
    provider_id = _foreign()
    unsaid = command("jobs", "import", provider_id)
    assert unsaid.code == 2
    assert "circuit 1: 12 shots, a of 2 bits and b of 4 bits" in unsaid.err
    assert command("jobs", "import", provider_id, "--register", "a").code == 2
    uneven = command(
        *("jobs", "import", provider_id, "--register", "b", *MAPPED),
    )
    assert "not a whole number of time bins" in uneven.err
    missing = command("jobs", "import", provider_id, "--register", "c", *MAPPED)
    assert "no register c" in missing.err
    assert "no circuit 2" in command("jobs", "import", provider_id, "--circuit", 2, *MAPPED).err
    assert command("jobs", "list").out.startswith("No jobs yet")

    taken = command("jobs", "import", provider_id, *MAPPED, "--json")
    assert taken.code == 0, taken.err
    assert (taken.json["state"], taken.json["run"]) == ("retrieved", None)
    assert "bit i of a shot is neuron i mod 3 in bin i div 3" in taken.json["notes"][0]
    spikes = _exported(command, tmp_path / "taken.npz")
    bits = service.jobs[provider_id].bits[0]
    assert np.array_equal(spikes, bits.reshape(12, 2, 3))
    assert load(tmp_path / "taken.npz").bin_width == 0.02
    assert not command("jobs", "import", provider_id, *MAPPED, "--json").json["imported"]

    # Registers come in the order in which they are named.
    other = _foreign()
    assert command("jobs", "import", other, "--register", "b", "--register", "a", *MAPPED).code == 0
    swapped = service.jobs[other].bits[0][:, [2, 3, 4, 5, 0, 1]].reshape(12, 2, 3)
    assert np.array_equal(_exported(command, tmp_path / "swapped.npz"), swapped)


def test_what_the_service_no_longer_has_is_said(service: LoopbackService, command: Command) -> None:
    provider_id = _foreign()
    service.finish(provider_id)
    service.expire(provider_id)
    expired = command("jobs", "import", provider_id, *MAPPED)
    assert expired.code == 1
    assert "expired" in expired.err
    unknown = command("jobs", "import", "d0000000000000000000")
    assert unknown.code == 2
    assert "no job d0000000000000000000 for this account" in unknown.err
    assert command("jobs", "import", "../../etc").code == 2
    # The result of a private job is not spent on a question.
    private = _foreign(private=True)
    asked = command("jobs", "import", private)
    assert "can be read only once" in asked.err
    assert service.jobs[private].n_read == 0
    assert command("jobs", "import", private, *MAPPED).code == 0
    assert service.jobs[private].n_read == 1
    assert len(command("jobs", "list", "--json").json) == 1
