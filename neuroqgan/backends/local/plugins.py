"""Backends of other packages: any Qiskit `BackendV2`, under a scheme of its own.

A package offers devices by an entry point of the group ``neuroqgan.backends``::

    [project.entry-points."neuroqgan.backends"]
    acme = "acme_provider:device"

where ``acme_provider.device("small")`` returns the backend that ``--backend acme:small`` names.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.local.in_process import LocalBackend
from neuroqgan.backends.local.recording import recording, width
from neuroqgan.backends.names import PLUGIN_GROUP
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.plan import device_plan
from neuroqgan.circuits.bits import columns_from_hex, columns_from_packed
from neuroqgan.errors import BackendError, MisfitError, NeuroqganError

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.metadata import EntryPoint

    from numpy.typing import NDArray
    from qiskit.transpiler import Target

    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.placement.tiles import Page
    from neuroqgan.circuits.program import Program

# Circuits are bound one by one on the way, so a chunk costs memory; plugins take them as a list.
_CHUNK = 1024


class PluginBackend(LocalBackend):
    """A backend of another package, driven through Qiskit's own sampler, one shot an execution.

    Parameters
    ----------
    name
        ``<scheme>:<device>``.
    backend
        The `BackendV2`.
    """

    def __init__(self, name: str, backend: Any) -> None:
        self.name = name
        self._backend = backend

    @property
    def target(self) -> Target:
        """What the device can do, with its errors."""
        return self._backend.target

    def plan(self, program: Program, placement: Placement = Placement()) -> Plan:
        """Plan a program for the device."""
        return device_plan(program, self.target, self.name, placement)

    def run_page(
        self,
        page: Page,
        values: NDArray[np.float64],
        *,
        seed: np.random.SeedSequence,
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
        starts = range(0, len(values), _CHUNK)
        measured = []
        for start, number in zip(starts, seed.generate_state(len(starts)) >> 1, strict=True):
            rows = values[start : start + _CHUNK]
            measured.append(self._sample(page, rows, int(number)))
            if on_progress is not None:
                on_progress(len(rows) * len(page.tiles))
        if not measured:
            return np.zeros((0, page.n_bits), dtype=bool)
        return np.concatenate(measured)

    def _sample(self, page: Page, values: NDArray[np.float64], seed: int) -> NDArray[np.bool_]:
        from qiskit.primitives import BackendSamplerV2

        options = {"seed_simulator": seed} if self._takes_seed() else {}
        recorded = recording(self._backend)
        try:
            sampler = BackendSamplerV2(backend=recorded, options=options)
            (result,) = sampler.run([(page.circuit, values)], shots=1).result()
            (register,) = result.data.values()
            bits = columns_from_packed(register.array[..., 0, :], register.num_bits)
        except Exception as error:  # raised on: a stranger's code may raise anything
            if not recorded.under_way and recorded.memory:
                with suppress(ValueError):
                    self._check(recorded.memory, len(values), page.n_bits)
            raise _broken(self.name, "fails", f"{type(error).__name__}: {error}") from error
        self._check(recorded.memory, len(values), page.n_bits)
        return bits

    def _check(self, memory: list[list[str]], n_rows: int, n_bits: int) -> None:
        """Check that one shot of every row came, since the sampler fills gaps with silence.

        Raises
        ------
        MisfitError
            If not; it holds what came.
        """
        shots = sorted({len(row) for row in memory}) or [0]
        widest = width(memory)
        if len(memory) == n_rows and shots == [1] and widest <= n_bits:
            return
        found = f"{len(memory)} circuits of {' to '.join(map(str, {shots[0]: 0, shots[-1]: 0}))}"
        found += f" shot(s) and {max(n_bits, widest)} bits"
        broken = MisfitError(
            f"The backend {self.name} did not return what it was asked to run.",
            expected=f"{n_rows} circuits of 1 shot and {n_bits} bits",
            got=found,
            hint="another --backend, or tell the authors of the plugin",
        )
        outcomes = [outcome for row in memory for outcome in row]
        broken.bits = (columns_from_hex(outcomes, max(n_bits, widest)),) if outcomes else ()
        raise broken

    def _takes_seed(self) -> bool:
        return "seed_simulator" in (getattr(self._backend, "options", None) or {})


def load(scheme: str, device: str) -> PluginBackend:
    """Return a device of a plugin.

    Parameters
    ----------
    scheme
        One of `neuroqgan.backends.names.schemes`.
    device
        What the plugin calls it.

    Raises
    ------
    BackendError
        If the plugin cannot be loaded, fails, or returns something else than a `BackendV2`.
    """
    from qiskit.providers import BackendV2

    name = f"{scheme}:{device}"
    entry = _entry(scheme)
    try:
        backend = entry.load()(device)
    except NeuroqganError:
        raise
    except Exception as error:  # raised on: a stranger's code may raise anything
        got = f"{type(error).__name__}: {error}"
        raise _broken(name, "cannot be made", got, entry) from error
    if not isinstance(backend, BackendV2):
        raise _broken(name, "is no BackendV2", type(backend).__name__, entry)
    if not getattr(backend.target, "num_qubits", None):
        raise _broken(name, "has no target with qubits", f"{backend.target!r:.80}", entry)
    return PluginBackend(name, backend)


def _entry(scheme: str) -> EntryPoint:
    from importlib.metadata import entry_points

    found = list(entry_points(group=PLUGIN_GROUP, name=scheme))
    if not found:
        raise BackendError(
            f"No plugin has the scheme {scheme!r}.",
            expected=f"an entry point of that name in the group {PLUGIN_GROUP}",
            got="none",
            hint="neuroqgan backends list",
        )
    # Two packages with one scheme: always the same one, and `backends list` shows which.
    return min(found, key=lambda entry: entry.value)


def _broken(name: str, what: str, got: str, entry: EntryPoint | None = None) -> BackendError:
    plugin = name.partition(":")[0]
    where = "" if entry is None else f" ({entry.value})"
    return BackendError(
        f"The backend {name} of the plugin {plugin!r}{where} {what}.",
        expected="a qiskit BackendV2 that runs circuits",
        got=next((line for line in got.splitlines() if line.strip()), "")[:300],
        hint="another --backend, or tell the authors of the plugin",
    )
