"""Any Qiskit `BackendV2`, driven through Qiskit's own sampler.

Backends of other packages (`neuroqgan.backends.local.plugins`) and backend objects that a program
hands over (`neuroqgan.backends.local.instances`) run here.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.local.in_process import LocalBackend
from neuroqgan.backends.local.outcomes import recording, width
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.plan import device_plan, ideal_plan
from neuroqgan.circuits.bits import columns_from_hex, columns_from_packed
from neuroqgan.errors import BackendError, MisfitError, NeuroqganError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.placement.tiles import Page
    from neuroqgan.circuits.program import Program

# Circuits are bound one by one on the way, so a chunk costs memory; the backend takes them as a
# list.
_CHUNK = 1024


class QiskitBackend(LocalBackend):
    """A Qiskit backend of somebody else.

    One with a coupling map is planned like a device: cells side by side on its best qubits. One
    without, such as a plain `AerSimulator`, runs every cell circuit alone, like ``aer``.

    Parameters
    ----------
    name
        Full name, such as ``acme:small``.
    kind
        ``plugin`` or ``instance``.
    backend
        The `BackendV2`.
    """

    def __init__(self, name: str, kind: str, backend: Any) -> None:
        self.name = name
        self.kind = kind
        self._backend = backend
        # Every gate on every qubit, which is what "no coupling map" says.
        self._is_ideal = backend.coupling_map is None

    @property
    def target(self) -> Target | None:  # type: ignore[override]  # calibrations change meanwhile
        """What the device can do, with its errors; None if it has no coupling map."""
        return None if self._is_ideal else self._backend.target

    def plan(self, program: Program, placement: Placement = Placement()) -> Plan:
        """Plan a program for the device."""
        target = self.target
        if target is None:
            return ideal_plan(program, self.name)
        # Snapshots of devices list operations that the simulators behind them do not know.
        return device_plan(program, target, self.name, placement, fast=False)

    def run_page(
        self,
        page: Page,
        values: NDArray[np.float64],
        *,
        seed: np.random.SeedSequence,
        shots: int = 1,
        on_progress: Callable[[int], None] | None = None,
    ) -> NDArray[np.bool_]:
        """Run one page.

        Raises
        ------
        BackendError
            If the backend fails.
        MisfitError
            If it returns something else than bits of the page; the error holds them.
        """
        circuit = self._compiled(page.tiles[0].circuit) if page.circuit is None else page.circuit
        # A sampler of the backend's own takes all angles of a circuit in one job.
        by_sampler = callable(getattr(type(self._backend), "sampler", None))
        sample = self._by_sampler if by_sampler else self._sample
        chunk = max(1, len(values) if by_sampler else _CHUNK // shots)
        starts = range(0, len(values), chunk)
        measured = []
        for start, number in zip(starts, seed.generate_state(len(starts)) >> 1, strict=True):
            rows = values[start : start + chunk]
            measured.append(sample(circuit, rows, shots, int(number), page.n_columns))
            if on_progress is not None:
                on_progress(shots * len(rows) * len(page.tiles))
        if not measured:
            return np.zeros((0, page.n_columns), dtype=bool)
        return np.concatenate(measured)

    def _compiled(self, circuit: QuantumCircuit) -> QuantumCircuit:
        from qiskit.transpiler import generate_preset_pass_manager

        passes = generate_preset_pass_manager(
            optimization_level=1, backend=self._backend, seed_transpiler=0
        )
        return passes.run(circuit)

    def _sample(
        self,
        circuit: QuantumCircuit,
        values: NDArray[np.float64],
        shots: int,
        seed: int,
        n_bits: int,
    ) -> NDArray[np.bool_]:
        from qiskit.primitives import BackendSamplerV2

        options = {"seed_simulator": seed} if self._takes_seed() else {}
        recorded = recording(self._backend)
        try:
            sampler = BackendSamplerV2(backend=recorded, options=options)
            pub = (circuit, values) if circuit.num_parameters else (circuit,)
            (result,) = sampler.run([pub], shots=shots).result()
            bits = np.concatenate(
                [
                    columns_from_packed(
                        register.array.reshape(-1, register.array.shape[-1]), register.num_bits
                    )
                    for register in result.data.values()
                ],
                axis=1,
            )
        except Exception as error:  # raised on: code of others may raise anything
            if not recorded.under_way and recorded.memory:
                with suppress(ValueError):
                    self._check(recorded.memory, len(values), shots, n_bits)
            raise broken(self.name, "fails", f"{type(error).__name__}: {error}") from error
        self._check(recorded.memory, len(values), shots, n_bits)
        return bits

    def _by_sampler(
        self,
        circuit: QuantumCircuit,
        values: NDArray[np.float64],
        shots: int,
        _seed: int,
        n_bits: int,
    ) -> NDArray[np.bool_]:
        """Sample by the backend's own sampler, which binds no angles here."""
        # A circuit without angles has no rows, but the shots of all of them.
        has_angles = bool(circuit.num_parameters)
        pub = (circuit, values) if has_angles else (circuit,)
        n_shots = shots if has_angles else shots * len(values)
        try:
            (result,) = self._backend.sampler().run([pub], shots=n_shots).result()
            registers = list(result.data.values())
            parts = [
                columns_from_packed(part.array.reshape(-1, part.array.shape[-1]), part.num_bits)
                for part in registers
            ]
            bits = np.concatenate(parts, axis=1)
            rows = {part.array.shape[:-1] for part in registers}
        except NeuroqganError:
            raise
        except Exception as error:  # raised on: code of others may raise anything
            raise broken(self.name, "fails", f"{type(error).__name__}: {error}") from error
        wanted = (len(values), shots) if has_angles else (n_shots,)
        if rows != {wanted} or bits.shape[1] != n_bits:
            misfit = MisfitError(
                f"The backend {self.name} did not return what it was asked to run.",
                expected=f"rows and shots {wanted}, {n_bits} bits",
                got=f"rows and shots {', '.join(map(str, sorted(rows)))}, {bits.shape[1]} bits",
                hint=_HINT,
            )
            misfit.bits = (bits,)
            raise misfit
        return bits

    def _check(self, memory: list[list[str]], n_rows: int, n_shots: int, n_bits: int) -> None:
        """Check that all shots of every row came, since the sampler silently fills gaps.

        Raises
        ------
        MisfitError
            If not; it holds what came.
        """
        shots = sorted({len(row) for row in memory}) or [0]
        widest = width(memory)
        if len(memory) == n_rows and shots == [n_shots] and widest <= n_bits:
            return
        found = f"{len(memory)} circuits of {' to '.join(map(str, {shots[0]: 0, shots[-1]: 0}))}"
        found += f" shot(s) and {max(n_bits, widest)} bits"
        misfit = MisfitError(
            f"The backend {self.name} did not return what it was asked to run.",
            expected=f"{n_rows} circuits of {n_shots} shot(s) and {n_bits} bits",
            got=found,
            hint=_HINT,
        )
        outcomes = [outcome for row in memory for outcome in row]
        misfit.bits = (columns_from_hex(outcomes, max(n_bits, widest)),) if outcomes else ()
        raise misfit

    def _takes_seed(self) -> bool:
        return "seed_simulator" in (getattr(self._backend, "options", None) or {})


_HINT = "choose another backend, or tell the authors of this one"


def broken(name: str, what: str, got: str, source: str = "") -> BackendError:
    """Return the error for a backend of somebody else that does not do what it should.

    Parameters
    ----------
    name
        Of the backend.
    what
        What it does, or is, instead.
    got
        In its own words.
    source
        Where it comes from, if that helps.
    """
    scheme = name.partition(":")[0]
    whose = "" if scheme == "instance" else f" of the plugin {scheme!r}"
    where = f" ({source})" if source else ""
    return BackendError(
        f"The backend {name}{whose}{where} {what}.",
        expected="a qiskit BackendV2 that runs circuits",
        got=next((line for line in got.splitlines() if line.strip()), "")[:300],
        hint=_HINT,
    )
