"""How many steps match free runs, and how many of them go into each change of the weights."""

from __future__ import annotations

# Of all steps of a training, the last ones match.
_SHARE = 3 / 32
# More weights take more changes; so many take as many steps as that share, and others in
# proportion, up to half as many again.
_FEW_WEIGHTS, _MOST = 850, 1.5
# Shares of the matching after which more steps go into a change, and how many, as a share of what
# few weights take: the nearer the statistics are, the less noise the next change can do with.
_SINCE = ((0.35, 2 / 15), (0.1, 1 / 15), (0.0, 0.0))
_LAST_BATCH, _N_LAST = 1 / 20, 2
# The Fisher information of many weights is not known from the runs of one step.
_WEIGHTS_A_STEP = 450


def matching_steps(n_steps: int, n_weights: int) -> int:
    """Return how many of the steps of a training match free runs.

    Parameters
    ----------
    n_steps
        Steps of the whole training.
    n_weights
        Weights that change.
    """
    return round(_SHARE * n_steps * _more(n_weights))


def batches(n_steps: int, n_weights: int) -> tuple[tuple[int, ...], int]:
    """Return after how many steps the weights change each time, and when the last ones begin.

    Parameters
    ----------
    n_steps
        Steps of the matching, see `matching_steps`.
    n_weights
        Weights that change.
    """
    fewest = max(1, -(-n_weights // _WEIGHTS_A_STEP))
    of_few = n_steps / _more(n_weights)
    width = max(1, round(_LAST_BATCH * of_few))
    n_main = max(min(1, n_steps), n_steps - _N_LAST * width)
    ends = [0]
    while ends[-1] < n_main:
        begun = ends[-1]
        share = next(share for since, share in _SINCE if begun >= since * n_steps)
        end = begun + max(fewest, round(share * of_few))
        # A rest that makes no batch of its own goes to the one before.
        ends.append(end if n_main - end >= end - begun else n_main)
    while ends[-1] < n_steps:
        ends.append(min(n_steps, ends[-1] + width))
    return tuple(ends[1:]), n_main


def _more(n_weights: int) -> float:
    return min(_MOST, max(1.0, n_weights / _FEW_WEIGHTS))
