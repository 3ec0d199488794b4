"""Discriminators of spike counts, whose probabilities free runs are matched by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_DISCRIMINATORS = 5
"""Discriminators that are kept; a new one takes the place of the oldest."""

_HIDDEN = 32
# Above these a window's counts, and those of its halves, say no more.
_MOST, _MOST_OF_HALF = 6, 4
_EPOCHS, _BATCH, _LEARNING_RATE, _WEIGHT_DECAY = 6, 256, 3e-3, 1e-3
# Bins between the windows that a discriminator learns from.
_STRIDE = 4
# Each half of the recording is used in turn, so an error is that of half the recording.
_ERROR_SCALE = 1.4
_LEAST_ERROR = 1e-4


class CountDiscriminators:
    """Networks that distinguish recorded from generated windows by the counts of their halves.

    A discriminator is trained once, on half of the recording's pieces and on windows of free runs,
    and then stays as it is: its mean probability that a window was generated is a statistic like
    any other. What that statistic should be is measured on the other half of the pieces, of which
    the discriminator knows no window by heart. Discriminators that follow each other find what the
    generator still gets wrong. To users they are the critic of the preset (``critic_weight``).

    They see counts alone, because counts are what gives a history-driven generator away: which
    neurons are active together in a window.

    Parameters
    ----------
    pieces
        Of a recording, ``(n_pieces, n_bins, n_neurons)``, two or more.
    n_bins
        Bins of a window.
    """

    def __init__(self, pieces: NDArray[np.bool_], n_bins: int) -> None:
        n_neurons = pieces.shape[2]
        self.n_bins = n_bins
        self.wanted = torch.zeros(N_DISCRIMINATORS)
        """Mean probability of every discriminator that recorded windows were generated."""
        self.errors = torch.ones(N_DISCRIMINATORS)
        """Standard errors of these."""
        self.n_trained = torch.zeros((), dtype=torch.int64)
        self._networks = [_Network(3 * n_neurons) for _ in range(N_DISCRIMINATORS)]
        windows = np.lib.stride_tricks.sliding_window_view(pieces, n_bins, axis=1)[:, ::_STRIDE]
        self._recorded = torch.stack([_features(w.swapaxes(1, 2), n_bins)[:, 0] for w in windows])

    @property
    def present(self) -> torch.Tensor:
        """Whether there is such a discriminator, booleans ``(N_DISCRIMINATORS,)``."""
        return torch.arange(N_DISCRIMINATORS) < self.n_trained

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return what a checkpoint has to keep; the tensors are the discriminators' own."""
        own = {"wanted": self.wanted, "errors": self.errors, "n_trained": self.n_trained}
        for i, network in enumerate(self._networks):
            own |= {f"{i}.{name}": tensor for name, tensor in network.state_dict().items()}
        return own

    def of(self, spikes: NDArray[np.bool_]) -> torch.Tensor:
        """Return the mean probability that windows of runs were generated.

        Parameters
        ----------
        spikes
            Shape ``(n_runs, n_bins, n_neurons)``, one or several times the bins of a window.

        Returns
        -------
        torch.Tensor
            Shape ``(n_runs, N_DISCRIMINATORS)``; zero for those that are not trained yet.
        """
        counts = _features(spikes, self.n_bins)
        p_generated = torch.zeros(len(spikes), N_DISCRIMINATORS)
        for i in np.flatnonzero(self.present.numpy()):
            p_generated[:, i] = self._networks[i].p_generated(counts).mean(1)
        return p_generated

    def train_one(self, generated: NDArray[np.bool_], random: np.random.Generator) -> int:
        """Train a discriminator on windows of free runs, and return its place.

        Parameters
        ----------
        generated
            ``(n_runs, n_bins, n_neurons)``, see `of`.
        random
            Source of initial weights and batches.
        """
        turn = int(self.n_trained)
        learnt, kept = self._recorded[turn % 2 :: 2], self._recorded[1 - turn % 2 :: 2]
        real = learnt.flatten(0, 1)
        fake = _features(generated, self.n_bins).flatten(0, 1)
        place = turn % N_DISCRIMINATORS
        network = self._networks[place]
        network.train_on(_draw(real, fake, random), _draw(fake, real, random), random)
        p_generated = network.p_generated(kept).mean(1)
        self.wanted[place] = p_generated.mean()
        error = (
            _ERROR_SCALE * float(p_generated.std()) / len(p_generated) ** 0.5
            if len(kept) > 1
            else 0
        )
        self.errors[place] = max(error, _LEAST_ERROR)
        self.n_trained += 1
        return place


class _Network(torch.nn.Module):
    """Two hidden layers on scaled counts."""

    centre: torch.Tensor
    scale: torch.Tensor

    def __init__(self, n_features: int) -> None:
        super().__init__()
        # Zeros until it is trained, so that building one takes no random numbers of torch's.
        with torch.device("meta"):
            layers = torch.nn.Sequential(
                torch.nn.Linear(n_features, _HIDDEN),
                torch.nn.ReLU(),
                torch.nn.Linear(_HIDDEN, _HIDDEN),
                torch.nn.ReLU(),
                torch.nn.Linear(_HIDDEN, 1),
            )
        self.layers = layers.to_empty(device="cpu")
        self.register_buffer("centre", torch.zeros(n_features))
        self.register_buffer("scale", torch.ones(n_features))
        with torch.no_grad():
            for weight in self.parameters():
                weight.zero_()

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.layers((features - self.centre) / self.scale)
        return logits[..., 0]

    def p_generated(self, features: torch.Tensor) -> torch.Tensor:
        """Return the probability that windows were generated."""
        with torch.no_grad():
            return torch.sigmoid(self(features))

    def train_on(self, real: torch.Tensor, fake: torch.Tensor, random: np.random.Generator) -> None:
        """Start over, and learn from as many windows of one kind as of the other."""
        with torch.no_grad():
            self.centre.copy_(real.mean(0))
            self.scale.copy_(real.std(0) + 0.1)
            for layer in self.layers:
                if isinstance(layer, torch.nn.Linear):
                    bound = 1 / layer.in_features**0.5
                    for weight in (layer.weight, layer.bias):
                        drawn = random.uniform(-bound, bound, tuple(weight.shape))
                        weight.copy_(torch.from_numpy(drawn))
        features = torch.cat([real, fake])
        labels = torch.cat([torch.zeros(len(real)), torch.ones(len(fake))])
        optimiser = torch.optim.Adam(self.parameters(), _LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
        for _ in range(_EPOCHS):
            order = torch.from_numpy(random.permutation(len(labels)))
            for chosen in torch.split(order, _BATCH):
                optimiser.zero_grad()
                loss = binary_cross_entropy_with_logits(self(features[chosen]), labels[chosen])
                loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
                optimiser.step()


def _features(spikes: NDArray[np.bool_], n_bins: int) -> torch.Tensor:
    """Return counts of windows and of their halves, ``(n_runs, n_windows, 3 n_neurons)``."""
    n_runs, _, n_neurons = spikes.shape
    windows = spikes.reshape(n_runs, -1, n_bins, n_neurons)
    early = windows[:, :, : n_bins // 2].sum(2)
    late = windows[:, :, n_bins // 2 :].sum(2)
    capped = (
        np.minimum(early + late, _MOST),
        np.minimum(early, _MOST_OF_HALF),
        np.minimum(late, _MOST_OF_HALF),
    )
    return torch.from_numpy(np.concatenate(capped, 2).astype(np.float32))


def _draw(
    features: torch.Tensor, others: torch.Tensor, random: np.random.Generator
) -> torch.Tensor:
    """Return as many of them as there are of both kinds."""
    order = random.permutation(len(features))[: min(len(features), len(others))]
    return features[torch.from_numpy(order)]
