"""A resource of QRMI that simulates circuits on this machine, in place of the one of a site."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import qrmi
from qiskit import qasm3
from qiskit.primitives import PrimitiveResult, SamplerPubResult
from qiskit_aer.primitives import SamplerV2
from qiskit_ibm_runtime.fake_provider import FakeNairobiV2
from qiskit_ibm_runtime.json import RuntimeEncoder


class SimulatedResource:
    """What a test may set: ``fails`` (the status of every task), ``refuses``, ``n_silent``."""

    def __init__(self) -> None:
        self.payloads: list[dict[str, Any]] = []
        self.stopped: list[str] = []
        self.fails: Any = None
        self.refuses: Exception | None = None
        self.n_silent = 0
        self.loses_shots = False
        self._results: dict[str, str] = {}

    def target(self) -> Any:
        device = FakeNairobiV2()
        folder = Path(device.dirname)
        parts = {"configuration": device.conf_filename, "properties": device.props_filename}
        read = {key: json.loads((folder / name).read_text()) for key, name in parts.items()}
        return SimpleNamespace(value=json.dumps(read))

    def task_start(self, payload: Any) -> str:
        if self.refuses is not None:
            raise self.refuses
        assert payload.program_id == "sampler"
        sent = json.loads(payload.input)
        self.payloads.append(sent)
        number = f"task-{len(self.payloads)}"
        self._results[number] = self._run(sent)
        return number

    def task_status(self, _: str) -> Any:
        if self.n_silent:
            self.n_silent -= 1
            raise qrmi.QrmiError("no answer")
        return self.fails or qrmi.TaskStatus.Completed

    def task_result(self, number: str) -> Any:
        return SimpleNamespace(value=self._results[number])

    def task_logs(self, _: str) -> str:
        return "started\nqubit 3 is on fire\n"

    def task_stop(self, number: str) -> None:
        self.stopped.append(number)

    def _run(self, sent: dict[str, Any]) -> str:
        results = []
        for text, angles, shots in sent["pubs"]:
            circuit = qasm3.loads(text)
            pub = (circuit,) if angles is None else (circuit, np.array(angles))
            n_shots = shots - 1 if self.loses_shots else shots
            (made,) = SamplerV2(seed=1).run([pub], shots=n_shots).result()
            results.append(SamplerPubResult(made.data))
        return json.dumps(PrimitiveResult(results), cls=RuntimeEncoder)
