"""Generators made of cells: a circuit for one time bin of one group of neurons."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.generator_circuit import GeneratorCircuit
from neuroqgan.circuits.own_ansatz import OwnAnsatz, own_ansatz, to_text
from neuroqgan.circuits.program import CellBatch
from neuroqgan.errors import ConfigError
from neuroqgan.models.base import Generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.models.covariate_spec import CovariateSpec
    from neuroqgan.models.shape import CellShape


class CellGenerator(Generator):
    """A generator whose neurons form groups, each with a cell circuit of its own in every bin."""

    shape: CellShape

    def build(
        self,
        n_neurons: int,
        n_bins: int,
        bin_width: float,
        covariates: CovariateSpec | None = None,
    ) -> None:
        """See `Generator.build`; an ansatz of the user's own decides the number of layers."""
        self._own: dict[int, OwnAnsatz] = {}
        if self.given_ansatz is not None and not self.is_built:
            sizes = {group.stop - group.start for group in self._groups(n_neurons)}
            self._own = {size: own_ansatz(self.given_ansatz, size) for size in sizes}
            layers = {ansatz.n_layers for ansatz in self._own.values()}
            if len(layers) > 1:
                raise ConfigError(
                    "The ansatz has different numbers of layers for groups of different sizes.",
                    expected="as many angles per qubit for every number of qubits",
                    got=", ".join(f"{a.n_layers} for {n} qubits" for n, a in self._own.items()),
                )
            self.shape = self.shape.model_copy(update={"n_layers": layers.pop()})
        super().build(n_neurons, n_bins, bin_width, covariates)

    @property
    def has_own_ansatz(self) -> bool:
        """Whether the cells are circuits that the user brought along."""
        return self.given_ansatz is not None

    def extra_metadata(self) -> dict[str, Any]:
        """Return the user's circuits by their number of qubits, if there are any."""
        if not self._own:
            return {}
        return {"ansatz": {str(size): to_text(ansatz) for size, ansatz in self._own.items()}}

    @property
    def groups(self) -> tuple[slice, ...]:
        """Consecutive neurons that share a cell, as equal in size as possible."""
        return self._groups(self.spec.n_neurons)

    def _groups(self, n_neurons: int) -> tuple[slice, ...]:
        n_groups = -(-n_neurons // self.shape.group_size)
        edges = [round(i * n_neurons / n_groups) for i in range(n_groups + 1)]
        return tuple(slice(low, high) for low, high in pairwise(edges))

    def ansatz(self, group: slice) -> CellAnsatz:
        """Return the cell circuit of a group."""
        own = self._own.get(group.stop - group.start)
        if own is not None:
            # It stands where a cell does, wherever circuits are measured and not computed.
            return cast("CellAnsatz", own)
        return CellAnsatz(group.stop - group.start, self.shape.n_layers, self.shape.entangling)

    @property
    def bonds(self) -> NDArray[np.bool_]:
        """Whether CZ joins a neuron to the next, shape ``(n_neurons - 1,)``."""
        joined = np.full(self.spec.n_neurons, self.shape.entangling == "line")
        joined[[group.stop - 1 for group in self.groups]] = False
        return joined[:-1]

    def qubits_needed(self, n_bins: int = 1) -> int:
        """See `Generator.qubits_needed`."""
        return max(int(circuit.circuit.num_qubits) for circuit in self.circuits(n_bins))

    def circuits(self, n_bins: int = 1) -> tuple[GeneratorCircuit, ...]:
        """See `Generator.circuits`; without a choice, cells are those of single bins."""
        if n_bins != 1 and self.bins_at_once is not None:
            raise too_many_bins(self, n_bins)
        cells = [self.ansatz(group) for group in self.groups]
        return tuple(
            GeneratorCircuit(
                name=f"cell-{cell.n_neurons}-neurons",
                circuit=cell.circuit(),
                n_groups=cells.count(cell),
                n_neurons=cell.n_neurons,
            )
            for cell in sorted(set(cells), key=lambda cell: -cell.n_neurons)
        )


def cell_batches(
    generator: CellGenerator, angles: NDArray[np.floating], n_bins: int
) -> tuple[CellBatch, ...]:
    """Return the cells of a program, one batch per group.

    Parameters
    ----------
    generator
        Whose groups the neurons form.
    angles
        Radians, shape ``(n_samples, n_bins, n_layers, n_neurons)``, or with samples and bins in
        one axis.
    n_bins
        Bins of the program.
    """
    rows = angles.reshape(-1, *angles.shape[-2:])
    samples, bins = np.divmod(np.arange(len(rows)), n_bins)
    return tuple(
        CellBatch(
            circuit=generator.ansatz(group).circuit(),
            angles=rows[..., group].reshape(len(rows), -1).astype(np.float64),
            samples=samples,
            bins=bins,
            neurons=tuple(range(group.start, group.stop)),
        )
        for group in generator.groups
    )


def too_many_bins(generator: Generator, n_bins: int) -> ConfigError:
    """Return the error of a generator that has no circuit of so many bins."""
    return ConfigError(
        "No circuit of this generator has so many bins.",
        expected=f"at most {generator.bins_at_once} bins per circuit",
        got=f"{n_bins} bins, preset {generator.spec.preset}",
    )
