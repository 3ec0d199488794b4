"""Answers that are not what was asked for: results of another shape, documents changed on the way.

They are well-formed where the shape alone is wrong, so that nothing but a comparison with what was
planned can tell.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.testing.wire_format import write_results

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from neuroqgan.testing.pubs import Pub
    from neuroqgan.testing.served_job import ServedJob

    Circuit = tuple[Pub, NDArray[np.bool_]]


def _rows(circuit: Circuit, n_rows: int) -> Circuit:
    pub, bits = circuit
    n_now = pub.rows * pub.shots_a_row
    n_then = n_rows * pub.shots_a_row
    changed = bits[np.arange(n_then) % n_now] if n_now else np.zeros((n_then, bits.shape[1]), bool)
    return replace(pub, shape=(n_rows,)), changed


def _shots(circuit: Circuit, n_shots: int) -> Circuit:
    pub, bits = circuit
    return replace(pub, shots=n_shots), np.repeat(bits, n_shots, axis=0)


def _as_shots(circuit: Circuit) -> Circuit:
    """As many outcomes as before, as two shots of half the rows."""
    pub, bits = _rows(circuit, circuit[0].rows // 2 * 2)
    return replace(pub, shape=(pub.rows // 2,), shots=2), bits


def _registers(circuit: Circuit, **named: slice) -> Circuit:
    pub, bits = circuit
    places = list(range(bits.shape[1]))
    return replace(pub, named={name: places[where] for name, where in named.items()}), bits


def _last(circuits: list[Circuit], change: Callable[[Circuit], Circuit]) -> list[Circuit]:
    return [*circuits[:-1], change(circuits[-1])]


MISFITS: dict[str, Callable[[list[Circuit]], list[Circuit]]] = {
    "a row fewer": lambda all_: [_rows(one, one[0].rows - 1) for one in all_],
    "a row more": lambda all_: [_rows(one, one[0].rows + 1) for one in all_],
    "a row fewer of the last circuit": lambda all_: _last(all_, lambda c: _rows(c, c[0].rows - 1)),
    "a row fewer of the first circuit": lambda all_: [
        _rows(all_[0], all_[0][0].rows - 1),
        *all_[1:],
    ],
    "no rows": lambda all_: [_rows(one, 0) for one in all_],
    "two shots": lambda all_: [_shots(one, 2) for one in all_],
    "rows as shots": lambda all_: [_as_shots(one) for one in all_],
    "another register": lambda all_: [_registers(one, meas=slice(None)) for one in all_],
    "two registers": lambda all_: [
        _registers(one, spikes=slice(0, 1), more=slice(1, None)) for one in all_
    ],
    "a bit fewer": lambda all_: [_registers(one, spikes=slice(0, -1)) for one in all_],
    "a circuit fewer": lambda all_: all_[:-1],
    "a circuit more": lambda all_: [*all_, all_[-1]],
}
"""What may be wrong with a result, by name."""


def misfit(job: ServedJob, what: str) -> bytes:
    """Return the result of a job with one of `MISFITS`."""
    circuits = MISFITS[what](list(zip(job.pubs, job.bits, strict=True)))
    pubs, bits = [pub for pub, _ in circuits], [bits for _, bits in circuits]
    return write_results(job.program, job.params, pubs, bits)


def edited(document: bytes, path: str, value: Any) -> bytes:
    """Return a JSON document with another value at a dotted path, or at the whole."""
    whole = json.loads(document)
    if not path:
        return json.dumps(value).encode()
    *way, last = path.split(".")
    place: Any = whole
    for name in way:
        place = place[int(name) if isinstance(place, list) else name]
    if value == "removed":
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return json.dumps(whole).encode()
