#!/usr/bin/env python3
"""Random rasters, planned and sent to the loopback service, which enforces IBM's rules and limits.

Every plan has its own seed, which draws a device, a generator, its sizes and the options of the
jobs, some of them impossible. Either neuroqgan refuses a plan, and says why, or the service has to
accept all of its jobs. For half of the plans, limits are 500 times smaller on both sides (50 times
with calibration circuits, whose number is fixed), so that requests of ordinary size are split.
Nothing is simulated.

Prints one JSON line: plans by kind; how many were sent, in how many jobs, and how many were split;
refusals by neuroqgan with their reasons; refusals by the service, of which there should be none;
how close the estimates of request sizes and QPU seconds came. To be quick, good qubits are searched
for eight seconds at most, and calibrations are asked for once. `--without NAME` turns one of
neuroqgan's own limits off, such as `max_instructions`: the service should then refuse some plans.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

DEVICES = (
    *("ibm_fez", "ibm_marrakesh", "ibm_kingston", "ibm_aachen", "ibm_pittsburgh", "ibm_boston"),
    *("ibm_miami", "ibm_berlin", "ibm_nighthawk", "ibm_torino", "ibm_brisbane"),
)
SMALL, SMALL_CALIBRATED = 500, 50


@dataclass(frozen=True)
class RandomPlan:
    """A raster that is wanted from a device."""

    seed: int
    device: str
    preset: str
    sizes: dict[str, int]
    shape: dict[str, Any]
    n_samples: int
    options: dict[str, Any]
    placement: dict[str, Any]
    bins: dict[str, Any]
    small_limits: bool

    @property
    def kind(self) -> str:
        """Preset, past, and how bins are measured."""
        past = f", past {self.shape['past']}" if "past" in self.shape else ""
        how = "".join(f", {name} {value}" for name, value in sorted(self.bins.items()))
        return self.preset + past + how.replace("_", " ")


def draw(seed: int, devices: tuple[str, ...] = DEVICES) -> RandomPlan:
    """Draw the plan of a seed."""
    random = np.random.default_rng([seed, 7])

    def choice(*values: Any, p: list[float] | None = None) -> Any:
        return values[random.choice(len(values), p=p)]

    preset = choice("stationary", "spiqgan", "history", "memory", p=[0.25, 0.2, 0.35, 0.2])
    sizes = {"n_neurons": int(random.integers(1, 7)), "n_bins": int(random.integers(1, 9))}
    shape: dict[str, Any] = {}
    bins: dict[str, Any] = {}
    if preset == "history":
        shape["past"] = choice("filters", "one-bin", "two-bins", "none")
        if shape["past"] in {"one-bin", "two-bins"}:
            ways = [{}, {}, {"bins_per_job": int(random.integers(1, 9))}]
            ways += [{"multi_bin_circuit": choice("lattice", "qubit-reuse", "feed-forward")}]
            bins = choice(*ways)
    if preset == "memory":
        sizes["n_bins"] = min(sizes["n_bins"], 4)
        shape = {"n_memory": int(random.integers(1, 4)), "n_mixing": int(random.integers(1, 3))}
    options: dict[str, Any] = {
        "mitigate": choice("none", "readout", p=[0.7, 0.3]),
        "twirling": choice("none", "gates", "measure", "both", p=[0.7, 0.1, 0.1, 0.1]),
        "dynamical_decoupling": choice(None, "XX", "XY4", p=[0.8, 0.1, 0.1]),
        "rep_delay": choice(None, 1e-4, 1.5e-3, 4e-3, p=[0.85, 0.05, 0.05, 0.05]),
        "max_execution_time": choice(None, None, None, 30, 600),
        "private": choice(False, True, p=[0.9, 0.1]),
    }
    placement = {
        "max_tiles": choice(None, None, 1, 3),
        "redundant_readout": choice(0, 0, 0, 0, 1),
    }
    return RandomPlan(
        seed,
        choice(*devices),
        preset,
        sizes,
        shape,
        int(np.exp(random.uniform(0, np.log(2000)))),
        options,
        placement,
        bins,
        choice(False, True),
    )


def limits_of(plan: RandomPlan, limits: Any) -> Any:
    """Return the limits, all of them smaller for some plans."""
    if not plan.small_limits:
        return limits
    factor = SMALL if plan.options["mitigate"] == "none" else SMALL_CALIBRATED
    kept = {"max_qubits", "max_seconds"}
    return replace(
        limits,
        **{
            field.name: max(1, getattr(limits, field.name) // factor)
            for field in fields(limits)
            if field.name not in kept
        },
    )


def hurry() -> None:
    """Search for good qubits less long, and not twice; ask for calibrations once."""
    from neuroqgan.backends.ibm.device import IbmDevice
    from neuroqgan.backends.placement import qubit_paths

    solved: dict[Any, Any] = {}
    choose = qubit_paths.choose_disjoint

    def once(n_qubits: int, paths: Any, costs: Any, wanted: Any) -> Any:
        key = (n_qubits, len(paths), paths[-1], costs.tobytes(), tuple(sorted(wanted.items())))
        if key not in solved:
            solved[key] = choose(n_qubits, paths, costs, wanted)
        return solved[key]

    qubit_paths._SECONDS = 8.0
    qubit_paths.choose_disjoint = once
    IbmDevice.refresh_calibration = lambda _: None


class Tries:
    """Plans that are sent to a service, and what became of them."""

    def __init__(self, service: Any, without: str | None = None) -> None:
        from neuroqgan.backends.ibm.service import IbmService

        self.service = service
        self.without = without
        self._connection = IbmService()
        self._devices: dict[str, Any] = {}

    def device(self, name: str) -> Any:
        """Return a device, asked for once."""
        if name not in self._devices:
            self._devices[name] = self._connection.device(name)
        return self._devices[name]

    def send(self, plan: RandomPlan) -> dict[str, Any]:
        """Plan and send, and return what happened."""
        from sqlalchemy import make_url

        from neuroqgan.backends.options import JobOptions, Placement
        from neuroqgan.backends.protocol import Limits
        from neuroqgan.errors import AccountError, BackendError, NeuroqganError
        from neuroqgan.jobs.context import JobContext
        from neuroqgan.jobs.payload_store import PayloadStore
        from neuroqgan.jobs.store import JobStore
        from neuroqgan.models.base import Generator
        from neuroqgan.sampling.raster_job import submit
        from neuroqgan.testing.rules.checking import SERVICE_LIMITS

        began = time.monotonic()
        before = set(self.service.jobs)
        self.service.state.limits = limits_of(plan, SERVICE_LIMITS)
        found: dict[str, Any] = {"kind": plan.kind, "device": plan.device, "seed": plan.seed}
        context = JobContext(
            JobStore(make_url("sqlite://")), PayloadStore(f"memory://plan{plan.seed}")
        )
        try:
            device = self.device(plan.device)
            device.limits = limits_of(plan, Limits())
            if self.without is not None:
                device.limits = replace(device.limits, **{self.without: 10**15})
            options = JobOptions(**plan.options)
            generator = Generator(plan.preset, bin_width=0.02, **plan.sizes, **plan.shape)
            generator.initialise(np.full(plan.sizes["n_neurons"], 0.1), plan.seed)
            device.check_options(options)
            submit(
                generator,
                plan.n_samples,
                device,
                seed=plan.seed,
                options=options,
                placement=Placement(**plan.placement),
                context=context,
                **plan.bins,
            )
        except (AccountError, BackendError) as error:
            found["by_service"] = f"{type(error).__name__}: {error.problem} {error.got}"
        except NeuroqganError as error:
            found["refused"] = error.problem
        jobs = [job for name, job in self.service.jobs.items() if name not in before]
        refused = [job.reason for job in jobs if job.refused]
        if refused:
            found["by_service"] = refused[0]
        if jobs and "by_service" not in found:
            records = context.store.find()
            estimate = records[0].estimate
            found["jobs"] = len(jobs)
            found["bytes"] = estimate["payload_bytes"] / sum(job.n_bytes for job in jobs)
            found["seconds"] = estimate["seconds"] / sum(job.seconds for job in jobs)
            found["fullest"] = estimate["limits"][0]["used"] / estimate["limits"][0]["limit"]
            found["limit"] = estimate["limits"][0]["name"]
        for name in list(self.service.jobs):
            self.service.state.jobs.pop(name)
        found["took"] = time.monotonic() - began
        return found


def try_all(
    seeds: list[int], without: str | None = None, each: bool = False
) -> list[dict[str, Any]]:
    """Send the plans of these seeds to a service of their own."""
    from neuroqgan.testing import LoopbackService

    hurry()
    with LoopbackService(list(DEVICES), auto=False, mocks=False) as service:
        os.environ.update(service.environment)
        service.set_usage(limit=None)
        tries = Tries(service, without)
        found = []
        for seed in seeds:
            found.append(tries.send(draw(seed)))
            if each:
                print(json.dumps(found[-1]), flush=True)
        return found


def summary(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Count what happened."""
    sent = [one for one in found if "jobs" in one]

    def spread(name: str) -> dict[str, float]:
        values = np.array([one[name] for one in sent] or [np.nan])
        within = float(np.mean(np.abs(values - 1) <= 0.1))
        quantiles = np.quantile(values, [0, 0.05, 0.5, 0.95, 1]).round(3).tolist()
        return {"within_10_percent": round(within, 3), "quantiles": quantiles}

    return {
        "plans": len(found),
        "by_kind": dict(sorted(Counter(one["kind"].split(",")[0] for one in found).items())),
        "by_device": dict(sorted(Counter(one["device"] for one in found).items())),
        "sent": len(sent),
        "jobs": sum(one["jobs"] for one in sent),
        "split": sum(one["jobs"] > 1 for one in sent),
        "fullest_limit": dict(Counter(one["limit"] for one in sent).most_common()),
        "refused_by_us": dict(Counter(one["refused"] for one in found if "refused" in one)),
        "refused_by_service": [one for one in found if "by_service" in one],
        "bytes_estimated_to_sent": spread("bytes"),
        "seconds_estimated_to_charged": spread("seconds"),
        "seconds_taken": round(sum(one["took"] for one in found), 1),
    }


def main() -> None:
    """Read the command line, send all plans, print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plans", type=int, default=1000)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--without", help="field of Limits that neuroqgan is to ignore")
    parser.add_argument("--each", action="store_true", help="print every plan as it is done")
    given = parser.parse_args()
    seeds = range(given.first_seed, given.first_seed + given.plans)
    # Plans of a worker share what was searched for; the first of them take the longest.
    parts = [list(seeds[i :: given.workers]) for i in range(given.workers)]
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as home:
        # No account of the user's.
        os.environ["HOME"] = home
        with ProcessPoolExecutor(given.workers) as pool:
            same = [given.without] * len(parts), [given.each] * len(parts)
            for done in pool.map(try_all, parts, *same):
                found += done
    print(json.dumps(summary(found)))


if __name__ == "__main__":
    main()
