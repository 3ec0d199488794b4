"""Average of the weights over the end of a training."""

from __future__ import annotations

import torch

_MEMORY = 100


class WeightAverage:
    """A running mean of weights: plain at first, exponential over 100 steps later on.

    The noise of single steps averages out, while the weights of long ago are forgotten.

    Parameters
    ----------
    generator
        Whose weights are averaged.
    """

    def __init__(self, generator: torch.nn.Module) -> None:
        self.weights = {name: w.detach().clone() for name, w in generator.named_parameters()}
        self.n_updates = 0

    def update(self, generator: torch.nn.Module) -> None:
        """Take the current weights in."""
        self.n_updates += 1
        share = 1 / min(self.n_updates, _MEMORY)
        with torch.no_grad():
            for name, weight in generator.named_parameters():
                self.weights[name].lerp_(weight, share)

    def apply(self, generator: torch.nn.Module) -> None:
        """Replace the generator's weights by the average, if there is one."""
        if self.n_updates:
            with torch.no_grad():
                for name, weight in generator.named_parameters():
                    weight.copy_(self.weights[name])
