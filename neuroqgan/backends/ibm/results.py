"""Results of sampler jobs as bits, of the old program and the new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neuroqgan.circuits.bits import columns_from_packed
from neuroqgan.errors import NeuroqganError, ServiceError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def bits_of(result: Any, problem: str) -> list[NDArray[np.bool_]]:
    """Read the bits out of a sampler's result.

    Both programs, ``sampler`` and ``executor``, end in the same classes once the client has
    decoded them; twirled bits are turned back there.

    Parameters
    ----------
    result
        A `PrimitiveResult` of circuits with one classical register each.
    problem
        First sentence of the error, should it be something else.

    Returns
    -------
    list
        For every circuit booleans of shape ``(n_rows * n_shots, n_bits)``, column ``i`` for
        classical bit ``i``.

    Raises
    ------
    ServiceError
        If it is something else.
    """
    if isinstance(result, str):
        # The client hands on what it cannot parse.
        raise ServiceError(
            problem,
            expected="a whole result",
            got=f"{len(result)} characters that are no JSON: it arrived damaged",
            hint="the same command again",
        )
    try:
        return [_columns(pub) for pub in result]
    except (NeuroqganError, AttributeError, TypeError, ValueError) as error:
        raise ServiceError(
            problem,
            expected="bits of one classical register a circuit, as a sampler returns them",
            got=str(error).splitlines()[0],
            hint="neuroqgan reads jobs that it submitted itself",
        ) from error


def _columns(pub: Any) -> NDArray[np.bool_]:
    (measured,) = pub.data.values()
    packed = measured.array.reshape(-1, measured.array.shape[-1])
    return columns_from_packed(packed, measured.num_bits)
