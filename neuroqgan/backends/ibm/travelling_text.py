"""A text that travels with a job, in the metadata of its first circuit.

qiskit-ibm-runtime takes metadata off the circuits and sends them beside, from where they come back
with the parameters of the job and with its result.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit import QuantumCircuit

KEY = "neuroqgan-job"
"""Our entry in the metadata."""


def with_text(circuits: Sequence[QuantumCircuit], text: str) -> list[QuantumCircuit]:
    """Return circuits with a text in the metadata of the first.

    Parameters
    ----------
    circuits
        To be sent; they are left as they are.
    text
        The text; without any, the circuits are returned.
    """
    if not text or not circuits:
        return list(circuits)
    first: QuantumCircuit = circuits[0].copy()
    first.metadata = {**(first.metadata or {}), KEY: text}
    return [first, *circuits[1:]]


def text_of(parameters: Any) -> str:
    """Return the text from the parameters of a job; empty if there is none.

    Parameters
    ----------
    parameters
        As the service returns them.

    Examples
    --------
    >>> text_of({"pubs": []})
    ''
    """
    found = parameters
    for key in ("quantum_program", "passthrough_data", "post_processor", "circuits_metadata"):
        # qiskit-ibm-runtime makes objects of some of them.
        found = found.get(key) if isinstance(found, Mapping) else getattr(found, key, None)
    first = found[0] if isinstance(found, list | tuple) and found else None
    text = first.get(KEY) if isinstance(first, Mapping) else None
    return text if isinstance(text, str) else ""
