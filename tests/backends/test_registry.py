"""The registry: what a new backend takes, and that every kind keeps the protocol."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from neuroqgan.backends.kinds import KINDS, BackendKind, kind_of
from neuroqgan.backends.names import parse
from neuroqgan.backends.protocol import Backend
from neuroqgan.backends.registry import resolve
from neuroqgan.errors import BackendNotFoundError, InputError
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_request
from neuroqgan.jobs.preparation import prepare
from neuroqgan.jobs.request import Request
from neuroqgan.jobs.simulation import simulate
from tests.backends.test_devices import pattern_program

COIN = '''
"""A backend in one file: every bit is the throw of a coin."""

import numpy as np

from neuroqgan.backends.local.in_process import LocalBackend
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.plan import ideal_plan


class CoinBackend(LocalBackend):
    name = kind = "coin"

    def plan(self, program, placement=Placement()):
        return ideal_plan(program, self.name)

    def run_page(self, page, values, *, seed, shots=1, on_progress=None):
        return np.random.default_rng(seed).random((len(values), page.n_bits)) < 0.5
'''


@pytest.fixture
def coin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file and one line."""
    (tmp_path / "coin_backend.py").write_text(COIN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "coin_backend", raising=False)
    line = BackendKind("coins", "coin_backend:CoinBackend.open", simulates=True, repeatable=True)
    monkeypatch.setitem(KINDS, "coin", line)


def _program(n_samples: int = 200):
    return pattern_program(np.zeros((n_samples, 3, 2), bool), (2,))


@pytest.mark.usefixtures("coin")
def test_a_new_backend_is_a_file_and_a_line() -> None:
    backend = resolve("coin")
    assert (backend.name, backend.kind, str(parse("coin"))) == ("coin", "coin", "coin")
    assert (backend.simulates, backend.charges, backend.repeatable) == (True, True, True)
    one, two, other = (backend.run(_program(), seed=seed) for seed in (1, 1, 2))
    assert one == two != other
    assert abs(one.spikes.mean() - 0.5) < 0.1


@pytest.mark.usefixtures("coin")
def test_jobs_run_on_a_new_backend() -> None:
    context, backend = JobContext(), resolve("coin")
    (job,) = prepare(context, Request(_program(), "coin", seed=4), backend)
    assert (job.kind, job.is_simulated) == ("coin", True)
    # By its name, as another process would.
    done = simulate(context, job)
    assert 0.4 < decode_request(context, [done]).raster.spikes.mean() < 0.6


def test_without_the_line_there_is_no_such_backend() -> None:
    with pytest.raises(BackendNotFoundError, match="no backend 'coin'"):
        resolve("coin")


@pytest.mark.parametrize("name", ["aer", "exact", "fake_nairobi"])
def test_backends_are_what_their_kind_says(name: str) -> None:
    backend: Backend = resolve(name)
    about = KINDS[backend.kind]
    assert resolve(backend) is backend
    assert (backend.simulates, backend.charges, backend.repeatable) == (True, False, True)
    assert about.ideal == (backend.target is None)
    assert not about.remote
    # That of the device, if one is simulated.
    assert backend.default_rep_delay == (None if about.ideal else 250e-6)


def test_a_kind_of_another_version_is_trusted_with_nothing() -> None:
    about = kind_of("teleporter")
    assert (about.simulates, about.charges, about.repeatable) == (False, True, False)


@pytest.mark.parametrize("wrong", [None, 3, object()])
def test_neither_a_name_nor_a_backend(wrong: object) -> None:
    with pytest.raises(InputError, match="not a backend"):
        resolve(wrong)  # type: ignore[arg-type]
