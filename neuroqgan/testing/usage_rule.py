"""Seconds of a quantum processor that a job is charged, by the rule that IBM publishes.

``overhead + (rep_delay + initialisation + circuit length) * executions``, with an overhead of two
seconds, in IBM's guide "Workload usage". Lengths of gates and readouts are those of the device's
calibration as it is served; nothing is taken from the estimates that are to be compared with it.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from neuroqgan.testing.served_device import snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit import QuantumCircuit

    from neuroqgan.testing.pubs import Pub

Durations: TypeAlias = dict[tuple[str, tuple[int, ...]], float]

OVERHEAD = 2.0
_REP_DELAY = 250e-6
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0}


def usage_seconds(device: str, params: dict[str, Any], pubs: Sequence[Pub]) -> float:
    """Return the seconds that a job is charged.

    Parameters
    ----------
    device
        Name of the device that runs it, or of its mock.
    params
        Parameters of the job, as posted.
    pubs
        Its circuits with their parameter sets.
    """
    durations, default_delay = _durations(device)
    options = params.get("options") or {}
    options = options.get("execution") or options
    delay = options.get("rep_delay")
    delay = default_delay if delay is None else float(delay)
    if options.get("init_qubits", True):
        delay += durations.get(("reset", (0,)), 0.0)
    work = sum(
        (delay + circuit_seconds(pub.load_circuit(), durations)) * pub.executions for pub in pubs
    )
    return OVERHEAD + work


def circuit_seconds(circuit: QuantumCircuit, durations: Durations) -> float:
    """Return how long a circuit takes if every gate begins as early as it can.

    Parameters
    ----------
    circuit
        On the qubits of the device.
    durations
        Seconds by gate and qubits; what is missing takes no time.
    """
    return _seconds_of(circuit, tuple(range(circuit.num_qubits)), durations)


def _seconds_of(block: QuantumCircuit, qubits: tuple[int, ...], durations: Durations) -> float:
    """Return how long a circuit, or a block of one, takes on its qubits."""
    ready = dict.fromkeys(qubits, 0.0)
    for instruction in block.data:
        operation = instruction.operation
        used = tuple(qubits[block.find_bit(qubit).index] for qubit in instruction.qubits)
        blocks = getattr(operation, "blocks", ())
        if blocks:
            seconds = max(_seconds_of(inner, used, durations) for inner in blocks)
        elif operation.name == "delay":
            seconds = _delay(operation, durations)
        else:
            seconds = durations.get((operation.name, used), 0.0)
        end = max((ready[qubit] for qubit in used), default=0.0) + seconds
        ready.update(dict.fromkeys(used, end))
    return max(ready.values(), default=0.0)


def _delay(operation: Any, durations: Durations) -> float:
    unit = durations["dt", ()] if operation.unit == "dt" else _SECONDS.get(operation.unit, 0.0)
    duration = operation.duration
    return float(duration) * unit if isinstance(duration, (int, float)) else 0.0


@cache
def _durations(device: str) -> tuple[Durations, float]:
    """Return seconds by gate and qubits, and the seconds between two executions."""
    raw_configuration, raw_properties, _ = snapshot(device)
    configuration, properties = json.loads(raw_configuration), json.loads(raw_properties)
    found: Durations = {("dt", ()): 1e-9 * float(configuration.get("dt") or 0.0)}
    for qubit, values in enumerate(properties["qubits"]):
        found["measure", (qubit,)] = _named(values, "readout_length")
    for gate in properties["gates"]:
        found[gate["gate"], tuple(gate["qubits"])] = _named(gate["parameters"], "gate_length")
    delay = configuration.get("default_rep_delay")
    return found, _REP_DELAY if delay is None else 1e-6 * float(delay)


def _named(values: list[dict[str, Any]], name: str) -> float:
    for value in values:
        if value["name"] == name:
            return float(value["value"]) * _SECONDS.get(value["unit"], 1.0)
    return 0.0
