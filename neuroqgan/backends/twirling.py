"""Shots and random equivalent circuits: how many of each make exactly the shots of a row."""

from __future__ import annotations

_FEWEST, _MOST = 16, 32


def randomizations(shots: int) -> int:
    """Return the random equivalent circuits that the shots of a row are divided among, evenly.

    More of them average errors better, and each costs a device the time to load a circuit; from
    some tens on, more are of little use. The runtime's own choice, with 64 shots or more each,
    would return other numbers of shots than those that were asked for.

    Parameters
    ----------
    shots
        Of every row of angles.

    Returns
    -------
    int
        A divisor of `shots`, 32 at most.

    Examples
    --------
    >>> randomizations(1), randomizations(20), randomizations(1000)
    (1, 20, 25)
    """
    return max(number for number in range(1, min(shots, _MOST) + 1) if shots % number == 0)


def divisible_shots(shots: int) -> int:
    """Return the next number of shots that 16 or more random circuits share evenly.

    Parameters
    ----------
    shots
        Of every row of angles. Up to 32, every shot has a circuit of its own.

    Examples
    --------
    >>> divisible_shots(20), divisible_shots(997)
    (20, 999)
    """
    if shots <= _MOST:
        return shots
    return min(-(-shots // number) * number for number in range(_FEWEST, _MOST + 1))
