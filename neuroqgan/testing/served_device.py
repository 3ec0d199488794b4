"""Devices: what the client's own snapshots of them say, under another name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass
class Device:
    """A device on offer, and how busy it is."""

    name: str
    queue: int = 0
    status: str = "online"
    retired: bool = False
    calibrated: str | None = None
    faulty: frozenset[int] = frozenset()

    @property
    def configuration(self) -> bytes:
        """Answer to `GET /backends/{name}/configuration`."""
        return snapshot(self.name)[0]

    @property
    def properties(self) -> bytes:
        """Answer to `GET /backends/{name}/properties`."""
        kept = snapshot(self.name)[1]
        if self.calibrated is None:
            return kept
        said = json.loads(kept)
        said["last_update_date"] = self.calibrated
        for qubit in self.faulty:
            broken = {"date": self.calibrated, "name": "operational", "unit": "", "value": 0}
            said["qubits"][qubit].append(broken)
        return json.dumps(said).encode()

    def listing(self) -> dict[str, Any]:
        """Return the entry in `GET /backends`."""
        return {
            "name": self.name,
            "qubits": snapshot(self.name)[2],
            "queue_length": self.queue,
            "status": {"name": self.status, "reason": "" if self.online else self.status},
            "is_simulator": False,
            "processor_type": {"family": "Eagle", "revision": 3},
            "clops": {"type": "hardware", "value": 180000},
        }

    @property
    def online(self) -> bool:
        """Whether it takes jobs at the moment."""
        return self.status == "online"

    def state(self) -> dict[str, Any]:
        """Return the answer to `GET /backends/{name}/status`."""
        return {
            "state": self.online,
            "status": "active" if self.online else "internal",
            "message": "available" if self.online else self.status,
            "length_queue": self.queue,
            "backend_version": "1.0.0",
        }


@cache
def snapshot(name: str) -> tuple[bytes, bytes, int]:
    """Return configuration and properties as bytes, and the number of qubits."""
    device = name.removeprefix("ibm_").removeprefix("mock_")
    folder = files("qiskit_ibm_runtime.fake_provider.backends") / device
    configuration = json.loads((folder / f"conf_{device}.json").read_text(encoding="utf-8"))
    properties = json.loads((folder / f"props_{device}.json").read_text(encoding="utf-8"))
    configuration["backend_name"] = properties["backend_name"] = name
    return (
        json.dumps(configuration).encode(),
        json.dumps(properties).encode(),
        int(configuration["n_qubits"]),
    )
