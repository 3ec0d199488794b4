"""Lists of qubits as people write them, such as ``3,4,10-20``."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

# No device has more; a typing error must not fill the memory.
_MOST = 100_000
_PART = re.compile(r"(\d{1,9})(?:\s*-\s*(\d{1,9}))?", re.ASCII)


def qubit_numbers(text: str, name: str = "qubits") -> tuple[int, ...]:
    """Return the qubits of a list, each once and in order.

    Parameters
    ----------
    text
        Numbers and ranges with both ends included, separated by commas.
    name
        The setting that the list belongs to, for messages.

    Raises
    ------
    ConfigError
        If it is something else.

    Examples
    --------
    >>> qubit_numbers("7, 3-5")
    (3, 4, 5, 7)
    """
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part.strip())
        first, last = (-1, -1) if match is None else (int(match[1]), int(match[2] or match[1]))
        if not 0 <= first <= last <= _MOST:
            raise ConfigError(
                f"The setting {name} is not a list of qubits.",
                expected="numbers from 0 and ranges, separated by commas; both ends of a range "
                "are included",
                got=repr(text),
                hint=f"`{name} = {f'{last}-{first}' if 0 <= last < first else '3,4,10-20'}`",
            )
        found.update(range(first, last + 1))
    return tuple(sorted(found))


def qubit_text(qubits: Iterable[int]) -> str:
    """Return qubits as a list that `qubit_numbers` reads.

    Parameters
    ----------
    qubits
        Numbers of qubits.

    Examples
    --------
    >>> qubit_text([3, 4, 5, 7, 9, 10])
    '3-5,7,9,10'
    """
    numbers = sorted(set(qubits))
    parts: list[str] = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        parts += [f"{run[0]}-{run[-1]}"] if len(run) > 2 else map(str, run)
    return ",".join(parts)
