"""Circuits of several bins that act on measured bits, or copy them, sent to the service and back."""

from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.registry import resolve
from neuroqgan.backends.remote import Workload
from neuroqgan.circuits.feed_forward import FeedForwardAnsatz, TwoBinFeedForwardAnsatz
from neuroqgan.circuits.multi_bin import MultiBinAnsatz
from neuroqgan.circuits.two_bin_line import TwoBinLineAnsatz
from neuroqgan.errors import PlanError
from neuroqgan.sampling.circuit_lengths import check_circuit
from neuroqgan.sampling.order import RasterOrder
from tests.backends.ibm.conftest import Start
from tests.two_bins import certain_bins


@pytest.mark.parametrize(
    ("kind", "n_neurons"), [(TwoBinLineAnsatz, 1), (TwoBinFeedForwardAnsatz, 2)]
)
def test_spikes_come_back(start: Start, kind: type[MultiBinAnsatz], n_neurons: int) -> None:
    server = start(["ibm_boston"], draw="simulate")
    device = resolve("ibm_boston")
    program, spikes = certain_bins(kind, seed=4, n_neurons=n_neurons)
    plan = device.plan(program, Placement(max_tiles=1))
    (page,) = plan.pages
    assert page.circuit is not None
    work = Workload((page.circuit,), (plan.values(program, page),), JobOptions())
    device.check(work)
    job = device.submit(work, tag="tag-of-mine")
    server.finish(job.provider_id)
    bits = [measured.bits for measured in device.service.fetch(job.provider_id)]
    assert np.array_equal(plan.layout.decode(bits).spikes, spikes)


@pytest.mark.parametrize(
    "options", [JobOptions(dynamical_decoupling="XY4"), JobOptions(twirling="gates")], ids=str
)
def test_conditions_exclude_what_the_client_does_to_circuits(
    start: Start, options: JobOptions
) -> None:
    start(["ibm_boston"])
    device = resolve("ibm_boston")
    order = RasterOrder(n_samples=5, options=options)
    check_circuit("qubit-reuse", order, device)
    with pytest.raises(PlanError, match="feed-forward does not work with"):
        check_circuit("feed-forward", order, device)
    program, _ = certain_bins(FeedForwardAnsatz, seed=4)
    plan = device.plan(program, Placement(max_tiles=1))
    (page,) = plan.pages
    assert page.circuit is not None
    with pytest.raises(PlanError, match="neither decoupled nor twirled"):
        device.check(Workload((page.circuit,), (plan.values(program, page),), options))
