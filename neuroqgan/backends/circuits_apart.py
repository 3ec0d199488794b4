"""Circuits in QPY that were not written here: refused, or read by another process first."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

from neuroqgan.data.untrusted.child import parse_apart
from neuroqgan.errors import PayloadError, RecordingError

_CHILD = "neuroqgan.data.untrusted.qpy_child"
# Of processor time; circuits of a whole device take less than one.
_SECONDS = 20
_QPY, _SAFE_QPY = b"QISKIT", 13
"""QPY begins with this; earlier versions than that hold formulas that are parsed as code."""


def check_version(name: str, data: bytes) -> None:
    """Check that circuits have a format that can be read without running anything.

    Parameters
    ----------
    name
        Of the circuits, for the message.
    data
        Their bytes; they are not read any further.

    Raises
    ------
    PayloadError
        If they are no QPY, or of a version before 13, whose formulas are parsed as code.

    Examples
    --------
    >>> check_version("circuits.qpy", b"QISKIT" + bytes([17]))
    """
    if data[: len(_QPY)] != _QPY or len(data) <= len(_QPY):
        raise _refused(f"{name} holds no circuits in QPY format")
    if data[len(_QPY)] < _SAFE_QPY:
        raise _refused(f"{name} has QPY version {data[len(_QPY)]}; {_SAFE_QPY} or later is read")


@lru_cache(maxsize=64)
def check_circuits(name: str, data: bytes) -> None:
    """Check that circuits can be read, in a process with little memory and time.

    Parameters
    ----------
    name
        Of the circuits, for the message.
    data
        Their bytes.

    Raises
    ------
    PayloadError
        If they are no QPY, of a version whose formulas are parsed as code, damaged, or take more
        memory or time than circuits do.
    """
    check_version(name, data)
    with tempfile.TemporaryDirectory(prefix="neuroqgan-") as folder:
        path = Path(folder) / "circuits.qpy"
        path.write_bytes(data)
        try:
            nothing = Path(folder) / "nothing.npz"
            parse_apart(_CHILD, "circuits in QPY format", path, nothing, seconds=_SECONDS)
        except RecordingError as error:
            raise _refused(f"{name}: {error.got}") from error


def _refused(got: str) -> PayloadError:
    return PayloadError(
        "The stored circuits cannot be read.",
        expected="QPY from this version of Qiskit or an earlier one",
        got=got,
        hint="pip install --upgrade qiskit, or restore the file from a copy",
    )
