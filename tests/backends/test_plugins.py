"""Backends of other packages, through an entry point that a test makes up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neuroqgan.backends.local.qiskit_backend import QiskitBackend
from neuroqgan.backends.names import parse, schemes
from neuroqgan.backends.registry import resolve
from neuroqgan.circuits.folding import fold
from neuroqgan.errors import BackendError, BackendNotFoundError
from tests.backends.test_devices import pattern_program
from tests.conftest import Install
from tests.mid_circuit import certain_program, some_spikes


def small_device(name: str) -> Any:
    from qiskit_ibm_runtime.fake_provider import FakeNairobiV2

    assert name == "small"
    return FakeNairobiV2()


def test_bits_come_back_to_their_bins_and_neurons(install: Install) -> None:
    install(small_device)
    backend = resolve("acme:small")
    assert isinstance(backend, QiskitBackend)
    assert backend.name == "acme:small"
    assert backend.target.num_qubits == 7
    pattern = np.repeat(np.random.default_rng(5).random((1, 2, 5)) < 0.5, 40, axis=0)
    program = pattern_program(pattern, (3, 2), n_layers=2)
    cells: list[int] = []
    raster = backend.run(program, seed=0, on_progress=cells.append)
    # Noise flips a few bits; the majority of the samples has to be right everywhere.
    assert np.array_equal(raster.spikes.mean(0) > 0.5, pattern[0])
    assert sum(cells) == 40 * 2 * 2


def test_cells_that_measure_midway_run_on_plugins(install: Install) -> None:
    install(small_device)
    spikes = np.repeat(some_spikes(1), 60, axis=0)
    raster = resolve("acme:small").run(fold(certain_program(spikes), 2), seed=0)
    assert np.array_equal(raster.spikes.mean(0) > 0.5, spikes[0])


def test_the_same_seed_gives_the_same_bits_where_the_backend_takes_one(install: Install) -> None:
    from qiskit_aer import AerSimulator
    from qiskit_ibm_runtime.fake_provider import FakeNairobiV2

    install(lambda _: AerSimulator.from_backend(FakeNairobiV2()))
    pattern = np.random.default_rng(1).random((30, 1, 3)) < 0.5
    program = pattern_program(pattern, (3,))
    program.batches[0].angles[:] = 1.0
    one, two, other = (resolve("acme:x").run(program, seed=s) for s in (3, 3, 4))
    assert one == two
    assert one != other


def test_names_of_plugins(install: Install) -> None:
    assert schemes() == ()
    with pytest.raises(BackendNotFoundError) as caught:
        parse("acme:small")
    assert "one of the schemes fake, ibm\n" in str(caught.value)
    install(small_device)
    assert schemes() == ("acme",)
    assert str(parse("acme:small")) == "acme:small"
    with pytest.raises(BackendNotFoundError) as other:
        parse("acne:small")
    assert "fake, ibm, acme" in str(other.value)
    with pytest.raises(BackendNotFoundError):
        parse("acme:")


def _raise(_: str) -> None:
    raise KeyError("no such device")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_raise, "KeyError: 'no such device'"),
        (lambda _: 3, "is not a BackendV2"),
        (lambda _: None, "NoneType"),
    ],
)
def test_a_broken_plugin_is_named(install: Install, make: Any, says: str) -> None:
    install(make)
    with pytest.raises(BackendError) as caught:
        resolve("acme:small")
    for text in ("acme", "tests.made:up", says):
        assert text in str(caught.value)
    assert caught.value.exit_code == 1


def test_a_backend_without_qubits_is_named(install: Install) -> None:
    from qiskit.transpiler import Target
    from qiskit_aer import AerSimulator

    class Empty(AerSimulator):
        @property
        def target(self) -> Target:
            return Target()

    install(lambda _: Empty())
    with pytest.raises(BackendError, match="no target with qubits"):
        resolve("acme:small")


def test_a_backend_that_fails_is_named(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    device = small_device("small")
    install(lambda _: device)
    program = pattern_program(np.ones((2, 1, 2), bool), (2,))

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("out of helium")

    monkeypatch.setattr(type(device), "run", fail)
    with pytest.raises(BackendError) as caught:
        resolve("acme:small").run(program, seed=0)
    assert "acme:small" in str(caught.value)
    assert "out of helium" in str(caught.value)
