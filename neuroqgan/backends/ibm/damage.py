"""Answers of the service that nothing can be read from, and what the client says of them."""

from __future__ import annotations

import zlib

from neuroqgan.backends.ibm.discretion import brief
from neuroqgan.errors import DamagedError

AGAIN = "the same command again: nothing was changed, so asking again is safe"
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
"""What the client's parsers raise, in Python's words, where an answer is not what they expect."""


def damaged(
    problem: str,
    *,
    expected: str = "a complete answer from IBM Quantum that the client understands",
    got: str = "one that is damaged, cut off or in another form",
) -> DamagedError:
    """Return the error for an answer that nothing can be read from.

    Parameters
    ----------
    problem
        First sentence of the error.
    expected, got
        Of the answer.
    """
    return DamagedError(
        problem, expected=expected, got=got, hint=f"{AGAIN}; if the problem persists, {CLIENT}"
    )


def in_words(error: BaseException) -> str:
    """Return what an exception says, without the name of its class."""
    name = type(error).__name__
    said = brief(error).removeprefix(name).removeprefix(":").strip(" '\"")
    return said or f"no reason ({name})"
