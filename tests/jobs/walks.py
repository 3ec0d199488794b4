"""A generator driven by the spikes before, made up for tests, and walks to the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.circuits.generator_circuit import GeneratorCircuit
from neuroqgan.circuits.program import CellBatch, Program
from neuroqgan.jobs.decoding import decode_raster
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.decoding import RetrievedRaster
    from neuroqgan.sampling.walk import RasterWalk
    from tests.jobs.conftest import StubService

N_PAST = 2


class MadeUpHistory:
    """A neuron that was silent twice is likely to spike, and tells its neighbour.

    Parameters
    ----------
    spec
        Neurons, bins and groups.
    """

    bins_at_once = 1
    n_parameters = 0
    n_stimulus_parameters = 0
    covariates = None
    multi_bin_circuits: tuple[str, ...] = ()

    def __init__(self, spec: GeneratorSpec) -> None:
        self.spec = spec
        self._of_shape: Any = build_generator(spec)

    def circuits(self, n_bins: int = 1) -> tuple[GeneratorCircuit, ...]:
        assert n_bins == 1
        found: tuple[GeneratorCircuit, ...] = self._of_shape.circuits()
        return found

    def qubits_needed(self, n_bins: int = 1) -> int:
        assert n_bins == 1
        return max(circuit.circuit.num_qubits for circuit in self.circuits())

    def next_program(self, past: np.ndarray, first_bin: int, n_bins: int, seed: Seed) -> Program:
        assert n_bins == 1
        shape = (len(past), 1, self.spec.n_neurons)
        return Program(self.cells(past, seed), shape, self.spec.bin_width)

    def initial_past(self, n_samples: int, seed: Seed) -> np.ndarray:
        shape = (n_samples, N_PAST, self.spec.n_neurons)
        return as_generator(seed).random(shape) < 0.3

    def cells(self, past: np.ndarray, seed: Seed) -> tuple[CellBatch, ...]:
        n_samples, layers = len(past), self._of_shape.shape.n_layers
        # A latent of each sample that lasts, as the seed alone decides it.
        own = as_generator(seed).normal(size=(n_samples, 1))
        recent = past[:, -1] + 0.5 * past[:, -2] + 0.25 * np.roll(past[:, -1], 1, axis=1)
        first = np.pi * (0.6 - 0.3 * recent) + 0.1 * own
        angles = np.zeros((n_samples, layers, self.spec.n_neurons))
        angles[:, 0], angles[:, 1:] = first, 0.1
        return tuple(
            CellBatch(
                circuit=self._of_shape.ansatz(group).circuit(),
                angles=angles[..., group].reshape(n_samples, -1),
                samples=np.arange(n_samples),
                bins=np.zeros(n_samples, int),
                neurons=tuple(range(group.start, group.stop)),
            )
            for group in self._of_shape.groups
        )


def made_up(n_neurons: int = 3, n_bins: int = 4, **changes: Any) -> MadeUpHistory:
    return MadeUpHistory(
        GeneratorSpec.of("stationary", n_neurons, n_bins, bin_width=0.02, n_layers=2, **changes)
    )


def to_the_end(
    context: JobContext, raster: RasterWalk, service: StubService | None = None
) -> RetrievedRaster:
    """Go through all requests that are left and decode the raster.

    Parameters
    ----------
    context
        Where the jobs are.
    raster
        The walk, begun or not.
    service
        The service that finishes the jobs of each request; None if they run in this process.
    """
    while not raster.is_finished:
        jobs = raster.step().jobs
        if service is not None:
            service.finish()
            jobs = [retrieve(context, job) for job in jobs]
        raster.take(jobs)
    return decode_raster(context, raster.jobs)
