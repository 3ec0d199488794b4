"""How many steps of a matching go into each change of the weights."""

from __future__ import annotations

# Shares of the steps after which more of them go into a change, and how many, as a share too: the
# nearer the statistics are, the less noise the next change can do with.
_SINCE = ((0.35, 2 / 15), (0.1, 1 / 15), (0.0, 0.0))
_LAST_BATCH, _N_LAST = 1 / 20, 2
# The Fisher information of many weights is not known from the runs of one step.
_WEIGHTS_A_STEP = 450


def batches(n_steps: int, n_weights: int) -> tuple[tuple[int, ...], int]:
    """Return after how many steps the weights change each time, and when the last ones begin.

    Parameters
    ----------
    n_steps
        Steps in all.
    n_weights
        Weights that change.
    """
    fewest = max(1, -(-n_weights // _WEIGHTS_A_STEP))
    width = max(1, round(_LAST_BATCH * n_steps))
    n_main = max(min(1, n_steps), n_steps - _N_LAST * width)
    ends = [0]
    while ends[-1] < n_main:
        begun = ends[-1]
        share = next(share for since, share in _SINCE if begun >= since * n_steps)
        end = begun + max(fewest, round(share * n_steps))
        # A rest that makes no batch of its own goes to the one before.
        ends.append(end if n_main - end >= end - begun else n_main)
    while ends[-1] < n_steps:
        ends.append(min(n_steps, ends[-1] + width))
    return tuple(ends[1:]), n_main
