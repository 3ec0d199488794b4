"""Samples from a processor that stands in for the one of a Slurm job."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import qrmi
from stand_in import SimulatedResource

from neuroqgan.backends.names import schemes
from neuroqgan.backends.registry import resolve
from neuroqgan.errors import (
    AccountError,
    BackendNotFoundError,
    JobFailedError,
    MisfitError,
    NeuroqganError,
    RefusedError,
    ServiceError,
    UncertainError,
)
from neuroqgan.jobs.context import JobContext


def test_the_plugin_is_installed() -> None:
    assert "qrmi" in schemes()


def test_a_raster_is_sampled_by_one_task(resource: SimulatedResource, model: Any) -> None:
    raster = model.sample(200, backend="qrmi:ibm_site", seed=3)
    assert raster.spikes.shape == (200, 2, 3)
    assert np.abs(raster.spikes.mean((0, 1)) - model.sample(2000).spikes.mean((0, 1))).max() < 0.15
    (sent,) = resource.payloads
    (pub,) = sent["pubs"]
    assert len(pub[1]) == 200  # all rows of angles of one circuit
    (job,) = JobContext().store.find()
    assert (job.backend, job.state.value) == ("qrmi:ibm_site", "retrieved")
    assert resource.stopped == []  # a task that was paid for stays
    assert model.sample(200, backend="qrmi:ibm_site", seed=3) == raster  # and is not paid twice
    assert len(resource.payloads) == 1


def test_the_device_is_planned_like_others(resource: SimulatedResource) -> None:
    backend = resolve("qrmi:ibm_site")
    assert backend.target.num_qubits == 7
    assert backend.charges


def test_a_task_that_failed(resource: SimulatedResource, model: Any) -> None:
    resource.fails = qrmi.TaskStatus.Failed
    with pytest.raises(JobFailedError, match="task-1") as caught:
        model.sample(10, backend="qrmi:ibm_site", seed=3)
    assert caught.value.got == "qubit 3 is on fire"


def test_a_service_that_is_silent_for_a_while(
    resource: SimulatedResource, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource.n_silent = 5
    assert model.sample(10, backend="qrmi:ibm_site", seed=3).n_samples == 10
    monkeypatch.setattr("neuroqgan_qrmi.sampler.MOST_FAILURES", 3)
    resource.n_silent = 3
    with pytest.raises(ServiceError, match="cannot be reached") as caught:
        model.sample(10, backend="qrmi:ibm_site", seed=4)
    assert "task-2 goes on" in caught.value.hint


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (qrmi.InvalidInputError("too wide"), RefusedError),
        (qrmi.QrmiError("connection reset"), UncertainError),
    ],
)
def test_a_task_that_does_not_start(
    error: Exception, kind: type[NeuroqganError], resource: SimulatedResource, model: Any
) -> None:
    resource.refuses = error
    with pytest.raises(kind) as caught:
        model.sample(10, backend="qrmi:ibm_site", seed=3)
    assert caught.value.got == str(error)


def test_shots_that_are_missing(resource: SimulatedResource, model: Any) -> None:
    resource.loses_shots = True
    with pytest.raises((MisfitError, NeuroqganError)):
        model.sample(10, backend="qrmi:ibm_site", seed=3)


def test_an_interrupt_stops_the_task(
    resource: SimulatedResource, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(resource, "task_status", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.sample(10, backend="qrmi:ibm_site", seed=3)
    assert resource.stopped == ["task-1"]


def test_names_that_are_not_there(
    resource: SimulatedResource, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BackendNotFoundError, match="no quantum processor 'ibm_fez'") as caught:
        resolve("qrmi:ibm_fez")
    assert caught.value.expected == "other, ibm_site, photons"
    with pytest.raises(BackendNotFoundError, match="does not run circuits of Qiskit"):
        resolve("qrmi:photons")
    monkeypatch.delenv("QRMI_JOB_QPU_RESOURCES")
    with pytest.raises(BackendNotFoundError, match="given no quantum processor"):
        resolve("qrmi:ibm_site")


def test_a_site_that_has_not_configured_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real QRMI, which asks for variables that the Slurm plugin sets."""
    monkeypatch.setenv("SLURM_JOB_QPU_RESOURCES", "ibm_old")
    monkeypatch.setenv("SLURM_JOB_QPU_TYPES", "ibm-quantum-compute-service")
    with pytest.raises(AccountError, match="not configured") as caught:
        resolve("qrmi:ibm_old")
    assert "ibm_old_QRMI" in caught.value.got
