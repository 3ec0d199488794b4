"""Backends of other packages: any Qiskit `BackendV2`, under a scheme of its own.

A package offers devices by an entry point of the group ``neuroqgan.backends``::

    [project.entry-points."neuroqgan.backends"]
    acme = "acme_provider:device"

where ``acme_provider.device("small")`` returns the backend that ``--backend acme:small`` names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.names import PLUGIN_GROUP
from neuroqgan.backends.options import Placement
from neuroqgan.backends.plan import device_plan
from neuroqgan.circuits.bits import columns_from_packed
from neuroqgan.errors import BackendError, NeuroqganError, RasterError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.metadata import EntryPoint

    from numpy.typing import NDArray
    from qiskit.transpiler import Target

    from neuroqgan.backends.plan import Plan
    from neuroqgan.backends.tiles import Page
    from neuroqgan.circuits.program import Program
    from neuroqgan.raster import SpikeRaster

# Circuits are bound one by one on the way, so a chunk costs memory; plugins take them as a list.
_CHUNK = 1024


class PluginBackend:
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
        """Plan a program; see `neuroqgan.backends.plan.device_plan`.

        Parameters
        ----------
        program
            As drawn by a generator.
        placement
            How cells are placed.

        Raises
        ------
        PlanError
            If it does not fit.
        """
        return device_plan(program, self.target, self.name, placement)

    def run_pages(
        self,
        pages: Sequence[Page],
        values: Sequence[NDArray[np.float64]],
        *,
        seed: int,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[NDArray[np.bool_]]:
        """Run pages, one after the other.

        Parameters
        ----------
        pages
            Of a plan that this backend made.
        values
            For every page radians as `Plan.values` returns them.
        seed
            Seed of the shots, where the backend takes one; devices do not.
        on_progress
            Called with the number of cells run since the last call.

        Returns
        -------
        list
            For every page booleans of shape ``(n_rows, n_bits)``; column ``i`` is classical bit
            ``i``.

        Raises
        ------
        BackendError
            If the backend fails, or returns something else.
        """
        streams = np.random.SeedSequence(seed).spawn(len(pages))
        return [
            self.run_page(page, rows, seed=stream, on_progress=on_progress)
            for page, rows, stream in zip(pages, values, streams, strict=True)
        ]

    def run_page(
        self,
        page: Page,
        values: NDArray[np.float64],
        *,
        seed: np.random.SeedSequence,
        on_progress: Callable[[int], None] | None = None,
    ) -> NDArray[np.bool_]:
        """Run one page; see `run_pages`.

        Parameters
        ----------
        page
            Of a plan that this backend made.
        values
            Radians, ``(n_rows, n_parameters)``.
        seed
            Source of the shots.
        on_progress
            Called with the number of cells run since the last call.

        Returns
        -------
        numpy.ndarray
            Booleans of shape ``(n_rows, n_bits)``; column ``i`` is classical bit ``i``.

        Raises
        ------
        BackendError
            If the backend fails, or returns something else.
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

    def run(
        self,
        program: Program,
        *,
        seed: int,
        placement: Placement = Placement(),
        on_progress: Callable[[int], None] | None = None,
    ) -> SpikeRaster:
        """Plan and run a program at once, without a job.

        Parameters
        ----------
        program
            As drawn by a generator.
        seed
            Seed of the shots, where the backend takes one.
        placement
            See `plan`.
        on_progress
            Called with the number of cells run since the last call.

        Raises
        ------
        BackendError
            If the backend fails, or returns something else.
        PlanError
            If the program does not fit.
        """
        plan = self.plan(program, placement)
        values = [plan.values(program, page) for page in plan.pages]
        bits = self.run_pages(plan.pages, values, seed=seed, on_progress=on_progress)
        return plan.layout.decode(bits)

    def _sample(self, page: Page, values: NDArray[np.float64], seed: int) -> NDArray[np.bool_]:
        from qiskit.primitives import BackendSamplerV2

        options = {"seed_simulator": seed} if self._takes_seed() else {}
        try:
            sampler = BackendSamplerV2(backend=self._backend, options=options)
            (result,) = sampler.run([(page.circuit, values)], shots=1).result()
            (register,) = result.data.values()
            bits = columns_from_packed(register.array[..., 0, :], register.num_bits)
        except RasterError as error:
            raise _broken(self.name, "returns bits of another register", str(error)) from error
        except Exception as error:
            raise _broken(self.name, "fails", f"{type(error).__name__}: {error}") from error
        if bits.shape != (len(values), page.n_bits):
            raise _broken(self.name, "returns too few bits or shots", f"shape {bits.shape}")
        return bits

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
    except Exception as error:
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
