"""Parameters of the two program kinds in, results out."""

from __future__ import annotations

import base64
import io
import json
import zlib
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.testing.pubs import Pub, read_qpy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

PROGRAMS = ("sampler", "executor")
_DTYPES = {"f64": "<f8"}


def read_pubs(program: str, params: dict[str, Any]) -> list[Pub]:
    """Read the circuits of a job, without decoding them."""
    if program == "sampler":
        return [_legacy_pub(pub, params) for pub in params["pubs"]]
    return _executor_pubs(params["quantum_program"])


def write_results(
    program: str, params: dict[str, Any], pubs: Sequence[Pub], bits: Sequence[NDArray[np.bool_]]
) -> bytes:
    """Encode drawn bits, each ``(n_rows * shots, n_bits)``, as the program's results."""
    if program == "sampler":
        return _legacy_results(pubs, bits)
    return _executor_results(params["quantum_program"], pubs, bits)


def _legacy_pub(pub: list[Any], params: dict[str, Any]) -> Pub:
    circuit, values, *rest = pub
    options = params.get("options", {})
    shots = (rest[0] if rest else None) or options.get("default_shots") or 4096
    twirling = options.get("twirling", {})
    numbers = (twirling.get("num_randomizations"), twirling.get("shots_per_randomization"))
    if (twirling.get("enable_gates") or twirling.get("enable_measure")) and all(
        isinstance(n, int) for n in numbers
    ):
        shots = numbers[0] * numbers[1]
    array = _read_array(values)
    return Pub(
        shape=array.shape[:-1],
        shots=shots,
        n_randomizations=0,
        flips=False,
        load_circuit=partial(_circuit, circuit["__value__"], 0),
        load_values=lambda: array,
    )


def _read_array(value: Any) -> NDArray[np.float64]:
    if isinstance(value, dict):
        raw = zlib.decompress(base64.b64decode(value["__value__"]))
        return np.asarray(np.load(io.BytesIO(raw), allow_pickle=False), dtype=float)
    return np.asarray(value, dtype=float)


def _circuit(encoded: str, index: int) -> QuantumCircuit:
    return read_qpy(encoded)[index]


def _executor_pubs(program: dict[str, Any]) -> list[Pub]:
    after = program.get("passthrough_data") or {}
    options = (after.get("post_processor") or {}).get("options") or {}
    flips = bool((options.get("twirling") or {}).get("enable_measure"))
    pubs = []
    for index, item in enumerate(program["items"]):
        load = partial(_circuit, program["circuits"]["b64_data"], index)
        if item["item_type"] == "samplex":
            shape = tuple(item["shape"])
            pubs.append(Pub(shape[1:], program["shots"], shape[0], flips, load, None, item))
            continue
        tensor = item["circuit_arguments"]
        values = partial(read_tensor, tensor)
        pubs.append(Pub(tuple(tensor["shape"][:-1]), program["shots"], 0, False, load, values))
    return pubs


def read_tensor(tensor: dict[str, Any]) -> NDArray[np.float64]:
    """Read a compressed tensor of floats."""
    raw = zlib.decompress(base64.b64decode(tensor["data"]))
    return np.frombuffer(raw, _DTYPES[tensor["dtype"]]).reshape(tensor["shape"])


def _legacy_results(pubs: Sequence[Pub], bits: Sequence[NDArray[np.bool_]]) -> bytes:
    from qiskit.primitives import BitArray, DataBin, PrimitiveResult, SamplerPubResult
    from qiskit_ibm_runtime import RuntimeEncoder
    from qiskit_ibm_runtime.execution_span import DoubleSliceSpan, ExecutionSpans

    now = datetime.now(UTC).replace(tzinfo=None)
    results = []
    spans = {}
    for index, (pub, drawn) in enumerate(zip(pubs, bits, strict=True)):
        shaped = drawn.reshape(*pub.shape, pub.shots, drawn.shape[1])
        data = {
            name: BitArray.from_bool_array(shaped[..., columns], order="little")
            for name, columns in pub.registers().items()
        }
        results.append(
            SamplerPubResult(DataBin(**data, shape=pub.shape), metadata={"circuit_metadata": {}})
        )
        spans[index] = ((*pub.shape, pub.shots), slice(0, pub.rows), slice(0, pub.shots))
    metadata = {
        "execution": {"execution_spans": ExecutionSpans([DoubleSliceSpan(now, now, spans)])},
        "version": 2,
    }
    return json.dumps(PrimitiveResult(results, metadata=metadata), cls=RuntimeEncoder).encode()


def _executor_results(
    program: dict[str, Any], pubs: Sequence[Pub], bits: Sequence[NDArray[np.bool_]]
) -> bytes:
    random = np.random.default_rng(len(pubs))
    now = datetime.now(UTC).isoformat()
    data = []
    parts = []
    for index, (pub, drawn) in enumerate(zip(pubs, bits, strict=True)):
        shaped = drawn.reshape(*pub.shape, max(1, pub.n_randomizations), pub.shots, drawn.shape[1])
        shaped = np.moveaxis(shaped, -3, 0)
        results = {}
        for name, columns in pub.registers().items():
            measured = shaped[..., columns]
            if pub.flips:
                shape = (*measured.shape[:-2], 1, len(columns))
                flips = random.integers(0, 2, shape, dtype=np.uint8).astype(bool)
                measured = measured ^ flips
                results[f"measurement_flips.{name}"] = _write_tensor(flips)
            results[name] = _write_tensor(measured if pub.n_randomizations else measured[0])
        data.append({"results": results, "metadata": {}})
        size = pub.rows * max(1, pub.n_randomizations)
        n_axes = len(pub.shape) + bool(pub.n_randomizations)
        parts.append(
            {
                "idx_item": index,
                "size": size,
                "permutation": list(range(n_axes)),
                "element_range": [0, size, 1],
            }
        )
    document = {
        "schema_version": "v2.0",
        "data": data,
        "metadata": {"chunk_timing": [{"start": now, "stop": now, "parts": parts}]},
        "passthrough_data": program.get("passthrough_data"),
        "semantic_role": program.get("semantic_role"),
    }
    return json.dumps(document).encode()


def _write_tensor(array: NDArray[np.bool_]) -> dict[str, Any]:
    packed = np.packbits(array, bitorder="little").tobytes()
    return {
        "data": base64.b64encode(zlib.compress(packed, 1)).decode(),
        "shape": list(array.shape),
        "dtype": "bool",
    }
