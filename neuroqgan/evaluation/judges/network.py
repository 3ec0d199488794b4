"""A small convolutional network: it sees what comes in the same order at any place of a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.judges.kind import Judge

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from neuroqgan.evaluation.judges.kind import Score

    Spikes = NDArray[np.bool_]

_CHANNELS, _KERNEL = 32, 5
_BATCH, _EPOCHS = 128, 12
_FEWEST_STEPS = 150  # unless there are fewer than 600 windows
_ROWS = 1000  # at a time, of unseen windows
_RATE, _DECAY, _WARM_UP = 3e-3, 1e-2, 0.3


def _answer(
    windows: Spikes, labels: NDArray[np.intp], unseen: Spikes, seed: int
) -> NDArray[np.bool_]:
    answer: NDArray[np.bool_] = _learn(windows, labels, seed)(unseen) > 0
    return answer


def _learn(windows: Spikes, labels: NDArray[np.intp], seed: int) -> Score:
    import torch

    # Of its own, and not torch's: judges work side by side, and a user's random numbers are theirs.
    random = np.random.default_rng(seed)
    weights = _weights(windows.shape[2], random)
    optimiser = torch.optim.AdamW(weights, _RATE, weight_decay=_DECAY)
    given, targets = _channels(windows), torch.from_numpy(labels.astype(np.float32))
    batch = min(_BATCH, max(len(given) // 4, 1))
    n_steps = max(_EPOCHS * -(-len(given) // batch), min(_FEWEST_STEPS, len(given) // 4))
    for step, chosen in enumerate(_batches(len(given), batch, n_steps, random)):
        for group in optimiser.param_groups:
            group["lr"] = _RATE * _pace(step / n_steps)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            _scores(weights, given[chosen]), targets[chosen]
        )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        optimiser.step()

    def score(unseen: Spikes) -> NDArray[np.float64]:
        with torch.no_grad():
            parts = (unseen[i : i + _ROWS] for i in range(0, len(unseen), _ROWS))
            scores = [_scores(weights, _channels(part)) for part in parts]
        found: NDArray[np.float64] = torch.cat(scores).numpy().astype(np.float64)
        return found

    return score


def _channels(windows: Spikes) -> torch.Tensor:
    """Neurons are channels, and all of them together one more."""
    import torch

    spikes = windows.swapaxes(1, 2).astype(np.float32)
    together = spikes.sum(1, keepdims=True) / max(windows.shape[2], 1) ** 0.5
    return torch.from_numpy(np.concatenate([spikes, together], axis=1))


def _weights(n_neurons: int, random: np.random.Generator) -> list[torch.Tensor]:
    import torch

    def drawn(*shape: int) -> torch.Tensor:
        scale = float(np.prod(shape[1:])) ** -0.5
        values = random.uniform(-scale, scale, shape).astype(np.float32)
        return torch.from_numpy(values).requires_grad_()

    def zero(n: int) -> torch.Tensor:
        return torch.zeros(n, requires_grad=True)

    return [
        drawn(_CHANNELS, n_neurons + 1, _KERNEL),
        zero(_CHANNELS),
        drawn(_CHANNELS, _CHANNELS, _KERNEL),
        zero(_CHANNELS),
        drawn(1, 2 * _CHANNELS),
        zero(1),
    ]


def _scores(weights: list[torch.Tensor], windows: torch.Tensor) -> torch.Tensor:
    """Two convolutions, then mean and maximum over time, ``(n_windows,)``."""
    import torch
    from torch.nn import functional

    hidden = windows
    for kernel, shift in (weights[:2], weights[2:4]):
        hidden = functional.conv1d(hidden, kernel, shift, padding=_KERNEL // 2).relu()
    pooled = torch.cat([hidden.mean(2), hidden.amax(2)], dim=1)
    return functional.linear(pooled, weights[4], weights[5])[:, 0]


def _batches(
    n_windows: int, size: int, n_steps: int, random: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Return windows of every step: all of them once, in a random order, then anew."""
    n_passes = -(-n_steps * size // n_windows)
    order = np.concatenate([random.permutation(n_windows) for _ in range(n_passes)])
    return [order[i * size : (i + 1) * size] for i in range(n_steps)]


def _pace(done: float) -> float:
    """Rise linearly and fall along a cosine: the share of the largest step."""
    if done < _WARM_UP:
        return 0.05 + 0.95 * done / _WARM_UP
    return float(0.5 + 0.5 * np.cos(np.pi * (done - _WARM_UP) / (1 - _WARM_UP)))


NETWORK = Judge("network", "convolutional network", _answer, 8_000_000, _learn)
