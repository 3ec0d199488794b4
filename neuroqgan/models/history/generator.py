"""Preset ``history``: cells driven by the spikes already emitted, and by a latent Markov chain."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.circuits.program import CellBatch
from neuroqgan.errors import ConfigError
from neuroqgan.models.base import Generator
from neuroqgan.seeding import Seed, as_generator
from neuroqgan.simulation.chunked_threads import chunked_threads
from neuroqgan.simulation.filters import (
    MEMORY,
    N_FILTERS,
    advance_in_place,
    filter_past,
    silence,
)
from neuroqgan.simulation.line.contraction import draw_line
from neuroqgan.simulation.markov.path import LatentPaths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.models.base import GeneratorSpec

    Floats = NDArray[np.float32]
    Spikes = NDArray[np.bool_]

_RANK = 3
# The latent grows with the population up to here: more neurons take part in more scenes.
_MOST_STATES, _MOST_DIMENSIONS = 26, 10
# Pairs of more neurons than these need dimensions of the latent more than a fifth hidden unit and a
# summary, which cost as many weights.
_SUMMARISED = 20
_BURN_IN = 60
_MIN_RATE = 1e-4
_STAYS = 2.0
_SPREAD = {
    "own_weight": 0.02,
    "hidden_weight": 0.5,
    "hidden_bias": 0.1,
    "summary_neuron": 0.3,
    "summary_filter": 0.3,
    "summary_weight": 0.05,
    "state_weight": 0.3,
    "state": 0.7,
    "leave": 0.3,
    "enter": 0.3,
    "prior": 0.3,
    "bias": 0.1,
}
_PATH, _SPIKES = 0, 1


class HistoryGenerator(Generator):
    r"""Rasters of any length, a bin after the other, from weights linear in the neurons.

    What a neuron has done is held by exponential filters :math:`h_{ik}` of its spikes, half a bin
    to eight bins long (`neuroqgan.simulation.filters`); what drives the whole population, such as a
    stimulus, is a latent :math:`z` of a few values (`n_states`), a Markov chain of low-rank
    transitions. Both enter the first rotation, the past through hidden units that all neurons
    share and, of up to twenty neurons, through a summary :math:`g` of the population; later
    rotations are the same in every bin:

    .. math::
        g &= \tanh\bigl(c + \sum_{ik} p_i q_k h_{ik}\bigr) \\
        u_i &= \theta_i + \sum_j f_{ij} \tanh\bigl(a_j + \sum_k W_{jk} h_{ik}\bigr)
               + v_i g + \sum_d w_{id} E_{zd} \\
        a_{1i} &= \pi\,\sigma(u_i), \qquad a_{li} = b_{li}, \quad l > 1

    Given past and latent the probability of a pattern is exact, so weights are learnt by the
    likelihood of a hidden Markov model whose emissions are cells. Only short filters are used:
    slow ones would have to guess from spikes what the latent knows, and a population that guesses
    from its own spikes runs away.

    Parameters
    ----------
    spec
        With ``preset`` ``history``.

    Raises
    ------
    ConfigError
        If the cells' CZ form a ring: the likelihood is contracted along a line.
    """

    takes_rounds = True

    def __init__(self, spec: GeneratorSpec) -> None:
        super().__init__(spec)
        if spec.entangling == "ring":
            raise ConfigError(
                "The history preset has no ring.",
                expected="entangling = line or none",
                got=spec.entangling,
                hint="--entangling line",
            )
        n = spec.n_neurons
        self.threshold = weight(n)
        self._add_past()
        n_states = self.n_states
        self.state_weight = weight(n, self.n_dimensions)
        self.state = weight(n_states, self.n_dimensions)
        self.leave = weight(n_states, _RANK)
        self.enter = weight(_RANK, n_states)
        self.stay = weight(n_states)
        self.prior = weight(n_states)
        self.bias = weight(spec.n_layers - 1, n)
        self._paths = LatentPaths()

    def _add_past(self) -> None:
        """Add the weights of the past, which another past replaces."""
        n = self.spec.n_neurons
        n_hidden = 5 if self.has_summary else 4
        self.own_weight = weight(n, n_hidden)
        self.hidden_weight = weight(n_hidden, N_FILTERS)
        self.hidden_bias = weight(n_hidden)
        if not self.has_summary:
            return
        self.summary_neuron = weight(n)
        self.summary_filter = weight(N_FILTERS)
        self.summary_bias = weight(1)
        self.summary_weight = weight(n)

    @property
    def has_summary(self) -> bool:
        """Whether a summary of the population's past is among what drives a cell."""
        return self.spec.n_neurons <= _SUMMARISED

    @property
    def n_states(self) -> int:
        """Values of the latent that all neurons share."""
        fewest = 18 if self.has_summary else 19
        return min(_MOST_STATES, fewest + self.spec.n_neurons // 7)

    @property
    def n_dimensions(self) -> int:
        """Dimensions in which the latent's values lie."""
        fewest = 3 if self.has_summary else 5
        return min(_MOST_DIMENSIONS, fewest + self.spec.n_neurons // 10)

    @property
    def bonds(self) -> NDArray[np.bool_]:
        """Whether CZ joins a neuron to the next, ``(n_neurons - 1,)``."""
        joined = np.full(self.spec.n_neurons, self.spec.entangling == "line")
        joined[[group.stop - 1 for group in self.spec.groups]] = False
        return joined[:-1]

    def initialise(self, rates: NDArray[np.float64], seed: Seed) -> None:
        """See `Generator.initialise`."""
        random = as_generator(seed)
        half_turns = 2 / math.pi * np.arcsin(np.sqrt(np.clip(rates, _MIN_RATE, 0.5)))
        with torch.no_grad():
            for name, scale in _SPREAD.items():
                own = getattr(self, name, None)
                if own is None:
                    continue
                own.copy_(torch.from_numpy(scale * random.standard_normal(tuple(own.shape))))
            self.threshold.copy_(torch.from_numpy(np.log(half_turns / (1 - half_turns))))
            self.stay.fill_(_STAYS)

    def drive(self, filtered: torch.Tensor) -> torch.Tensor:
        """Return the drive :math:`u` without the latent, ``(n_cells, n_neurons)``.

        Parameters
        ----------
        filtered
            ``(n_cells, n_neurons, N_FILTERS)``.
        """
        n_cells, n_neurons, _ = filtered.shape
        # Cells go along columns: products with so few rows of weights take a fraction of the time.
        # tanh(x) = 2 sigmoid(2x) - 1, and torch takes a third of the time for a sigmoid.
        hidden = (2 * self.hidden_weight) @ filtered.reshape(-1, N_FILTERS).T
        hidden = torch.sigmoid(hidden + 2 * self.hidden_bias[:, None])
        own_weight = (2 * self.own_weight).T.contiguous()[:, None]
        own = hidden.reshape(-1, n_cells, n_neurons) * own_weight
        drive = self.threshold - self.own_weight.sum(1) + own.sum(0)
        if self.has_summary:
            mixing = torch.outer(self.summary_neuron, self.summary_filter)
            summed = filtered.reshape(n_cells, -1) @ mixing.reshape(-1)
            drive = drive + torch.tanh(summed + self.summary_bias)[:, None] * self.summary_weight
        return drive

    def drive_by_state(self) -> torch.Tensor:
        """Return what every value of the latent adds to the drive, ``(n_states, n_neurons)``."""
        return self.state @ self.state_weight.T

    def transitions(self) -> torch.Tensor:
        """Return the probability of the latent's next value, ``(n_states, n_states)``, by rows."""
        logits = self.leave @ self.enter + self.prior + torch.diag(self.stay)
        return torch.softmax(logits, dim=1)

    def angles(self, filtered: Floats, state: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the angles of a bin, ``(n_samples, n_layers, n_neurons)``.

        Parameters
        ----------
        filtered
            Of the past, ``(n_samples, n_neurons, N_FILTERS)``.
        state
            Index of the latent's value, ``(n_samples,)``.
        """
        angles = np.empty((len(filtered), self.spec.n_layers, self.spec.n_neurons), np.float32)

        def work(part: slice) -> None:
            angles[part] = self._angles(filtered[part], state[part])

        with chunked_threads() as share:
            share(work, len(filtered))
        return angles

    def angles_after(self, past: Spikes, state: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return the angles of the bin that follows a past, see `angles`.

        Parameters
        ----------
        past
            ``(n_samples, n_before, n_neurons)``.
        state
            Index of the latent's value, ``(n_samples,)``.
        """
        angles = np.empty((len(past), self.spec.n_layers, self.spec.n_neurons))

        def work(part: slice) -> None:
            angles[part] = self._angles(filter_past(past[part]), state[part])

        with chunked_threads() as share:
            share(work, len(past))
        return angles

    def _angles(self, filtered: Floats, state: NDArray[np.integer]) -> NDArray[np.float32]:
        with torch.no_grad():
            drive = self.drive(torch.from_numpy(filtered))
            index = torch.from_numpy(state.astype(np.int64))
            first = math.pi * torch.sigmoid(drive + self.drive_by_state().index_select(0, index))
            later = self.bias.expand(len(drive), *self.bias.shape)
            angles: NDArray[np.float32] = torch.cat([first[:, None], later], dim=1).numpy()
        return angles

    def latents(self, n_samples: int, n_bins: int, seed: Seed) -> NDArray[np.int64]:
        """Draw the latent's path, ``(n_samples, n_bins)``; more bins go on where fewer end."""
        return np.stack(self._path(n_samples, n_bins, seed), axis=1).astype(np.int64)

    def _path(self, n_samples: int, n_bins: int, seed: Seed) -> list[NDArray[np.uint8]]:
        with torch.no_grad():
            chain = self.transitions().double().numpy()
        return self._paths.draw(chain, n_samples, n_bins, lambda t: _stream(seed, _PATH, t))

    def initial_past(self, n_samples: int, seed: Seed) -> Spikes:
        """Return a free run that has forgotten how it began.

        See `neuroqgan.models.rounds.RoundGenerator`; of `MEMORY` bins.
        """
        return self._run(n_samples, _BURN_IN, MEMORY, seed)

    def sample(self, n_samples: int, n_bins: int, seed: Seed) -> Spikes:
        """Draw a raster exactly and without a backend, ``(n_samples, n_bins, n_neurons)``."""
        return self._run(n_samples, _BURN_IN + MEMORY, n_bins, seed)

    def _run(self, n_samples: int, n_before: int, n_bins: int, seed: Seed) -> Spikes:
        """Run freely, and return the bins after the first ones."""
        path = self._path(n_samples, n_before + n_bins, seed)
        shape = (n_samples, self.spec.n_neurons)
        filtered, bonds = silence(*shape), self.bonds
        spikes = np.empty((n_samples, n_bins, self.spec.n_neurons), bool)
        with chunked_threads() as share:
            for t, state in enumerate(path):
                levels = as_generator(_stream(seed, _SPIKES, t)).random(shape, np.float32)
                step = partial(self._step, filtered, state, levels, bonds)
                kept = None if t < n_before else spikes[:, t - n_before]
                share(partial(step, kept), n_samples)
        return spikes

    def _step(
        self,
        filtered: Floats,
        state: NDArray[np.uint8],
        levels: Floats,
        bonds: Spikes,
        kept: Spikes | None,
        part: slice,
    ) -> None:
        """Draw a bin of some samples: their filters go on, and the spikes are kept if asked for."""
        drawn = draw_line(self._angles(filtered[part], state[part]), bonds, levels[part])
        advance_in_place(filtered[part], drawn)
        if kept is not None:
            kept[part] = drawn

    def next_states(self, past: Spikes, n_bins: int, seed: Seed) -> NDArray[np.int64]:
        """Return the latent's values in the bins that follow a past, ``(n_samples, n_bins)``."""
        n_samples, n_before, _ = past.shape
        path = self._path(n_samples, _BURN_IN + n_before + n_bins, seed)[-n_bins:]
        return np.stack(path, axis=1).astype(np.int64)

    def cells(self, past: Spikes, seed: Seed) -> tuple[CellBatch, ...]:
        """Return the cells of the next bin, see `neuroqgan.models.rounds.RoundGenerator`."""
        n_samples = len(past)
        state = self.next_states(past, 1, seed)[:, 0]
        angles = self.angles_after(past, state)
        return tuple(
            CellBatch(
                circuit=self.spec.ansatz(group).circuit(),
                angles=angles[..., group].reshape(n_samples, -1),
                samples=np.arange(n_samples),
                bins=np.zeros(n_samples, np.int64),
                neurons=tuple(range(group.start, group.stop)),
            )
            for group in self.spec.groups
        )


def weight(*shape: int) -> torch.nn.Parameter:
    """Return a weight that is to be initialised."""
    return torch.nn.Parameter(torch.zeros(*shape))


def _stream(seed: Seed, use: int, t: int) -> np.random.SeedSequence:
    """Return a seed of one bin's own, so that a raster can be taken up again at any bin."""
    if isinstance(seed, np.random.Generator):
        raise ConfigError(
            "A raster in rounds needs a seed that can be asked again.",
            expected="an integer or a SeedSequence",
            got="a Generator",
            hint="pass the seed itself",
        )
    parent = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
    return np.random.SeedSequence(parent.entropy, spawn_key=(*parent.spawn_key, use, t))
