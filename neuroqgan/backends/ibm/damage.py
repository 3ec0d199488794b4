"""Answers of the service that cannot be read, and how qiskit-ibm-runtime fails on them."""

from __future__ import annotations

import zlib

from neuroqgan.backends.ibm.discretion import brief
from neuroqgan.errors import DamagedError

AGAIN = "repeat the command: nothing was changed, so asking again is safe"
CLIENT = "pip install 'qiskit-ibm-runtime==0.51.*'"

DAMAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What the parsers of qiskit-ibm-runtime raise if an answer is not what they expect."""


def damaged(
    problem: str,
    *,
    expected: str = "a complete answer from IBM Quantum that qiskit-ibm-runtime understands",
    got: str = "one that is damaged, cut off or in another form",
) -> DamagedError:
    """Return the error for an answer that cannot be read.

    Parameters
    ----------
    problem
        First sentence of the error.
    expected, got
        What was expected of the answer, and what it was.
    """
    return DamagedError(
        problem, expected=expected, got=got, hint=f"{AGAIN}; if the problem persists, {CLIENT}"
    )


def in_words(error: BaseException) -> str:
    """Return the message of an exception, without the name of its class."""
    name = type(error).__name__
    said = brief(error).removeprefix(name).removeprefix(":").strip(" '\"")
    return said or f"no reason ({name})"
