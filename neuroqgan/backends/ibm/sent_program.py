"""What qiskit-ibm-runtime makes of circuits before it sends them, and how large that is.

Dynamical decoupling and twirling are done by the client: the circuits that arrive at the service
have more gates than those that were planned, and the request holds what twirling needs. So the
client's own functions are asked, without sending anything.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.ibm.discretion import brief
from neuroqgan.backends.ibm.submission import sampler_options
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

    from neuroqgan.backends.options import JobOptions

ENVELOPE = 400
"""Bytes of a request beside the parameters of the program: names, tags and options of the job."""

# Angles come in single precision, and the client sends them in double precision, compressed.
_BYTES_PER_ANGLE = 5.6
_MOST_BYTES = 1 << 17


@dataclass(frozen=True)
class SentProgram:
    """Circuits as they are sent.

    Parameters
    ----------
    circuits
        With the gates that the client adds, in the order in which they were given.
    n_bytes
        Of a request with one row of angles per circuit.
    """

    circuits: tuple[QuantumCircuit, ...]
    n_bytes: int


def as_sent(
    circuits: Sequence[QuantumCircuit], options: JobOptions, target: Target, *, shots: int = 1
) -> SentProgram:
    """Return what the client makes of circuits; nothing is sent.

    Parameters
    ----------
    circuits
        Physical circuits.
    options
        Of the job.
    target
        Of the device.
    shots
        Of every row of angles.

    Raises
    ------
    PlanError
        If the client cannot do with them what the options ask for.
    """
    from qiskit_ibm_runtime.executor_sampler.prepare import prepare
    from qiskit_ibm_runtime.options_models import SamplerOptions
    from qiskit_ibm_runtime.quantum_program.params_converters import (
        QUANTUM_PROGRAM_PARAMS_CONVERTERS,
    )

    wanted = SamplerOptions(**sampler_options(options, tag="", shots=shots))
    pubs = [
        (circuit, _some_angles(circuit.num_parameters)) if circuit.num_parameters else (circuit,)
        for circuit in circuits
    ]
    try:
        program, executor_options = prepare(pubs, wanted, shots, backend=_Device(target))
    # Its passes raise errors of several packages, for example for gates that they do not know.
    except Exception as error:
        raise PlanError(
            "qiskit-ibm-runtime cannot prepare the circuits with these options.",
            expected="gates that can be twirled and decoupled",
            got=brief(error),
            hint="leave `twirling` and `dynamical_decoupling` out",
        ) from error
    program._semantic_role = "sampler_v2"
    *_, newest = QUANTUM_PROGRAM_PARAMS_CONVERTERS.values()
    body = newest.encoder(program, executor_options).model_dump(mode="json")
    return SentProgram(
        tuple(item.circuit for item in program.items), ENVELOPE + len(json.dumps(body))
    )


def bytes_per_row(angles: NDArray[np.float64] | None, n_angles: int) -> float:
    """Return the bytes that another row of angles adds to a request.

    Parameters
    ----------
    angles
        Some of the rows, ``(n_rows, n_angles)``, to see how well they can be compressed; None if
        none are known yet.
    n_angles
        Angles of a row.
    """
    if angles is None or not angles.size:
        return _BYTES_PER_ANGLE * n_angles
    n_rows = min(len(angles), max(1, _MOST_BYTES // int(angles[0].nbytes)))
    rows = np.ascontiguousarray(angles[:n_rows], dtype="<f8")
    return len(base64.b64encode(zlib.compress(rows.tobytes()))) / n_rows


def _some_angles(n_angles: int) -> NDArray[np.float64]:
    random = np.random.default_rng(n_angles)
    return random.uniform(-np.pi, np.pi, (1, n_angles)).astype(np.float32).astype(np.float64)


class _Device:
    """The least that the client reads a target from."""

    def __init__(self, target: Target) -> None:
        self.target: Any = target
