"""The process that reads circuits from strangers first: a few damaged bytes take gigabytes or hang.

QPY holds lengths that Qiskit trusts. A file that this process survives, within its memory and its
processor time, is read again by its parent.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from neuroqgan.data.damage import DAMAGE
from neuroqgan.data.untrusted.parsing import answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neuroqgan.data.untrusted.parsing import Member


def parse(source: str, _wanted: list[str]) -> Iterator[Member]:
    """Read all circuits of a file; there is nothing to hand over."""
    from qiskit import qpy
    from qiskit.exceptions import QiskitError

    try:
        with open(source, "rb") as handle:  # noqa: PTH123  # a path is not worth its import here
            qpy.load(handle)
    except QiskitError as error:
        raise ValueError(str(error)) from error
    yield from ()


def main(arguments: list[str]) -> int:
    """Read one file for a parent; see `neuroqgan.data.untrusted.parsing.answer`."""
    return answer(arguments, parse, DAMAGE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
