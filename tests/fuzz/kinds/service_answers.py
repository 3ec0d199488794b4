"""What a service answers with, and the file of its accounts."""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import Any

from tests.fuzz.mutators import in_json
from tests.fuzz.target import Target

_WATCHED = ("neuroqgan.backends", "neuroqgan.testing")
_PROBLEM = "The result cannot be read."


def _results(program: str) -> list[bytes]:
    """Return results as the stand-in of the service writes them, of one and of two registers."""
    import numpy as np
    from qiskit import QuantumCircuit
    from qiskit.circuit import ClassicalRegister, QuantumRegister

    from neuroqgan.testing.pubs import Pub
    from neuroqgan.testing.wire_format import write_results

    found = []
    for names in (("spikes",), ("spikes", "spikes_ps")):
        circuit = QuantumCircuit(QuantumRegister(2), *(ClassicalRegister(2, n) for n in names))
        pub = Pub((3,), 4, 0, False, lambda c=circuit: c, None)  # type: ignore[misc]
        bits = np.arange(12 * 2 * len(names)).reshape(12, -1) % 3 == 0
        after = {"version": "v0.1", "twirling": False, "meas_type": "classified", "shots": 4}
        more: dict[str, Any] = {"circuits_metadata": [{}], "options": {}}
        kept = {"post_processor": after | more}
        params = {"quantum_program": {"passthrough_data": kept, "semantic_role": "sampler_v2"}}
        found.append(write_results(program, params, [pub], [bits]))
    return found


def _read(program: str, path: Path) -> object:
    import numpy as np
    from qiskit_ibm_runtime.decoders.defaults import DEFAULT_DECODERS

    from neuroqgan.backends.ibm.results import bits_of
    from neuroqgan.backends.ibm.translate import translated
    from neuroqgan.backends.measured import Expected, misfit

    with translated("fetch the result of job x"):
        result: Any = path.read_text(encoding="utf-8")
        for decoder in DEFAULT_DECODERS[program]:
            result = decoder.decode(result) if decoder.is_applicable(result) else result
        found = bits_of(result, _PROBLEM)
    problem = misfit([Expected("page 1", 3, 2, 4)], found)
    if not problem:
        (page,) = found
        assert page.bits.shape == (12, 2)
        assert page.bits.dtype == np.bool_
    return problem


@functools.cache
def _accounts() -> list[bytes]:
    account = {
        "channel": "ibm_quantum_platform",
        "instance": "crn:v1:bluemix:public:quantum-computing:us-east:a/1:2::",
        "token": "x" * 44,
        "url": "https://cloud.ibm.com",
        "verify": True,
        "private_endpoint": False,
        "is_default_account": True,
        "proxies": {"urls": {"https": "http://127.0.0.1:1"}},
    }
    return [json.dumps({"default-ibm-quantum-platform": account, "lab-b": account}).encode()]


def _read_accounts(path: Path) -> object:
    from tests.fuzz.kinds.command_lines import call

    home = path.parent / "home"
    (home / ".qiskit").mkdir(parents=True, exist_ok=True)
    path.replace(home / ".qiskit" / "qiskit-ibm.json")
    os.environ["HOME"] = str(home)
    return [
        call("account", "list"),
        call("account", "status", "--json"),
    ]


TARGETS = (
    Target(
        name="service-result-sampler",
        suffix=".json",
        seeds=functools.partial(_results, "sampler"),
        run=functools.partial(_read, "sampler"),
        mutate=(in_json,),
        watched=_WATCHED,
    ),
    Target(
        name="service-result-executor",
        suffix=".json",
        seeds=functools.partial(_results, "executor"),
        run=functools.partial(_read, "executor"),
        mutate=(in_json,),
        watched=_WATCHED,
    ),
    Target(
        name="account-file",
        suffix=".json",
        seeds=_accounts,
        run=_read_accounts,
        mutate=(in_json,),
        watched=_WATCHED,
    ),
)
