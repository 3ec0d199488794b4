"""Average of the weights over the end of a training."""

from __future__ import annotations

import torch

AVERAGING_STEPS = 100
"""Steps over which weights are averaged exponentially, once there are so many."""


class WeightAverage:
    """A running mean of weights: plain at first, exponential over `AVERAGING_STEPS` later on.

    The noise of single steps averages out, while the weights of long ago are forgotten.

    Parameters
    ----------
    generator
        Whose weights are averaged.

    Examples
    --------
    >>> import torch
    >>> from neuroqgan.training.averaging import WeightAverage
    >>> model = torch.nn.Linear(1, 1, bias=False)
    >>> average = WeightAverage(model)
    >>> for value in (1.0, 2.0, 6.0):
    ...     _ = torch.nn.init.constant_(model.weight, value)
    ...     average.update(model)
    >>> average.apply(model)
    >>> float(model.weight.detach())
    3.0
    """

    def __init__(self, generator: torch.nn.Module) -> None:
        self.weights = {name: w.detach().clone() for name, w in generator.named_parameters()}
        self.n_updates = 0

    def update(self, generator: torch.nn.Module) -> None:
        """Take the current weights in."""
        self.n_updates += 1
        share = 1 / min(self.n_updates, AVERAGING_STEPS)
        with torch.no_grad():
            for name, weight in generator.named_parameters():
                self.weights[name].lerp_(weight, share)

    def apply(self, generator: torch.nn.Module) -> None:
        """Replace the generator's weights by the average, if there is one."""
        if self.n_updates:
            with torch.no_grad():
                for name, weight in generator.named_parameters():
                    weight.copy_(self.weights[name])
