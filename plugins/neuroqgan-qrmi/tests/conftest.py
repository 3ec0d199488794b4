"""What tests share: a job of Slurm with one quantum processor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import qrmi
from stand_in import SimulatedResource


@pytest.fixture
def resource(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SimulatedResource:
    made = SimulatedResource()

    def open_resource(name: str, kind: Any) -> SimulatedResource:
        assert (name, kind) == ("ibm_site", qrmi.ResourceType.IBMQuantumComputeService)
        return made

    monkeypatch.setattr(qrmi, "QuantumResource", open_resource)
    monkeypatch.setenv("QRMI_JOB_QPU_RESOURCES", "other,ibm_site,photons")
    monkeypatch.setenv(
        "QRMI_JOB_QPU_TYPES", "ibm-quantum-system,ibm-quantum-compute-service,pasqal-cloud"
    )
    monkeypatch.setenv("NEUROQGAN_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("neuroqgan_qrmi.sampler.POLL_SECONDS", 0.0)
    return made


@pytest.fixture
def model() -> Any:
    import numpy as np

    from neuroqgan import StationaryGenerator

    made = StationaryGenerator(n_neurons=3, n_bins=2, bin_width=0.02)
    made.initialise(np.full(3, 0.4), seed=1)
    return made
